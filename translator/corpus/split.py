"""A corpus in three parts such that no sentence of either language stands in two of them."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from translator.corpus.pairs import Pair
from translator.text.normalise import normalise

PARTS = ("train", "dev", "test")
_LETTERS = re.compile(r"[\W_]+")
_GRAM = 5  # words in a row that make two sentences near-copies
_MOST = 20  # pairs a group may have to go to dev or test; larger ones are formulas, and belong to training


@dataclass(frozen=True)
class Split:
    """Which part each pair goes to, and how the pairs hang together."""

    parts: np.ndarray  # (N,) uint8: 0 train, 1 dev, 2 test
    groups: int
    largest: int  # pairs of the largest group


def split_pairs(pairs: Iterable[Pair], dev: int, test: int, *, seed: int = 1, near: bool = False) -> Split:
    """Draw about ``dev`` and ``test`` pairs out of ``pairs``, whole groups at a time.

    Pairs are of one group if they share a sentence of either language, capitals, marks and spaces not counted, or
    are joined through others that do; with ``near``, also if two of their sentences share five words in a row. Groups
    are drawn at random by ``seed``; never does a part get more than was asked for. In memory are kept twelve bytes a
    sentence (with ``near``, also a run of words), not the text.
    """
    keys, owners = array("Q"), array("i")
    count = 0
    for count, pair in enumerate(pairs, start=1):
        own = sentence_keys(pair, near=near)
        keys.extend(own)
        owners.extend([count - 1] * len(own))
    labels = _components(np.asarray(keys, dtype=np.uint64), np.asarray(owners, dtype=np.int32), count)
    _, group, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    parts_of_groups = np.zeros(len(sizes), dtype=np.uint8)
    room = [0, dev, test]
    for index in np.random.default_rng(seed).permutation(len(sizes)).tolist():
        size = int(sizes[index])
        part = next((part for part in (1, 2) if size <= room[part]), 0) if size <= _MOST else 0
        parts_of_groups[index] = part
        room[part] -= size
        if not room[1] and not room[2]:
            break
    return Split(parts_of_groups[group], len(sizes), int(sizes.max(initial=0)))


def hold_out(pairs: Sequence[Pair], count: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """``pairs`` → the rest, and at most ``count`` to measure by, as :func:`split_pairs` draws them."""
    parts = split_pairs(pairs, count, 0, seed=seed).parts.tolist()
    kept = [pair for pair, part in zip(pairs, parts, strict=True) if not part]
    return kept, [pair for pair, part in zip(pairs, parts, strict=True) if part]


def without_sentences_of(pairs: Sequence[Pair], others: Sequence[Pair]) -> list[Pair]:
    """Those of ``pairs`` of which neither side is a sentence of ``others``."""
    known = {key for pair in others for key in sentence_keys(pair)}
    return [pair for pair in pairs if known.isdisjoint(sentence_keys(pair))]


def sentence_keys(pair: Pair, *, near: bool = False) -> list[int]:
    """64-bit hashes of what two pairs must not share in different parts: each sentence, capitals, marks and spaces not
    counted, and with ``near`` each five words in a row. English and Portuguese never share one."""
    keys = []
    for side, text in zip((b"e", b"p"), pair, strict=True):
        plain = _LETTERS.sub(" ", normalise(text).casefold()).strip()
        keys.append(hash_of(plain or text, side))
        if near:
            words = plain.split()
            keys += [hash_of(" ".join(words[i : i + _GRAM]), side) for i in range(len(words) - _GRAM + 1)]
    return keys


def hash_of(text: str, salt: bytes = b"") -> int:
    """Eight bytes of BLAKE2b: the same in every process. Among 10 million texts two agree with probability 3e-6."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, salt=salt).digest(), "little")


def _components(keys: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """(count,) the smallest owner each owner is joined to, directly or through others, by equal keys."""
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    same = keys[1:] == keys[:-1]
    one, other = owners[:-1][same], owners[1:][same]
    labels = np.arange(count, dtype=np.int32)
    while True:  # each round at least halves the way of a label through its group (Shiloach and Vishkin 1982)
        before = labels.copy()
        least = np.minimum(labels[one], labels[other])
        for end in (labels[one], labels[other]):
            np.minimum.at(labels, end, least)
        while not np.array_equal(above := labels[labels], labels):
            labels = above
        if np.array_equal(before, labels):
            return labels
