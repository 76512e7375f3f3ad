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
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from translator.config import Direction
from translator.text.late import late
from translator.text.lists import word_list

BUCKETS = 1 << 15
LONGEST_GRAM = 4  # letters
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[¿¡]"
_OPENING = (b"\xbf", b"\xa1")  # ¿ and ¡, which the pattern finds too
# Of the marks beyond Latin-1 the commonest; and, a byte a character of Latin-1, what is left of a text when its words
# are told apart by spaces: small letters, and the marks that may stand inside a word.
_MARKS = dict.fromkeys(map(ord, "“”‘…—–•€"), " ") | {ord("’"): "'"}
_SPACED = bytes(
    ord(c.lower()) if (c.isalnum() and not c.isdecimal()) or c in "'-" else ord(" ") for c in map(chr, range(256))
)
_QUOTATION = late(r"\"[^\"]+\"|“[^”]+”|«[^»]+»")
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
_FEW = 1000  # grams
_USUAL = 80  # by how much a word speaks for the language that it is of
_READ = 20_000  # characters: more tell nothing new


class _Weights:
    """A byte a weight, its value over ``nats`` and 128 more, which all languages have alike: those of the first bucket,
    one a language, then those of the next.

    They are added packed, 32 bits a language, so that those of a bucket are one number. Few are unpacked one by one; a
    table of all takes as long as a thousand of them.
    """

    def __init__(self, languages: Sequence[str], nats: float, bias: Sequence[int], data: bytes) -> None:
        self.languages, self.nats, self.bias = languages, nats, bias
        self.most = round(_MOST / nats)  # that one word may speak against a language
        self._data, self.wide, self._asked = data, b"", 0
        self._packed = struct.Struct(f"<{len(languages)}I")
        self.size = self._packed.size
        self.first = self._number([one - min(bias) for one in bias])  # what all languages have alike is no matter

    def sum(self, grams: Sequence[bytes]) -> int:
        """The weights of ``grams``, packed."""
        size = len(self.languages)
        if not self.wide:
            self._asked += len(grams)
            if self._asked < _FEW:
                places = [hashed % BUCKETS * size for hashed in map(crc32, grams)]
                return sum([self._number(self._data[at : at + size]) for at in places])
            self.wide = self._data.decode("latin-1").encode("utf-32-le")
        wide, size = self.wide, self.size
        places = [hashed % BUCKETS * size for hashed in map(crc32, grams)]
        return sum([int.from_bytes(wide[at : at + size], "little") for at in places])

    def _number(self, weights: Iterable[int]) -> int:
        return int.from_bytes(self._packed.pack(*weights), "little")

    def unpacked(self, total: int) -> tuple[int, ...]:
        """A sum of weights, by language."""
        return self._packed.unpack(total.to_bytes(self.size, "little"))

    def cut(self, total: int) -> int:
        """What is packed in ``total``, none further from the best than a word may speak against a language."""
        sums = self.unpacked(total)
        least = max(sums) - self.most
        if min(sums) >= least:
            return total
        return self._number([value if value > least else least for value in sums])


@cache
def _weights() -> _Weights:
    # The format is a length, a JSON header, and the data: read by hand, to spare a translation the import of numpy.
    data = Path(__file__).with_suffix(".safetensors").read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    about = header["__metadata__"]
    languages = about["languages"].split()
    bias, weights = (8 + size + header[name]["data_offsets"][0] for name in ("bias", "weights"))
    known = struct.unpack_from(f"<{len(languages)}f", data, bias)
    return _Weights(languages, float(about["nats"]), [round(one) for one in known], data[weights:])


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_WORD)  # most texts can do without


