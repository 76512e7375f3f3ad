"""Every stage of one attention head, as named arrays: from the tokens to what it adds to the residual stream.

All in float64: read by a pass of the model in that precision, and what the model does not return computed from that
step by step. A test holds every array within 1e-5 of the tensors that hooks catch inside the model. The
float32 pass behind a translation agrees to its own seven digits: weights to 1e-5; scores, which reach 2,000, to 1e-3.
Vaswani et al. 2017, sections 3.2.1 to 3.2.3; pre-norm as in Xiong et al. 2020.

Letters: T queries (rows), S keys (columns), D model width, H heads, E = D / H head width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from translator.config import ModelConfig
from translator.explain.reading import Kind, Reading, Side
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import Transformer

_IN_ORDER = (
    *("residual", "normed", "memory_residual", "memory", "q", "k", "v", "scores", "scale", "scaled", "mask", "masked"),
    *("weights", "weighted_values", "head_output", "concatenated", "contributions", "output_bias"),
    *("delta", "new_residual"),
)


@dataclass(frozen=True)
class Tokens(Side):
    """The tokens of one side of the attention, and how they enter the model: before any layer."""

    embedding: np.ndarray  # (N, D) √D · embedding
    position: np.ndarray  # (N, D)

    @property
    def summed(self) -> np.ndarray:
        """(N, D) √D · embedding + position: what the first layer reads."""
        return np.asarray(self.embedding + self.position)


@dataclass(frozen=True)
class HeadStages:
    """One head from its tokens to the residual stream, all float64. Layers and heads count from 0."""

    kind: Kind
    layer: int
    head: int
    queries: Tokens  # rows
    keys: Tokens  # columns: the source, or in masked self-attention the target as far as it was read

    residual: np.ndarray  # (T, D) the stream before this sub-layer, "old": the layer norm's input
    normed: np.ndarray  # (T, D) its output: what queries are made from
    memory_residual: np.ndarray  # (S, D) the stream before the layer norm on the keys' side
    memory: np.ndarray  # (S, D) its output: what keys and values are made from

    query_weight: np.ndarray  # (D, E) this head's columns of W_Q
    query_bias: np.ndarray  # (E,)
    key_weight: np.ndarray  # (D, E)
    key_bias: np.ndarray  # (E,)
    value_weight: np.ndarray  # (D, E)
    value_bias: np.ndarray  # (E,)
    q: np.ndarray  # (T, E) normed · W_Q + b
    k: np.ndarray  # (S, E) memory · W_K + b
    v: np.ndarray  # (S, E) memory · W_V + b

    scores: np.ndarray  # (T, S) q · kᵀ
    scale: float  # 1 / √E
    mask: np.ndarray  # (T, S) bool, True = may attend
    masked: np.ndarray  # (T, S) scores · scale, -inf where the mask forbids
    weights: np.ndarray  # (T, S) softmax of each row
    head_output: np.ndarray  # (T, E) weights · v

    concatenated: np.ndarray  # (T, D) all heads side by side
    output_weight: np.ndarray  # (D, D) W_O; rows head · E up to (head + 1) · E belong to this head
    output_bias: np.ndarray  # (D,)
    contributions: np.ndarray  # (H, T, D) each head's part through its rows of W_O, without the bias
    delta: np.ndarray  # (T, D) Σ contributions + bias: the attention module's output
    new_residual: np.ndarray  # (T, D) residual + delta

    @property
    def scaled(self) -> np.ndarray:
        """(T, S) scores · 1/√E, before the mask."""
        return np.asarray(self.scores * self.scale)

    @property
    def weighted_values(self) -> np.ndarray:
        """(T, S, E) each value times its weight; their sum over S is the head's output."""
        return np.asarray(self.weights[:, :, None] * self.v[None])

    @property
    def contribution(self) -> np.ndarray:
        """(T, D) what this head adds to the stream."""
        return np.asarray(self.contributions[self.head])

    def arrays(self) -> dict[str, np.ndarray]:
        """Every stage by name, in the order of the computation, biases and scale included (weights left out)."""
        tokens = {
            f"{side}_{name}": array
            for side, own in (("query", self.queries), ("key", self.keys))
            for name, array in (("embedding", own.embedding), ("position", own.position), ("sum", own.summed))
        }
        return tokens | {name: np.asarray(getattr(self, name)) for name in _IN_ORDER}


