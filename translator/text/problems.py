"""What is plainly wrong with a translation, seen without understanding it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from translator.config import Direction
from translator.text.late import late
from translator.text.missing import missing
from translator.text.spans import name_spans

Kind = Literal[
    "numbers",
    "repetition",
    "length",
    "copy",
    "untranslated",
    "lost",
    "marks",
    "names",
    "spelling",
    "polarity",
    "missing",
]

_WORD = late(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_TOKEN = late(r"\w+|[^\w\s]")
_NUMBER = late(r"\d(?:[\d.,:/]*\d)?")
_PRICE = late(r"[£€¥$]\s?\d|\d\s?[£€¥$]")
_CURRENCIES = {  # how it is written or said
    "£": late(r"£|\bGBP\b|libra|pound|\bquid\b", re.IGNORECASE),
    "€": late(r"€|\bEUR\b|\beuro", re.IGNORECASE),
    "¥": late(r"¥|\bJPY\b|\bCNY\b|\biene|\byen|y[uü]an", re.IGNORECASE),
    "$": late(r"\$|\b[A-Z]{2}D\b|\bBRL\b|d[óo]lar|dollar|\bbucks?\b|\brea(?:l|is|ls)\b|peso", re.IGNORECASE),
}
_LONGEST_GRAM = 6  # words of a phrase that may be said over and over
_LONGEST_OF_SOURCE = 40  # which may say long things again, as a chorus does, and be right
_TIMES = 3


@dataclass(frozen=True)
class Problem:
    """One thing wrong: its ``kind``, and words for the reader."""

    kind: Kind
    message: str


def problems(source: str, target: str, direction: Direction) -> list[Problem]:
    """What is wrong with ``target`` as a translation of ``source``; both without what was kept out of translation."""
    ours, theirs = _WORD.findall(source), _WORD.findall(target)
    found = [
        _numbers(source, target, direction),
        _currencies(source, target),
        _repetition(source, target),
        _length(len(ours), len(theirs)),
        _copy(ours, theirs),
        _names(source, target),
        _missing(ours, theirs, target, direction),
    ]
    return [problem for problem in found if problem is not None]


def _digits(text: str) -> Counter[str]:
    """Its numbers by their digits alone: 1,000.5 and 1.000,5 are one number in two languages."""
    return Counter(re.sub(r"\D", "", number).lstrip("0") for number in _NUMBER.findall(text))


def _numbers(source: str, target: str, direction: Direction) -> Problem | None:
    if not _NUMBER.search(source):
        return None
    from translator.text.times import times_apart  # most sentences have no number, and need none of its expressions

    apart = times_apart(source, target, direction)
    if apart:
        return Problem("numbers", "a time of day of the source is not in the translation")
    if apart is not None:  # the times are right, however they are written
        source = _without_times(source, portuguese=direction == "pt-en")
        target = _without_times(target, portuguese=direction == "en-pt")
    lost = _digits(source) - _digits(target)
    if not lost:
        return None
    return Problem("numbers", f"a number of the source is not in the translation: {', '.join(lost)}")


def _currencies(source: str, target: str) -> Problem | None:
    """A currency of which the translation speaks less often than the source writes its sign."""
    if _PRICE.search(source) is None:
        return None
    for sign, said in _CURRENCIES.items():
        written = re.escape(sign)
        if len(said.findall(target)) < len(re.findall(rf"{written}\s?\d|\d\s?{written}(?!\s?\d)", source)):
            return Problem("numbers", f"a currency of the source is not in the translation: {sign}")
    return None


def _without_times(text: str, *, portuguese: bool) -> str:
    from translator.text.times import times_in

    for time in reversed(times_in(text, portuguese=portuguese)):
        text = text[: time.start] + " " + text[time.stop :]
    return text


def _repetition(source: str, target: str) -> Problem | None:
    """A phrase said three times on end, which the source does not do."""
    phrase = _said_again(target)
    if phrase is None or _said_again(source, _LONGEST_OF_SOURCE) is not None:
        return None
    return Problem("repetition", f"the translation says {phrase!r} over and over")


def _said_again(text: str, longest: int = _LONGEST_GRAM) -> str | None:
    words = _TOKEN.findall(text.lower())
    for size in range(1, min(longest, len(words) // _TIMES) + 1):
        run = 0
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else 0
            if run >= size * (_TIMES - 1) and any(word.isalnum() for word in words[index - size + 1 : index + 1]):
                return " ".join(words[index - size + 1 : index + 1])
    return None


def _length(of_source: int, of_target: int) -> Problem | None:
    if (of_source > 3 and of_target < of_source / 3) or (of_target > 6 and of_target > 3 * of_source):
        return Problem("length", f"the translation has {of_target} words, the source {of_source}")
    return None


def _copy(ours: Sequence[str], theirs: Sequence[str]) -> Problem | None:
    """The same words again, where not all of them can be names."""
    small = [word for word in ours[1:] if word[0].islower()]
    if len(set(small)) >= 2 and [word.lower() for word in ours] == [word.lower() for word in theirs]:
        return Problem("copy", "the translation repeats the source")
    return None


def _names(source: str, target: str) -> Problem | None:
    """A person's name that is not there as it was: "Will Smith" is no wish."""
    lost = [span.source for span in name_spans(source) if span.source not in target]
    return Problem("names", f"a name of the source is not in the translation: {', '.join(lost)}") if lost else None


def _missing(ours: Sequence[str], theirs: Sequence[str], target: str, direction: Direction) -> Problem | None:
    """A day, a part of it, or a number in words of which the translation says nothing."""
    lost = missing(ours, theirs, direction, figures=any(map(str.isdigit, target)))
    return Problem("missing", f"a word of the source is not in the translation: {', '.join(lost)}") if lost else None
