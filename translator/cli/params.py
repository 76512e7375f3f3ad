"""``translator params``: where a model's parameters are."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from translator.cli.console import stdout
from translator.config import PRESETS, ModelConfig
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

__all__ = ["params"]


def params(
    model: Annotated[str, typer.Argument(help="Name of a shipped model, or a model folder.")] = DEFAULT_MODEL,
    preset: Annotated[str | None, typer.Option(help="Count a preset instead: tiny, small or base.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count a model's parameters by part."""
    if preset is not None and preset not in PRESETS:
        raise UsageError(f"--preset {preset}: unknown preset", f"presets: {', '.join(PRESETS)}")
    import torch
    from rich.table import Table

    from translator.explain.parameters import count_parameters
    from translator.model.checkpoint import load_checkpoint
    from translator.model.transformer import Transformer
    from translator.resources import model_folder

    if preset is None:
        network = load_checkpoint(model_folder(model)).model
    else:
        with torch.device("meta"):
            network = Transformer(ModelConfig(**PRESETS[preset]))
    parts = count_parameters(network)
    total = sum(part.count for part in parts)
    if as_json:
        print(json.dumps({"total": total, "parts": {part.name: part.count for part in parts}}))
        return
    shape = network.config
    table = Table(
        title=f"{preset or model}: {shape.encoder_layers}+{shape.decoder_layers} layers, D={shape.d_model}, "
        f"H={shape.heads}, {shape.vocab_size} pieces",
        title_justify="left",
    )
    table.add_column("part")
    table.add_column("modules", justify="right")
    table.add_column("parameters", justify="right")
    table.add_column("share", justify="right")
    for part in parts:
        table.add_row(part.name, str(part.modules), f"{part.count:,}", f"{part.count / total:.1%}")
    table.add_section()
    table.add_row("total", "", f"{total:,}", "100.0%")
    stdout().print(table)
