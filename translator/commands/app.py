"""The command line: its commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from translator.commands import config, help
from translator.commands.align.command import align
from translator.commands.align_eval.command import align_eval
from translator.commands.attend.command import attend
from translator.commands.average import average
from translator.commands.bench.command import bench
from translator.commands.bulk.command import bulk
from translator.commands.calibrate import calibrate
from translator.commands.compare.command import compare
from translator.commands.console import ending, open_made, record_to, set_manner
from translator.commands.context.command import context
from translator.commands.corpus import command as corpus
from translator.commands.embed.command import embed
from translator.commands.evaluate.command import evaluate
from translator.commands.export import export
from translator.commands.lens.command import layers, next_piece
from translator.commands.options import with_settings
from translator.commands.params.command import params
from translator.commands.serve.command import serve
from translator.commands.settings import Settings, default_map, read_settings
from translator.commands.sheet.command import sheet
from translator.commands.similar.command import similar
from translator.commands.subwords import app as subwords
from translator.commands.tokens import tokens
from translator.commands.tour.command import tour
from translator.commands.trace.command import trace
from translator.commands.train.command import train
from translator.commands.train.plot import plot
from translator.commands.translate.asked import Asked
from translator.commands.translate.command import translate

__all__ = ["app", "main"]

_TYPES: dict[Any, str] = {str: "TEXT", int: "N", float: "X", Path: "FILE", bool: ""}
TEXTS = {
    "texts": typer.Argument(
        help="Texts to translate; none, or -, reads standard input, line by line. With --to-dir, files and folders.",
        metavar="TEXT…",
    )
}

app = typer.Typer(
    name="translator",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("translate")(with_settings(Asked, TEXTS, defaults=True)(translate))
app.command("bulk")(bulk)
app.command("train")(train)
app.add_typer(corpus.app, name="corpus")
app.command("plot")(plot)
app.command("average")(average)
app.add_typer(subwords, name="subwords")
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.command("bench")(bench)
app.command("calibrate")(calibrate)
app.command("export")(export)
app.command("serve")(serve)
app.command("params")(params)
app.command("layers")(layers)
app.command("next")(next_piece)
app.command("tokens")(tokens)
app.command("attend")(attend)
app.command("align")(align)
app.command("align-eval")(align_eval)
app.command("embed")(embed)
app.command("similar")(similar)
app.command("context")(context)
app.command("trace")(trace)
app.command("sheet")(sheet)
app.command("tour")(tour)
app.add_typer(config.app, name="config")
app.command("help")(help.help)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"translator {version('translator')}")
        raise typer.Exit


def _color(when: str) -> str:
    set_manner(color=when)
    return when


def _theme(theme: str) -> str:
    set_manner(theme=theme)
    return theme


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    color: Annotated[
        str,
        typer.Option(metavar="auto|always|never", callback=_color, is_eager=True, help="When to use colour."),
    ] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Neither warnings nor progress; errors still.")] = False,
    history: Annotated[bool, typer.Option(help="Keep what is typed at the prompt for the next time.")] = True,
    theme: Annotated[
        str,
        typer.Option(metavar="auto|dark|light", callback=_theme, help="Ground that colours are for; auto asks it."),
    ] = "auto",
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save what the command prints, too: .svg, .png or .html.")
    ] = None,
    open: Annotated[bool, typer.Option("--open", help="Open the pictures and pages that were made.")] = False,
) -> None:
    """Translate between English and Portuguese, offline, and see where the model looked.

    Without a command, on a terminal: a prompt to type at.
    """
    set_manner(quiet=quiet, history=history)
    if open:
        context.call_on_close(open_made)
    if save is not None:
        context.call_on_close(record_to(save))
    settings: Settings = context.obj
    if settings.error and context.invoked_subcommand not in ("config", "help"):  # the two that help to mend it
        raise settings.error
    if context.invoked_subcommand is None:
        _without_command(context)


def _without_command(context: typer.Context) -> None:
    """A prompt on a terminal; else the help, as a mistake."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        raise typer.Exit(2)
    command = context.command.get_command(context, "translate")  # type: ignore[attr-defined]
    with command.make_context("translate", [], parent=context) as own:
        command.invoke(own)


def _names() -> list[str | tuple[str, str]]:
    """Every command that takes settings; one in a group as (group, command).

    ``help`` takes none, and what stood under its name would be taken for the default of ``--help``.
    """
    names: list[str | tuple[str, str]] = [c.name for c in app.registered_commands if c.name and c.name != "help"]
    for group in app.registered_groups:
        inner = group.typer_instance.registered_commands if group.typer_instance else []
        names += [(group.name, command.name) for command in inner if group.name and command.name]
    return names


def _say_types_in_words(command: Any) -> None:
    """What a value is, in the help: TEXT, FILE, N, X; a switch takes none."""
    for parameter in command.params:
        kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        if parameter.metavar is None and parameter.param_type_name == "option":
            parameter.metavar = "" if getattr(parameter, "is_flag", False) else _TYPES.get(kind)
    for inner in getattr(command, "commands", {}).values():
        _say_types_in_words(inner)


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a run failed, 2 usage or input, 130 interrupted."""
    settings = read_settings()
    with ending():
        if "_TRANSLATOR_COMPLETE" in os.environ:  # the shell asks what could stand here
            from translator.commands.completion import add_completion

            add_completion(app)
        command = typer.main.get_command(app)
        _say_types_in_words(command)
        command(args=argv, obj=settings, default_map=default_map(settings.values, _names()))