def _latin(text: str) -> bytes | None:
    """``text``, a byte a character, if there is nothing in it but Latin-1 and the commonest marks beyond."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        with suppress(UnicodeEncodeError):
            return text.translate(_MARKS).encode("latin-1")
    return None


def _words(text: str) -> list[bytes]:
    """A byte a letter; letters beyond Latin-1 are all one, which tells something too."""
    latin = _latin(text)
    if latin is None or b"\xbf" in latin or b"\xa1" in latin:  # ¿ and ¡, which are words
        words = " ".join(_pattern().findall(text.lower())).replace("’", "'")
        return words.encode("latin-1", "replace").split()
    spaced = latin.translate(_SPACED)
    if b"'" not in spaced and b"-" not in spaced:
        return spaced.split()
    for double in (b"--", b"''", b"-'", b"'-"):
        if double in spaced:
            spaced = spaced.replace(double, b"  ")
    found = spaced.split()
    outside = b" %b " % spaced
    if any(edge in outside for edge in (b" '", b"' ", b" -", b"- ")):
        return [word for marked in found if (word := marked.strip(b"'-"))]
    return found


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


class _Begun(dict[bytes, int]):
    """The weights of the grams that some letters begin with, packed."""

    def __missing__(self, letters: bytes) -> int:
        weights = _weights()
        if weights.wide:
            at = crc32(letters) % BUCKETS * weights.size
            total = int.from_bytes(weights.wide[at : at + weights.size], "little")
        else:
            total = weights.sum((letters,))
        if len(letters) > 1:
            total += self[letters[:-1]]
        self[letters] = total
        return total


class _Known(dict[bytes, int]):
    """The weights of a word's grams, packed; none of their sums further from the best than those of a word may be."""

    def __missing__(self, word: bytes) -> int:
        marked, begun = b"<" + word + b">", _BEGUN
        total = sum([begun[marked[i : i + LONGEST_GRAM]] for i in range(len(marked))])
        if len(marked) > LONGEST_GRAM:
            total += _weights().sum((marked,))
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(begun) >= BUCKETS:
            begun.clear()
        self[word] = total = _weights().cut(total)
        return total


_BEGUN = _Begun()
_KNOWN = _Known()  # words met before


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[list[bytes], list[float]]:
    """The words of ``text``, and log-probabilities of each language but for a term they share, in nats; [] without."""
    words = _words(text[:_READ])
    if not words:
        return [], []
    weights = _weights()
    sums = weights.unpacked(weights.sum(_pairs(words)) + sum(map(_KNOWN.__getitem__, words)))
    return words, [weights.nats * (weight + bias) for weight, bias in zip(sums, weights.bias, strict=True)]


@lru_cache(maxsize=64)  # whether a text is ours, and which of the two, are asked one after the other
def _ours(text: str) -> str:
    """The language that ``text`` is likeliest in, if that is one of ours and the text tells enough; else "".

    The words met before are read first, and of the others, which cost the most, only as many as could change that: a
    word speaks for one language against another by ``_MOST`` nats at most.
    """
    words = _words(text[:_READ])
    if not words or (_latin(text) is None and max(text) >= _BEYOND):
        return ""
    weights = _weights()
    known = list(map(_KNOWN.get, words))
    total = weights.first + weights.sum(_pairs(words)) + sum(filter(None, known))
    new = [word for word, sums in zip(words, known, strict=True) if sums is None] if None in known else []
    new.sort(key=len, reverse=True)
    while True:
        scores = weights.unpacked(total)
        *_, second, best = sorted(scores)
        wanting = weights.most * len(new) - (best - second)
        if wanting < 0:
            break
        if not new:
            return ""
        for _ in range(1 + wanting // (weights.most + _USUAL)):  # as many as may be enough
            total += _KNOWN[new.pop()]
    language = weights.languages[scores.index(best)]
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
    if words < 2 or (words < _LONG and all(w[0].isupper() or w in "¿¡" for w in _pattern().findall(text[:_READ]))):
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
    if around != text and len(_pattern().findall(around)) > 1:
        other = other_language(around)
    told = "neither English nor Portuguese: it is left as it is; --from en or --from pt translates it all the same"
    return f"the text looks {other}, {told}" if other else ""
