"""Experiments beside attention: take a source word away, and see how probable the target is then.

Attention says where the decoder looked, not why it chose the piece (Jain and Wallace 2019; Wiegreffe and Pinter 2019).
Leaving a word out, or putting ``<unk>`` in its place, asks the second question in one way each, with limits of their
own: the words after a hole move up, and ``<unk>`` is a piece the model hardly ever met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from translator.explain.reading import log_probabilities
from translator.explain.weights import Weights
from translator.model.transformer import Transformer
from translator.text.subwords import UNK, Word

How = Literal["removed", "<unk>"]
OCCLUSIONS: tuple[How, ...] = ("removed", "<unk>")


@dataclass(frozen=True)
class WithoutWord:
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
    step, target = len(prefix), [*prefix, chosen]
    whole = log_probabilities(model, source, target)[step]
    found = []
    for word in words:
        log_p = log_probabilities(model, [*source[: word.start], *source[word.stop :]], target)[step]
        found.append(WithoutWord(word, float(np.exp(log_p)), float(whole - log_p)))
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


@dataclass(frozen=True)
class Occlusion:
    """What each source word is worth to each predicted word."""

    how: How
    words: list[int]  # indices of the source words left out: all but the tag and </s>
    drops: np.ndarray  # (target words, words) nats: ln p with all words − ln p without this one, pieces added up


@dataclass(frozen=True)
class Agreement:
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
) -> Occlusion:
    """Take each word of ``source`` (tag, pieces, ``</s>``) away in turn; ``target`` (pieces) stays as it is."""
    whole = log_probabilities(model, source, target)
    drops, chosen = [], []
    for index, word in enumerate(source_words[1:-1], start=1):
        instead = [UNK] * (word.stop - word.start) if how == "<unk>" else []
        fall = whole - log_probabilities(model, [*source[: word.start], *instead, *source[word.stop :]], target)
        drops.append([fall[w.start : w.stop].sum() for w in target_words])
        chosen.append(index)
    return Occlusion(how, chosen, np.array(drops, dtype=float).reshape(len(chosen), len(target_words)).T)


def agreement(weights: Weights, layer: int | None, head: int | None, occlusion: Occlusion) -> Agreement:
    """How well cross-attention ranks the source words as leaving them out does; the row of ``</s>`` is not counted."""
    shown = weights.at(layer, head, "word")[:, occlusion.words]
    every = [rank_correlation(list(a), list(b)) for a, b in zip(shown[:-1], occlusion.drops[:-1], strict=True)]
    ranked = [rho for rho in every if rho is not None]
    return Agreement(float(np.mean(ranked)) if ranked else None, len(ranked))
