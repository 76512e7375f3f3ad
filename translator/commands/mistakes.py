"""What Typer says of a mistake on the command line, said as every other error is: what, where, what to do next."""

from __future__ import annotations

from typing import Any

from translator.commands.index import COMMANDS
from translator.commands.usage import names_of
from translator.errors import UsageError


def told(error: Any) -> UsageError:
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
