"""Which words translate which: a small lexicon, and what it says about a pair of sentences.

The lexicon was made by the shipped model, which translated each whole word of its vocabulary both ways. Words of one
origin (information, informação) are found without it, by their first letters.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

_STEM = 4  # letters by which an inflected Portuguese word is known: falar, falou, falamos


class Lexicon(NamedTuple):
    """English words with the stems of their translations, and the words known in each language."""

    stems: dict[str, frozenset[str]]
    english: frozenset[str]
    portuguese: frozenset[str]


_FOLD = str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")


def _stem(word: str) -> str:
    return word.translate(_FOLD)[:_STEM]


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with the program, read once."""
    lines = (files("translator.corpus.doctor") / "lexicon.tsv").read_text("utf-8").splitlines()
    entries = [line.split("\t") for line in lines if not line.startswith("#")]
    found = {english: frozenset(_stem(word) for word in targets.split()) for english, targets in entries}
    portuguese = frozenset(word for _, targets in entries for word in targets.split())
    english = frozenset(found)
    return Lexicon(found, english - portuguese, portuguese - english)


_SENSES: dict[str, frozenset[str]] = {}


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
    found = []
    for word in words:
        if len(word) > 2:
            stems_of = _SENSES.get(word)
            if stems_of is None:
                stems_of = _wanted(word)
                if len(_SENSES) < 200_000:
                    _SENSES[word] = stems_of
            if stems_of:
                found.append(stems_of)
    return found


def stems(words: list[str]) -> set[str]:
    """The stems of Portuguese ``words``."""
    return {word[:_STEM] for word in " ".join(words).translate(_FOLD).split()}


def matches(wanted: list[frozenset[str]], there: set[str]) -> int:
    """How many of the words wanted are there."""
    disjoint = there.isdisjoint
    return len(wanted) - sum(map(disjoint, wanted))
