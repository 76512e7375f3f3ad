"""``python -m translator``."""

from translator.commands.main import main

main()
