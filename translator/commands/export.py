"""``translator export``: a model in the fast engine's form."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from translator.commands.console import stderr, stdout
from translator.draw.language import figures, say
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL


def export(
    model: Annotated[str, typer.Argument(help="Model or run folder, as `translator train` wrote it.")] = DEFAULT_MODEL,
    quantization: Annotated[
        str, typer.Option(metavar="int8|float32", help="int8 is a quarter of the size and the fastest.")
    ] = "int8",
) -> None:
    """Write a model's weights for the fast engine, into the model's own folder; translate then uses it by itself.

    Example: translator export runs/mine
    """
    if quantization not in ("int8", "float32"):
        raise UsageError(f"--quantization {quantization}: unknown", "it takes int8 or float32")
    from translator.files import model_folder
    from translator.model.checkpoint import add_engine

    with stderr().status(say("exporting …")):
        folder = add_engine(model_folder(model), cast(Literal["float32", "int8"], quantization))
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    stdout().print(f"{folder}: {quantization}, {figures(f'{size:.1f} MB')}", markup=False)
