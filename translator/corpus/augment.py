"""Pairs changed on purpose: as people type them, with slots for words that both sides share, with slips of the fingers.

Corpora are written neatly; what is typed into a terminal is not. A model that has seen only neat text guesses wildly at
"where is the bus stop". The same change is made on both sides, so that the translation follows the style of the source;
only slips stand on the source alone, so that the translation is spelt as it should be.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from translator.corpus.foreign import copied, name, pick
from translator.corpus.pairs import Pair
from translator.text.slots import SLOTS

_FINAL = ".!?"
# What can stand for a thing to be copied: between white space, quotes, brackets and marks of its own.
_TOKEN = re.compile(r"""(?<![^\s("'\[«¿¡])[^\s("'\[«][^\s"]*?(?=[.,;:!?…)\]"'»]*(?:\s|$))""")
_MOST = 3  # slots a pair gets, at most
_WORD = re.compile(r"[^\W\d_]{3,}")  # long enough to be known with a letter wrong
_DIGITS = re.compile(r"(?<![\d.,:])[1-9]\d{0,8}(?![\d.,:]*\d)")  # whole numbers that stand alone
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {key: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i, key in enumerate(row)}


def as_typed(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` changed in one of four ways, drawn at random; a way that does not apply leaves it as it is."""
    way = random.choice(["no full stop", "no first capital", "lower", "upper"], p=[0.5, 0.2, 0.2, 0.1])
    if way == "upper":
        return Pair(pair.en.upper(), pair.pt.upper())
    en, pt = pair
    if en[-1] in _FINAL and pt[-1] in _FINAL and len(en) > 1 < len(pt):
        en, pt = en[:-1], pt[:-1]
    if way == "no first capital":
        en, pt = en[0].lower() + en[1:], pt[0].lower() + pt[1:]
    if way == "lower":
        en, pt = en.lower(), pt.lower()
    return Pair(en, pt)


def with_slots(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` with slots in place of up to three names, numbers and the like that both sides share; now and then one
    more slot at an end, as an emoji or a link would stand. The pair itself where there is nothing to replace."""
    shared = _shared(pair)
    slots = [SLOTS[i] for i in random.permutation(len(SLOTS)).tolist()]
    if shared:
        count = int(random.integers(1, _MOST + 1))
        for index in random.permutation(len(shared))[:count].tolist():
            pair = _with(pair, shared[index], slots.pop())
    if not shared or random.random() < 0.1:
        slot = slots.pop()
        return _wrapped(pair, f"{slot} %s" if random.random() < 0.2 else f"%s {slot}")
    return pair


_WRAPS = ["(%s)", "[%s]", "{%s}", '"%s"', "«%s»", "'%s'", "*%s*", "**%s**", "_%s_", "<b>%s</b>", "<1>%s</1>",
          "— %s", "- %s", "• %s", ">> %s", "%s *", "# %s", "[INFO] %s", "> %s", "1. %s", "a) %s", "...%s", "%s...",
          "-- %s", "%s\\n"]  # fmt: skip
_JOINS = (" | ", " / ", " → ", " > ", " - ", ": ", "; ", "\\n", " — ", "\\t", " • ", " & ", " ")


def with_copies(pair: Pair, other: Pair, random: np.random.Generator) -> Pair:
    """``pair`` with something in it that no vocabulary holds and that a translation copies, the same in both sides: in
    place of a name or number that they share, at an end, or in brackets; or with marks around it; or with ``other``
    behind a mark, as choices and the items of a menu stand."""
    shared = _shared(pair)
    way = random.random()
    if shared and way < 0.7:
        for index in random.permutation(len(shared))[: int(random.integers(1, _MOST + 1))].tolist():
            word = shared[index]
            new = copied(random) if random.random() < 0.3 or not word.isalpha() else name(random)
            if random.random() < 0.15:
                new = _WRAPS[int(random.integers(6, 11))] % (word if random.random() < 0.5 else new)
            elif random.random() < 0.1:
                new = f"{word} ({new})"
            pair = _with(pair, word, new)
        return pair
    if way < 0.8:
        new = copied(random)
        new = pick(random, ("%s", "(%s)", "[%s]", "`%s`", '"%s"')) % new
        return _beside(pair, new, int(random.integers(5)))
    if way < 0.93 or len(pair.en) + len(other.en) > 120:
        return _wrapped(pair, pick(random, _WRAPS))
    return Pair(*map(pick(random, _JOINS).join, zip(pair, other, strict=True)))


def with_names(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` with names that nobody has in place of those that both sides share."""
    for word in _shared(pair):
        if word.isalpha() and word[0].isupper() and not word.isupper():
            pair = _with(pair, word, name(random))
    return pair


def with_numbers(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` with other digits, as many, in the numbers that both sides share."""
    shared = set.intersection(*(set(_DIGITS.findall(side)) for side in pair))
    new = {old: str(int(random.integers(10 ** (len(old) - 1), 10 ** len(old)))) for old in sorted(shared)}
    return Pair(*(_DIGITS.sub(lambda found: new.get(found[0], found[0]), side) for side in pair))


def _wrapped(pair: Pair, wrap: str) -> Pair:
    return Pair(wrap % pair.en, wrap % pair.pt)


def _beside(pair: Pair, new: str, way: int) -> Pair:
    """``new`` before both sides, behind them, behind a colon, or before their last mark."""
    if way < 2:
        return Pair(*(f"{new}{':' * way} {side}" for side in pair))
    mark = pair.en[-1]
    if way < 4 and mark == pair.pt[-1] and mark in _FINAL:
        return Pair(*(f"{side[:-1]}{':' if way == 2 else ''} {new}{mark}" for side in pair))
    return Pair(*(f"{side} {new}" for side in pair))


def with_typos(text: str, random: np.random.Generator) -> str:
    """``text`` with a slip in one word, and in about one more of every eight: a letter left out, doubled, changed
    places with the next, hit beside its key, or without its accent. Digits, marks and short words stay."""
    words = [match for match in _WORD.finditer(text) if match.group().isalpha()]
    if not words:
        return text
    count = 1 + int(random.binomial(len(words), 1 / 8))
    for index in sorted(random.permutation(len(words))[:count].tolist(), reverse=True):
        begin, end = words[index].span()
        text = text[:begin] + _slip(text[begin:end], random) + text[end:]
    return text


def _slip(word: str, random: np.random.Generator) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    if plain != word and random.random() < 0.5:  # the commonest slip by far where a language has accents
        return plain
    at = int(random.integers(len(word)))
    beside = _BESIDE.get(word[at].lower(), "")
    match int(random.integers(4)):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2 if beside:
            key = pick(random, beside)
            return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]
        case _:
            at = min(at, len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _shared(pair: Pair) -> list[str]:
    return sorted(_copied(pair.en) & _copied(pair.pt))


def _copied(text: str) -> set[str]:
    """Words of ``text`` that stand there once and look like something to copy: a capital, a digit, a mark inside, or
    letters enough that both languages spelling it alike is no accident."""
    return {
        word
        for word in {match.group() for match in _TOKEN.finditer(text)}
        if len(word) > 1
        and (word[0].isupper() or not word.isalpha() or len(word) > 3)
        and any(c.isalnum() for c in word)
        and len(_places(text, word)) == 1
    }


def _places(text: str, word: str) -> list[int]:
    """Where ``word`` stands in ``text`` with no letter or digit on either side. An expression made for each word would
    find them too, but making it took most of the time that preparing batches takes."""
    places = []
    begin = text.find(word)
    while begin >= 0:
        end = begin + len(word)
        alone = not (_is_word(text[begin - 1 : begin]) or _is_word(text[end : end + 1]))
        if alone:
            places.append(begin)
        begin = text.find(word, end if alone else begin + 1)
    return places


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _with(pair: Pair, word: str, new: str) -> Pair:
    """``pair`` with ``new`` in place of ``word``, which both sides share."""
    sides = []
    for text in pair:
        for begin in reversed(_places(text, word)):
            text = text[:begin] + new + text[begin + len(word) :]
        sides.append(text)
    return Pair(*sides)
