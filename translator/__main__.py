"""``python -m translator``."""

from translator.cli.main import main

main()
