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
from torch import nn

from translator.config import ModelConfig
from translator.explain.reading import Kind, Reading, Side, array
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import Transformer

_Input = tuple[np.ndarray, nn.LayerNorm]
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


class HeadStages:
    """One head from its tokens to the residual stream, all float64. Layers and heads count from 0."""

    def __init__(self, reading: Reading, kind: Kind, layer: int, head: int) -> None:
        self.kind, self.layer, self.head = kind, layer, head
        model, found, module = reading.model, reading.attention[kind], attention_modules(reading.model, kind)[layer]
        self.queries = _tokens(model, found.rows)
        self.keys = _tokens(model, found.columns)  # the source, or in masked self-attention the target as far as read
        (self.residual, norm), (self.memory_residual, memory_norm) = _inputs(reading, kind, layer)  # (T, D), (S, D)
        self.normed = _normed(self.residual, norm)  # (T, D) what queries are made from
        self.memory = _normed(self.memory_residual, memory_norm)  # (S, D) what keys and values are made from

        E = found.q.shape[-1]
        own = slice(head * E, (head + 1) * E)  # this head's columns of W_Q, W_K and W_V, and its rows of W_O
        self.query_weight, self.query_bias = _linear(module.query, own)  # (D, E), (E,)
        self.key_weight, self.key_bias = _linear(module.key, own)
        self.value_weight, self.value_bias = _linear(module.value, own)
        self.q = found.q[layer, head]  # (T, E) normed · W_Q + b
        self.k = found.k[layer, head]  # (S, E) memory · W_K + b
        self.v = found.v[layer, head]  # (S, E) memory · W_V + b

        self.scores = self.q @ self.k.T  # (T, S)
        self.scale = 1 / math.sqrt(E)
        self.scaled = self.scores * self.scale  # (T, S)
        self.mask = found.may_attend  # (T, S) bool, True = may attend
        self.masked = np.where(self.mask, self.scores / math.sqrt(E), -np.inf)  # (T, S)
        self.weights = found.weights[layer, head]  # (T, S) softmax of each row
        self.weighted_values = self.weights[:, :, None] * self.v[None]  # (T, S, E) their sum over S is the output

        outputs = found.weights[layer] @ found.v[layer]  # (H, T, E)
        self.head_output = outputs[head]  # (T, E) weights · v
        self.concatenated = np.concatenate(outputs, axis=1)  # (T, D) all heads side by side
        self.output_weight, self.output_bias = _linear(module.output)  # (D, D) W_O, (D,)
        self.contributions = outputs @ self.output_weight.reshape(len(outputs), E, -1)  # (H, T, D) without the bias
        self.contribution = self.contributions[head]  # (T, D) what this head adds to the stream
        self.delta = self.contributions.sum(axis=0) + self.output_bias  # (T, D) what the attention module gives
        self.new_residual = self.residual + self.delta  # (T, D)

    def arrays(self) -> dict[str, np.ndarray]:
        """Every stage by name, in the order of the computation, biases and scale included (weights left out)."""
        tokens = {
            f"{side}_{name}": values
            for side, own in (("query", self.queries), ("key", self.keys))
            for name, values in (("embedding", own.embedding), ("position", own.position), ("sum", own.summed))
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
    shape = reading.model.config
    if not (0 <= layer < layers_of(shape, kind) and 0 <= head < shape.heads):
        raise IndexError(f"no layer {layer}, head {head} of kind {kind}")
    if reading.memory.dtype != np.float64:
        raise ValueError("stages are computed from a reading in float64: read(exact(model), …)")
    return HeadStages(reading, kind, layer, head)


def _inputs(reading: Reading, kind: Kind, layer: int) -> tuple[_Input, _Input]:
    """The stream that queries are made from and its norm, and those of keys and values."""
    model = reading.model
    if kind == "cross":
        memory = reading.encoder_stream[-1], model.encoder_norm
        return (reading.decoder_stream[3 * layer + 1], model.decoder[layer].cross_norm), memory
    if kind == "encoder":
        both = reading.encoder_stream[2 * layer], model.encoder[layer].self_norm
    else:
        both = reading.decoder_stream[3 * layer], model.decoder[layer].self_norm
    return both, both


def _normed(x: np.ndarray, norm: nn.LayerNorm) -> np.ndarray:
    return array(norm(torch.from_numpy(x).to(norm.weight.device)))


def _linear(layer: nn.Linear, own: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
    """W (inputs, outputs) and b (outputs,) of x · W + b, for some of the outputs."""
    return array(layer.weight).T[:, own], array(layer.bias)[own]


def _tokens(model: Transformer, side: Side) -> Tokens:
    embedding = array(model.embedding.weight[side.ids]) * math.sqrt(model.config.d_model)
    return Tokens(**vars(side), embedding=embedding, position=array(model.position[: len(side.ids)].double()))
