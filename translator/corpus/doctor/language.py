"""What the words of a text tell, no model needed: which language it is in, and whether it translates another.

Every word of ``function_words.tsv`` counts for its languages, the more the fewer languages have it; the words of the
lexicon count a little for English or Portuguese. A text none of whose words either language knows is in a third one,
whichever. The lexicon was made by the shipped model, which translated each whole word of its vocabulary both ways.
Words of one origin (information, informação) are found without it, by their first letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from importlib.resources import files
from itertools import repeat
from typing import NamedTuple

LANGUAGES = ("en", "pt", "es", "fr", "de", "it")
_FIELD = 8  # bits of a language in a packed sum; six of them are exact in a float, which adds faster than long integers
_WEIGHT = 6  # of a word only one language has
_KNOWN = 2  # of a word of the lexicon
_COUNTED = 255 // _WEIGHT  # words of a text, so that no field overflows
_MARGIN = 9  # by which one language must lead: a word and a half that no other has
_OTHER_SCRIPT = re.compile("[\u0370-\u052f\u0590-\u08ff\u0900-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STEM = 4  # letters by which an inflected Portuguese word is known: falar, falou, falamos
_FOLD = str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")


class Lexicon(NamedTuple):
    """English words with the stems of their translations, and the words known in each language."""

    stems: dict[str, frozenset[str]]
    english: AbstractSet[str]
    portuguese: AbstractSet[str]


def _stem(word: str) -> str:
    return word.translate(_FOLD)[:_STEM]


def _lines(name: str) -> list[list[str]]:
    lines = (files("translator.corpus.doctor") / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with the program, read once."""
    found = dict(_lines("lexicon.tsv"))
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


class Evidence(NamedTuple):
    """What the words of a text say: a sum for each language, in the order of ``LANGUAGES``."""

    sums: tuple[int, ...]
    words: int


@cache
def _table() -> dict[str, float]:
    """Word → its weights, packed: 8 bits a language, so that one addition adds them all."""
    lists: dict[str, list[int]] = {}  # word → languages that have it
    for index, (_, words) in enumerate(_lines("function_words.tsv")):
        for word in set(words.split()):
            lists.setdefault(word, []).append(index)
    table = dict.fromkeys(lexicon().english, float(_KNOWN)) | dict.fromkeys(
        lexicon().portuguese, float(_KNOWN << _FIELD)
    )
    return table | {word: float(sum((_WEIGHT // len(of)) << (_FIELD * i) for i in of)) for word, of in lists.items()}


def evidence(words: list[str]) -> Evidence:
    """The evidence of ``words``, in lower case: each counts once, of the first forty."""
    packed = int(sum(map(_table().get, dict.fromkeys(words[:_COUNTED]), repeat(0.0))))
    sums = (packed & 255, packed >> 8 & 255, packed >> 16 & 255, packed >> 24 & 255, packed >> 32 & 255, packed >> 40)
    return Evidence(sums, len(words))


def looks(found: Evidence, language: int, other: int) -> bool:
    """Whether a text looks like ``language`` and not like ``other`` (indices into ``LANGUAGES``)."""
    ours, theirs = found.sums[language], found.sums[other]
    return ours >= theirs + _MARGIN and ours >= 2.5 * theirs


def is_foreign(text: str, found: Evidence) -> bool:
    """Whether ``text`` is in neither English nor Portuguese: another list fits far better, its script is another, or,
    of eight words or more, none at all is known."""
    en, pt, es, fr, de, it = found.sums
    best, home = max(es, fr, de, it), max(en, pt)
    if best >= home + _MARGIN and best >= 1.6 * home:
        return True
    if found.words >= 8 and home == 0:
        return sum(word[:1].islower() for word in text.split()) > found.words // 2
    return not text.isascii() and len(_OTHER_SCRIPT.findall(text)) * 10 > 3 * len(text)
