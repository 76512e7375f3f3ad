"""Options that come from a group of settings: declared once in ``config.py``, the same name, type, range and help
wherever a command takes them."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import typer

from translator.errors import UsageError

__all__ = ["assigned", "option_of", "takes", "with_settings"]

F = TypeVar("F", bound=Callable[..., Any])
_WORDS: dict[type, str] = {int: "N", float: "X", str: "TEXT"}


def takes(hint: Any) -> tuple[type, str]:
    """The plain type behind a field's annotation, and the word that stands for its value in a help."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if typing.get_origin(hint) is Literal:
        return str, "|".join(map(str, kinds))
    return kinds[0], _WORDS.get(kinds[0], "")


def option_of(field: dataclasses.Field[Any], hint: Any) -> Any:
    """The annotation of a command's parameter for one setting; nothing given leaves the setting as it is."""
    kind, word = takes(hint)
    about = field.metadata
    default = field.default
    told = default not in (None, "", 0, "auto", "both", dataclasses.MISSING)
    help = about["help"] + (f"  [default: {default}]" if told else "")
    name = about["option"] or "--" + field.name.replace("_", "-")
    return Annotated[
        kind | None,
        typer.Option(
            name, metavar=word or None, help=help, hidden=about["rare"], rich_help_panel=about["group"] or None
        ),
    ]


def with_settings(config: type, *, but: Sequence[str] = ()) -> Callable[[F], F]:
    """Give a command an option for each setting of ``config``, in place of its ``**settings``; it is called with those
    that were given. ``but`` names settings that the command has arguments of its own for."""
    hints = typing.get_type_hints(config)

    def decorate(command: F) -> F:
        own = inspect.signature(command, eval_str=True)
        parameters = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        derived = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=option_of(field, hints[field.name]),
            )
            for field in dataclasses.fields(config)
            if field.name not in but
        ]
        vars(command)["__signature__"] = own.replace(parameters=[*parameters, *derived])
        command.__annotations__ = {p.name: p.annotation for p in [*parameters, *derived]}
        return command

    return decorate


def assigned(config: type, items: Sequence[str]) -> dict[str, Any]:
    """What ``--set NAME=VALUE`` says, each as its setting wants it. Raises ``UsageError`` on an unknown name."""
    hints = typing.get_type_hints(config)
    found: dict[str, Any] = {}
    for item in items:
        name, _, text = item.partition("=")
        name = name.strip().replace("-", "_")
        if name not in hints:
            raise UsageError(f"--set {item}: unknown setting", f"settings: {', '.join(sorted(hints))}")
        kind, _ = takes(hints[name])
        if kind not in _WORDS:
            raise UsageError(f"--set {item}: not one value", "name it in the file of --config")
        try:
            found[name] = kind(text)
        except ValueError:
            raise UsageError(f"--set {item}: {name} takes {kind.__name__}", f"for example --set {name}=1") from None
    return found
