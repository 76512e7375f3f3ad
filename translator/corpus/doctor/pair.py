"""What is wrong with one pair, looked at alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import NamedTuple

from translator.corpus.doctor.kinds import BIT
from translator.corpus.doctor.language import Evidence, evidence, is_foreign, lexicon, looks, matches, sense, stems
from translator.corpus.pairs import Row, is_empty

LONGEST = 150
"""Words of a side, from which on it is too long for training unless told otherwise."""
WORD = re.compile(r"\w+(?:['’]\w+)*")
_PER_CHARACTER = 1.06  # Portuguese characters for an English one
_VARIANCE = 6.8  # of their difference, for a character (Gale & Church 1993, section 3.2)
_DEVIATION = 4.0  # of the lengths from each other, in standard deviations
_FEW = 2  # words of a text that may be looked up one by one
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d(?:[\d.,:/]*\d)?")
# UTF-8's lead bytes C2 and C3 as Latin-1 or Windows-1252 letters, with what can follow them in either;
# â€ begins a typographic quotation mark or dash.
_AFTER = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(f"[ÂÃ][{_AFTER}]|â€|â‚¬|ï»¿")
# control characters but tab and newline, and marks of bidirectional layout
_CONTROL = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(
    r"</?[A-Za-z][A-Za-z0-9:-]*(?:\s[^<>]*)?/?>|<!--|&(?:[A-Za-z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,6});"
    r"|\\(?:begin|end|text\w+|emph|cite|ref|label|frac|item|section|href)\b\{?|\[\[|\{\{|\]\("
)
_SIGNS = re.compile(r"[<&\\\[{\]]")  # one of which all markup has; quickly looked for


class Looked(NamedTuple):
    """One pair as the doctor sees it: after repairs, with the bits of its findings and what its neighbours need."""

    en: str
    pt: str
    bits: int
    words: tuple[int, int] = (0, 0)
    wanted: Sequence[frozenset[str]] = ()  # a set of stems for each English word that can be looked for
    there: set[str] | frozenset[str] = frozenset()  # stems of the Portuguese side
    near: tuple[str, str] = ("", "")  # both sides without case, punctuation and digits


def look(row: Row, longest: int = LONGEST) -> Looked:
    """Look at one row: repair what is certain, then find what is wrong with the repaired pair."""
    en, pt = row.en, row.pt
    if row.fault and "UTF-8" not in row.fault:
        return Looked(en, pt, BIT["empty" if "empty" in row.fault else "columns"])
    if is_empty(en) or is_empty(pt):
        return Looked(en, pt, BIT["empty"])
    bits = 0
    if not (en.isascii() and pt.isascii()):
        (en, our_bits), (pt, their_bits) = _decoded(en), _decoded(pt)
        bits = our_bits | their_bits | (BIT["empty"] if is_empty(en) or is_empty(pt) else 0)
    our_words, their_words = WORD.findall(en.lower()), WORD.findall(pt.lower())
    ours, theirs = evidence(our_words), evidence(their_words)
    if looks(ours, 1, 0) and looks(theirs, 0, 1):
        bits |= BIT["swapped"]
        en, pt, our_words, their_words, ours, theirs = pt, en, their_words, our_words, theirs, ours
    wanted, there = sense(our_words), stems(their_words)
    bits |= _language(en, pt, ours, theirs, our_words)
    bits |= _shape(en, pt, len(our_words), len(their_words), longest)
    # hardly found is one word of eight; under four there is nothing to tell by
    is_lost = len(wanted) >= 4 and matches(wanted, there) * 8 <= len(wanted)
    if is_lost or _another_word(our_words, their_words):
        bits |= BIT["misaligned"]
    bits |= _marks(en, pt)
    if _DIGIT.search(en) and _numbers_change_places(our_words, their_words):
        bits |= BIT["numbers"]
    near = near_form(en, our_words), near_form(pt, their_words)
    return Looked(en, pt, bits, (len(our_words), len(their_words)), wanted, there, near)


def near_form(text: str, words: list[str]) -> str:
    """``text`` less case, punctuation and digits; where nothing is left, ``text`` itself. ``words`` in lower case."""
    form = " ".join(words)
    if _DIGIT.search(form):
        form = " ".join(_DIGIT.sub("", form).split())
    return form or text


def _decoded(text: str) -> tuple[str, int]:
    """A side with mojibake repaired, and what there is to say about its encoding."""
    bits = 0
    if "\ufffd" in text:
        bits = BIT["encoding"]
    elif not text.isascii() and _MOJIBAKE.search(text):
        repaired = repair_mojibake(text)
        bits = BIT["encoding" if repaired is None else "mojibake"]
        text = text if repaired is None else repaired.strip()
    return text, bits | (0 if unicodedata.is_normalized("NFC", text) else BIT["unnormalised"])


def repair_mojibake(text: str) -> str | None:
    """``text`` as it was before it was read in the wrong encoding, once or twice; ``None`` where that is not certain.

    Certain is: all of it goes back to bytes, the bytes are UTF-8, and no trace is left.
    """
    for _ in range(2):
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
        else:
            return None
        if not _MOJIBAKE.search(text):
            return text
    return None


def _language(en: str, pt: str, ours: Evidence, theirs: Evidence, words: list[str]) -> int:
    """Bits for the languages of the two sides."""
    if _is_copy(en, pt, words):
        return BIT["copy"]
    if looks(ours, 1, 0) or looks(theirs, 0, 1) or is_foreign(en, ours) or is_foreign(pt, theirs):
        return BIT["language"]
    return 0


def _is_copy(en: str, pt: str, words: list[str]) -> bool:
    """Whether both sides say the same, case aside, and not only names: two words after the first are in lower case."""
    if len(words) < 3 or len(en) != len(pt) or en.casefold() != pt.casefold():
        return False
    return len({word for word in en.split()[1:] if word.isalpha() and word.islower()}) >= 2


def _shape(en: str, pt: str, our_words: int, their_words: int, longest: int) -> int:
    """Bits for lengths: too long, or not those of a translation."""
    shorter, longer = sorted((our_words, their_words))
    off = (len(pt) - len(en) * _PER_CHARACTER) ** 2 > _DEVIATION**2 * _VARIANCE * (len(en) + len(pt)) / 2
    bits = BIT["long"] if longer > longest else 0
    return bits | (BIT["length"] if off or (shorter <= 2 and longer > 3 * shorter + 2) else 0)


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
    crossed = {
        (one, other)
        for one, other in permutations(shared, 2)
        if wanted[one] and matches(wanted[one], there[other]) and not matches(wanted[one], there[one])
    }
    return any(ways == 1 or (other, one) in crossed for one, other in crossed)


def _counted(words: list[str]) -> dict[str, str]:
    """The word after each number that stands in ``words`` once."""
    return {word: after for word, after in pairwise(words) if word.isdigit() and words.count(word) == 1}


def _marks(en: str, pt: str) -> int:
    """Bits for what stands in the text besides words."""
    bits = 0
    for text in (en, pt):
        if _SIGNS.search(text) and _MARKUP.search(text):
            bits |= BIT["markup"]
        if _CONTROL.search(text):
            bits |= BIT["control"]
    if (_DIGIT.search(en) or _DIGIT.search(pt)) and numbers_differ(en, pt):
        bits |= BIT["numbers"]
    return bits


def numbers_differ(en: str, pt: str) -> bool:
    """Whether a number of one side is not on the other.

    A clock's hours may differ (3:30 p.m. is 15h30), and a date may be written in another order: what counts is that
    the digits of all numbers together differ, and the numbers one by one do too; the same digits may stand together
    otherwise (10:30 is 10h30), but not in another order inside a number (1985 is not 1958).
    """
    ours, theirs = _digits(en), _digits(pt)
    if set(ours) == set(theirs) or "".join(ours) == "".join(theirs):
        return False
    runs, others = (sorted(run.lstrip("0") for run in re.findall(r"\d+", text)) for text in (en, pt))
    return sorted("".join(ours)) != sorted("".join(theirs)) or runs != others


def _digits(text: str) -> list[str]:
    """Numbers of two digits and more by their digits alone (1,000.5 is 1.000,5); a single digit may be spelled out."""
    found = (re.sub(r"\D", "", number).lstrip("0") for number in _NUMBER.findall(text))
    return [number for number in found if len(number) > 1]
