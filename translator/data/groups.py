"""Pairs held out so that none of their sentences stands on the other side: a part of a corpus to measure by.

Two pairs that share a sentence in either language are neighbours; what is linked through neighbours is a group, and a
group is held out as a whole or not at all. Sentences are the same if they differ in case, marks and spaces only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from translator.data.pairs import Pair

__all__ = ["groups", "hold_out", "without_sentences_of"]

_NO_LETTER = re.compile(r"[\W_]+")


def _keys(pair: Pair) -> tuple[str, str]:
    """What makes each side of ``pair`` the same as another's; the languages are kept apart."""
    en, pt = (_NO_LETTER.sub(" ", side.casefold()).strip() or side for side in pair)
    return f"en {en}", f"pt {pt}"


def groups(pairs: Sequence[Pair]) -> list[list[int]]:
    """Indices of ``pairs``, those linked by shared sentences together, in the order of their first."""
    parent = list(range(len(pairs)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, pair in enumerate(pairs):
        for key in _keys(pair):
            a, b = root(first.setdefault(key, index)), root(index)
            parent[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for index in range(len(pairs)):
        found.setdefault(root(index), []).append(index)
    return list(found.values())


def hold_out(pairs: Sequence[Pair], count: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """``pairs`` → the rest, and about ``count`` held out in whole groups drawn by ``seed``; both in their old order.

    Groups of over a tenth of ``count`` are left in the rest: one often repeated sentence is not a test.
    """
    small = [group for group in groups(pairs) if len(group) <= max(1, count // 10)]
    held: set[int] = set()
    for number in np.random.default_rng(seed).permutation(len(small)).tolist():
        if len(held) + len(small[number]) <= count:
            held.update(small[number])
    kept: list[Pair] = []
    out: list[Pair] = []
    for index, pair in enumerate(pairs):
        (out if index in held else kept).append(pair)
    return kept, out


def without_sentences_of(pairs: Sequence[Pair], others: Sequence[Pair]) -> list[Pair]:
    """Those of ``pairs`` of which neither side is a sentence of ``others``."""
    known = {key for pair in others for key in _keys(pair)}
    return [pair for pair in pairs if known.isdisjoint(_keys(pair))]
