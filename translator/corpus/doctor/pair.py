"""What is wrong with one pair, looked at alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from translator.corpus.doctor import surface
from translator.corpus.doctor.kinds import BIT
from translator.corpus.doctor.language import Evidence, evidence, is_foreign, looks
from translator.corpus.doctor.lexicon import lexicon, matches, sense, stems
from translator.corpus.rows import Row
from translator.text.normalise import normalise

WORD = re.compile(r"\w+(?:['’]\w+)*")
_PER_CHARACTER = 1.06  # Portuguese characters for an English one
_VARIANCE = 6.8  # of their difference, for a character (Gale & Church 1993, section 3.2)
_FEW = 2  # words of a text that may be looked up one by one
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Rules:
    """Where a finding begins."""

    longest: int = 150  # words of a side
    deviation: float = 4.0  # of the lengths from each other, in standard deviations


class Looked(NamedTuple):
    """One pair as the doctor sees it: after repairs, with the bits of its findings and what its neighbours need."""

    en: str
    pt: str
    bits: int
    words: tuple[int, int]
    wanted: list[frozenset[str]]  # a set of stems for each English word that can be looked for
    there: set[str]  # stems of the Portuguese side
    near: tuple[str, str]  # both sides without case, punctuation and digits


def near_form(text: str, words: list[str]) -> str:
    """``text`` less case, punctuation and digits; where nothing is left, ``text`` itself. ``words`` in lower case."""
    form = " ".join(words)
    if _DIGIT.search(form):
        form = " ".join(_DIGIT.sub("", form).split())
    return form or text


def fits(wanted: list[frozenset[str]], there: set[str]) -> bool:
    """Whether enough of the words looked for are there: one of eight; nothing to tell by, under four, fits too."""
    return len(wanted) < 4 or matches(wanted, there) * 8 > len(wanted)


def _nothing(text: str) -> bool:
    return not text or (not text[0].isalnum() and not normalise(text))


def _hopeless(row: Row, bit: int) -> Looked:
    return Looked(row.en, row.pt, bit, (0, 0), [], set(), ("", ""))


def look(row: Row, rules: Rules) -> Looked:
    """Look at one row: repair what is certain, then find what is wrong with the repaired pair."""
    en, pt = row.en, row.pt
    if row.fault and "UTF-8" not in row.fault:
        return _hopeless(row, BIT["empty" if "empty" in row.fault else "columns"])
    if _nothing(en) or _nothing(pt):
        return _hopeless(row, BIT["empty"])
    bits = 0
    if not (en.isascii() and pt.isascii()):
        en, pt, bits = _decoded(en, pt)
    our_words, their_words = WORD.findall(en.lower()), WORD.findall(pt.lower())
    ours, theirs = evidence(our_words), evidence(their_words)
    if looks(ours, 1, 0) and looks(theirs, 0, 1):
        bits |= BIT["swapped"]
        en, pt, our_words, their_words, ours, theirs = pt, en, their_words, our_words, theirs, ours
    wanted, there = sense(our_words), stems(their_words)
    bits |= _language(en, pt, ours, theirs, our_words)
    bits |= _shape(en, pt, len(our_words), len(their_words), rules)
    if not fits(wanted, there) or _another_word(our_words, their_words):
        bits |= BIT["misaligned"]
    bits |= _marks(en, pt)
    if _DIGIT.search(en) and _numbers_change_places(our_words, their_words):
        bits |= BIT["numbers"]
    near = near_form(en, our_words), near_form(pt, their_words)
    return Looked(en, pt, bits, (len(our_words), len(their_words)), wanted, there, near)


def _decoded(en: str, pt: str) -> tuple[str, str, int]:
    """Both sides with mojibake repaired, and what there is to say about encoding."""
    bits, sides = 0, []
    for text in (en, pt):
        if "\ufffd" in text:
            bits |= BIT["encoding"]
        elif surface.has_mojibake(text):
            repaired = surface.repair_mojibake(text)
            bits |= BIT["encoding" if repaired is None else "mojibake"]
            text = text if repaired is None else repaired.strip()
        if surface.unnormalised(text):
            bits |= BIT["unnormalised"]
        sides.append(text)
    if _nothing(sides[0]) or _nothing(sides[1]):
        bits |= BIT["empty"]
    return sides[0], sides[1], bits


def _language(en: str, pt: str, ours: Evidence, theirs: Evidence, words: list[str]) -> int:
    """Bits for the languages of the two sides."""
    if surface.is_copy(en, pt, words):
        return BIT["copy"]
    if looks(ours, 1, 0) or looks(theirs, 0, 1) or is_foreign(en, ours) or is_foreign(pt, theirs):
        return BIT["language"]
    return 0


def _shape(en: str, pt: str, our_words: int, their_words: int, rules: Rules) -> int:
    """Bits for lengths: too long, or not those of a translation."""
    bits = BIT["long"] if our_words > rules.longest or their_words > rules.longest else 0
    expected = len(en) * _PER_CHARACTER
    spread = _VARIANCE * (len(en) + len(pt)) / 2
    shorter, longer = sorted((our_words, their_words))
    if (len(pt) - expected) ** 2 > rules.deviation**2 * spread or (shorter <= 2 and longer > 3 * shorter + 2):
        bits |= BIT["length"]
    return bits


def _another_word(our_words: list[str], their_words: list[str]) -> bool:
    """Whether few known words stand against few, and none translates another."""
    their_words = [word for word in their_words if word != "feira"]
    if len(our_words) > _FEW or len(their_words) > 2 * _FEW + 1:
        return False
    if our_words == ["no"]:
        return len(their_words) > 2 and not {"não", "nem", "nada"} & set(their_words)
    known, wanted = lexicon(), sense(our_words)
    told = [word for word in their_words if word in known.portuguese]
    if len(our_words) == len(their_words) == 1:
        return bool(wanted and told) and matches(wanted, stems(their_words)) == 0
    if len(their_words) <= max(3, 2 * len(our_words)):  # "Never mind." may be anything
        return False
    return len(wanted) == len(our_words) and len(told) > len(our_words) and matches(wanted, stems(their_words)) == 0


def _numbers_change_places(our_words: list[str], their_words: list[str]) -> bool:
    """Whether two numbers stand before each other's words: 30 cats and 50 dogs, 50 gatos e 30 cachorros."""
    before = _counted(our_words[::-1]), _counted(their_words[::-1])
    ours, theirs = _counted(our_words), _counted(their_words)
    if _crossed(ours, theirs, 2) or _crossed(*before, 2):
        return True
    order = [word for word in our_words if word.isdigit() and word in their_words]
    turned = order != [word for word in their_words if word in order]
    return turned and (_crossed(ours, theirs, 1) or _crossed(*before, 1))


