"""Options, each declared once: those that several commands share, and those that come from a group of settings.

A command writes ``model: Model = DEFAULT_MODEL`` and has the same name, type and help as every other.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from translator.errors import UsageError


def _option(takes: str | None, help: str, *names: str, envvar: str | None = None) -> Any:
    return typer.Option(*names, metavar=takes, help=help, envvar=envvar)


_MODEL, _ENGINES, _KINDS = "TRANSLATOR_MODEL", "auto|ctranslate2|torch", "cross|encoder|decoder"
Beam = Annotated[int, _option("N", "Hypotheses kept while searching; 1 is greedy.", "--beam")]
Csv = Annotated[Path | None, _option("FILE", "Write the numbers here as CSV, too.", "--csv")]
Engine = Annotated[str, _option(_ENGINES, "What computes: the fast engine, or the reference.", "--engine")]
Force = Annotated[bool, _option(None, "Replace files that exist.", "--force")]
From = Annotated[str | None, _option("en|pt", "Language of the text; detected if not given.", "--from", "-f")]
Head = Annotated[int | None, _option("N", "Head, from 1; the first if not given.", "--head")]
Json = Annotated[bool, _option(None, "Print JSON instead, with every number.", "--json")]
Kind = Annotated[str, _option(_KINDS, "Cross-attention, or self-attention of one side.", "--kind")]
Layer = Annotated[int | None, _option("N", "Layer, from 1; the last if not given.", "--layer")]
Model = Annotated[str, _option("MODEL", "Name of a shipped model, or a model folder.", "--model", envvar=_MODEL)]
Svg = Annotated[Path | None, _option("FILE", "Write the picture here, too: SVG, or PNG by its name.", "--svg")]
Target = Annotated[str | None, _option("TEXT", "Look at this translation instead of the model's own.", "--target")]
To = Annotated[str | None, _option("en|pt", "Language to translate into.", "--to", "-t")]

F = TypeVar("F", bound=Callable[..., Any])
_WORDS: dict[type, str] = {int: "N", float: "X", str: "TEXT"}


def takes(hint: Any) -> tuple[type, str]:
    """The plain type behind a field's annotation, and the word that stands for its value in a help."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if typing.get_origin(hint) is Literal:
        return str, "|".join(map(str, kinds))
    return kinds[0], _WORDS.get(kinds[0], "")


def option_of(field: dataclasses.Field[Any], hint: Any, *, default: bool = False, old: bool = False) -> Any:
    """The annotation of a command's parameter for one setting; where Typer does not tell the default, the help does.

    ``old``: of the option with the name the setting had before, which no help shows.
    """
    kind, word = takes(hint)
    about = field.metadata
    told = not default and field.default not in (None, "", 0, "auto", "both", dataclasses.MISSING)
    names = about["option"].split(",") if about["option"] else ["--" + field.name.replace("_", "-")]
    if old:
        names = [f"--{about['was']}"]
    elif kind is bool and not about["option"]:
        names = [f"--{field.name}/--no-{field.name}"]
    help = about["help"] + (f"  [default: {field.default}]" if told else "")
    envvar = _MODEL if default and field.name == "model" else None
    shown: dict[str, Any] = {"hidden": about["rare"] or old, "rich_help_panel": about["group"] or None}
    option = typer.Option(*names, metavar=about["takes"] or word or None, help=help, envvar=envvar, **shown)
    return Annotated[hint if default else kind | None, option]


def check_ranges(settings: Any) -> None:
    """Raises ``UsageError`` where one of ``settings`` is out of its range, naming its option."""
    for field in dataclasses.fields(settings):
        value, allowed = getattr(settings, field.name), field.metadata["range"]
        if value is not None and allowed is not None and value not in allowed:
            raise UsageError(f"--{field.name.replace('_', '-')} {value}: it must be {allowed}")


def with_settings(
    config: type, arguments: Mapping[str, Any] | None = None, *, but: Sequence[str] = (), defaults: bool = False
) -> Callable[[F], F]:
    """Give a command an option for each setting of ``config``, in place of its ``**settings``.

    It is called with those that were given, or, with ``defaults``, with all. ``but`` names settings that the command
    has parameters of its own for; ``arguments`` annotates parameters that it leaves without.
    """
    hints = typing.get_type_hints(config)

    def decorate(command: F) -> F:
        own = inspect.signature(command, eval_str=not arguments)
        parameters = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        if arguments:
            parameters = [
                p.replace(annotation=Annotated[list[str] | None, arguments[p.name]]) if p.name in arguments else p
                for p in parameters
            ]
        derived = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default if defaults else None,
                annotation=option_of(field, hints[field.name], default=defaults, old=name != field.name),
            )
            for field in dataclasses.fields(config)
            for name in (field.name, field.metadata.get("was"))
            if name and field.name not in but
        ]
        vars(command)["__signature__"] = own.replace(parameters=[*parameters, *derived], return_annotation=None)
        command.__annotations__ = {p.name: p.annotation for p in [*parameters, *derived]}
        return command

    return decorate


def assigned(config: type, items: Sequence[str]) -> dict[str, Any]:
    """What ``--set NAME=VALUE`` says, each as its setting wants it. Raises ``UsageError`` on an unknown name."""
    hints = typing.get_type_hints(config)
    known = ", ".join(sorted(hints))
    hints |= {f.metadata["was"]: hints[f.name] for f in dataclasses.fields(config) if f.metadata.get("was")}
    found: dict[str, Any] = {}
    for item in items:
        name, _, text = item.partition("=")
        name = name.strip().replace("-", "_")
        if name not in hints:
            raise UsageError(f"--set {item}: unknown setting", f"settings: {known}")
        kind, _ = takes(hints[name])
        try:
            found[name] = kind(text)
        except ValueError:
            raise UsageError(f"--set {item}: {name} takes {kind.__name__}", f"for example --set {name}=1") from None
    return found
