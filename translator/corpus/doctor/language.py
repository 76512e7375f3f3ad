"""Which language a text is in, by its commonest words; no model needed.

Every word of ``function_words.tsv`` counts for its languages, the more the fewer languages have it. The words of the
lexicon count a little for English or Portuguese. A text none of whose words either language knows is in a third one,
whichever.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import repeat
from typing import NamedTuple

from translator.corpus.doctor.lexicon import lexicon

LANGUAGES = ("en", "pt", "es", "fr", "de", "it")
_FIELD = 8  # bits of a language in a packed sum; six of them are exact in a float, which adds faster than long integers
_WEIGHT = 6  # of a word only one language has
_KNOWN = 2  # of a word of the lexicon
_COUNTED = 255 // _WEIGHT  # words of a text, so that no field overflows
_MARGIN = 9  # by which one language must lead: a word and a half that no other has
_OTHER_SCRIPT = re.compile("[\u0370-\u052f\u0590-\u08ff\u0900-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Evidence(NamedTuple):
    """What the words of a text say: a sum for each language, in the order of ``LANGUAGES``."""

    sums: tuple[int, ...]
    words: int


@cache
def _table() -> dict[str, float]:
    """Word → its weights, packed: 8 bits a language, so that one addition adds them all."""
    lists: dict[str, list[int]] = {}  # word → languages that have it
    lines = (files("translator.corpus.doctor") / "function_words.tsv").read_text("utf-8").splitlines()
    for index, line in enumerate(lines):
        for word in set(line.split("\t")[1].split()):
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
