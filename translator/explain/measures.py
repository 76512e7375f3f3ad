"""Attention weights, and two other measures made of them: norm-based weights and rollout.

raw      α, as the model computes it.
norm     ‖α f(x)‖: how long the vector is that a column adds to a row, f(x) being its value through this head's part of
         W_O (Kobayashi et al. 2020, section 3); a column that is looked at but adds little counts little.
rollout  Weights followed down the layers, the residual stream counted as half of each (Abnar and Zuidema 2020, section
         3); for cross-attention the weights of a layer are followed through the encoder's self-attention to its input.

Every row of each sums to 1. Letters: L layers, H heads, T rows, S columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

import numpy as np

from translator.explain.recording import Recorded
from translator.explain.stages import Kind
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer

__all__ = ["MEASURES", "Measure", "broken_laws", "measured"]

Measure = Literal["raw", "norm", "rollout"]
MEASURES: tuple[Measure, ...] = ("raw", "norm", "rollout")


def measured(model: Transformer, recorded: Mapping[Kind, Recorded], kind: Kind, measure: Measure) -> np.ndarray:
    """(L, H, T, S) float64, for rollout (L, 1, T, S): it has no heads."""
    one = recorded[kind]
    if measure == "raw":
        return _normalised(one.weights)
    if measure == "norm":
        return _normalised(one.weights.astype(np.float64) * _lengths(model, one)[:, :, None, :])
    if kind == "cross":
        below = _rolled(recorded["encoder"])[-1]
        rolled = _normalised(one.weights.astype(np.float64).mean(axis=1)) @ below
    else:
        rolled = _rolled(one)
    return _normalised(rolled)[:, None]


def _normalised(weights: np.ndarray) -> np.ndarray:
    wide = weights.astype(np.float64)
    return np.asarray(wide / wide.sum(axis=-1, keepdims=True))


def _attentions(model: Transformer, kind: Kind) -> list[MultiHeadAttention]:
    if kind == "encoder":
        return [layer.self_attention for layer in cast("list[EncoderLayer]", list(model.encoder))]
    decoder = cast("list[DecoderLayer]", list(model.decoder))
    return [layer.cross_attention if kind == "cross" else layer.self_attention for layer in decoder]


def _lengths(model: Transformer, one: Recorded) -> np.ndarray:
    """(L, H, S) ‖f(x)‖: the length of each column's value after this head's part of W_O."""
    layers, heads, _, E = one.v.shape
    lengths = np.empty(one.v.shape[:3])
    for layer, module in zip(range(layers), _attentions(model, one.kind), strict=True):
        output = module.output.weight.detach().double().cpu().numpy()  # (D, H·E)
        for head in range(heads):
            part = output[:, head * E : (head + 1) * E]
            lengths[layer, head] = np.linalg.norm(one.v[layer, head].astype(np.float64) @ part.T, axis=-1)
    return lengths


def _rolled(one: Recorded) -> np.ndarray:
    """(L, T, T) self-attention followed from each layer down to the first layer's input."""
    mixed = _normalised(one.weights.astype(np.float64).mean(axis=1))  # (L, T, T)
    steps = 0.5 * mixed + 0.5 * np.eye(mixed.shape[-1])
    rolled = [steps[0]]
    for step in steps[1:]:
        rolled.append(step @ rolled[-1])
    return np.stack(rolled)


def broken_laws(one: Recorded, weights: np.ndarray) -> list[str]:
    """What does not hold of raw ``weights`` (L, H, T, S): rows that sum to 1, nothing seen ahead, and that they are the
    softmax of q · k / √E. Empty where all is well."""
    broken = []
    if np.abs(weights.sum(axis=-1) - 1).max() > 1e-6:
        broken.append("a row does not sum to 1")
    T, S = weights.shape[-2:]
    allowed = np.tril(np.ones((T, S), dtype=bool)) if one.is_causal else np.ones((T, S), dtype=bool)
    if np.abs(weights[..., ~allowed]).max(initial=0.0) != 0.0:
        broken.append("a masked cell is not 0")
    scores = one.q.astype(np.float64) @ one.k.astype(np.float64).swapaxes(-1, -2) / np.sqrt(one.q.shape[-1])
    scores = np.where(allowed, scores, -np.inf)
    again = np.exp(scores - scores.max(axis=-1, keepdims=True))
    again /= again.sum(axis=-1, keepdims=True)
    if np.abs(again - weights).max() > 1e-3:  # the scores reach thousands, and float32 rounds them
        broken.append("the weights are not the softmax of q · k / √E")
    return broken
