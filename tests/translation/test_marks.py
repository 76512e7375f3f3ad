"""Marks around words: taken out of a sentence, and put where links say its words went. Links are made by hand."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.text.slots import SLOTS
from translator.text.spans import find_spans
from translator.text.subwords import Subwords
from translator.translation.marks import lift, put_back
from translator.translation.prepare import Prepared, finish, prepare

MARKS = re.compile(r"[*_]+|</?[a-z]+>|\[|\]\([^()]*\)")


def read(text: str) -> Prepared:
    ranges = [match.span() for match in MARKS.finditer(text)]
    return prepare(text, find_spans(text, extra=ranges), SLOTS, lambda _: True).sentences[0]


def moved(subwords: Subwords, text: str, target: str, links: dict[str, str]) -> str:
    """``text`` translated as ``target``, whose words come from those that ``links`` names."""
    one = read(text)
    lifted = lift(one)
    assert lifted is not None
    source, ids = subwords.encode(lifted.prepared.text), subwords.encode(target)

    def words(pieces: list[int]) -> list[str]:
        """The word of the text that each piece belongs to."""
        whole = subwords.decode(pieces)
        ends = [0, *(len(subwords.decode(pieces[: k + 1])) for k in range(len(pieces)))]
        spelled = [(m.start(), m.end(), m.group()) for m in re.finditer(r"\w+", whole)]
        return [next((w for a, b, w in spelled if a < stop and start < b), "") for start, stop in pairwise(ends)]

    strengths = [[float(links.get(t, "?") == s) for s in words(source)] for t in words(ids)]
    return finish(one, put_back(lifted, subwords, source, ids, strengths))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The **old house** is big.", "The old house is big."),
        ("Read (<b>this</b>) now.", "Read (this) now."),
        ("A [**big** house](x) stands.", "A big house stands."),
        ("The 'old' house.", "The old house."),
        ('"Come in," he said.', "Come in, he said."),
    ],
)
def test_a_sentence_without_marks(text: str, plain: str) -> None:
    lifted = lift(read(text))
    assert lifted is not None
    assert (lifted.prepared.text, lifted.prepared.spans) == (plain, {})


@pytest.mark.parametrize(
    "text",
    ["It's Ana's.", '"All of it."', 'He is 6" tall.', '"One two three four five", he said.', "Rock 'n' roll **"],
)
def test_nothing_to_take_out(text: str) -> None:
    assert lift(read(text)) is None or "roll" in text


def test_marks_go_where_the_words_went(subwords: Subwords) -> None:
    links = {"o": "The", "barco": "boat", "velho": "old", "partiu": "left"}
    assert moved(subwords, "The **old** boat left.", "O barco velho partiu.", links) == "O barco **velho** partiu."
    assert moved(subwords, "The 'old' boat left.", "O barco velho partiu.", links) == "O barco 'velho' partiu."
    assert (
        moved(subwords, "The <b>old boat</b> left.", "O barco velho partiu.", links) == "O <b>barco velho</b> partiu."
    )


def test_what_is_cried_is_cried_inside_and_small_words_stay_outside(subwords: Subwords) -> None:
    assert moved(subwords, '"Left!" he said.', "Partiu! disse ele.", {"Partiu": "Left"}) == '"Partiu!" disse ele.'
    links = {"partiu": "left"}  # the new small word looks at nothing
    assert moved(subwords, "He <b>left</b> now.", "Ele já partiu.", links) == "Ele já <b>partiu</b>."


def test_pairs_in_each_other_and_apart_stay_so(subwords: Subwords) -> None:
    links = {"barco": "boat", "velho": "old", "partiu": "left"}
    text, target = "The [**old** boat](x) *left*.", "O barco velho partiu."
    assert moved(subwords, text, target, links) == "O [barco **velho**](x) *partiu*."
    lost = {"barco": "old", "partiu": "old"}  # both ends of the sentence come from one word: the other pair gives way
    found = moved(subwords, "The **old** boat *left*.", target, lost)
    assert found.count("**") == 2


@given(st.permutations(["mel", "barco", "velho", "partiu"]), st.sampled_from(["old", "boat", "left", "sweet"]))
def test_words_are_never_changed(order: list[str], marked: str) -> None:
    subwords = Subwords.train(["The sweet old boat left. mel barco velho partiu"] * 9, 420)
    links = dict(zip(["mel", "velho", "barco", "partiu"], ["sweet", "old", "boat", "left"], strict=True))
    text = "The sweet old boat left.".replace(marked, f"**{marked}**")
    target = " ".join(order).capitalize() + "."
    found = moved(subwords, text, target, links)
    assert found.replace("**", "") == target
    [inside] = re.findall(r"\*\*(\w+)\*\*", found)
    assert inside.lower() in links
