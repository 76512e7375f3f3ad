# ruff: noqa: SIM905 lists of words are read as such
"""Plain lines are told by their words alone: what that says is what every expression would have said."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from translator.config import Direction
from translator.text import kinds
from translator.text.abbreviations import written_out
from translator.text.kinds import copied, special
from translator.text.normalise import most_bytes, normalise
from translator.text.spans import find_spans

CASES = Path(__file__).parents[1] / "cases" / "carried.jsonl"
TEXTS = [json.loads(line)["text"] for line in CASES.read_text("utf-8").splitlines()]
# Words that are something only beside others, or look as if they were.
BESIDE = (
    "from import make go git x 10 20 ISO 9001 1234 5678 9012 U.S. No. in. (a) 5 h 7h30 - — find . class well-known "
    "event user-name Corp Inc. século XIX DEBUG INFO ' “a” WHO a. C. /SP as) sun aaaa Nooo f(x) { (x) const ; mailto: "
    "J. R. R$ 50 % 3.5 12.345, 67.890 12:30 10-6 2ª feira 6ª } > column \"name\" thread 'main' "
    "12 Elm Street PO Box SW1A 1AA NY 10001 18+ −5 .env $x^2$ ##NAME## Get-Item -Path Sort-Object && || | ./a.sh make"
).split()
DIRECTIONS: tuple[Direction, ...] = ("en-pt", "pt-en")
WORDS = sorted({word for text in TEXTS for word in text.split()} | set(BESIDE))
LINES = st.lists(st.sampled_from([*WORDS, *BESIDE * 20, *["the", "casa", "Isn't", "não,", "end."] * 200]), max_size=9)


def by_all_kinds(text: str) -> list[tuple[tuple[int, int], str]]:
    """What every kind finds that has one of its characters in ``text``, as if no word had been looked at."""
    characters = set(text) if re.search(r"\.\w", text) else set(text) - {"."}
    odd = re.search(kinds._ODD, text)
    patterns = [p for needed, p in kinds._KINDS if (characters & set(needed) if needed else odd)] + kinds._WIDE
    found = [(m.span(), p) for p in patterns for m in re.finditer(p, text) if m.group()]
    kept: list[tuple[tuple[int, int], str]] = []
    for span, pattern in sorted(found, key=lambda one: (one[0][0], patterns.index(one[1]))):
        if not kept or kept[-1][0][1] <= span[0]:
            kept.append((span, pattern))
    return kept


def told(text: str) -> None:
    assert [(m.span(), m.re.pattern) for m in copied(text, frozenset(text))] == by_all_kinds(text)
    assert find_spans(text) == find_spans(text, keep=["no such word"])
    for direction in DIRECTIONS:
        assert written_out(text, direction, special(text)) == written_out(text, direction)


@given(LINES, st.sampled_from([" ", "  ", "\t", "\u00a0"]))
def test_words_tell_what_all_kinds_find(words: list[str], space: str) -> None:
    told(space.join(words))


def test_cases_are_told_the_same() -> None:
    for text in TEXTS:
        told(text)


def test_most_words_are_bare_and_a_line_of_them_is_plain() -> None:
    assert special("There isn't a well-known way to say it; a não ser, 5 % or \"so\", No. 7.") == [
        "it;", "5", "%", '"so",', "No.", "7.",
    ]  # fmt: skip
    assert special("I am happy, and so are you!") == special("Ela não fazia ideia de que eu estava lá.") == []


@given(st.text(st.characters(codec="utf-8")))
def test_bytes_are_never_told_too_few(text: str) -> None:
    assert most_bytes(text) >= len(normalise(text).encode())
