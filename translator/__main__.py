"""``python -m translator``."""

from translator.commands.main import program

program()
