"""A chunk of rows, looked at in a process of its own: findings as bits, hashes and lengths as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from translator.corpus.doctor.kinds import BIT
from translator.corpus.doctor.lexicon import matches
from translator.corpus.doctor.pair import LONGEST, WORD, Looked, look, near_form
from translator.corpus.doctor.seen import hash_of
from translator.corpus.rows import Row

CHUNK = 4000
"""Rows looked at together. Fixed, so that any number of processes finds the same."""
_OFFSETS = (1, -1, 2, -2, 3, -3)  # lines that a block may have slipped by
_LEAST = 7  # words a run of slipped lines must win by
_LINES = 3  # the shortest run


class HeldOut:
    """The sentences of dev and test files, either side: as they are, and by their near form."""

    def __init__(self) -> None:
        self.exact: set[str] = set()
        self.near: set[str] = set()

    def add(self, text: str) -> None:
        """Hold ``text`` out."""
        self.exact.add(text)
        self.near.add(near_form(text, WORD.findall(text.lower())))

    def bits(self, one: Looked) -> int:
        """The bits of what ``one`` gives away."""
        if one.en in self.exact or one.pt in self.exact:
            return BIT["leak"]
        return BIT["near-leak"] if one.near[0] in self.near or one.near[1] in self.near else 0


class Chunk(NamedTuple):
    """What was found in N rows."""

    bits: np.ndarray  # (N,) uint32
    words: np.ndarray  # (N, 2) int32
    characters: np.ndarray  # (N, 2) int32
    hashes: np.ndarray  # (4, N) uint64: the pair, its near form, the near form of either side
    repaired: dict[int, tuple[str, str]]  # index → the repaired pair


def look_at(rows: Sequence[Row], longest: int = LONGEST, held_out: HeldOut | None = None) -> Chunk:
    """Look at ``rows``, consecutive ones of a file."""
    looked = [look(row, longest) for row in rows]
    bits = np.array([one.bits for one in looked], dtype=np.uint32)
    for start, end in shifted(looked):
        bits[start:end] |= BIT["shifted"]
    if held_out is not None and held_out.near:
        bits |= np.array([held_out.bits(one) for one in looked], dtype=np.uint32)
    texts = [(f"{o.en}\t{o.pt}", f"{o.near[0]}\t{o.near[1]}", f"en\t{o.near[0]}", f"pt\t{o.near[1]}") for o in looked]
    return Chunk(
        bits,
        np.array([one.words for one in looked], dtype=np.int32),
        np.array([(len(one.en), len(one.pt)) for one in looked], dtype=np.int32),
        np.array([list(map(hash_of, four)) for four in texts], dtype=np.uint64).T,
        {k: (one.en, one.pt) for k, one in enumerate(looked) if one.bits & (BIT["mojibake"] | BIT["swapped"])},
    )


def shifted(looked: Sequence[Looked]) -> Iterator[tuple[int, int]]:
    """Runs [start, end) of lines that fit better at one offset than where they stand: they have slipped.

    A run is a stretch whose gains (words found there less words found here) add up as in the maximum-sum subarray;
    only lines of which less than a third of the words is found where they stand can gain.
    """
    own = [matches(one.wanted, one.there) for one in looked]
    doubtful = [len(one.wanted) > 3 * here for one, here in zip(looked, own, strict=True)]
    if sum(doubtful) < _LINES:
        return
    for offset in _OFFSETS:
        gains = [-here for here in own]
        for index in range(max(0, -offset), min(len(looked), len(looked) - offset)):
            if doubtful[index]:
                gains[index] += matches(looked[index].wanted, looked[index + offset].there)
        yield from _runs(gains)


def _runs(gains: Sequence[int]) -> Iterator[tuple[int, int]]:
    total = best = start = end = 0
    for index, gain in enumerate([*gains, None]):
        if total <= 0 or gain is None:
            if best >= _LEAST and end - start >= _LINES:
                yield start, end
            total = best = 0
            start = index
        total += gain or 0
        if total > best:
            best, end = total, index + 1
