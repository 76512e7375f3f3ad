"""All attention of one translation with what it was computed from: queries, keys, values and weights of every head.

One teacher-forced pass in the model's own precision, on the explicit attention path; hooks catch what the projections
give, so these are the numbers that the model itself computed with. What a reader needs to do the sums again:
weights = softmax(q · kᵀ / √E), masked; a head's output = weights · v (Vaswani et al. 2017, section 3.2).

Letters: L layers, H heads, T queries (rows), S keys (columns), D model width, E = D / H head width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from translator.explain.stages import KINDS, Kind
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer
from translator.text.subwords import BOS, EOS, Subwords, Word

__all__ = ["Recorded", "Side", "record"]


@dataclass(frozen=True)
class Side:
    """The rows or the columns of an attention."""

    labels: list[str]  # pieces; a row of the decoder is called by the piece *predicted* there
    read: list[str]  # the piece that stands there, the one a decoder reads
    words: list[Word]  # over ``labels``; tag, <s> and </s> are words of their own


@dataclass(frozen=True)
class Recorded:
    """Attention of one kind, all layers and heads, float32."""

    kind: Kind
    rows: Side
    columns: Side
    q: np.ndarray  # (L, H, T, E)
    k: np.ndarray  # (L, H, S, E)
    v: np.ndarray  # (L, H, S, E)
    weights: np.ndarray  # (L, H, T, S), as the model gives them; masked cells are exactly 0

    @property
    def is_causal(self) -> bool:
        """Whether row t may attend to columns 0 to t only."""
        return self.kind == "decoder"


@torch.inference_mode()
def record(
    model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]
) -> dict[Kind, Recorded]:
    """Read one translation and keep everything. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces."""
    with _projections(model.eval()) as given:
        encoded = model.encode(torch.tensor([list(source)], device=model.device), need_weights=True)
        decoded = model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded, need_weights=True)
    encoder = cast("list[EncoderLayer]", list(model.encoder))
    decoder = cast("list[DecoderLayer]", list(model.decoder))
    modules: dict[Kind, list[MultiHeadAttention]] = {
        "cross": [layer.cross_attention for layer in decoder],
        "encoder": [layer.self_attention for layer in encoder],
        "decoder": [layer.self_attention for layer in decoder],
    }
    weights: dict[Kind, Tensor | None] = {
        "cross": decoded.cross_weights,
        "encoder": encoded.self_weights,
        "decoder": decoded.self_weights,
    }
    sides = _sides(subwords, source, target)
    return {kind: _recorded(kind, *sides[kind], modules[kind], given, weights[kind]) for kind in KINDS}


def _recorded(
    kind: Kind,
    rows: Side,
    columns: Side,
    modules: list[MultiHeadAttention],
    given: dict[nn.Module, Tensor],
    weights: Tensor | None,
) -> Recorded:
    def stacked(part: str) -> np.ndarray:
        every = [module.split(given[getattr(module, part)])[0] for module in modules]
        return np.asarray(torch.stack(every).float().cpu().numpy())  # (L, H, N, E)

    assert weights is not None
    kept = np.asarray(weights[:, 0].float().cpu().numpy())
    return Recorded(kind, rows, columns, stacked("query"), stacked("key"), stacked("value"), kept)


@contextmanager
def _projections(model: Transformer) -> Iterator[dict[nn.Module, Tensor]]:
    """While it is open, the last output of every query, key and value projection, by module."""
    given: dict[nn.Module, Tensor] = {}

    def keep(module: nn.Module, _: object, out: Tensor) -> None:
        given[module] = out

    attentions = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    handles = [part.register_forward_hook(keep) for one in attentions for part in (one.query, one.key, one.value)]
    try:
        yield given
    finally:
        for handle in handles:
            handle.remove()


def _sides(subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> dict[Kind, tuple[Side, Side]]:
    """Rows and columns of each kind."""
    end = subwords.piece(EOS)
    pieces = [subwords.piece(i) for i in source]
    inside = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(source[1:-1])]
    last = len(source) - 1
    of_source = Side(pieces, pieces, [Word(pieces[0], 0, 1), *inside, Word(end, last, last + 1)])

    words = subwords.words(target)
    predicted, read = ([subwords.piece(i) for i in ids] for ids in ([*target, EOS], [BOS, *target]))
    shifted = [Word(w.text, w.start + 1, w.stop + 1) for w in words]
    of_rows = Side(predicted, read, [*words, Word(end, len(target), len(target) + 1)])
    of_columns = Side(read, read, [Word(read[0], 0, 1), *shifted])
    return {"cross": (of_rows, of_source), "encoder": (of_source, of_source), "decoder": (of_rows, of_columns)}
