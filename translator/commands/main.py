"""Where the program begins: a plain translation goes straight to work, everything else through the command line proper.

Typer, and what it imports to check options, take longer than loading the model and translating a sentence. So
``translator translate TEXT…``, with none but the options below, is read here. What is not understood here at once, a
mistake included, is left to Typer, which understands it or says what is wrong.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from translator.commands.console import ending
from translator.commands.index import COMMANDS
from translator.commands.settings import Settings, read_settings
from translator.files import DEFAULT_MODEL

_PAIR = re.compile(r"(en|pt)?:(en|pt)?")

_FLAGS = ("--open", "--quiet", "-q", "--history", "--no-history")
_OF_ALL = {"--lang": 1, "--color": 1, "--theme": 1, "--save": 1} | dict.fromkeys(_FLAGS, 0)
"""Options of the whole program, which may stand anywhere, with the number of words each takes."""
_ALONE = ("--version", "--help", "-h", "--help-all", "--install-completion", "--show-completion")

_IN_GOOD_ORDER = {name for name, entry in COMMANDS.items() if entry.section not in ("Look inside", "This installation")}
_IN_GOOD_ORDER -= {"translate", "align"}
"""Commands that may have processes, threads or connections to end."""

_TEXTS = {"--from": "source", "-f": "source", "--to": "target", "-t": "target", "--model": "model"}
_PATHS = {"--input": "input", "-i": "input", "--output": "output", "-o": "output"}
"""Options of a plain translation, each with the name of its argument."""


def options_first(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The options of the whole program, wherever they stand before ``--``, and the rest of the command line."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            return first, [*rest, word, *words]
        name, equals, _ = word.partition("=")
        if name in _OF_ALL and bool(equals) <= bool(_OF_ALL[name]):
            first += [word] if equals or not _OF_ALL[name] else [word, *([value] if (value := next(words, "")) else [])]
        else:
            rest.append(word)
    return first, rest


def said_in_full(argv: Sequence[str], piped: bool) -> list[str]:
    """The command line with the ``translate`` that people leave out: before a text, a file, a pair of languages or an
    option of it, and where text is piped in. The name of a command is a command."""
    if not argv:
        return ["translate"] if piped else []
    first = argv[0]
    if first in COMMANDS or first.partition("=")[0] in _ALONE:
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
        name = (_TEXTS | _PATHS).get(argument, "")
        value = next(rest, "")
        if not name or name in given or not value or value.startswith("-"):
            return None
        arguments[name] = Path(value) if argument in _PATHS else value
        given.add(name)
    return arguments | {"texts": texts or None}


def program() -> None:
    """Run the program on its command line, and end the process: at once, where nothing is to be ended in good order.

    To take down what was imported takes a tenth of a plain translation, and half a second with torch.
    """
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    if _IN_GOOD_ORDER & set(sys.argv):  # also where it is only a word of a text
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # which Python tells of at its own end
        return
    os._exit(0)


def main() -> None:
    """Run the program on its command line; this process goes on."""
    gc.set_threshold(50_000)  # what is imported stays: looking through it for garbage was a twentieth of a translation
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no ▒ gets a question mark
    of_all, rest = options_first(sys.argv[1:])
    argv = [*of_all, *said_in_full(rest, not sys.stdin.isatty())]
    arguments = plain_arguments(argv, read_settings())
    if arguments is None:
        from translator.commands.app import main as command_line

        command_line(argv)
        return
    from translator.search.native import begin_loading

    begin_loading(arguments.get("model", DEFAULT_MODEL))
    from translator.commands.translate.command import translate

    with ending("translate"):
        translate(**arguments)
