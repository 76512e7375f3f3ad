"""``translator corpus``: what can be done to parallel text before a training, a command a module."""

from __future__ import annotations

import typer

from translator.cli import corpus_back_translate

__all__ = ["app"]

app = typer.Typer(help="Make and mend training text.", no_args_is_help=True)
app.command("back-translate")(corpus_back_translate.back_translate)
