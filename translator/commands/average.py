"""``translator average``: the mean of several models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stdout
from translator.commands.options import Force
from translator.draw.language import say
from translator.errors import UsageError


def average(
    models: Annotated[list[Path], typer.Argument(help="Model folders of one run, or fine-tuned from one model.")],
    out: Annotated[Path, typer.Option(help="Folder of the new model.")],
    force: Force = False,
) -> None:
    """Write the model whose every weight is the mean of that weight in several models.

    The last models of a run (translator train --keep 5) average to one that is often better than each; measure it.

    Example: translator average runs/mine/steps/* --out runs/mean
    """
    from translator.model.derived import average_checkpoints
    from translator.model.folder import resolve

    check_new_model(out, force=force)
    average_checkpoints([resolve(path) for path in models], out)
    stdout().print(say(f"{out}: the mean of {len(models)} models"), markup=False)


def check_new_model(out: Path, *, force: bool) -> None:
    """Raises ``UsageError`` where a model may not be written to ``out``: something is there, and ``force`` does not
    say to replace it, or it is not a model."""
    if out.exists() and not force:
        raise UsageError(f"{out} exists", "name another folder, or add --force")
    if out.exists() and not (out / "config.json").is_file():  # a run folder, or something else altogether
        raise UsageError(f"{out} is not a model folder, and is not replaced", "name another folder")
