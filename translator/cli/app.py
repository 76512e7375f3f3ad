"""The command line: its commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from translator.cli import (
    align,
    align_eval,
    calibrate,
    context,
    embed,
    evaluate,
    export,
    params,
    sheet,
    similar,
    trace,
    train,
    translate,
)
from translator.cli.console import tell_error
from translator.errors import TranslatorError

__all__ = ["app", "main"]

app = typer.Typer(
    name="translator",
    help="Translate between English and Portuguese, offline, and see where the model looked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("translate")(translate.translate)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("calibrate")(calibrate.calibrate)
app.command("export")(export.export)
app.command("params")(params.params)
app.command("align")(align.align)
app.command("align-eval")(align_eval.align_eval)
app.command("embed")(embed.embed)
app.command("similar")(similar.similar)
app.command("context")(context.context)
app.command("trace")(trace.trace)
app.command("sheet")(sheet.sheet)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"translator {version('translator')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Translate between English and Portuguese, offline, and see where the model looked."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a run failed, 2 usage or input, 130 interrupted."""
    try:
        app(args=argv)
    except TranslatorError as error:
        tell_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader has gone, as in `translator … | head -1`: not a failure. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