def layers_of(shape: ModelConfig, kind: Kind) -> int:
    """How many layers have attention of this kind."""
    return shape.encoder_layers if kind == "encoder" else shape.decoder_layers


def attention_modules(model: Transformer, kind: Kind) -> list[MultiHeadAttention]:
    """The attention of this kind in each layer."""
    if kind == "cross":
        return [layer.cross_attention for layer in model.decoder]
    return [layer.self_attention for layer in (model.encoder if kind == "encoder" else model.decoder)]


@torch.inference_mode()
def head_stages(reading: Reading, kind: Kind = "cross", layer: int = 0, head: int = 0) -> HeadStages:
    """Every stage of one head. ``layer`` and ``head`` count from 0; ``reading`` is one of ``exact(model)``.

    Raises ``IndexError`` if the model has no such layer or head, ``ValueError`` on a reading in less than float64.
    """
    model, shape = reading.model, reading.model.config
    if not (0 <= layer < layers_of(shape, kind) and 0 <= head < shape.heads):
        raise IndexError(f"no layer {layer}, head {head} of kind {kind}")
    if reading.memory.dtype != np.float64:
        raise ValueError("stages are computed from a reading in float64: read(exact(model), …)")
    found, module = reading.attention[kind], attention_modules(model, kind)[layer]
    residual, norm, memory_residual, memory_norm = _inputs(reading, kind, layer)
    q, k, v, weights = (each[layer] for each in (found.q, found.k, found.v, found.weights))  # (H, …)
    E = q.shape[-1]
    own = slice(head * E, (head + 1) * E)
    projections: dict[str, np.ndarray] = {}
    for name, linear in (("query", module.query), ("key", module.key), ("value", module.value)):
        projections[f"{name}_weight"], projections[f"{name}_bias"] = (x[..., own] for x in _linear(linear))
    w_o, b_o = _linear(module.output)
    outputs = weights @ v  # (H, T, E)
    contributions = outputs @ w_o.reshape(len(q), E, -1)  # (H, T, D)
    delta = contributions.sum(axis=0) + b_o
    mask = found.may_attend
    scores = q[head] @ k[head].T
    return HeadStages(
        kind=kind,
        layer=layer,
        head=head,
        queries=_tokens(model, found.rows),
        keys=_tokens(model, found.columns),
        residual=residual,
        normed=_normed(residual, norm),
        memory_residual=memory_residual,
        memory=_normed(memory_residual, memory_norm),
        q=q[head],
        k=k[head],
        v=v[head],
        scores=scores,
        scale=1 / math.sqrt(E),
        mask=mask,
        masked=np.where(mask, scores / math.sqrt(E), -np.inf),
        weights=weights[head],
        head_output=outputs[head],
        concatenated=np.concatenate(list(outputs), axis=1),
        output_weight=w_o,
        output_bias=b_o,
        contributions=contributions,
        delta=delta,
        new_residual=residual + delta,
        **projections,
    )


def _inputs(reading: Reading, kind: Kind, layer: int) -> tuple[np.ndarray, nn.LayerNorm, np.ndarray, nn.LayerNorm]:
    """The stream that queries are made from and its norm, and those of keys and values."""
    model = reading.model
    if kind == "cross":
        stream, norm = reading.decoder_stream[3 * layer + 1], model.decoder[layer].cross_norm
        return stream, norm, reading.encoder_stream[-1], model.encoder_norm
    if kind == "encoder":
        return (reading.encoder_stream[2 * layer], model.encoder[layer].self_norm) * 2
    return (reading.decoder_stream[3 * layer], model.decoder[layer].self_norm) * 2


def _normed(x: np.ndarray, norm: nn.LayerNorm) -> np.ndarray:
    return _array(norm(torch.from_numpy(x).to(norm.weight.device)))


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy())


def _linear(layer: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """W (inputs, outputs) and b (outputs,) of x · W + b."""
    return _array(layer.weight).T, _array(layer.bias)


def _tokens(model: Transformer, side: Side) -> Tokens:
    embedding = _array(model.embedding.weight[side.ids]) * math.sqrt(model.config.d_model)
    return Tokens(**vars(side), embedding=embedding, position=_array(model.position[: len(side.ids)].double()))
