"""``translator corpus``: what can be done to parallel text before a training, a command a module."""

from __future__ import annotations

import typer

from translator.commands.corpus.back_translate import back_translate
from translator.commands.corpus.convert import convert
from translator.commands.corpus.doctor import doctor
from translator.commands.corpus.download import download
from translator.commands.corpus.split import split

app = typer.Typer(help="Check, mend, split, convert and make training text.")
app.command("doctor")(doctor)
app.command("split")(split)
app.command("convert")(convert)
app.command("download")(download)
app.command("back-translate")(back_translate)
