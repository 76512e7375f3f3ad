"""What the command line says of itself: help, and mistakes in its use.

A help is what a command is called with, what it does, an example, its options; wrapped once, types as words. ``--help``
shows the options that people use, ``--help-all`` the rare ones too. A mistake, Typer's or ours, is told as every other
error is: what, where, what to do next.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import textwrap
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from translator.commands.console import in_colour
from translator.commands.index import COMMANDS
from translator.draw.language import say
from translator.errors import UsageError

_WORDS: dict[Any, str] = {str: "TEXT", int: "N", float: "X", Path: "FILE", bool: ""}
BEGIN = (
    ('translator "I am happy."', "a text; its language is detected"),
    ("translator notes.md", "a file; N lines in are N lines out"),
    ("echo text | translator", "what comes by a pipe"),
    ("translator", "a prompt to type at"),
)
_LEFT, _NAMES = 27, 10  # columns of options and of commands, before what they mean


def _width() -> int:
    return max(50, min(120, shutil.get_terminal_size().columns))


def give_words(command: Any, callback: Callable[..., Any]) -> None:
    """Name what each parameter takes by a word: TEXT, FILE, N, X; nothing for a switch."""
    hints = typing.get_type_hints(callback)
    for parameter in (one for one in command.params if one.metavar is None):
        kind = hints.get(parameter.name, str)
        while typing.get_args(kind):  # of a list, what it lists; of what may be None, what else it may be
            kind = typing.get_args(kind)[0]
        if parameter.param_type_name == "option":
            parameter.metavar = "" if parameter.is_flag else _WORDS.get(kind, "TEXT")
        else:
            parameter.metavar = ("FILE" if kind is Path else parameter.name.upper()) + "…" * (parameter.nargs != 1)


def names_of(parameter: Any) -> str:
    """An option with what it takes: ``-o, --output FILE``; an argument by its word."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    off = parameter.secondary_opts
    if off and off[0] == parameter.opts[0].replace("--", "--no-", 1):
        return str(parameter.opts[0]).replace("--", "--[no-]", 1)
    names = sorted([*parameter.opts, *off], key=lambda name: name.startswith("--"))
    return f"{', '.join(names)} {parameter.metavar or ''}".rstrip()


def paragraphs(help: str | None) -> list[str]:
    """The paragraphs of a docstring, each on a line."""
    return [" ".join(paragraph.split()) for paragraph in (help or "").split("\n\n") if paragraph.strip()]


def _section(title: str, rows: Iterable[tuple[str, str]], width: int, column: int = _LEFT) -> Iterator[str]:
    """Two columns under a heading; where the left one is too wide, what it means goes below."""
    yield from ("", _heading(title)) if title else ("",)
    for left, right in rows:
        first, *more = textwrap.wrap(right, width - column - 4, break_on_hyphens=False) or [""]
        if len(left) > column:
            yield f"  {left}"
            left = ""
        yield f"  {left:<{column}}  {first}".rstrip()
        yield from (f"{'':{column + 4}}{line}" for line in more)


def _heading(text: str) -> str:
    return f"\x1b[1m{say(text)}\x1b[0m" if in_colour(sys.stdout) else say(text)


def plain_help(parameter: Any) -> str:
    """What a parameter is, without the default that is told at its end."""
    return (parameter.help or "").partition("  [default: ")[0]


def about(parameter: Any) -> str:
    """What a parameter is, with its default where one would want to know it."""
    what, default = say(plain_help(parameter)), parameter.default
    told = (parameter.help or "").partition("  [default: ")[2].removesuffix("]")
    if isinstance(default, bool):
        told = say("on" if default else "off") if default or parameter.secondary_opts else ""
    elif default not in (None, "", ()) and not callable(default):
        told = str(default)
    return f"{what} [{say('default')}: {told}]" if told else what


def _body(command: Any, width: int) -> Iterator[str]:
    text = paragraphs(command.help)
    examples = [f"  {paragraph[len('Example: ') :]}" for paragraph in text if paragraph.startswith("Example: ")]
    for paragraph in text[: len(text) - len(examples)]:
        yield from ("", *textwrap.wrap(say(paragraph), width))
    if examples:
        yield from ("", _heading("Example"), *examples)


def _options(command: Any, context: Any, width: int, *, every: bool) -> Iterator[str]:
    """Arguments, then the options by their groups, those of no group first."""
    groups: dict[str, list[Any]] = {"Arguments": [], "Options": []}
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            groups["Arguments"].append(parameter)
        elif (every or not parameter.hidden) and "--help" not in parameter.opts:
            groups.setdefault(parameter.rich_help_panel or "Options", []).append(parameter)
    for name, parameters in groups.items():
        if parameters:
            yield from _section(name, [(names_of(parameter), about(parameter)) for parameter in parameters], width)


