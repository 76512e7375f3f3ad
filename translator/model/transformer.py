"""The encoder–decoder Transformer (Vaswani et al. 2017), pre-norm (Xiong et al. 2020), embeddings tied throughout.

Letters: B batch, S source tokens, T target tokens, D model width, H heads, E head width, V vocabulary, L layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.config import ModelConfig
from translator.model.attention import Heads, KeysValues, MultiHeadAttention
from translator.model.dropout import Dropout


class Passed(NamedTuple):
    """What a layer gives: the residual stream (B, T, D) after it, and what a reader asked for."""

    x: Tensor
    kv: KeysValues | None  # of all tokens so far, for the decoder's next step
    heads: tuple[Heads, ...]  # self-attention, then cross-attention; none unless asked for
    stream: tuple[Tensor, ...]  # the residual stream after each sub-layer; none unless asked for


@dataclass(frozen=True)
class Encoded:
    """What the encoder gives: ``memory`` (B, S, D), and what its layers did, if asked for."""

    memory: Tensor
    mask: Tensor | None  # (B, S) bool, True = a token; None = no padding
    attention: Sequence[Heads] = ()  # a layer
    stream: Sequence[Tensor] = ()  # (B, S, D) after the embedding and each sub-layer


@dataclass(frozen=True)
class Decoded:
    """What the decoder gives: ``hidden`` (B, T, D), and what its layers did, if asked for.

    Row t of every tensor belongs to the token *predicted* at step t; the token read there is the one before it.
    """

    hidden: Tensor
    self_attention: Sequence[Heads] = ()  # a layer
    cross_attention: Sequence[Heads] = ()
    stream: Sequence[Tensor] = ()  # (B, T, D) after the embedding and each sub-layer

    @property
    def cross_weights(self) -> Tensor:
        """(L, B, H, T, S)."""
        return torch.stack([heads.weights for heads in self.cross_attention])


@dataclass(frozen=True)
class DecoderState:
    """What decoding keeps between steps, a row a hypothesis: the KV cache.

    Cross-attention keys and values are computed once, when the state is made.
    """

    cross: list[KeysValues]  # a layer, each (B, H, S, E)
    past: list[KeysValues]  # a layer, each (B, H, t, E) after t steps
    mask: Tensor | None  # (B, 1, 1, S) bool

    @property
    def steps(self) -> int:
        """Tokens read so far."""
        return self.past[0].k.shape[2]

    def select(self, rows: Tensor) -> DecoderState:
        """The state of ``rows`` (int64), in that order: reorders a beam, drops what is finished."""
        cross, past = (
            [KeysValues(*(x.index_select(0, rows) for x in kv)) for kv in kept] for kept in (self.cross, self.past)
        )
        return DecoderState(cross, past, None if self.mask is None else self.mask.index_select(0, rows))


def positions(length: int, d_model: int) -> Tensor:
    """Sine and cosine position vectors (length, D), sines first (section 3.5; tensor2tensor's layout)."""
    half = d_model // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float64) * (-math.log(10_000) / max(1, half - 1)))
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates[None, :]  # (length, D/2)
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()


class FeedForward(nn.Module):
    """Two linear maps with a ReLU between them, the same at every position (section 3.3)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.inner = nn.Linear(config.d_model, config.feed_forward)
        self.outer = nn.Linear(config.feed_forward, config.d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) → (B, T, D)."""
        return cast("Tensor", self.outer(self.inner(x).relu_()))


class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward, each added to the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(config.d_model)
        self.self_attention = MultiHeadAttention(config.d_model, config.heads)
        self.feed_forward_norm = nn.LayerNorm(config.d_model)
        self.feed_forward = FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor | None, need_weights: bool) -> Passed:
        """x (B, S, D), mask (B, 1, 1, S) → x (B, S, D)."""
        y = self.self_norm(x)
        out, heads = self.self_attention(y, self.self_attention.keys_values(y), mask, need_weights=need_weights)
        x = attended = x + self.dropout(out)

        y = self.feed_forward_norm(x)
        x = x + self.dropout(self.feed_forward(y))
        return Passed(x, None, (heads,) if heads else (), (attended, x) if heads else ())


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention over the memory, then feed-forward, each added to the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(config.d_model)
        self.self_attention = MultiHeadAttention(config.d_model, config.heads)
        self.cross_norm = nn.LayerNorm(config.d_model)
        self.cross_attention = MultiHeadAttention(config.d_model, config.heads)
        self.feed_forward_norm = nn.LayerNorm(config.d_model)
        self.feed_forward = FeedForward(config)
        self.dropout = Dropout(config.dropout)

    def forward(
        self, x: Tensor, cross: KeysValues, mask: Tensor | None, past: KeysValues | None, need_weights: bool
    ) -> Passed:
        """x (B, T, D) → x (B, T, D), and the keys and values of all tokens so far.

        Without ``past`` all T tokens are read at once under the causal mask; with it T is 1 and nothing lies ahead.
        """
        y = self.self_norm(x)
        kv = self.self_attention.keys_values(y)
        if past is not None:
            kv = KeysValues(torch.cat([past.k, kv.k], dim=2), torch.cat([past.v, kv.v], dim=2))
        out, of_self = self.self_attention(y, kv, causal=past is None, need_weights=need_weights)
        x = after_self = x + self.dropout(out)

        y = self.cross_norm(x)
        out, of_cross = self.cross_attention(y, cross, mask, need_weights=need_weights)
        x = after_cross = x + self.dropout(out)

        y = self.feed_forward_norm(x)
        x = x + self.dropout(self.feed_forward(y))
        if of_self is None or of_cross is None:
            return Passed(x, kv, (), ())
        return Passed(x, kv, (of_self, of_cross), (after_self, after_cross, x))


