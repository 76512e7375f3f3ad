"""Every number of the guided tour: one sentence through the whole model, followed along one word.

The word followed is the longest of the translation; beside it stands the source word that its first piece looks at
most, by the mean of all layers and heads. All weights come from the model itself (``need_weights=True``).

Letters: S source tokens, T target tokens, D model width, H heads, E head width, L layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch

from translator.explain.context import word_stages
from translator.explain.geometry import cosines
from translator.explain.lens import Lens, logit_lens
from translator.explain.occlusion import WithoutWord, without_each_word
from translator.explain.parameters import Part, Work, count_parameters, multiply_adds
from translator.explain.reading import Stage, array, content_word, exact, read
from translator.explain.stages import HeadStages, head_stages
from translator.model.transformer import Transformer
from translator.text.slots import shown
from translator.text.subwords import Subwords, Word

_DISTANCES = (0, 1, 2, 5, 10, 20)


class Side:
    """One side of the translation, as tokens and words, and the word of it that is followed."""

    def __init__(self, ids: list[int], pieces: list[str], words: list[Word], followed: int) -> None:
        self.ids, self.pieces, self.words = ids, pieces, words  # tag and </s> are words of their own
        self.followed, self.word = followed, words[followed]
        self.piece, self.id = pieces[self.word.start], ids[self.word.start]  # the first of that word


def is_word(word: Word) -> bool:
    """Whether it is no punctuation, tag or end mark."""
    return any(c.isalnum() for c in word.text) and not word.text.startswith("<")


class TourData:
    """What the tour tells of one sentence; what is dear is computed when it is first asked for."""

    def __init__(self, model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> None:
        """``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone."""
        self.model, self.subwords, self.shape = model, subwords, model.config
        self.ids = (list(source), list(target))
        self.reading = read(model, subwords, source, target)
        attention = self.reading.attention
        self.encoder_weights = attention["encoder"].shares  # (L, H, S, S)
        self.self_weights = attention["decoder"].shares  # (L, H, T, T)
        self.cross_weights = attention["cross"].shares  # (L, H, T, S)
        self.source, self.target = self._sides()
        self.step = self.target.word.start  # that predicts the followed word's first piece
        self.read = [shown(piece) for piece in self.reading.target.read]  # (T) at each step, <s> first
        self.before = shown(subwords.decode(target[: self.step]))  # what is written before the followed word
        table = array(model.embedding.weight.double())
        first, other = self.source.id, self.target.id
        self.embeddings = table[[first, other]]  # (2, D) of the two first pieces, as stored
        near = cosines(table, table[first])  # (V,)
        self.cosine = float(near[other])  # between the two pieces
        self.typical_cosine = float((near.sum() - near[first]) / (len(near) - 1))  # of the source piece with all others
        nearest = [int(i) for i in np.argsort(-near, kind="stable")[:6] if i != first]
        self.nearest = [(shown(subwords.piece(i)), float(near[i])) for i in nearest]  # pieces and their cosines
        places = array(model.position.double())
        self.position = places[self.source.word.start]  # (D,) of the source word's first token
        # cosine between two positions so far apart: for sines and cosines only the distance matters, not the place
        self.by_distance = [(d, float(cosines(places[d : d + 1], places[0])[0])) for d in _DISTANCES if d < len(places)]

    def _sides(self) -> tuple[Side, Side]:
        """Source and target, each with the word that is followed."""
        of_source, of_target = self.reading.source, self.reading.target
        words, written = ([replace(w, text=shown(w.text)) for w in side.words] for side in (of_source, of_target))
        target = content_word(written)
        seen = self.cross_weights.mean(axis=(0, 1))[written[target].start]  # (S,)
        # what the target looked at most, a word before a mark
        share = [(is_word(word), float(seen[word.start : word.stop].sum())) for word in words]
        source = max(range(1, max(2, len(words) - 1)), key=share.__getitem__)
        pieces, predicted = ([shown(piece) for piece in side.labels] for side in (of_source, of_target))
        return Side(of_source.ids, pieces, words, source), Side(self.reading.predicted, predicted, written, target)

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
        last = self.model.decoder[-1]
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

    @property
    def work(self) -> list[Work]:
        """Multiply–adds by part."""
        return multiply_adds(self.shape, len(self.ids[0]), len(self.ids[1]) + 1)
