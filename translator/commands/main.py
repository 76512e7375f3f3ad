"""Where the program begins: a plain translation goes straight to work, everything else through the command line proper.

Typer, and what it imports to check options, take longer than loading the model and translating a sentence. So
``translator translate TEXT…``, with none but the options below, is read here. What is not understood here at once, a
mistake included, is left to Typer, which understands it or says what is wrong.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from translator.commands.console import ending
from translator.commands.settings import Settings, read_settings

__all__ = ["COMMANDS", "main", "plain_arguments", "said_in_full"]

COMMANDS = frozenset(  # app.py has them too, but takes longer to import than a sentence to translate
    [
        "align",
        "align-eval",
        "attend",
        "average",
        "bench",
        "bulk",
        "calibrate",
        "compare",
        "config",
        "context",
        "corpus",
        "embed",
        "evaluate",
        "export",
        "help",
        "layers",
        "next",
        "params",
        "plot",
        "serve",
        "sheet",
        "similar",
        "tokens",
        "tour",
        "trace",
        "train",
        "translate",
    ]
)
_PAIR = re.compile(r"(en|pt)?:(en|pt)?")

_OPTIONS = {
    "--from": ("source", str),
    "--to": ("target", str),
    "-f": ("source", str),
    "-t": ("target", str),
    "--model": ("model", str),
    "--input": ("input", Path),
    "-i": ("input", Path),
    "--output": ("output", Path),
    "-o": ("output", Path),
}


def said_in_full(argv: Sequence[str], piped: bool) -> list[str]:
    """The command line with the ``translate`` that people leave out: before a text, a file or a pair of languages, and
    where text is piped in. The name of a command is a command."""
    if not argv:
        return ["translate"] if piped else []
    first = argv[0]
    if first in COMMANDS or (first.startswith("-") and first not in (*_OPTIONS, "-")):
        return list(argv)
    rest = list(argv)
    given: list[str] = []
    if (pair := _PAIR.fullmatch(first)) and first != ":":
        given = [*(["--from", pair[1]] if pair[1] else []), *(["--to", pair[2]] if pair[2] else [])]
        rest = rest[1:]
    is_one = bool(rest) and not rest[0].startswith("-") and not any(a.partition("=")[0] == "--to-dir" for a in rest)
    if is_one and Path(rest[0]).suffix and Path(rest[0]).is_file():
        rest = ["--input", *rest]
    return ["translate", *given, *rest]


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
        if argument == "-" or not argument.startswith("-"):
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
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no ▒ gets a question mark
    argv = said_in_full(sys.argv[1:], not sys.stdin.isatty())
    arguments = plain_arguments(argv, read_settings())
    if arguments is None:
        from translator.commands.app import main as command_line

        command_line(argv)
    else:
        from translator.commands.translate.command import translate

        with ending():
            translate(**arguments)
