"""From weights to word links: two passes made one matrix, and which of its cells are links. Plain numpy.

A matrix here is (source words, target words), whichever way the pass that gave it was translating.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from translator.explain.geometry import unit

Combine = Literal["mean", "geometric", "balanced"]
Rule = Literal["mutual", "threshold", "grow"]
_TEMPERATURE = 0.05  # of cosines; 0.03 and 0.07 do nearly as well
_HALF = 0.5  # of a query; 0.3 and 1 in its place change little, without it a word that is hardly looked at counts fully


class Link(NamedTuple):
    """A source word and a target word, both counted from 0, and how strongly they are linked, 0 to 1."""

    source: int
    target: int
    weight: float


class Matrix(NamedTuple):
    """The weights of one pass over words, and the axis the queries (the words being written) lie on."""

    weights: np.ndarray  # (source words, target words)
    queries: Literal[0, 1]  # 1: it translates source → target; 0: the other way


def combined(passes: Sequence[Matrix], how: Combine) -> np.ndarray:
    """One matrix (source words, target words) of one or two passes, values from 0 to 1.

    ``balanced`` first divides each weight by what its key gets from all queries together and half a query more (times
    1.5, so that a key with one query of weight 1 keeps 1). A word that is looked at from everywhere, as full stops and
    commas are, then counts less for each who looks: softmax makes queries share out their weight, but not keys.
    """
    parts = []
    for weights, queries in passes:
        shared = weights.sum(axis=queries, keepdims=True)  # what each key gets
        parts.append(weights * (1 + _HALF) / (shared + _HALF) if how == "balanced" else weights)
    if how == "geometric":
        return np.asarray(np.prod(parts, axis=0) ** (1 / len(parts)))
    return np.asarray(np.mean(parts, axis=0))


def alike(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(source words, target words) from 0 to 1, of their vectors (words, D).

    The softmax of the cosines over the words of either side (Dou and Neubig 2021, section 2.1, of other vectors), and
    the geometric mean of the two.
    """
    cosines = unit(source) @ unit(target).T / _TEMPERATURE
    shares = []
    for axis in (0, 1):
        powers = np.exp(cosines - cosines.max(axis=axis, keepdims=True, initial=-1 / _TEMPERATURE))
        shares.append(powers / np.maximum(powers.sum(axis=axis, keepdims=True), 1e-12))
    return np.asarray(np.sqrt(shares[0] * shares[1]))


def heaviest(matrix: Matrix) -> set[tuple[int, int]]:
    """For each word being written the one word it looked at most: what a single picture shows."""
    weights, queries = matrix
    if weights.size == 0:
        return set()
    best = weights.argmax(axis=1 - queries)
    found = {(int(key), query) if queries == 1 else (query, int(key)) for query, key in enumerate(best)}
    return {(i, j) for i, j in found if weights[i, j] > 0}


def links(scores: np.ndarray, rule: Rule, threshold: float) -> list[Link]:
    """The links in ``scores`` (source words, target words), in order of source, then target.

    ``mutual``: cells that are the maximum of both their row and their column. ``threshold``: cells of at least
    ``threshold``. ``grow``: mutual ones, then, strongest first, cells of at least ``threshold`` that touch a link, also
    at a corner, and give a word its first one; this is grow-diag (Koehn et al. 2003, section 4.5) over strengths.
    """
    if scores.size == 0:
        return []
    strong = {(int(i), int(j)) for i, j in np.argwhere((scores >= threshold) & (scores > 0))}
    down, across = scores.argmax(axis=0), scores.argmax(axis=1)
    cells = {(i, int(j)) for i, j in enumerate(across) if down[j] == i and scores[i, j] > 0}
    if rule == "threshold":
        cells = strong
    elif rule == "grow":
        _grow(cells, sorted(strong, key=lambda cell: (-scores[cell], cell)))
    return [Link(i, j, float(scores[i, j])) for i, j in sorted(cells)]


def _grow(found: set[tuple[int, int]], order: Sequence[tuple[int, int]]) -> None:
    """Add what :func:`links` says of "grow", until a round adds nothing."""
    sources, targets = {i for i, _ in found}, {j for _, j in found}
    before = -1
    while before < len(found):
        before = len(found)
        for i, j in order:
            is_first = i not in sources or j not in targets
            if is_first and any((i + a, j + b) in found for a in (-1, 0, 1) for b in (-1, 0, 1)):
                found.add((i, j))
                sources.add(i)
                targets.add(j)


def format_links(found: Sequence[Link]) -> str:
    """Links in Pharaoh's format: ``0-0 1-2``, source first, counted from 0."""
    return " ".join(f"{link.source}-{link.target}" for link in found)


def parse_links(text: str) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Sure and possible links of a line: ``1-2`` is sure, ``1p2`` and ``1?2`` are possible.

    Raises ``ValueError`` whose text is the part that is no link.
    """
    sure: set[tuple[int, int]] = set()
    possible: set[tuple[int, int]] = set()
    for part in text.split():
        mark = next((mark for mark in "-p?" if mark in part), "-")
        source, _, target = part.partition(mark)
        if not (source.isascii() and source.isdigit() and target.isascii() and target.isdigit()):
            raise ValueError(part)
        (sure if mark == "-" else possible).add((int(source), int(target)))
    return sure, possible
