"""The words of two sentences as vectors at one level of the model, their cosines, and a plane to see them on.

=============  =====================================================================================================
level          a token's vector
=============  =====================================================================================================
``embedding``  its row of the embedding matrix: no position, no context
``encoder``    what the encoder makes of it, its own sentence around it: the memory, or the stream after one layer
``query``      its query. Cross-attention: the sentence is decoded with the other one as source, and the query is the
               one that *predicts* the token. Encoder self-attention: both sentences are encoded, each alone
``key``        its key. Cross-attention: a projection of the memory. Encoder self-attention: of the layer's input
``query-key``  keys of the first sentence, queries of the second while it is decoded as the first one's translation:
               the two sides whose dot products cross-attention takes
=============  =====================================================================================================

A word is the mean of its tokens. Queries and keys are those of one head, or of all heads of a layer side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from translator.explain.geometry import Projection, cosine_matrix, principal_components, unit
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer
from translator.text.subwords import BOS, Subwords

__all__ = ["At", "Kind", "Level", "Similarity", "similarity"]

At = Literal["embedding", "encoder", "query", "key", "query-key"]
Kind = Literal["cross", "encoder"]


@dataclass(frozen=True)
class Level:
    """Where in the model to look. ``layer`` and ``head`` count from 0."""

    at: At = "embedding"
    kind: Kind = "cross"  # which attention a query or key belongs to
    layer: int | None = None  # None: the memory for "encoder", the last layer for queries and keys
    head: int | None = None  # None: all heads side by side


@dataclass(frozen=True)
class Similarity:
    """All words of both sentences, first one first."""

    level: Level
    words: list[str]
    pieces: list[list[str]]
    text_of: list[int]  # 0 or 1 a word: which sentence it is from
    vectors: np.ndarray  # (words, width) float64
    cosines: np.ndarray  # (words, words): 1 on the diagonal, symmetric
    plane: Projection  # of the vectors at length 1, whose distances follow the cosines: ‖u − v‖² = 2 − 2 cos

    def nearest_in_other(self) -> list[int]:
        """For each word, the index of the nearest word of the other sentence."""
        side = np.array(self.text_of)
        masked = np.where(side[:, None] != side[None, :], self.cosines, -np.inf)
        return [int(index) for index in masked.argmax(axis=1)]


def similarity(
    model: Transformer, subwords: Subwords, first: Sequence[int], second: Sequence[int], level: Level
) -> Similarity:
    """Compare two sentences, each given as tag, pieces and ``</s>``, at ``level``."""
    words, pieces, text_of, vectors = [], [], [], []
    for side, (own, other) in enumerate(((first, second), (second, first))):
        tokens = _token_vectors(model.eval(), own, other, level, is_first=side == 0)
        inside = own[1:-1]
        for word in subwords.words(inside):
            words.append(word.text)
            pieces.append([subwords.piece(i) for i in inside[word.start : word.stop]])
            text_of.append(side)
            vectors.append(tokens[word.start : word.stop].mean(axis=0))
    stacked = np.stack(vectors)
    return Similarity(
        level, words, pieces, text_of, stacked, cosine_matrix(stacked), principal_components(unit(stacked))
    )


@torch.inference_mode()
def _token_vectors(
    model: Transformer, own: Sequence[int], other: Sequence[int], level: Level, *, is_first: bool
) -> np.ndarray:
    """(tokens without tag and ``</s>``, width) float64 of the sentence ``own``."""
    source = torch.tensor([list(own)], device=model.device)  # (1, S)
    if level.at == "embedding":
        return _inside(model.embedding(source))
    if level.at == "encoder":
        if level.layer is None:
            return _inside(model.encode(source).memory)
        return _inside(_caught(model.encoder[level.layer], lambda: model.encode(source))[0])
    wants_key = level.at == "key" or (level.at == "query-key" and is_first)
    if level.kind == "encoder":
        encoder = cast("EncoderLayer", model.encoder[-1 if level.layer is None else level.layer])
        attention = encoder.self_attention
        projection = attention.key if wants_key else attention.query
        return _inside(_head(attention, _caught(projection, lambda: model.encode(source)), level.head))
    attention = cast("DecoderLayer", model.decoder[-1 if level.layer is None else level.layer]).cross_attention
    if wants_key:
        return _inside(_head(attention, attention.key(model.encode(source).memory), level.head))
    encoded = model.encode(torch.tensor([list(other)], device=model.device))
    target = torch.tensor([[BOS, *own[1:-1]]], device=model.device)  # (1, T): row t predicts token t
    queries = _head(attention, _caught(attention.query, lambda: model.decode(target, encoded)), level.head)
    return queries[0, :-1].double().cpu().numpy()  # the last row predicts </s>


def _inside(x: Tensor) -> np.ndarray:
    """(1, S, width) → (S − 2, width): without the tag and ``</s>``."""
    return x[0, 1:-1].double().cpu().numpy()


def _head(attention: MultiHeadAttention, x: Tensor, head: int | None) -> Tensor:
    """(1, T, D) → (1, T, E), one head's share; all of it if no head is given."""
    return x if head is None else attention.split(x)[:, head]


def _caught(module: nn.Module, run: Any) -> Any:
    """What ``module`` gives while the model's own pass ``run()`` goes through it."""
    caught: list[Any] = []
    handle = module.register_forward_hook(lambda _module, _inputs, output: caught.append(output))
    try:
        run()
    finally:
        handle.remove()
    return caught[-1]
