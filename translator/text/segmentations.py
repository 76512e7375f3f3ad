"""Segmentations of words drawn at random, the same from the same seed in every process.

SentencePiece can draw them itself, but since 0.2.2 its generator is salted anew in each process, whatever seed it is
given: a training that was stopped would go on with other pieces than one that was not. So this is the same drawing
(Kudo 2018, section 3.2) by forward filtering and backward sampling over the lattice of each word, with Python's own
generator, whose numbers are fixed for good.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random

_REMEMBERED = 20_000  # words whose lattices are kept

Lattice = list[list[tuple[float, int, int]]]


class Segmenter:
    """Draws segmentations with probability proportional to their own to the power ``alpha``."""

    def __init__(self, scores: Mapping[str, tuple[int, float]], alpha: float) -> None:
        """``scores`` has the id and the log-probability of each piece."""
        self._scores = scores
        self._alpha = alpha
        self._longest = max(map(len, scores), default=0)
        self._lattices: dict[str, Lattice] = {}

    def draw(self, word: str, random: Random) -> list[int]:
        """The ids of one segmentation of ``word``, every character of which has a piece of its own or is part of one.

        Raises ``ValueError`` where there is no segmentation.
        """
        lattice = self._lattices.get(word)
        if lattice is None:
            if len(self._lattices) >= _REMEMBERED:
                self._lattices.clear()
            lattice = self._lattices[word] = self._lattice(word)
        ids = []
        end = len(word)
        while end:
            ways = lattice[end]
            if not ways:
                raise ValueError(f"no pieces spell {word!r}")
            number = random.random()
            begin, piece = next(((b, i) for up_to, b, i in ways if number < up_to), ways[-1][1:])
            ids.append(piece)
            end = begin
        return ids[::-1]

    def _lattice(self, word: str) -> Lattice:
        """For each end in ``word`` the ways to come there: cumulated probability, where the last piece begins, its id.

        The probability of a way is the share of all segmentations up to ``end`` that come by it.
        """
        total = [0.0] + [-math.inf] * len(word)  # log of the mass of all segmentations up to here
        lattice: Lattice = [[]]
        for end in range(1, len(word) + 1):
            ways = []
            for begin in range(max(0, end - self._longest), end):
                found = self._scores.get(word[begin:end])
                if found is not None and total[begin] > -math.inf:
                    ways.append((total[begin] + self._alpha * found[1], begin, found[0]))
            if ways:
                highest = max(way[0] for way in ways)
                total[end] = highest + math.log(sum(math.exp(way[0] - highest) for way in ways))
            up_to, cumulated = 0.0, []
            for mass, begin, piece in ways:
                up_to += math.exp(mass - total[end])
                cumulated.append((up_to, begin, piece))
            lattice.append(cumulated)
        return lattice
