"""Where the parameters are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from torch import nn

from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer

__all__ = ["Part", "count_parameters"]


@dataclass(frozen=True)
class Part:
    """Parameters of one kind: ``count`` in all, in ``modules`` places."""

    name: str
    count: int
    modules: int


def count_parameters(model: Transformer) -> list[Part]:
    """Every parameter in exactly one part; tied embeddings are counted once."""
    encoder = cast("list[EncoderLayer]", list(model.encoder))
    decoder = cast("list[DecoderLayer]", list(model.decoder))
    groups: list[tuple[str, Sequence[nn.Module]]] = [
        ("embeddings (source, target and output, tied)", [model.embedding]),
        ("encoder self-attention", [layer.self_attention for layer in encoder]),
        ("encoder feed-forward", [layer.feed_forward for layer in encoder]),
        ("decoder masked self-attention", [layer.self_attention for layer in decoder]),
        ("decoder cross-attention", [layer.cross_attention for layer in decoder]),
        ("decoder feed-forward", [layer.feed_forward for layer in decoder]),
        ("layer norms", [module for module in model.modules() if isinstance(module, nn.LayerNorm)]),
    ]
    return [Part(name, sum(p.numel() for m in parts for p in m.parameters()), len(parts)) for name, parts in groups]
