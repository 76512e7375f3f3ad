"""``translator corpus``: what can be done to parallel text before a training, a command a module."""

from __future__ import annotations

import typer

from translator.cli import corpus_convert, corpus_split

__all__ = ["app"]

app = typer.Typer(help="Check, mend, split, convert and make training text.", no_args_is_help=True)
app.command("split")(corpus_split.split)
app.command("convert")(corpus_convert.convert)
