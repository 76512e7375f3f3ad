"""Words that stand alone: what is translated, and what is copied."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from translator import Translator
from translator.config import Direction
from translator.search.hypothesis import Hypothesis
from translator.text.slots import SLOTS
from translator.translation.lone_words import lone_words, settled
from translator.translation.prepare import prepare
from translator.translation.result import Segment


def said(*texts: str, score: float = -1.0) -> list[Hypothesis]:
    """Hypotheses whose pieces are the characters of ``texts``."""
    return [Hypothesis([*map(ord, text)], score, score, True) for text in texts]


def text_of(hypothesis: Hypothesis) -> str:
    return "".join(map(chr, hypothesis.ids))


def settle(
    source: str, target: str, score: float, forth: Sequence[Hypothesis], back: Sequence[str], strange: float = 5.0
) -> list[list[str]]:
    """What becomes of ``source``, which was translated as ``target``, where its small letters give ``forth``, and what
    is asked gives ``back``."""
    [prepared] = prepare(source, [], SLOTS, lambda _: True, "en-pt").sentences
    segment = Segment(source, target, "", [], said(target, score=score))

    def search(texts: Sequence[str], ways: Sequence[Direction]) -> list[list[Hypothesis]]:
        return [list(forth) if way == "en-pt" else said(*back) for _, way in zip(texts, ways, strict=True)]

    words = list(lone_words([(prepared, "en-pt")], [segment], lambda _: strange))
    return [[text_of(one) for one in hypotheses] for _, hypotheses in settled(words, search, text_of)]


@pytest.mark.parametrize(
    ("forth", "back", "found"),
    [
        (said("pumpkin", "abóbora"), ["pumpkin"], [["abóbora"]]),
        (said("abóbora", "pumpkin"), ["gourd", "pumpkin"], [["abóbora", "pumpkin"]]),
        (said("abóbora", score=-2.5), ["gourd", "pumpkin"], []),  # less likely, and not what comes back first
        (said("abóbora"), ["gourd"], []),
        (said("abóbora"), ["gourd", "squash", "pumpkin"], []),
        (said("pumpkino"), ["pumpkin"], []),  # the same word with an ending
        (said("o pumpkin"), ["pumpkin"], []),
        (said("abóbora", score=-4.0), ["pumpkin"], []),  # made up
        (said("pumpkin"), ["pumpkin"], []),
    ],
)
def test_a_copied_word_is_translated_if_it_comes_back(
    forth: list[Hypothesis], back: list[str], found: list[list[str]]
) -> None:
    assert settle("Pumpkin", "Pumpkin", -0.5, forth, back) == found
    assert settle("Pumpkin.", "Pumpkin.", -0.5, forth, back) == found


@pytest.mark.parametrize(
    ("source", "score", "strange", "back", "is_copied"),
    [
        ("Haddad", -2.0, 5.0, ["aged"], True),
        ("haddad", -2.0, 5.0, ["aged"], True),
        ("Haddad", -2.0, 5.0, ["aged", "haddad"], False),  # it is a word
        ("Haddad", -1.0, 5.0, ["aged"], False),  # surely translated
        ("Haddad", -2.0, 2.0, ["aged"], False),  # letters that words have
        ("The haddad", -2.0, 5.0, ["aged"], False),
        ("HADDAD", -2.0, 5.0, ["aged"], False),
        ("Ha", -2.0, 5.0, ["aged"], False),
    ],
)
def test_what_does_not_come_back_is_copied(
    source: str, score: float, strange: float, back: list[str], is_copied: bool
) -> None:
    assert settle(source, "Tido", score, [], back, strange) == [[]] * is_copied


def test_what_both_languages_say_is_left() -> None:
    assert settle("Piano", "Piano", -0.5, said("plano"), ["piano"]) == []


def test_words_are_translated_and_names_are_not() -> None:
    with Translator.load() as translator:
        found = translator.translate_batch(["Pumpkin", "Spotify", "Kitchen", "numpy", "Carrots"], "en-pt")
        assert [one.target for one in found] == ["Abóbora", "Spotify", "Cozinha", "numpy", "Cenouras"]
