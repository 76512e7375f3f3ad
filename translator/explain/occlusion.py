"""An experiment beside attention: leave a source word out, and see how probable a target piece is then.

Attention says where the decoder looked, not why it chose the piece (Jain and Wallace 2019). Leaving a word out asks
the second question in one way, which has limits of its own: the words after it move up, and the model never learned
from sentences with holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from translator.model.transformer import Transformer
from translator.text.subwords import BOS, Word

__all__ = ["WithoutWord", "rank_correlation", "without_each_word"]


@dataclass(frozen=True)
class WithoutWord:
    """One source word left out."""

    word: Word  # over the source tokens
    p: float  # of the chosen piece at that step, the target before it unchanged
    log_ratio: float  # ln(p with all words / p without this one): how much it is missed, in nats


@torch.inference_mode()
def without_each_word(
    model: Transformer, source: Sequence[int], prefix: Sequence[int], chosen: int, words: Sequence[Word]
) -> list[WithoutWord]:
    """Leave out each of ``words`` in turn. ``source`` holds tag, pieces and ``</s>``, ``prefix`` the target's pieces
    before the piece ``chosen``.
    """
    whole = _log_p(model, source, prefix, chosen)
    found = []
    for word in words:
        log_p = _log_p(model, [*source[: word.start], *source[word.stop :]], prefix, chosen)
        found.append(WithoutWord(word, float(np.exp(log_p)), whole - log_p))
    return found


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Spearman's ρ, equals at their mean rank; ``None`` for fewer than three values, or where a side has one only."""
    if len(a) < 3:
        return None
    x, y = _ranks(np.asarray(a, dtype=float)), _ranks(np.asarray(b, dtype=float))
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    below = (values[None, :] < values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2)


def _log_p(model: Transformer, source: Sequence[int], prefix: Sequence[int], chosen: int) -> float:
    encoded = model.eval().encode(_batch(model, source))
    hidden = model.decode(_batch(model, [BOS, *prefix]), encoded).hidden[0, -1]
    return float(model.logits(hidden).double().log_softmax(dim=-1)[chosen])


def _batch(model: Transformer, ids: Sequence[int]) -> Tensor:
    return torch.tensor([list(ids)], device=model.device)
