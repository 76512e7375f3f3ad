"""``translator corpus``: what can be done to parallel text before a training, a command a module."""

from __future__ import annotations

import typer

from translator.cli import corpus_back_translate, corpus_convert, corpus_doctor, corpus_download, corpus_split

__all__ = ["app"]

app = typer.Typer(help="Check, mend, split, convert and make training text.", no_args_is_help=True)
app.command("doctor")(corpus_doctor.doctor)
app.command("split")(corpus_split.split)
app.command("convert")(corpus_convert.convert)
app.command("download")(corpus_download.download)
app.command("back-translate")(corpus_back_translate.back_translate)
