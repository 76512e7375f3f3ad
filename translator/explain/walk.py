"""Every number of the guided tour: one sentence through the whole model, followed along one word.

The word followed is the longest of the translation; beside it stands the source word that its first piece looks at
most, by the mean of all layers and heads. All weights come from the model itself (``need_weights=True``).

Letters: S source tokens, T target tokens, D model width, H heads, E head width, L layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from translator.config import ModelConfig
from translator.explain.context import word_stages
from translator.explain.geometry import cosines
from translator.explain.lens import Lens, logit_lens, spelled
from translator.explain.occlusion import WithoutWord, without_each_word
from translator.explain.parameters import Part, Work, count_parameters, multiply_adds
from translator.explain.reading import Reading, Stage, exact, read
from translator.explain.stages import HeadStages, head_stages
from translator.model.transformer import DecoderLayer, Transformer
from translator.text.slots import shown
from translator.text.subwords import Subwords, Word

__all__ = ["Side", "Walk", "is_word", "walk"]

_DISTANCES = (0, 1, 2, 5, 10, 20)


@dataclass(frozen=True)
class Side:
    """One side of the translation, as tokens and words."""

    ids: list[int]
    pieces: list[str]
    words: list[Word]  # tag and </s> are words of their own
    followed: int  # index of the word that is followed

    @property
    def word(self) -> Word:
        """The word that is followed."""
        return self.words[self.followed]

    @property
    def piece(self) -> str:
        """Its first piece."""
        return self.pieces[self.word.start]

    @property
    def id(self) -> int:
        """The id of that piece."""
        return self.ids[self.word.start]


@dataclass(frozen=True)
class Walk:
    """What the tour tells of one sentence."""

    shape: ModelConfig
    source: Side  # tag, pieces, </s>
    target: Side  # pieces, </s>: what is predicted
    read: list[str]  # T: what the decoder reads at each step, <s> first
    before: str  # what is written before the word that is followed

    embeddings: np.ndarray  # (2, D) of the two first pieces, as stored: source, target
    cosine: float  # between those two
    typical_cosine: float  # mean of the source piece with all others
    nearest: list[tuple[str, float]]  # pieces nearest to the source piece, and their cosines
    position: np.ndarray  # (D,) of the source word's first token
    by_distance: list[tuple[int, float]]  # cosine between two position vectors so many tokens apart

    encoder_weights: np.ndarray  # (L, H, S, S)
    self_weights: np.ndarray  # (L, H, T, T)
    cross_weights: np.ndarray  # (L, H, T, S)
    encoder_cosines: list[float]  # the source word's vector after each layer with that of its pieces alone

    stages: HeadStages  # cross-attention of the last layer, the head with the largest weight at the step followed
    stream: list[tuple[Stage, np.ndarray]]  # (D,) the residual stream of that step after each sub-layer
    active: int  # hidden units above 0 in the last layer's feed-forward part, at that step
    lens: Lens
    without: list[WithoutWord]  # each source word left out

    parts: list[Part]
    work: list[Work]

    @property
    def step(self) -> int:
        """The step that predicts the followed word's first piece."""
        return self.target.word.start


def is_word(word: Word) -> bool:
    """Whether it is no punctuation, tag or end mark."""
    return any(c.isalnum() for c in word.text) and not word.text.startswith("<")


def walk(model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> Walk:
    """Compute all of it. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone."""
    reading = read(model, subwords, source, target)
    encoder, of_self, cross = (reading.attention[kind].shares for kind in ("encoder", "decoder", "cross"))
    here, there = _sides(reading, cross)
    step = there.word.start
    head = int(cross[-1, :, step].max(axis=1).argmax())
    table = _array(model.embedding.weight)  # (V, D)
    near = cosines(table, table[here.id])
    alone, _, *layers, _ = word_stages(reading, here.word)
    return Walk(
        shape=model.config,
        source=here,
        target=there,
        read=[shown(piece) for piece in reading.target.read],
        before=shown(subwords.decode(target[:step])),
        embeddings=table[[here.id, there.id]],
        cosine=float(near[there.id]),
        typical_cosine=float((near.sum() - near[here.id]) / (len(near) - 1)),
        nearest=[
            (spelled(subwords, int(i)), float(near[i])) for i in np.argsort(-near, kind="stable")[:6] if i != here.id
        ],
        position=_array(model.position[here.word.start]),
        by_distance=_by_distance(model),
        encoder_weights=encoder,
        self_weights=of_self,
        cross_weights=cross,
        encoder_cosines=[float(c) for c in cosines(np.stack(layers), alone)],
        stages=head_stages(read(exact(model), subwords, source, target), "cross", len(cross) - 1, head),
        stream=list(zip(reading.stages, reading.decoder_stream[:, step].astype(np.float64), strict=True)),
        active=_active(reading, step),
        lens=logit_lens(reading),
        without=without_each_word(model, source, target[:step], there.id, [w for w in here.words if is_word(w)]),
        parts=count_parameters(model),
        work=multiply_adds(model.config, len(source), len(target) + 1),
    )


def _sides(reading: Reading, cross: np.ndarray) -> tuple[Side, Side]:
    """Source and target, each with the word that is followed; ``cross`` (L, H, T, S) pairs them."""
    source_words, target_words = (
        [Word(shown(word.text), word.start, word.stop) for word in side.words]
        for side in (reading.source, reading.target)
    )
    written = _longest(target_words)
    seen = cross.mean(axis=(0, 1))[target_words[written].start]  # (S,)

    def looked_at(index: int) -> tuple[bool, float]:  # a word before a mark
        word = source_words[index]
        return is_word(word), float(seen[word.start : word.stop].sum())

    reading_word = max(range(1, max(2, len(source_words) - 1)), key=looked_at)
    of_source, of_target = ([shown(piece) for piece in side.labels] for side in (reading.source, reading.target))
    return (
        Side(reading.source.ids, of_source, source_words, reading_word),
        Side(reading.predicted, of_target, target_words, written),
    )


def _longest(words: Sequence[Word]) -> int:
    """The longest word of letters, the last of those as long: seldom an article or a preposition."""
    lengths = [len(word.text) if word.text.isalpha() else 0 for word in words]
    return max(range(len(words)), key=lambda i: (lengths[i], i if lengths[i] else -i))


def _by_distance(model: Transformer) -> list[tuple[int, float]]:
    """From position 0; for sines and cosines the place does not matter, only the distance."""
    places = _array(model.position)
    return [(d, float(cosines(places[d][None], places[0])[0])) for d in _DISTANCES if d < len(places)]


@torch.inference_mode()
def _active(reading: Reading, step: int) -> int:
    last = cast("DecoderLayer", reading.model.decoder[-1])
    x = torch.from_numpy(reading.decoder_stream[-2][step]).to(reading.model.device)  # before the last feed-forward part
    return int((last.feed_forward.inner(last.feed_forward_norm(x)) > 0).sum())


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().double().cpu().numpy())