def _crossed(ours: dict[str, str], theirs: dict[str, str], ways: int) -> bool:
    """Whether a number stands by the word of another on the other side, in both ``ways`` or in one."""
    shared = [number for number in ours if number in theirs]
    there = {number: stems([theirs[number]]) for number in shared}
    wanted = {number: sense([ours[number]]) for number in shared}
    crossed = [
        (one, other)
        for one in shared
        for other in shared
        if one != other and wanted[one] and matches(wanted[one], there[other]) and not matches(wanted[one], there[one])
    ]
    return any(ways == 1 or (other, one) in crossed for one, other in crossed)


def _counted(words: list[str]) -> dict[str, str]:
    """The word after each number that stands in ``words`` once."""
    pairs = [(word, after) for word, after in pairwise(words) if word.isdigit()]
    return {word: after for word, after in pairs if words.count(word) == 1}


def _marks(en: str, pt: str) -> int:
    """Bits for what stands in the text besides words."""
    bits = 0
    if surface.has_markup(en) or surface.has_markup(pt):
        bits |= BIT["markup"]
    if surface.has_control(en) or surface.has_control(pt):
        bits |= BIT["control"]
    if (_DIGIT.search(en) or _DIGIT.search(pt)) and surface.numbers_differ(en, pt):
        bits |= BIT["numbers"]
    return bits
