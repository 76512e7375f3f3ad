"""Attention of one translation, ready to be drawn: by layer and head, over tokens and over words, by three measures.

- ``raw``: the weights as the model computed them.
- ``norm``: ‖α · f(x)‖, the length of what each column really adds: f(x) is its value vector through W_O (Kobayashi et
  al. 2020, section 3). A large weight on a short vector counts for little.
- ``rollout``: the weights followed back through the layers below, half of each step staying put for the residual
  stream (Abnar and Zuidema 2020, section 3). For cross-attention, back to the source words through encoder and
  decoder; what ends in the target words read so far is left out of the picture and told as ``unseen``.

The laws these numbers keep are checked by :func:`check_laws`.

Letters: L layers, H heads, T rows (queries), S columns (keys).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from translator.explain.lens import softmax
from translator.explain.reading import KINDS, Attention, Kind, Reading, Side, to_words
from translator.explain.stages import attention_modules

__all__ = ["KINDS", "MEASURES", "Kind", "Level", "Measure", "PairAttention", "Weights", "check_laws", "pair_attention"]

Measure = Literal["raw", "norm", "rollout"]
Level = Literal["word", "token"]
MEASURES: tuple[Measure, ...] = ("raw", "norm", "rollout")

_SUM = 1e-6  # a row's sum may stray this far from 1
_FLOAT32 = 1e-4  # and a weight this far from its recomputation in float64: scores reach hundreds, in seven digits


@dataclass(frozen=True)
class Weights:
    """Attention of one kind by one measure, float64. Rows sum to 1; what a decoder may not see is exactly 0."""

    kind: Kind
    measure: Measure
    rows: Side  # called by the tokens *predicted*; in the encoder by those read
    columns: Side  # what was attended to: the source, or in the decoder the tokens read, ``<s>`` first
    heads: np.ndarray  # (L, H, T, S)
    joined: np.ndarray  # (L, T, S), all heads together: their mean; by "norm", of the sum of their vectors
    unseen: np.ndarray | None = None  # (L, T), the share of cross-attention rollout that ends in the target itself

    def at(self, layer: int | None, head: int | None, level: Level = "word") -> np.ndarray:
        """(rows, columns) of one layer and head, from 0; ``None`` is the mean of all layers, all heads together."""
        every = self.joined if head is None else self.heads[:, head]  # (L, T, S)
        chosen = every.mean(axis=0) if layer is None else every[layer]
        return to_words(chosen, self.rows.words, self.columns.words) if level == "word" else chosen

    def labels(self, level: Level) -> tuple[list[str], list[str]]:
        """What rows and columns are called."""
        if level == "token":
            return self.rows.labels, self.columns.labels
        return [word.text for word in self.rows.words], [word.text for word in self.columns.words]

    def may_attend(self, level: Level) -> np.ndarray:
        """(rows, columns) bool: False where the causal mask forbids all of a cell."""
        mask = np.ones(self.joined.shape[1:])
        mask = np.tril(mask) if self.kind == "decoder" else mask
        return (to_words(mask, self.rows.words, self.columns.words) if level == "word" else mask) > 0


@dataclass(frozen=True)
class PairAttention:
    """All attention of one source and target, read by one teacher-forced pass."""

    read: Mapping[Kind, Attention]
    values: Mapping[Kind, np.ndarray]  # (L, H, S, D): each value vector through its head's part of W_O

    def weights(self, kind: Kind, measure: Measure = "raw") -> Weights:
        """Attention of one kind by one measure."""
        found, unseen = self.read[kind], None
        heads = found.shares
        joined = heads.mean(axis=1)
        if measure == "norm":
            heads, joined = _norms(heads, self.values[kind])
        elif measure == "rollout":
            joined, unseen = self._cross_rollout() if kind == "cross" else (_rollout(joined), None)
            heads = joined[:, None]
        return Weights(kind, measure, found.rows, found.columns, heads, joined, unseen)

    def _cross_rollout(self) -> tuple[np.ndarray, np.ndarray]:
        """(L, T, S) and (L, T): each decoder position as a mixture of source tokens and target tokens read."""
        cross, of_self, encoder = (self.weights(kind).joined for kind in ("cross", "decoder", "encoder"))
        memory = _rollout(encoder)[-1]  # (S, S)
        T, S = cross.shape[1:]
        source, target = np.zeros((T, S)), np.eye(T)
        seen, unseen = [], []
        for own, over in zip(of_self, cross, strict=True):
            step = (own + np.eye(T)) / 2
            source, target = (step @ source + over @ memory) / 2, step @ target / 2
            seen.append(_normalised(source))
            unseen.append(target.sum(axis=1))
        return np.stack(seen), np.stack(unseen)


def pair_attention(reading: Reading) -> PairAttention:
    """The attention of one reading, by every measure."""
    values = {}
    for kind, found in reading.attention.items():
        modules = attention_modules(reading.model, kind)
        L, H, _, E = found.v.shape
        # each head through its own columns of W_O; the bias belongs to no column
        out = np.stack([module.output.weight.detach().double().cpu().numpy() for module in modules])  # (L, D, H·E)
        values[kind] = np.einsum("lhse,ldhe->lhsd", found.v.astype(np.float64), out.reshape(L, -1, H, E))
    return PairAttention(reading.attention, values)


def check_laws(attention: PairAttention) -> list[str]:
    """What is wrong with ``attention``; nothing if all is well.

    Rows sum to 1, what the mask forbids is exactly 0, no weight is negative, and every weight is the softmax of
    q · kᵀ / √E computed again in float64 from the queries and keys of the same pass.
    """
    wrong = []
    for kind, found in attention.read.items():
        may, raw = found.may_attend, found.weights.astype(np.float64)
        strays = {"raw": _stray(raw)}
        for measure in MEASURES:
            heads = attention.weights(kind, measure).heads
            strays[measure] = max(strays.get(measure, 0.0), _stray(heads))
            if heads[..., ~may].any():
                wrong.append(f"{kind}, {measure}: a masked cell is not 0")
            if (heads < 0).any():
                wrong.append(f"{kind}, {measure}: a weight is negative")
        wrong += [f"{kind}, {m}: a row's sum is off 1 by {stray:.1e}" for m, stray in strays.items() if stray > _SUM]
        scores = found.q.astype(np.float64) @ found.k.astype(np.float64).swapaxes(-1, -2) / np.sqrt(found.q.shape[-1])
        off = float(np.abs(raw - softmax(np.where(may, scores, -np.inf))).max())
        if off > _FLOAT32:
            wrong.append(f"{kind}: weights differ from softmax(q · kᵀ / √E) by up to {off:.1e}")
    return wrong


def _stray(weights: np.ndarray) -> float:
    return float(np.abs(weights.sum(axis=-1) - 1).max())


def _normalised(weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _norms(raw: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """‖α f(x)‖ of each head (L, H, T, S), and of all heads' vectors added up (L, T, S); rows sum to 1."""
    heads = raw * np.linalg.norm(values, axis=-1)[:, :, None, :]
    joined = [np.linalg.norm(np.einsum("hts,hsd->tsd", a, f), axis=-1) for a, f in zip(raw, values, strict=True)]
    return _normalised(heads), _normalised(np.stack(joined))


def _rollout(weights: np.ndarray) -> np.ndarray:
    """(L, N, N) → the same, each layer multiplied with all below it: Ã = (A + I) / 2 · Ã below."""
    found, below = [], np.eye(weights.shape[-1])
    for layer in weights:
        below = (layer + np.eye(len(layer))) / 2 @ below
        found.append(below)
    return _normalised(np.stack(found))
