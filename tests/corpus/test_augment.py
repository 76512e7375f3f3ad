"""Pairs as people type them."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from translator.corpus import augment
from translator.corpus.augment import as_typed, with_typos
from translator.corpus.pairs import Pair

PAIR = Pair("Is João's honey fresh?", "O mel do João é fresco?")


def test_every_way_of_typing_comes_up_and_changes_both_sides_alike() -> None:
    random = np.random.default_rng(3)
    seen = {as_typed(PAIR, random) for _ in range(200)}
    assert seen == {
        Pair("Is João's honey fresh", "O mel do João é fresco"),
        Pair("is João's honey fresh", "o mel do João é fresco"),
        Pair("is joão's honey fresh", "o mel do joão é fresco"),
        Pair("IS JOÃO'S HONEY FRESH?", "O MEL DO JOÃO É FRESCO?"),
    }


TEXT = st.text(min_size=1, max_size=8).filter(str.strip)


@given(TEXT, TEXT, st.integers(0, 9))
def test_no_side_ever_becomes_empty(en: str, pt: str, seed: int) -> None:
    assert all(as_typed(Pair(en, pt), np.random.default_rng(seed)))


def test_every_slip_comes_up_and_nothing_but_a_slip() -> None:
    random = np.random.default_rng(5)
    seen = {with_typos("João", random) for _ in range(400)}
    assert {"Joao", "oão", "Joã", "Jooão", "JJoão", "oJão", "Jooã", "Koão", "Hoão", "Jpão", "Jião"} <= seen
    assert all(3 <= len(word) <= 5 for word in seen)
    assert with_typos("é 12:30, a 3 €", random) == "é 12:30, a 3 €"  # nothing long enough to be known


@given(st.text(max_size=40), st.integers(0, 9))
def test_slips_leave_digits_marks_and_most_words_alone(text: str, seed: int) -> None:
    slipped = with_typos(text, np.random.default_rng(seed))
    assert [c for c in slipped if c.isdigit() or c.isspace()] == [c for c in text if c.isdigit() or c.isspace()]
    assert len(slipped.split()) == len(text.split())


@given(st.text("ab-é_1 .", max_size=20), st.text("ab-é_1.", min_size=1, max_size=3))
def test_a_word_is_found_where_an_expression_finds_it(text: str, word: str) -> None:
    expected = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    assert augment._places(text, word) == expected


def test_about_one_word_in_eight_beyond_the_first() -> None:
    random = np.random.default_rng(7)
    words = ["harbour"] * 80
    wrong = [sum(w != "harbour" for w in with_typos(" ".join(words), random).split()) for _ in range(60)]
    assert 8 < sum(wrong) / 60 < 14