def usage_line(command: Any, context: Any, path: str) -> str:
    """How a command is called: what it needs, what it may get in brackets."""
    arguments = [p for p in command.get_params(context) if p.param_type_name == "argument"]
    own = [p.metavar if p.required else f"[{p.metavar}]" for p in arguments]
    return " ".join([path, *own, *(["COMMAND"] if getattr(command, "commands", None) else []), "[OPTIONS]"])


def command_help(command: Any, context: Any, *, every: bool = False) -> str:
    """The help of a command, or of a group of commands; with ``every``, rare options too."""
    width = _width()
    lines = [f"{say('Usage')}: {usage_line(command, context, context.command_path)}", *_body(command, width)]
    if inner := getattr(command, "commands", {}):
        lines += _section("Commands", [(name, say(paragraphs(one.help)[0])) for name, one in inner.items()], width, 14)
    lines += _options(command, context, width, every=every)
    if any(getattr(p, "hidden", False) for p in command.params) and not every:
        more = say("More options: {}").replace("{}", f"{context.command_path} --help-all")
        lines += ["", *textwrap.wrap(more, width)]
    return "\n".join(lines)


def program_help(command: Any, context: Any, *, every: bool = False) -> str:
    """The help of the whole program: how to begin, the commands by what a person wants, the options of all."""
    width = _width()
    lines = [f"{say('Usage')}: translator [COMMAND] [TEXT…] [OPTIONS]", *_body(command, width)]
    lines += _section("", [(example, say(what)) for example, what in BEGIN], width)
    for section, inner in itertools.groupby(COMMANDS.items(), lambda item: item[1].section):
        lines += _section(section, [(name, say(entry.summary)) for name, entry in inner], width, _NAMES)
    lines += _options(command, context, width, every=every)
    lines += ["", say("translator COMMAND --help explains a command, translator help a topic.")]
    return "\n".join(lines if every else [*lines, say(f"More options: {context.command_path} --help-all")])


def mistake(error: Any) -> UsageError:
    """``error``, one of Typer's own, as one of ours. Its kind is known by what it has: Typer does not export them."""
    context = error.ctx
    where = context.command_path if context else "translator"
    look = f"{where} --help shows what it takes"
    parameter = getattr(error, "param", None)
    if option := getattr(error, "option_name", ""):
        if not hasattr(error, "possibilities"):  # it was given nothing, or was given something and takes nothing
            known = context.command.params if context else ()
            taken = [p.metavar for p in known if option in (*p.opts, *p.secondary_opts) and p.metavar]
            return UsageError(f"{where}: {option} takes {taken[0] if taken else 'no value'}", look)
        near = ", ".join(sorted(error.possibilities or ()))
        return UsageError(f"{where}: there is no option {option}", f"did you mean {near}? {look}" if near else look)
    if parameter is None and "Missing command" in error.message:
        return UsageError(f"{where}: COMMAND is missing", f"commands: {', '.join(context.command.commands)}; {look}")
    if parameter is None:
        return UsageError(f"{where}: {_lower(error.format_message())}", look)
    if hasattr(error, "param_type"):  # missing; the name of a command alone may have been meant as a text
        name = where.rpartition(" ")[2]
        text = f'to translate that word: translator translate "{name}"; {look}'
        return UsageError(f"{where}: {names_of(parameter)} is missing", text if name in COMMANDS else look)
    is_option = parameter.param_type_name == "option"
    name, wanted = (parameter.opts[-1], parameter.metavar) if is_option else (parameter.metavar, "")
    what = {"N": "a whole number", "X": "a number"}.get(wanted, wanted)
    kind = getattr(parameter, "type", None)
    low, high = (getattr(parameter, end, None) for end in ("min", "max"))
    low = getattr(kind, "min", None) if low is None and high is None else low
    bounds = (f" from {low}" if low is not None else "") + (f" to {high}" if high is not None else "")
    reason = f"it takes {what}{bounds}" if what else _lower(error.message)
    return UsageError(f"{where}: {name}{_value(error, parameter.opts)}: {reason}", look)


def _value(error: Any, names: list[str]) -> str:
    """What an option was given, after a space; nothing where it cannot be told."""
    words = getattr(error, "words", [])
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in names:
            return f" {value if equals else following}"
    return ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
