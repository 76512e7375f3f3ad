"""Which words translate which: a small lexicon, and what it says about a pair of sentences.

The lexicon was made by the shipped model, which translated each whole word of its vocabulary both ways. Words of one
origin (information, informação) are found without it, by their first letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

_STEM = 4  # letters by which an inflected Portuguese word is known: falar, falou, falamos


class Lexicon(NamedTuple):
    """English words with the stems of their translations, and the words known in each language."""

    stems: dict[str, frozenset[str]]
    english: AbstractSet[str]
    portuguese: AbstractSet[str]


_FOLD = str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")


def _stem(word: str) -> str:
    return word.translate(_FOLD)[:_STEM]


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with the program, read once."""
    lines = (files("translator.corpus.doctor") / "lexicon.tsv").read_text("utf-8").splitlines()
    found = dict(line.split("\t") for line in lines if not line.startswith("#"))
    portuguese = frozenset(" ".join(found.values()).split())
    stems = {english: frozenset(map(_stem, targets.split())) for english, targets in found.items()}
    return Lexicon(stems, found.keys() - portuguese, portuguese - found.keys())


@lru_cache(200_000)
def _wanted(word: str) -> frozenset[str]:
    """The stems ``word`` may have in Portuguese: those of the lexicon, for an inflected form too, and its own."""
    known = lexicon().stems
    own = frozenset([_stem(word)]) if len(word) >= _STEM else frozenset()
    for form in (word, *(word.removesuffix(ending) for ending in ("s", "ed", "d", "ing"))):
        if form in known:
            return known[form] | own
    return own if len(word) > 6 or word.isdigit() else frozenset()


def sense(words: list[str]) -> list[frozenset[str]]:
    """For each English word that can be looked for on the other side, the stems that would be found there."""
    return [found for word in words if len(word) > 2 and (found := _wanted(word))]


def stems(words: list[str]) -> set[str]:
    """The stems of Portuguese ``words``."""
    return {word[:_STEM] for word in " ".join(words).translate(_FOLD).split()}


def matches(wanted: Sequence[frozenset[str]], there: AbstractSet[str]) -> int:
    """How many of the words wanted are there."""
    return len(wanted) - sum(map(there.isdisjoint, wanted))
