"""Where the program begins: a plain translation goes straight to work, everything else through the command line proper.

Typer, and what it imports to check options, take longer than loading the model and translating a sentence. So
``translator translate TEXT…``, with none but the options below, is read here. What is not understood here at once, a
mistake included, is left to Typer, which understands it or says what is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from translator.commands.console import ending
from translator.commands.settings import Settings, read_settings

__all__ = ["main", "plain_arguments"]

_OPTIONS = {
    "--from": ("source", str),
    "--to": ("target", str),
    "--model": ("model", str),
    "--input": ("input", Path),
    "-i": ("input", Path),
    "--output": ("output", Path),
    "-o": ("output", Path),
}


def plain_arguments(argv: Sequence[str], settings: Settings) -> dict[str, Any] | None:
    """What ``translate`` is to be called with, if ``argv`` asks for no more than a plain translation."""
    asks_more = settings.error or settings.values.keys() - {"model"} or "_TRANSLATOR_COMPLETE" in os.environ
    if asks_more or not argv or argv[0] != "translate":
        return None
    arguments: dict[str, Any] = dict(settings.values)
    given: set[str] = set()
    texts: list[str] = []
    rest = iter(argv[1:])
    for argument in rest:
        if not argument.startswith("-"):
            texts.append(argument)
            continue
        name, kind = _OPTIONS.get(argument, ("", str))
        value = next(rest, "")
        if not name or name in given or not value or value.startswith("-"):
            return None
        arguments[name] = kind(value)
        given.add(name)
    return arguments | {"texts": texts or None}


def main() -> None:
    """Run the program on its command line, and exit."""
    arguments = plain_arguments(sys.argv[1:], read_settings())
    if arguments is None:
        from translator.commands.app import main as command_line

        command_line()
    else:
        from translator.commands.translate.command import translate

        with ending():
            translate(**arguments)
