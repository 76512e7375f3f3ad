"""Every stage of one attention head, as named arrays: from the tokens to what it adds to the residual stream.

All in float64, from the model's own weights: what comes before the head by the model's own modules, the head itself
step by step in numpy. A test holds every array within 1e-5 of the tensors that hooks catch inside those modules. The
float32 pass behind a translation agrees to its own seven digits: weights to 1e-5; scores, which reach 2,000, to 1e-3.
Vaswani et al. 2017, sections 3.2.1 to 3.2.3; pre-norm as in Xiong et al. 2020.

Letters: T queries (rows), S keys (columns), D model width, H heads, E = D / H head width.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from translator.model.attention import MultiHeadAttention, causal_mask
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer
from translator.text.subwords import BOS, EOS, Subwords, Word

__all__ = ["KINDS", "HeadStages", "Kind", "Tokens", "exact", "head_stages", "layers_of", "model_weights"]

Kind = Literal["cross", "encoder", "decoder"]
KINDS: tuple[Kind, ...] = ("cross", "encoder", "decoder")


@dataclass(frozen=True)
class Tokens:
    """The tokens of one side of the attention, and how they enter the model: before any layer."""

    read: list[str]  # the piece that stands at each position
    labels: list[str]  # what a row is called: in the decoder the piece *predicted* there, else the piece read
    words: list[Word]  # over ``labels``; tag, <s> and </s> are words of their own
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
        return {
            "query_embedding": self.queries.embedding,
            "query_position": self.queries.position,
            "query_sum": self.queries.summed,
            "key_embedding": self.keys.embedding,
            "key_position": self.keys.position,
            "key_sum": self.keys.summed,
            "residual": self.residual,
            "normed": self.normed,
            "memory_residual": self.memory_residual,
            "memory": self.memory,
            "q": self.q,
            "k": self.k,
            "v": self.v,
            "scores": self.scores,
            "scale": np.array(self.scale),
            "scaled": self.scaled,
            "mask": self.mask,
            "masked": self.masked,
            "weights": self.weights,
            "weighted_values": self.weighted_values,
            "head_output": self.head_output,
            "concatenated": self.concatenated,
            "contributions": self.contributions,
            "output_bias": self.output_bias,
            "delta": self.delta,
            "new_residual": self.new_residual,
        }


def layers_of(model: Transformer, kind: Kind) -> int:
    """How many layers have attention of this kind."""
    return model.config.encoder_layers if kind == "encoder" else model.config.decoder_layers


def exact(model: Transformer) -> Transformer:
    """The same weights in float64, in evaluation mode: a copy, or ``model`` itself if it is one already."""
    is_exact = model.embedding.weight.dtype == torch.float64
    return (model if is_exact else copy.deepcopy(model).double()).eval()


@torch.inference_mode()
def head_stages(
    model: Transformer,
    subwords: Subwords,
    source: Sequence[int],
    target: Sequence[int],
    *,
    kind: Kind = "cross",
    layer: int = 0,
    head: int = 0,
) -> HeadStages:
    """Compute every stage of one head. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone.

    ``layer`` and ``head`` count from 0. Whoever reads many heads passes ``exact(model)``, made once. Raises
    ``IndexError`` if the model has no such layer or head.
    """
    if not (0 <= layer < layers_of(model, kind) and 0 <= head < model.config.heads):
        raise IndexError(f"no layer {layer}, head {head} of kind {kind}")
    model = exact(model)
    if kind == "encoder":
        tokens = _source_tokens(model, subwords, source)
        return _compute(_encoder_inputs(model, source, layer), tokens, tokens, kind, layer, head)
    queries = _target_tokens(model, subwords, target, predicted=True)
    if kind == "cross":
        keys = _source_tokens(model, subwords, source)
    else:
        keys = _target_tokens(model, subwords, target, predicted=False)
    return _compute(_decoder_inputs(model, source, target, kind, layer), queries, keys, kind, layer, head)


@torch.inference_mode()
def model_weights(
    model: Transformer, source: Sequence[int], target: Sequence[int], *, kind: Kind, layer: int, head: int
) -> np.ndarray:
    """(T, S) attention weights of one head as the model itself gives them, in its own precision."""
    encoded = model.eval().encode(_batch(model, source), need_weights=True)
    if kind == "encoder":
        every = encoded.self_weights
    else:
        decoded = model.decode(_batch(model, [BOS, *target]), encoded, need_weights=True)
        every = decoded.cross_weights if kind == "cross" else decoded.self_weights
    assert every is not None
    return _array(every[layer, 0, head])


@dataclass(frozen=True)
class _Inputs:
    """What enters one attention sub-layer, and its modules."""

    attention: MultiHeadAttention
    residual: np.ndarray  # (T, D)
    norm: nn.LayerNorm
    memory_residual: np.ndarray  # (S, D)
    memory_norm: nn.LayerNorm
    mask: np.ndarray  # (T, S) bool


def _encoder_inputs(model: Transformer, source: Sequence[int], layer: int) -> _Inputs:
    x = model.embed(_batch(model, source))
    layers = cast("list[EncoderLayer]", list(model.encoder))
    for before in layers[:layer]:
        x, _ = before(x, None, False)
    own, stream = layers[layer], _array(x[0])
    mask = np.ones((len(source), len(source)), dtype=bool)
    return _Inputs(own.self_attention, stream, own.self_norm, stream, own.self_norm, mask)


def _decoder_inputs(
    model: Transformer, source: Sequence[int], target: Sequence[int], kind: Kind, layer: int
) -> _Inputs:
    encoded = model.embed(_batch(model, source))
    for encoder_layer in model.encoder:
        encoded, _ = encoder_layer(encoded, None, False)
    memory = model.encoder_norm(encoded)
    x = model.embed(_batch(model, [BOS, *target]))
    layers = cast("list[DecoderLayer]", list(model.decoder))
    for before in layers[:layer]:
        x, *_ = before(x, before.cross_attention.keys_values(memory), None, None, False)
    own = layers[layer]
    if kind == "decoder":
        stream = _array(x[0])
        mask = causal_mask(len(target) + 1).numpy()
        return _Inputs(own.self_attention, stream, own.self_norm, stream, own.self_norm, mask)
    y = own.self_norm(x)
    x = x + own.self_attention(y, own.self_attention.keys_values(y), causal=True).out
    mask = np.ones((len(target) + 1, len(source)), dtype=bool)
    return _Inputs(own.cross_attention, _array(x[0]), own.cross_norm, _array(encoded[0]), model.encoder_norm, mask)


class _Head(NamedTuple):
    """One head's own arithmetic."""

    q: np.ndarray  # (T, E)
    k: np.ndarray  # (S, E)
    v: np.ndarray  # (S, E)
    scores: np.ndarray  # (T, S)
    masked: np.ndarray  # (T, S)
    weights: np.ndarray  # (T, S)
    out: np.ndarray  # (T, E)


