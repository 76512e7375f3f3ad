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
_OPENING = (b"\xbf", b"\xa1")  # ¿ and ¡, which the pattern finds too
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
_REMEMBERED = 1 << 14  # words
_READ = 20_000  # characters: more tell nothing new
_KNOWN: dict[bytes, int] = {}  # the weights of words met before


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
    words = " ".join(_WORD.findall(text.lower())).replace("’", "'")
    return words.encode("latin-1", "replace").split()


def _of_word(word: bytes) -> list[int]:
    marked = b"<" + word + b">"
    size = len(marked)
    grams = [marked[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(size - n + 1)]
    return [crc32(gram) % BUCKETS for gram in [*grams, *([marked] if size > LONGEST_GRAM else [])]]


def _pairs(words: Sequence[bytes], begins: bool = True, ends: bool = True) -> list[bytes]:
    around = [*([b"^"] if begins else []), *words, *([b"$"] if ends else [])]
    return [a + b" " + b for a, b in pairwise(around)]


def buckets(text: str, *, begins: bool = True, ends: bool = True) -> list[int]:
    """Which weights a text uses, each as often as it does: what is learned from. Empty if there are no words. A part of
    a text may begin or end where the text does not."""
    words = _words(text)
    pairs = _pairs(words, begins, ends) if words else []
    return [*(bucket for word in words for bucket in _of_word(word)), *(crc32(pair) % BUCKETS for pair in pairs)]


@cache
def _table() -> tuple[bytes, struct.Struct]:
    """The weights, a bucket after the other, and how those of one are packed: 32 bits a language. So they are one
    number, and those of many buckets are added at once."""
    rows = _weights().rows
    packed = struct.Struct(f"<{len(rows)}I")
    table = bytearray(BUCKETS * packed.size)
    for k, row in enumerate(rows):
        table[4 * k :: packed.size] = row
    return bytes(table), packed


def _sum(grams: Sequence[bytes]) -> int:
    """The weights of ``grams``, packed."""
    table, packed = _table()
    starts = [crc32(gram) % BUCKETS * packed.size for gram in grams]
    return sum([int.from_bytes(table[start : start + packed.size], "little") for start in starts])


@lru_cache(maxsize=BUCKETS)
def _begun(letters: bytes) -> int:
    """The weights of the grams that ``letters`` begin with."""
    return _sum([letters[:size] for size in range(1, len(letters) + 1)])


def _of_whole(word: bytes) -> int:
    """The weights of a word's grams, none of their sums further from the best than those of a word may be."""
    known = _KNOWN.get(word)
    if known is not None:
        return known
    marked = b"<" + word + b">"
    total = sum(map(_begun, [marked[i : i + LONGEST_GRAM] for i in range(len(marked))]))
    if len(marked) > LONGEST_GRAM:
        total += _sum([marked])
    packed = _table()[1]
    sums = packed.unpack(total.to_bytes(packed.size, "little"))
    least = max(max(sums) - round(_MOST / _weights().nats), 0)
    if len(_KNOWN) >= _REMEMBERED:
        _KNOWN.clear()
    found = int.from_bytes(packed.pack(*[value if value > least else least for value in sums]), "little")
    _KNOWN[word] = found
    return found


def _scores(total: int) -> list[float]:
    """Log-probabilities of each language but for a term they share, in units of the weights."""
    packed = _table()[1]
    sums = packed.unpack(total.to_bytes(packed.size, "little"))
    return [weight + bias for weight, bias in zip(sums, _weights().bias, strict=True)]


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[list[bytes], list[float]]:
    """The words of ``text``, and log-probabilities of each language but for a term they share, in nats; [] without."""
    words = _words(text[:_READ])
    scores = _scores(_sum(_pairs(words)) + sum(map(_of_whole, words))) if words else []
    return words, [_weights().nats * score for score in scores]


@lru_cache(maxsize=64)  # whether a text is ours, and which of the two, are asked one after the other
def _ours(text: str) -> str:
    """The language that ``text`` is likeliest in, if that is one of ours and the text tells enough; else "".

    The words met before are read first, and of the others, which cost the most, only as many as could change that: a
    word speaks for one language against another by ``_MOST`` nats at most.
    """
    words = _words(text[:_READ])
    if not words or not (text.isascii() or max(text) < _BEYOND):
        return ""
    known = [_KNOWN.get(word) for word in words]
    new = sorted([word for word, sums in zip(words, known, strict=True) if sums is None], key=len, reverse=True)
    total = _sum(_pairs(words)) + sum([sums for sums in known if sums is not None])
    most = _MOST / _weights().nats + 1  # as it is rounded
    while True:
        scores = _scores(total)
        best = max(scores)
        likeliest = scores.index(best)
        scores[likeliest] = -math.inf
        if best - max(scores) > most * len(new):
            break
        if not new:
            return ""
        total += _of_whole(new.pop())
    language = _weights().languages[likeliest]
    if language == "en" or (language == "pt" and not (len(words) < _SHORT and _is_galician(words))):
        return language
    return ""


def _is_galician(words: Sequence[bytes]) -> bool:
    """Whether one of ``words`` is Galician and not Portuguese."""
    return any(word.decode("latin-1") in word_list("galician") for word in words)


def language_probabilities(text: str) -> dict[str, float]:
    """How likely ``text`` is in each language, by its code, ``other`` for those without one; {} without words."""
    _, scores = _read(text)
    best = max(scores, default=0.0)
    powers = [math.exp(score - best) for score in scores]
    total = sum(powers)
    return {language: power / total for language, power in zip(_weights().languages, powers, strict=False)}


def log_odds(text: str) -> float:
    """How much ``text`` speaks for English against Portuguese, in nats; 0 without words."""
    (_, scores), languages = _read(text), _weights().languages
    return scores[languages.index("en")] - scores[languages.index("pt")] if scores else 0.0


def direction_of(text: str) -> Direction:
    """The direction ``text`` asks for: out of the language of the two it is likelier in; ``en-pt`` without words."""
    ours = _ours(text)
    return "pt-en" if ours == "pt" or (not ours and log_odds(text) < 0) else "en-pt"


def other_language(text: str) -> str:
    """What ``text`` looks, where it is neither English nor Portuguese: "Spanish", "to be in another script"; "" where
    it may be one of them. A single word, and words that may all be names, tell too little."""
    if _ours(text):
        return ""
    latin = text.isascii() or max(text) < _BEYOND
    letters = [] if latin else [c for c in text if c.isalpha() and not "\ue000" <= c <= "\uf8ff"]
    if len(letters) >= 2 and sum(ord(c) >= _LATIN_TO for c in letters) > 0.6 * len(letters):
        return "to be in another script"
    read, scores = _read(text)
    words = len(read) - sum(map(read.count, _OPENING))
    if words < 2 or (words < _LONG and all(w[0].isupper() or w in "¿¡" for w in _WORD.findall(text[:_READ]))):
        return ""
    languages = _weights().languages
    likeliest = languages[scores.index(max(scores))]
    if likeliest in ("pt", "gl") and words < _SHORT and _is_galician(read):
        return _NAMES["gl"]  # of a few words the letters tell too little between the two
    if likeliest not in _NAMES:
        return ""
    # names are of all languages a little, a sentence is of one
    found = language_probabilities(text)
    others = sum(p for language, p in found.items() if language in _NAMES)
    return _NAMES[likeliest] if others > _SURE and found[likeliest] > _SURE / 2 else ""


def neither(text: str) -> str:
    """Words for the reader where ``text`` is neither English nor Portuguese; "" where it may be one of them."""
    other = other_language(text)
    if not other:
        return ""
    around = _QUOTATION.sub(" ", text)  # what is quoted may be in any language
    if around != text and len(_WORD.findall(around)) > 1:
        other = other_language(around)
    told = "neither English nor Portuguese: it is left as it is; --from en or --from pt translates it all the same"
    return f"the text looks {other}, {told}" if other else ""
