"""Which language a text is in: English, Portuguese, or one of the others, which are not ours to translate.

A multinomial logistic regression over hashed n-grams: of each word its runs of one to four letters with the word's ends
marked, the word itself, and each pair of neighbouring words ("do me" tells English where "me" does not). The weights,
one byte each, are in ``languages.safetensors``; how they were learned is in ``tests/benchmarks/languages.py``. All is
plain Python: a line takes a fraction of a millisecond, and nobody waits for numpy.
"""

from __future__ import annotations

import json
import math
import re
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from translator.config import Direction
from translator.text.lists import word_list

BUCKETS = 1 << 15
LONGEST_GRAM = 4  # letters
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[¿¡]")
_QUOTATION = re.compile(r"\"[^\"]+\"|“[^”]+”|«[^»]+»")
_NAMES = {
    "es": "Spanish",
    "gl": "Galician",
    "ca": "Catalan",
    "it": "Italian",
    "fr": "French",
    "de": "German",
    "nl": "Dutch",
    "other": "to be in a third language",
}
NEIGHBOURS = frozenset(name for code, name in _NAMES.items() if code != "other")
_LATIN_TO = 0x250  # code points of other scripts begin here
_BEYOND = chr(_LATIN_TO)
_LONG = 5  # words, from which on not all of them can be names
_SHORT = 7  # words
_SURE = 0.85  # as it is worse to refuse a text than to translate it badly; chosen on the dev sets
_MOST = 4.0  # nats that one word may speak against a language: a crème brûlée makes no English sentence French
_READ = 20_000  # characters: more tell nothing new


@dataclass(frozen=True)
class _Weights:
    """One row a language, one byte a bucket: its weight over ``nats``, plus 128, which all rows have alike."""

    languages: list[str]
    nats: float
    bias: list[float]
    rows: list[bytes]


@cache
def _weights() -> _Weights:
    # The format is a length, a JSON header, and the data: read by hand, to spare a translation the import of numpy.
    data = Path(__file__).with_suffix(".safetensors").read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    about = header["__metadata__"]
    bias = array("f", data[slice(*(8 + size + at for at in header["bias"]["data_offsets"]))])
    begin = 8 + size + header["weights"]["data_offsets"][0]
    languages = about["languages"].split()
    rows = [data[begin + k * BUCKETS : begin + (k + 1) * BUCKETS] for k in range(len(languages))]
    return _Weights(languages, float(about["nats"]), bias.tolist(), rows)


def _words(text: str) -> list[bytes]:
    """A byte a letter; letters beyond Latin-1 are all one, which tells something too."""
    return [word.replace("’", "'").encode("latin-1", "replace") for word in _WORD.findall(text.lower())]


def _of_word(word: bytes) -> list[int]:
    marked = b"<" + word + b">"
    size = len(marked)
    grams = [marked[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(size - n + 1)]
    return [crc32(gram) % BUCKETS for gram in [*grams, *([marked] if size > LONGEST_GRAM else [])]]


def _of_pairs(words: Sequence[bytes], begins: bool = True, ends: bool = True) -> list[int]:
    around = [*([b"^"] if begins else []), *words, *([b"$"] if ends else [])]
    return [crc32(a + b" " + b) % BUCKETS for a, b in pairwise(around)]


def buckets(text: str, *, begins: bool = True, ends: bool = True) -> list[int]:
    """Which weights a text uses, each as often as it does: what is learned from. Empty if there are no words. A part of
    a text may begin or end where the text does not."""
    words = _words(text)
    pairs = _of_pairs(words, begins, ends) if words else []
    return [*(bucket for word in words for bucket in _of_word(word)), *pairs]


@lru_cache(maxsize=BUCKETS)
def _packed(bucket: int) -> int:
    """The weights of a bucket in one number, 32 bits a language: those of many are added at once."""
    return sum(row[bucket] << 32 * k for k, row in enumerate(_weights().rows))


def _sums(packed: int) -> tuple[int, ...]:
    count = len(_weights().rows)
    return struct.unpack(f"<{count}I", packed.to_bytes(4 * count, "little"))


@lru_cache(maxsize=8192)
def _sums_of_word(word: bytes) -> int:
    sums = _sums(sum(map(_packed, _of_word(word))))
    least = max(sums) - round(_MOST / _weights().nats)
    return sum(max(value, least, 0) << 32 * k for k, value in enumerate(sums))


def _scores(text: str) -> list[float]:
    """Log-probabilities of each language but for a term they share, in nats; [] without words."""
    words = _words(text[:_READ])
    if not words:
        return []
    weights = _weights()
    total = sum(map(_packed, _of_pairs(words))) + sum(map(_sums_of_word, words))
    return [weights.nats * (weight + bias) for weight, bias in zip(_sums(total), weights.bias, strict=True)]


@lru_cache(maxsize=64)  # whether it is ours, and which of the two, are asked one after the other
def language_probabilities(text: str) -> dict[str, float]:
    """How likely ``text`` is in each language, by its code, ``other`` for those without one; {} without words."""
    scores = _scores(text)
    best = max(scores, default=0.0)
    powers = [math.exp(score - best) for score in scores]
    return {language: power / sum(powers) for language, power in zip(_weights().languages, powers, strict=False)}


def log_odds(text: str) -> float:
    """How much ``text`` speaks for English against Portuguese, in nats; 0 without words."""
    scores, languages = _scores(text), _weights().languages
    return scores[languages.index("en")] - scores[languages.index("pt")] if scores else 0.0


def direction_of(text: str) -> Direction:
    """The direction ``text`` asks for: out of the language of the two it is likelier in; ``en-pt`` without words."""
    return "pt-en" if log_odds(text) < 0 else "en-pt"


def other_language(text: str) -> str:
    """What ``text`` looks, where it is neither English nor Portuguese: "Spanish", "to be in another script"; "" where
    it may be one of them. A single word, and words that may all be names, tell too little."""
    letters = (
        [] if max(text, default="") < _BEYOND else [c for c in text if c.isalpha() and not "\ue000" <= c <= "\uf8ff"]
    )
    if len(letters) >= 2 and sum(ord(c) >= _LATIN_TO for c in letters) > 0.6 * len(letters):
        return "to be in another script"
    words = [word for word in _WORD.findall(text[:_READ]) if word not in "¿¡"]
    if len(words) < 2 or (len(words) < _LONG and all(word[0].isupper() for word in words)):
        return ""
    found = language_probabilities(text)
    others = {language: p for language, p in found.items() if language in _NAMES}
    best = max(others, key=lambda language: others[language], default="")
    likeliest = max(found, key=lambda language: found[language], default="")
    if likeliest in ("pt", "gl") and len(words) < _SHORT and any(w.lower() in word_list("galician") for w in words):
        return _NAMES["gl"]  # of a few words the letters tell too little between the two
    # names are of all languages a little, a sentence is of one
    sure = sum(others.values()) > _SURE and others[best] > _SURE / 2
    return _NAMES[best] if sure else ""


def neither(text: str) -> str:
    """Words for the reader where ``text`` is neither English nor Portuguese; "" where it may be one of them."""
    other = other_language(text)
    around = _QUOTATION.sub(" ", text)  # what is quoted may be in any language
    if other and around != text and len(_WORD.findall(around)) > 1:
        other = other_language(around)
    told = "neither English nor Portuguese: it is left as it is; --from en or --from pt translates it all the same"
    return f"the text looks {other}, {told}" if other else ""
