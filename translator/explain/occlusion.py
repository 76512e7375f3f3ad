"""Experiments beside attention: take a source word away, and see how probable the target is then.

Attention says where the decoder looked, not why it chose the piece (Jain and Wallace 2019; Wiegreffe and Pinter 2019).
Leaving a word out, or putting ``<unk>`` in its place, asks the second question in one way each, with limits of their
own: the words after a hole move up, and ``<unk>`` is a piece the model hardly ever met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from translator.explain.reading import log_probabilities
from translator.explain.weights import Weights
from translator.model.transformer import Transformer
from translator.text.subwords import UNK, Word

How = Literal["removed", "<unk>"]
OCCLUSIONS: tuple[How, ...] = ("removed", "<unk>")


class WithoutWord(NamedTuple):
    """One source word left out."""

    word: Word  # over the source tokens
    p: float  # of the chosen piece at that step, the target before it unchanged
    log_ratio: float  # ln(p with all words / p without this one): how much it is missed, in nats


def without_each_word(
    model: Transformer, source: Sequence[int], prefix: Sequence[int], chosen: int, words: Sequence[Word]
) -> list[WithoutWord]:
    """Leave out each of ``words`` in turn. ``source`` holds tag, pieces and ``</s>``, ``prefix`` the target's pieces
    before the piece ``chosen``.
    """
    whole, *rest = (ps[len(prefix)] for ps in _log_probabilities(model, source, [*prefix, chosen], words, "removed"))
    return [WithoutWord(w, float(np.exp(log_p)), float(whole - log_p)) for w, log_p in zip(words, rest, strict=True)]


def _log_probabilities(
    model: Transformer, source: Sequence[int], target: Sequence[int], words: Sequence[Word], how: How
) -> list[np.ndarray]:
    """(T,) each, nats: of the target after the whole source, then after the source without each of ``words``."""
    sources = [list(source)]
    for word in words:
        instead = [UNK] * (word.stop - word.start) if how == "<unk>" else []
        sources.append([*source[: word.start], *instead, *source[word.stop :]])
    return [log_probabilities(model, ids, target) for ids in sources]


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


class Agreement(NamedTuple):
    """Rank correlation of weights with drops: Spearman's ρ over the source words, averaged over predicted words."""

    rho: float | None  # None where no row has three source words to rank
    rows: int  # predicted words that could be ranked


def occlude(
    model: Transformer,
    source: Sequence[int],
    target: Sequence[int],
    source_words: Sequence[Word],
    target_words: Sequence[Word],
    how: How = "removed",
) -> np.ndarray:
    """(target words, source words but tag and ``</s>``) nats: ln p with all words less ln p without that one, pieces
    added up. Each word of ``source`` (tag, pieces, ``</s>``) is taken away in turn; ``target`` (pieces) stays as it is.
    """
    whole, *rest = _log_probabilities(model, source, target, source_words[1:-1], how)
    drops = [[(whole - one)[w.start : w.stop].sum() for one in rest] for w in target_words]
    return np.array(drops, dtype=float).reshape(len(target_words), len(rest))


def agreement(weights: Weights, layer: int | None, head: int | None, drops: np.ndarray) -> Agreement:
    """How well cross-attention ranks the source words as leaving them out does; the row of ``</s>`` is not counted."""
    shown = weights.at(layer, head, "word")[:, 1:-1]
    every = [rank_correlation(list(a), list(b)) for a, b in zip(shown[:-1], drops[:-1], strict=True)]
    ranked = [rho for rho in every if rho is not None]
    return Agreement(float(np.mean(ranked)) if ranked else None, len(ranked))
