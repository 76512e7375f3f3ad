"""Blocks of lines that have slipped: each fits the translation a line or two further better than its own."""

from __future__ import annotations

from collections.abc import Sequence

from translator.corpus.doctor.lexicon import matches
from translator.corpus.doctor.pair import Looked

_OFFSETS = (1, -1, 2, -2, 3, -3)  # lines
_LEAST = 7  # words a run must win by
_LINES = 3  # the shortest run


def shifted(looked: Sequence[Looked]) -> list[tuple[int, int]]:
    """Runs [start, end) of lines that fit better at one offset than where they stand.

    A run is a stretch whose gains (words found there less words found here) add up as in the maximum-sum subarray;
    only lines of which less than a third of the words is found where they stand can gain.
    """
    own = [matches(one.wanted, one.there) for one in looked]
    doubtful = [len(one.wanted) > 3 * here for one, here in zip(looked, own, strict=True)]
    runs: list[tuple[int, int]] = []
    if sum(doubtful) >= _LINES:
        for offset in _OFFSETS:
            runs += _runs([-here for here in own], doubtful, looked, offset)
    return runs


def _runs(losses: list[int], doubtful: list[bool], looked: Sequence[Looked], offset: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    total = best = start = end = 0
    for index, gain in enumerate(losses):
        there = index + offset
        if doubtful[index] and 0 <= there < len(looked):
            gain += matches(looked[index].wanted, looked[there].there)
        if total <= 0:
            if best >= _LEAST and end - start >= _LINES:
                found.append((start, end))
            total = best = 0
            start = index
        total += gain
        if total > best:
            best, end = total, index + 1
    if best >= _LEAST and end - start >= _LINES:
        found.append((start, end))
    return found
