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
from translator.explain.lens import Lens, Stage, logit_lens, residual_stages, shown, spelled
from translator.explain.occlusion import WithoutWord, without_each_word
from translator.explain.parameters import Part, Work, count_parameters, multiply_adds
from translator.explain.stages import HeadStages, exact, head_stages
from translator.model.transformer import DecoderLayer, Transformer
from translator.text.subwords import BOS, EOS, Subwords, Word

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
    model = model.eval()
    encoder, of_self, cross = _weights(model, source, target)
    here, there = _sides(subwords, source, target, cross)
    step = there.word.start
    head = int(cross[-1, :, step].max(axis=1).argmax())
    table = model.embedding.weight.detach().double().cpu().numpy()  # (V, D)
    near = cosines(table, table[here.id])
    stream = residual_stages(model, source, target)
    kept = [word for word in here.words if is_word(word)]
    return Walk(
        shape=model.config,
        source=here,
        target=there,
        read=[spelled(subwords, i) for i in [BOS, *target]],
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
        encoder_cosines=_moved(model, source, here.word),
        stages=head_stages(exact(model), subwords, source, target, kind="cross", layer=len(cross) - 1, head=head),
        stream=[(stage, _array(x[step])) for stage, x in stream],
        active=_active(model, stream, step),
        lens=logit_lens(model, subwords, source, target),
        without=without_each_word(model, source, target[:step], there.id, kept),
        parts=count_parameters(model),
        work=multiply_adds(model.config, len(source), len(target) + 1),
    )


def _sides(subwords: Subwords, source: Sequence[int], target: Sequence[int], cross: np.ndarray) -> tuple[Side, Side]:
    """Source and target, each with the word that is followed; ``cross`` (L, H, T, S) pairs them."""
    source_words = [
        Word(subwords.piece(source[0]), 0, 1),
        *_words(subwords, source[1:-1], 1),
        Word(subwords.piece(EOS), len(source) - 1, len(source)),
    ]
    target_words = [*_words(subwords, target, 0), Word(subwords.piece(EOS), len(target), len(target) + 1)]
    written = _longest(target_words)
    seen = cross.mean(axis=(0, 1))[target_words[written].start]  # (S,)

    def looked_at(index: int) -> tuple[bool, float]:  # a word before a mark
        word = source_words[index]
        return is_word(word), float(seen[word.start : word.stop].sum())

    reading = max(range(1, max(2, len(source_words) - 1)), key=looked_at)
    return (
        Side(list(source), [spelled(subwords, i) for i in source], source_words, reading),
        Side([*target, EOS], [spelled(subwords, i) for i in [*target, EOS]], target_words, written),
    )


@torch.inference_mode()
def _weights(
    model: Transformer, source: Sequence[int], target: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Encoder (L, H, S, S), masked self- (L, H, T, T) and cross-attention (L, H, T, S), float64."""
    encoded = model.encode(torch.tensor([list(source)], device=model.device), need_weights=True)
    decoded = model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded, need_weights=True)
    every = (encoded.self_weights, decoded.self_weights, decoded.cross_weights)
    first, second, third = (_array(cast(Tensor, weights)[:, 0]) for weights in every)
    return first, second, third


def _words(subwords: Subwords, ids: Sequence[int], offset: int) -> list[Word]:
    return [Word(shown(w.text), w.start + offset, w.stop + offset) for w in subwords.words(ids)]


def _longest(words: Sequence[Word]) -> int:
    """The longest word of letters, the last of those as long: seldom an article or a preposition."""
    lengths = [len(word.text) if word.text.isalpha() else 0 for word in words]
    return max(range(len(words)), key=lambda i: (lengths[i], i if lengths[i] else -i))


def _by_distance(model: Transformer) -> list[tuple[int, float]]:
    """From position 0; for sines and cosines the place does not matter, only the distance."""
    places = _array(model.position)
    return [(d, float(cosines(places[d][None], places[0])[0])) for d in _DISTANCES if d < len(places)]


def _moved(model: Transformer, source: Sequence[int], word: Word) -> list[float]:
    alone, _, *layers, _ = word_stages(model, source, word)
    return [float(c) for c in cosines(np.stack(layers), alone)]


@torch.inference_mode()
def _active(model: Transformer, stream: Sequence[tuple[Stage, Tensor]], step: int) -> int:
    last = cast("DecoderLayer", model.decoder[-1])
    x = stream[-2][1][step]  # before the last feed-forward part
    return int((last.feed_forward.inner(last.feed_forward_norm(x)) > 0).sum())


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().double().cpu().numpy())
