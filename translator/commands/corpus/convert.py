"""``translator corpus convert``: parallel text from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from translator.commands.console import stderr
from translator.commands.options import Force
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.corpus.files import Format

_FORMATS = "tsv|moses|tmx|jsonl"


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File to read; - for standard input.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write; - for standard output.")],
    from_format: Annotated[
        str | None, typer.Option(metavar=_FORMATS, help="Of IN, where its name does not say.")
    ] = None,
    to_format: Annotated[
        str | None, typer.Option(metavar=_FORMATS, help="Of OUT, where its name does not say.")
    ] = None,
    force: Force = False,
) -> None:
    """Convert parallel text between TSV, Moses pairs (name.en + name.pt), TMX and JSONL, each plain, .gz or .zst.

    The format goes by the name: mine.tsv, mine.en (or mine.pt) of a Moses pair, mine.tmx, mine.jsonl.gz.

    Example: translator corpus convert memory.tmx mine.tsv.gz
    """
    from translator.commands.progress import translating
    from translator.corpus.pairs import LeftOut, read_pairs
    from translator.corpus.writing import writing

    left_out = LeftOut()
    with (
        writing(target, format_named(to_format), force=force) as writer,
        translating(target, unit="pairs") as start,
    ):
        advance = start(None)
        for pair in read_pairs(source, format_named(from_format), left_out=left_out.of(source)):
            writer.write(pair)
            if writer.written % 10_000 == 0:
                advance(10_000)
    console = stderr()
    console.print(f"{writer.written:,} pairs", markup=False)
    for told in left_out.told():
        console.print(told, markup=False)
    if writer.changed:
        console.print(
            f"{writer.changed:,} of them changed: {writer.format} cannot hold their line breaks, tabs or control "
            "characters",
            markup=False,
        )


def format_named(name: str | None) -> Format | None:
    """The format an option names. Raises ``UsageError``."""
    if name is None:
        return None
    if name not in _FORMATS.split("|"):
        raise UsageError(f"unknown format {name!r}", f"it takes {_FORMATS.replace('|', ', ')}")
    return cast("Format", name)
