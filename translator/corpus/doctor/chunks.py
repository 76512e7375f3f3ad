"""A chunk of rows, looked at in a process of its own: findings as bits, hashes and lengths as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from translator.corpus.doctor.kinds import BIT
from translator.corpus.doctor.language import matches
from translator.corpus.doctor.pair import LONGEST, WORD, Looked, look, near_form
from translator.corpus.pairs import Row, read_rows
from translator.corpus.split import hash_of

CHUNK = 4000
"""Rows looked at together. Fixed, so that any number of processes finds the same."""
_OFFSETS = (1, -1, 2, -2, 3, -3)  # lines that a block may have slipped by
_LEAST = 7  # words a run of slipped lines must win by
_LINES = 3  # the shortest run


class HeldOut(NamedTuple):
    """The sentences of dev and test files, either side: as they are, and by their near form."""

    exact: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()


NOTHING = HeldOut()


def hold_out(paths: Iterable[Path]) -> HeldOut:
    """The sentences of dev and test files. Raises ``InputError`` where one cannot be read."""
    exact = {text for path in paths for row in read_rows(path) for text in (row.en, row.pt) if text}
    return HeldOut(frozenset(exact), frozenset(near_form(text, WORD.findall(text.lower())) for text in exact))


class Chunk(NamedTuple):
    """What was found in N rows."""

    bits: np.ndarray  # (N,) uint32
    sizes: np.ndarray  # (N, 2, 2) int32: words and characters, English and Portuguese
    hashes: np.ndarray  # (4, N) uint64: the pair, its near form, the near form of either side
    repaired: dict[int, tuple[str, str]]  # index → the repaired pair


def look_at(rows: Sequence[Row], longest: int = LONGEST, held_out: HeldOut = NOTHING) -> Chunk:
    """Look at ``rows``, consecutive ones of a file."""
    looked = [look(row, longest) for row in rows]
    bits = np.array([one.bits for one in looked], dtype=np.uint32)
    for start, end in shifted(looked):
        bits[start:end] |= BIT["shifted"]
    if held_out.near:
        for index, one in enumerate(looked):
            if not held_out.exact.isdisjoint((one.en, one.pt)):
                bits[index] |= BIT["leak"]
            elif not held_out.near.isdisjoint(one.near):
                bits[index] |= BIT["near-leak"]
    sizes = [(*one.words, len(one.en), len(one.pt)) for one in looked]
    hashes = np.fromiter((hash_of(text) for one in looked for text in _texts(one)), np.uint64, 4 * len(rows))
    fixed = BIT["mojibake"] | BIT["swapped"]
    repaired = {index: (one.en, one.pt) for index, one in enumerate(looked) if one.bits & fixed}
    return Chunk(bits, np.array(sizes, dtype=np.int32).reshape(-1, 2, 2), hashes.reshape(-1, 4).T, repaired)


def _texts(one: Looked) -> tuple[str, str, str, str]:
    en, pt = one.near
    return f"{one.en}\t{one.pt}", f"{en}\t{pt}", f"en\t{en}", f"pt\t{pt}"


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
