"""``translator compare``: two models, or two files of translations, on one test set."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import json_line, stderr, stdout
from translator.commands.evaluate import hypotheses_of, sides
from translator.commands.options import Json
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.evaluation.comparison import Compared, Comparison

__all__ = ["compare"]


def compare(
    file: Annotated[Path, typer.Argument(metavar="TEST", help="Parallel file: source and reference.")],
    first: Annotated[str, typer.Argument(metavar="A", help="A model, or a file of translations, a line each.")],
    second: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")],
    direction: Annotated[str, typer.Option(metavar="en-pt|pt-en", help="Which way they translate.")] = "en-pt",
    test: Annotated[
        str, typer.Option(metavar="bs|ar", help="Paired bootstrap resampling, or approximate randomisation.")
    ] = "bs",
    samples: Annotated[int, typer.Option(min=10, metavar="N", help="Test sets drawn.")] = 1000,
    show: Annotated[int, typer.Option(min=0, metavar="N", help="Sentences that changed most.")] = 6,
    as_json: Json = False,
) -> None:
    """Tell which of two systems is better, whether that is more than chance, where, and in which sentences.

    Example: translator compare test.tsv en-pt runs/mine
    """
    if test not in ("bs", "ar"):
        raise UsageError(f"--test {test}: unknown", "tests: bs (bootstrap), ar (approximate randomisation)")
    sources, references = sides(file, direction)
    found = []
    for name in (first, second):
        with stderr().status(f"reading or translating {name} …"):
            found.append(hypotheses_of(name, sources, direction))
    from translator.evaluation.comparison import compare as run

    with stderr().status("comparing …"):
        result = run(sources, references, *found, test=test, samples=samples, shown=show)
    if as_json:
        print(json_line({"file": str(file), "first": first, "second": second, **asdict(result)}))
    else:
        _print(result, first, second)


def _print(result: Comparison, first: str, second: str) -> None:
    from rich.table import Table

    console = stdout()
    title = f"{result.overall[0].sentences:,} sentences"
    table = Table("", first, second, "difference", "", title=title, title_justify="left")
    for row in result.overall:
        table.add_row(*_row(row), _in_words(row))
    table.add_section()
    for row in result.by_length:
        table.add_row(*_row(row), f"BLEU, {row.sentences:,}")
    console.print(table)
    console.print(f"{result.alike:,} sentences are translated alike  {result.signature}", style="dim", markup=False)
    for change in result.changed:
        console.print(f"\n{change.number:,}  {change.gain:+.0f} chrF  {change.source}", markup=False, style="bold")
        for name, text in (("A", change.first), ("B", change.second), ("reference", change.reference)):
            console.print(f"  {name:<10}{text}", markup=False)


def _row(row: Compared) -> tuple[str, str, str, str]:
    return row.name, f"{row.first:.1f}", f"{row.second:.1f}", f"{row.second - row.first:+.1f}"


def _in_words(row: Compared) -> str:
    if row.p is None:
        return ""
    return f"p = {row.p:.3f}: " + ("more than chance" if row.p < 0.05 else "may be chance")
