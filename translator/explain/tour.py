"""Every number of the guided tour: one sentence through the whole model, followed along one word.

The word followed is the longest of the translation; beside it stands the source word that its first piece looks at
most, by the mean of all layers and heads. All weights come from the model itself (``need_weights=True``).

Letters: S source tokens, T target tokens, D model width, H heads, E head width, L layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import torch
from torch import Tensor

from translator.explain.context import word_stages
from translator.explain.geometry import cosines
from translator.explain.lens import Lens, logit_lens
from translator.explain.occlusion import WithoutWord, without_each_word
from translator.explain.parameters import Part, Work, count_parameters, multiply_adds
from translator.explain.reading import Reading, Stage, exact, read
from translator.explain.stages import HeadStages, head_stages
from translator.model.transformer import DecoderLayer, Transformer
from translator.text.slots import shown
from translator.text.subwords import Subwords, Word

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


def is_word(word: Word) -> bool:
    """Whether it is no punctuation, tag or end mark."""
    return any(c.isalnum() for c in word.text) and not word.text.startswith("<")


class TourData:
    """What the tour tells of one sentence; each number is computed when it is first asked for."""

    def __init__(self, model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> None:
        """``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone."""
        self.model, self.subwords = model, subwords
        self.ids = (list(source), list(target))
        self.shape = model.config
        self.reading = read(model, subwords, source, target)
        self.source, self.target = _sides(self.reading, self.cross_weights)

    @property
    def step(self) -> int:
        """The step that predicts the followed word's first piece."""
        return self.target.word.start

    @property
    def read(self) -> list[str]:
        """(T) What the decoder reads at each step, ``<s>`` first."""
        return [shown(piece) for piece in self.reading.target.read]

    @property
    def before(self) -> str:
        """What is written before the word that is followed."""
        return shown(self.subwords.decode(self.ids[1][: self.step]))

    @cached_property
    def encoder_weights(self) -> np.ndarray:
        """(L, H, S, S)."""
        return self.reading.attention["encoder"].shares

    @cached_property
    def self_weights(self) -> np.ndarray:
        """(L, H, T, T)."""
        return self.reading.attention["decoder"].shares

    @cached_property
    def cross_weights(self) -> np.ndarray:
        """(L, H, T, S)."""
        return self.reading.attention["cross"].shares

    @cached_property
    def embeddings(self) -> np.ndarray:
        """(2, D) Of the two first pieces, as stored: source, target."""
        return _array(self.model.embedding.weight[[self.source.id, self.target.id]])

    @cached_property
    def _near(self) -> np.ndarray:
        """(V,) Cosine of every piece with the source piece."""
        return cosines(_array(self.model.embedding.weight), self.embeddings[0])

    @property
    def cosine(self) -> float:
        """Between the two pieces."""
        return float(self._near[self.target.id])

    @property
    def typical_cosine(self) -> float:
        """Mean of the source piece with all others."""
        return float((self._near.sum() - self._near[self.source.id]) / (len(self._near) - 1))

    @property
    def nearest(self) -> list[tuple[str, float]]:
        """Pieces nearest to the source piece, and their cosines."""
        order = np.argsort(-self._near, kind="stable")[:6]
        return [(shown(self.subwords.piece(int(i))), float(self._near[i])) for i in order if i != self.source.id]

    @property
    def position(self) -> np.ndarray:
        """(D,) Of the source word's first token."""
        return _array(self.model.position[self.source.word.start])

    @property
    def by_distance(self) -> list[tuple[int, float]]:
        """Cosine between two position vectors so many tokens apart, from position 0: for sines and cosines the place
        does not matter, only the distance.
        """
        places = _array(self.model.position)
        return [(d, float(cosines(places[d][None], places[0])[0])) for d in _DISTANCES if d < len(places)]

    @property
    def encoder_cosines(self) -> list[float]:
        """The source word's vector after each layer with that of its pieces alone."""
        alone, _, *layers, _ = word_stages(self.reading, self.source.word)
        return [float(c) for c in cosines(np.stack(layers), alone)]

    @cached_property
    def stages(self) -> HeadStages:
        """Cross-attention of the last layer, the head with the largest weight at the step followed."""
        head = int(self.cross_weights[-1, :, self.step].max(axis=1).argmax())
        precise = read(exact(self.model), self.subwords, *self.ids)
        return head_stages(precise, "cross", len(self.cross_weights) - 1, head)

    @property
    def stream(self) -> list[tuple[Stage, np.ndarray]]:
        """(D,) The residual stream of that step after each sub-layer."""
        return list(zip(self.reading.stages, self.reading.decoder_stream[:, self.step].astype(np.float64), strict=True))

    @property
    def active(self) -> int:
        """Hidden units above 0 in the last layer's feed-forward part, at that step."""
        last = cast("DecoderLayer", self.model.decoder[-1])
        before = torch.from_numpy(self.reading.decoder_stream[-2][self.step]).to(self.model.device)
        with torch.inference_mode():
            return int((last.feed_forward.inner(last.feed_forward_norm(before)) > 0).sum())

    @cached_property
    def lens(self) -> Lens:
        """The logit lens."""
        return logit_lens(self.reading)

    @cached_property
    def without(self) -> list[WithoutWord]:
        """Each source word left out."""
        words = [word for word in self.source.words if is_word(word)]
        source, target = self.ids
        return without_each_word(self.model, source, target[: self.step], self.target.id, words)

    @cached_property
    def parts(self) -> list[Part]:
        """Parameters by part."""
        return count_parameters(self.model)

    @cached_property
    def work(self) -> list[Work]:
        """Multiply–adds by part."""
        source, target = self.ids
        return multiply_adds(self.shape, len(source), len(target) + 1)


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


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().double().cpu().numpy())