def _layers(layers: Iterable[Any]) -> Any:
    return nn.ModuleList(layers)


def _over_keys(mask: Tensor | None) -> Tensor | None:
    """(B, S) → (B, 1, 1, S), for all heads and queries."""
    return None if mask is None else mask[:, None, None, :]


class Transformer(nn.Module):
    """Encoder, decoder, and one embedding matrix that reads the source, reads the target and scores the output."""

    position: Tensor
    encoder: Sequence[EncoderLayer]  # a ModuleList, as torch sees it
    decoder: Sequence[DecoderLayer]

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.register_buffer("position", positions(config.max_length, config.d_model), persistent=False)
        self.dropout = Dropout(config.dropout)
        self.encoder = _layers(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.encoder_norm = nn.LayerNorm(config.d_model)
        self.decoder = _layers(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.decoder_norm = nn.LayerNorm(config.d_model)
        # Glorot for the matrices, N(0, D^-½) for embeddings, zero for biases
        for name, parameter in self.named_parameters():
            if name == "embedding.weight":
                nn.init.normal_(parameter, std=self.config.d_model**-0.5)
            elif parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embedding.weight.device

    def embed(self, ids: Tensor, start: int = 0) -> Tensor:
        """ids (B, T) → √D · embedding + position (B, T, D), the first token standing at position ``start``."""
        x = self.embedding(ids) * math.sqrt(self.config.d_model) + self.position[start : start + ids.shape[1]]
        return cast("Tensor", self.dropout(x))

    def encode(self, source: Tensor, mask: Tensor | None = None, *, need_weights: bool = False) -> Encoded:
        """source (B, S) ids, mask (B, S) True = a token (None = no padding) → the memory."""
        x = self.embed(source)
        attention: list[Heads] = []
        stream = [x]
        for layer in self.encoder:
            x, _, heads, after = layer(x, _over_keys(mask), need_weights)
            attention += heads
            stream += after
        memory = self.encoder_norm(x)  # (B, S, D)
        return Encoded(memory, mask, attention, stream) if need_weights else Encoded(memory, mask)

    def decode(self, target: Tensor, encoded: Encoded, *, need_weights: bool = False) -> Decoded:
        """Read a whole target (B, T), ``<s>`` first, under the causal mask: training, scoring, explaining.

        Padding at the right needs no mask: no token before it can see it.
        """
        x = self.embed(target)
        attention: list[Heads] = []
        stream = [x]
        for layer, cross in zip(self.decoder, self._cross(encoded), strict=True):
            x, _, heads, after = layer(x, cross, _over_keys(encoded.mask), None, need_weights)
            attention += heads
            stream += after
        hidden = self.decoder_norm(x)  # (B, T, D)
        return Decoded(hidden, attention[::2], attention[1::2], stream) if need_weights else Decoded(hidden)

    def _cross(self, encoded: Encoded) -> list[KeysValues]:
        """Keys and values of the memory for the cross-attention of each decoder layer."""
        return [layer.cross_attention.keys_values(encoded.memory) for layer in self.decoder]

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden (..., D) → scores over the vocabulary (..., V), by the transposed embedding matrix."""
        return F.linear(hidden, self.embedding.weight)

    def start(self, encoded: Encoded) -> DecoderState:
        """The decoder before its first token: cross-attention keys and values ready, nothing read."""
        cross = self._cross(encoded)
        empty = cross[0].k[:, :, :0]
        return DecoderState(cross, [KeysValues(empty, empty)] * len(cross), _over_keys(encoded.mask))

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Read one token a row (B,) and score the next: logits (B, V), and the state after it."""
        x = self.embed(tokens[:, None], start=state.steps)  # (B, 1, D)
        past = []
        for layer, cross, before in zip(self.decoder, state.cross, state.past, strict=True):
            x, kv, _, _ = layer(x, cross, state.mask, before, False)
            past.append(kv)
        hidden = self.decoder_norm(x[:, 0])  # (B, D)
        return self.logits(hidden), replace(state, past=past)
