"""Pairs made up on purpose: numbers in words, drills, foreign things, and pairs with something to copy."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.corpus.augment import with_copies
from translator.corpus.drills import drills, number_in_english, number_in_portuguese
from translator.corpus.foreign import KINDS, amount, copied
from translator.corpus.pairs import Pair, read_pairs

FOLDER = Path(__file__).parents[2] / "corpus"


@pytest.mark.parametrize(
    ("n", "english", "portuguese"),
    [
        (0, "zero", "zero"),
        (17, "seventeen", "dezessete"),
        (100, "one hundred", "cem"),
        (123, "one hundred and twenty-three", "cento e vinte e três"),
        (1000, "one thousand", "mil"),
        (1100, "one thousand one hundred", "mil e cem"),
        (2021, "two thousand and twenty-one", "dois mil e vinte e um"),
        (23_412, "twenty-three thousand four hundred and twelve", "vinte e três mil quatrocentos e doze"),
        (1_000_000, "one million", "um milhão"),
        (2_000_300, "two million three hundred", "dois milhões e trezentos"),
    ],
)
def test_numbers_in_words(n: int, english: str, portuguese: str) -> None:
    assert (number_in_english(n), number_in_portuguese(n)) == (english, portuguese)


@given(st.integers(0, 999_999_999), st.integers(0, 999_999_999))
def test_two_numbers_have_two_names(a: int, b: int) -> None:
    if a != b:
        assert number_in_english(a) != number_in_english(b)
        assert number_in_portuguese(a) != number_in_portuguese(b)


def test_drills_are_pairs_and_differ() -> None:
    pairs = list(islice(drills(FOLDER, np.random.default_rng(3)), 2000))
    assert all(pair.en.strip() and pair.pt.strip() for pair in pairs)
    assert len(set(pairs)) > 1800
    assert pairs == list(islice(drills(FOLDER, np.random.default_rng(3)), 2000))


def test_an_amount_is_the_same_sum_in_both_languages() -> None:
    random = np.random.default_rng(5)
    for _ in range(300):
        en, pt = amount(random)
        assert re.sub(r"\D", "", en) == re.sub(r"\D", "", pt)


def test_kinds_share_the_whole_and_are_one_line() -> None:
    assert sum(share for share, _ in KINDS.values()) == pytest.approx(1)
    random = np.random.default_rng(7)
    things = [copied(random) for _ in range(500)]
    assert all(thing == thing.strip() and "\n" not in thing and "\t" not in thing for thing in things)


def test_what_is_put_in_stands_on_both_sides() -> None:
    random = np.random.default_rng(11)
    pair, other = Pair("Ana has 12 boats in Natal.", "Ana tem 12 barcos em Natal."), Pair("One.", "Um.")
    changed = 0
    for _ in range(200):
        en, pt = with_copies(pair, other, random)
        changed += (en, pt) != pair
        strange = [character for character in en if not character.isascii()]
        assert sorted(strange) == sorted(character for character in pt if not character.isascii())
    assert changed > 150


@pytest.mark.parametrize("name", ["everyday", "words", "general"])
def test_pairs_for_training_are_no_sentence_that_newcomers_are_judged_by(name: str) -> None:
    import json

    def key(text: str) -> str:
        return re.sub(r"[\W_]+", "", text.casefold())

    lines = (FOLDER.parent / "tests" / "newcomers.jsonl").read_text("utf-8").splitlines()
    judged = {key(source) for line in lines if len((source := json.loads(line)["source"]).split()) > 2}
    pairs = list(read_pairs(FOLDER / f"{name}.tsv"))
    assert len(pairs) > 300
    assert [pair for pair in pairs if {key(pair.en), key(pair.pt)} & judged] == []