def _attend(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray) -> _Head:
    """softmax(q kᵀ / √E) v, with all that lies between."""
    scores = q @ k.T
    masked = np.where(mask, scores / math.sqrt(q.shape[1]), -np.inf)
    raised = np.exp(masked - masked.max(axis=1, keepdims=True))
    weights = raised / raised.sum(axis=1, keepdims=True)
    return _Head(q, k, v, scores, masked, weights, weights @ v)


def _compute(inputs: _Inputs, queries: Tokens, keys: Tokens, kind: Kind, layer: int, head: int) -> HeadStages:
    attention = inputs.attention
    normed = _layer_norm(inputs.residual, inputs.norm)
    memory = _layer_norm(inputs.memory_residual, inputs.memory_norm)
    w_q, b_q = _linear(attention.query)
    w_k, b_k = _linear(attention.key)
    w_v, b_v = _linear(attention.value)
    w_o, b_o = _linear(attention.output)
    E = normed.shape[1] // attention.heads
    parts = [slice(h * E, (h + 1) * E) for h in range(attention.heads)]
    Q, K, V = normed @ w_q + b_q, memory @ w_k + b_k, memory @ w_v + b_v
    every = [_attend(Q[:, part], K[:, part], V[:, part], inputs.mask) for part in parts]
    contributions = np.stack([one.out @ w_o[part] for one, part in zip(every, parts, strict=True)])
    delta = contributions.sum(axis=0) + b_o
    own, chosen = parts[head], every[head]
    return HeadStages(
        kind=kind,
        layer=layer,
        head=head,
        queries=queries,
        keys=keys,
        residual=inputs.residual,
        normed=normed,
        memory_residual=inputs.memory_residual,
        memory=memory,
        query_weight=w_q[:, own],
        query_bias=b_q[own],
        key_weight=w_k[:, own],
        key_bias=b_k[own],
        value_weight=w_v[:, own],
        value_bias=b_v[own],
        q=chosen.q,
        k=chosen.k,
        v=chosen.v,
        scores=chosen.scores,
        scale=1 / math.sqrt(E),
        mask=inputs.mask,
        masked=chosen.masked,
        weights=chosen.weights,
        head_output=chosen.out,
        concatenated=np.concatenate([one.out for one in every], axis=1),
        output_weight=w_o,
        output_bias=b_o,
        contributions=contributions,
        delta=delta,
        new_residual=inputs.residual + delta,
    )


def _layer_norm(x: np.ndarray, norm: nn.LayerNorm) -> np.ndarray:
    """(N, D): mean 0 and variance 1 in each row, then the learned gain and bias (Ba et al. 2016)."""
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(
        centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + norm.eps) * _array(norm.weight) + _array(norm.bias)
    )


def _linear(module: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """The matrix that stands to the right of a row vector, and the bias."""
    return _array(module.weight).T, _array(module.bias)


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().double().cpu().numpy())


def _batch(model: Transformer, ids: Sequence[int]) -> Tensor:
    return torch.tensor([list(ids)], device=model.device)


def _tokens(model: Transformer, subwords: Subwords, ids: Sequence[int], labels: list[str], words: list[Word]) -> Tokens:
    embedding = model.embedding.weight[list(ids)]
    return Tokens(
        read=[subwords.piece(i) for i in ids],
        labels=labels,
        words=words,
        embedding=_array(embedding) * math.sqrt(model.config.d_model),
        position=_array(model.position[: len(ids)]),
    )


def _source_tokens(model: Transformer, subwords: Subwords, source: Sequence[int]) -> Tokens:
    inside = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(source[1:-1])]
    end = Word(subwords.piece(EOS), len(source) - 1, len(source))
    words = [Word(subwords.piece(source[0]), 0, 1), *inside, end]
    return _tokens(model, subwords, source, [subwords.piece(i) for i in source], words)


def _target_tokens(model: Transformer, subwords: Subwords, target: Sequence[int], *, predicted: bool) -> Tokens:
    """The decoder's tokens: labelled by what is predicted (rows), or by what is read (columns)."""
    words = subwords.words(target)
    if predicted:
        labels = [subwords.piece(i) for i in [*target, EOS]]
        words = [*words, Word(subwords.piece(EOS), len(target), len(target) + 1)]
    else:
        labels = [subwords.piece(i) for i in [BOS, *target]]
        words = [Word(subwords.piece(BOS), 0, 1), *(Word(w.text, w.start + 1, w.stop + 1) for w in words)]
    return _tokens(model, subwords, [BOS, *target], labels, words)
