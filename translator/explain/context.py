"""How one word's vector moves through the encoder, by what stands around it.

The same word in several sentences starts as the same row of the embedding matrix: cosine exactly 1. Its position is
added, then each layer adds what attention brings from the other words. What the decoder reads in the end is the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from translator.explain.geometry import cosine_matrix
from translator.explain.reading import Attention, Reading, words_after_tag
from translator.text.normalise import normalise
from translator.text.subwords import Subwords, Word


@dataclass(frozen=True)
class Looked:
    """A target word, and the share of its attention that lay on the source word."""

    word: str
    weight: float
    is_word: bool  # False for ``</s>``


@dataclass(frozen=True)
class InSentence:
    """The word in one sentence, and what the translation made of it."""

    source: str
    target: str
    word: str  # as it is spelled there
    pieces: list[str]
    places: int  # how often it stands there; the first is taken
    looked: list[Looked]  # target words by attention on it, most first


@dataclass(frozen=True)
class AtStage:
    """How alike the word's vectors are at one stage of the encoder."""

    stage: str
    mean: float  # cosine between different sentences; exactly 1 where all of them are
    cosines: np.ndarray  # (sentences, sentences)


@dataclass(frozen=True)
class Context:
    """A word in several sentences."""

    word: str
    attention: str  # which layer and head of cross-attention was read, in words
    sentences: list[InSentence]
    stages: list[AtStage]


def find_word(word: str, subwords: Subwords, source: Sequence[int]) -> list[Word]:
    """Every place of ``word`` in a sentence (tag, pieces, ``</s>``), upper and lower case alike."""
    wanted = normalise(word).casefold()
    return [w for w in words_after_tag(subwords, source[1:-1]) if w.text.casefold() == wanted]


def stage_names(layers: int) -> list[str]:
    """What :func:`word_stages` gives, row by row."""
    return ["token only", "token + position", *(f"after layer {n}" for n in range(1, layers + 1)), "memory"]


def word_stages(reading: Reading, word: Word) -> np.ndarray:
    """(L + 3, D) float64: the mean of the word's tokens in the embedding matrix, with √D and position, in the residual
    stream after each layer, and in the memory (the last one after the final layer norm).
    """
    own = slice(word.start, word.stop)
    table = reading.model.embedding.weight[reading.source.ids[own]].detach().cpu().numpy()
    stages = [table, *(x[own] for x in reading.encoder_stream[::2]), reading.memory[own]]
    return np.stack([x.astype(np.float64).mean(axis=0) for x in stages])


def at_stages(names: Sequence[str], stages: Sequence[np.ndarray]) -> list[AtStage]:
    """The sentences compared at each stage; ``stages`` holds what :func:`word_stages` gives, a sentence each."""
    grids = [cosine_matrix(np.stack(at)) for at in zip(*stages, strict=True)]
    different = np.triu_indices(len(stages), k=1)
    return [AtStage(name, float(grid[different].mean()), grid) for name, grid in zip(names, grids, strict=True)]


def looked_at(attention: Attention, word: Word, layer: int | None = None, head: int | None = None) -> list[Looked]:
    """The target words by how much of their attention lay on ``word``, most first; a layer or head not given is
    averaged over.
    """
    column = next(i for i, w in enumerate(attention.columns.words) if (w.start, w.stop) == (word.start, word.stop))
    weights, words = attention.words(layer, head)[:, column], attention.rows.words
    order = np.argsort(-weights, kind="stable")
    return [Looked(words[t].text, float(weights[t]), bool(t < len(words) - 1)) for t in order]
