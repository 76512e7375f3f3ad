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
from typing import Literal

import numpy as np

from translator.explain.geometry import Projection, cosine_matrix, principal_components, unit
from translator.explain.reading import read
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

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
        inside = own[1:-1]
        if level.at == "embedding":
            tokens = model.embedding.weight[list(inside)].detach().double().cpu().numpy()
        else:
            tokens = _inside_the_model(model, subwords, own, other, level, is_first=side == 0)
        for word in subwords.words(inside):
            words.append(word.text)
            pieces.append([subwords.piece(i) for i in inside[word.start : word.stop]])
            text_of.append(side)
            vectors.append(tokens[word.start : word.stop].mean(axis=0))
    found = np.stack(vectors)
    return Similarity(level, words, pieces, text_of, found, cosine_matrix(found), principal_components(unit(found)))


def _inside_the_model(
    model: Transformer, subwords: Subwords, own: Sequence[int], other: Sequence[int], level: Level, *, is_first: bool
) -> np.ndarray:
    """(tokens without tag and ``</s>``, width) float64 of the sentence ``own``."""
    wants_key = level.at == "key" or (level.at == "query-key" and is_first)
    decodes = level.at.startswith("query") and level.kind == "cross" and not wants_key
    reading = read(model, subwords, other, own[1:-1]) if decodes else read(model, subwords, own, [])
    inside = slice(0, -1) if decodes else slice(1, -1)  # the decoder's last row predicts </s>
    if level.at == "encoder":
        found = reading.memory if level.layer is None else reading.encoder_stream[2 * level.layer + 2]
    else:
        attention = reading.attention[level.kind]
        heads = (attention.k if wants_key else attention.q)[-1 if level.layer is None else level.layer]  # (H, N, E)
        found = np.concatenate(heads, axis=-1) if level.head is None else heads[level.head]
    return found[inside].astype(np.float64)
