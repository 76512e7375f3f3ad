"""Lines → sentences → lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.text.sentences import split_line, split_long

LINES = st.text(alphabet=st.sampled_from("ab ÇZ.!?…\"') \t1—;:,Mr"), max_size=80)


@given(LINES)
def test_a_line_can_be_put_together_again(line: str) -> None:
    sentences = split_line(line)
    assert "".join(s.text + s.after for s in sentences) == line
    assert all(s.text.strip() for s in sentences[1:])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("It rained. We stayed in.", ["It rained.", "We stayed in."]),
        ('"Who is it?" asked Rui.', ['"Who is it?" asked Rui.']),  # a small letter goes on
        ('He said: "Go." Then he left.', ['He said: "Go."', "Then he left."]),
        ("O Sr. Lima chegou. Sente-se!", ["O Sr. Lima chegou.", "Sente-se!"]),  # an abbreviation
        ("Ask J. Prado. He knows.", ["Ask J. Prado.", "He knows."]),  # an initial
        ("It costs 3.50 today.", ["It costs 3.50 today."]),  # no space, no end
        ("Wait… What?! Now.", ["Wait…", "What?!", "Now."]),
        ("no full stop", ["no full stop"]),
        ("", [""]),
    ],
)
def test_where_sentences_end(line: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split_line(line)] == expected


@given(LINES, st.integers(min_value=3, max_value=30))
def test_parts_of_a_long_sentence_fit_and_join(text: str, limit: int) -> None:
    text = text.lstrip()
    parts = split_long(text, lambda part: len(part) <= limit)
    assert "".join(part.text + part.after for part in parts) == text
    assert all(len(part.text) <= limit for part in parts)


def test_a_long_sentence_is_cut_where_a_reader_would_pause() -> None:
    def fits(part: str) -> bool:
        return len(part) <= 24

    assert [p.text for p in split_long("we came early; nobody, of course, had opened", fits)] == [
        "we came early;",
        "nobody, of course,",
        "had opened",
    ]
    assert [p.text for p in split_long("x" * 50, fits)] == ["x" * 24, "x" * 24, "xx"]


def test_a_run_of_marks_is_looked_at_once() -> None:
    assert [s.text for s in split_line("." * 200_000 + " Yes?! Go.")] == [
        "." * 200_000,
        "Yes?!",
        "Go.",
    ]
    assert [s.text for s in split_line("." * 200_000)] == ["." * 200_000]
