"""``translator plot``: the curves of runs as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from translator.commands.console import stdout, write_bytes
from translator.commands.options import Force
from translator.draw.language import say
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.draw.curves import Against


def plot(
    runs: Annotated[list[Path] | None, typer.Argument(metavar="RUN…", help="Folders of `translator train`.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=".png or .svg; RUN/curves.png if not given.")] = None,
    against: Annotated[str, typer.Option(metavar="steps|tokens|minutes", help="The horizontal axis.")] = "steps",
    force: Force = False,
) -> None:
    """Draw the curves of runs, overlaid: losses, dev BLEU, rates.

    Example: translator plot runs/mine runs/manuals --against tokens --out both.svg
    """
    if not runs:
        raise UsageError("plot what?", "name run folders: translator plot runs/mine")
    if against not in (axes := ("steps", "tokens", "minutes")):
        raise UsageError(f"--against {against}: unknown", f"it takes {', '.join(axes)}")
    path = out or runs[0] / "curves.png"
    if path.suffix.lower() not in (".png", ".svg"):
        raise UsageError(f"{path}: pictures are .png or .svg", "name one of them with --out")
    from translator.draw.curves import curves_svg
    from translator.draw.svg import picture_bytes
    from translator.training.log import read_curves

    curves = [read_curves(run) for run in runs]
    names = [run.name for run in curves]
    for run, folder in zip(curves, runs, strict=True):  # two runs of one name are told apart by their places
        run.name = str(folder) if names.count(run.name) > 1 else run.name
    picture = picture_bytes(curves_svg(curves, cast("Against", against)), path)
    write_bytes(path, picture, force=force or out is None)
    console = stdout()
    for run in curves:
        bleu = ", ".join(f"{direction} {max(curve.values):.1f}" for direction, curve in sorted(run.bleu.items()))
        last = run.training["nll"].steps[-1:] or [0]
        console.print(say(f"{run.name}: {last[0]:,} steps, best dev BLEU {bleu or 'not measured'}"), markup=False)
    console.print(str(path), markup=False)
