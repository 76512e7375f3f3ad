"""A chunk of rows, looked at in a process of its own: findings as bits, hashes and lengths as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from translator.corpus.doctor.kinds import BIT
from translator.corpus.doctor.pair import WORD, Looked, Rules, look, near_form
from translator.corpus.doctor.seen import hash_of
from translator.corpus.doctor.shifts import shifted
from translator.corpus.rows import Row

CHUNK = 4000
"""Rows looked at together. Fixed, so that any number of processes finds the same."""


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


@dataclass(frozen=True)
class Chunk:
    """What was found in N rows."""

    bits: np.ndarray  # (N,) uint32
    words: np.ndarray  # (N, 2) int32
    characters: np.ndarray  # (N, 2) int32
    hashes: np.ndarray  # (4, N) uint64: the pair, its near form, the near form of either side
    repaired: dict[int, tuple[str, str]]  # index → the repaired pair


def look_at(rows: list[Row], rules: Rules, held_out: HeldOut) -> Chunk:
    """Look at ``rows``, consecutive ones of a file."""
    looked = [look(row, rules) for row in rows]
    bits = np.fromiter((one.bits for one in looked), np.uint32, len(rows))
    for start, end in shifted(looked):
        bits[start:end] |= BIT["shifted"]
    if held_out.near:
        bits |= np.fromiter((held_out.bits(one) for one in looked), np.uint32, len(rows))
    hashes = np.empty((4, len(rows)), dtype=np.uint64)
    for index, one in enumerate(looked):
        en, pt = one.near
        hashes[:, index] = (
            hash_of(f"{one.en}\t{one.pt}"),
            hash_of(f"{en}\t{pt}"),
            hash_of(f"en\t{en}"),
            hash_of(f"pt\t{pt}"),
        )
    repairs = BIT["mojibake"] | BIT["swapped"]
    return Chunk(
        bits,
        np.array([one.words for one in looked], dtype=np.int32).reshape(-1, 2),
        np.array([(len(one.en), len(one.pt)) for one in looked], dtype=np.int32).reshape(-1, 2),
        hashes,
        {index: (one.en, one.pt) for index, one in enumerate(looked) if one.bits & repairs},
    )
