"""Words for days, parts of them, and numbers, that a translation must say."""

from __future__ import annotations

import pytest

from translator.config import Direction
from translator.corpus.drills import _TABLE, number_in_english, number_in_portuguese
from translator.text.missing import _rows, missing


@pytest.mark.parametrize(
    ("source", "target", "direction", "lost"),
    [
        ("Amanhã chegarei na hora", "I'll be there on time", "pt-en", ["Amanhã"]),
        ("Amanhã chegarei na hora", "Tomorrow's the day", "pt-en", []),
        ("Hoje à noite não trabalho", "I don't work tonight", "pt-en", []),
        ("Ontem à noite ele voltou", "He came back last night", "pt-en", []),
        ("Abre na segunda-feira", "It opens", "pt-en", ["segunda-feira"]),
        ("Abre na segunda porta", "It opens", "pt-en", []),  # the second
        ("He called Saturday", "Ele ligou", "en-pt", ["Saturday"]),
        ("A three-day weekend", "Um fim de semana", "en-pt", ["three"]),
        ("Two hundred ships", "Duzentos navios", "en-pt", []),
        ("Twenty-five of them", "São vinte e cinco", "en-pt", []),
        ("Os dois vieram", "Both came", "pt-en", []),
        ("Domingo Martins mora aqui", "Domingo Martins lives here", "pt-en", []),  # a name that stayed
        ("Three wise monkeys", "Macacos sábios", "en-pt", ["Three"]),
        ("Ela é de Três Corações", "She is from Três Corações", "pt-en", []),
        ("Choveu a semana inteira", "It rained", "pt-en", ["semana"]),
        ("A week by the sea", "À beira do mar", "en-pt", ["week"]),
        ("For months he wrote at night", "Ele escrevia", "en-pt", ["months", "night"]),
        ("Bebe café de manhã há meses", "He drinks coffee", "pt-en", ["manhã", "meses"]),
        ("May I?", "Posso?", "en-pt", []),
        ("Nasceu em maio", "He was born", "pt-en", ["maio"]),
    ],
)
def test_missing(source: str, target: str, direction: Direction, lost: list[str]) -> None:
    assert missing(source.strip("?").split(), target.strip("?").split(), direction, figures=False) == lost


def test_figures_say_a_number_and_no_day() -> None:
    assert missing(["Sunday", "at", "nine"], ["às"], "en-pt", figures=True) == ["Sunday"]


@pytest.mark.parametrize("direction", ["en-pt", "pt-en"])
def test_days_months_and_numbers_are_known_in_both_languages(direction: Direction) -> None:
    """By what trainings drill: each is said by its translation, and missed where there is none."""
    pairs = [(number_in_english(n), number_in_portuguese(n)) for n in (*range(2, 100), 100, 2000, 3_000_000)]
    pairs += [pair for kind in ("day", "month") for pair in _TABLE[kind]]
    for pair in pairs:
        source, target = (text.split() for text in (pair if direction == "en-pt" else pair[::-1]))
        assert missing(source, target, direction, figures=False) == []
        assert missing(source, ["xyz"], direction, figures=False) or source[0] in ("March", "May"), source


@pytest.mark.parametrize("direction", ["en-pt", "pt-en"])
def test_what_a_row_asks_for_is_said_by_what_it_asks_for_in_the_other_language(direction: Direction) -> None:
    back = _rows("pt-en" if direction == "en-pt" else "en-pt")
    for word, row in _rows(direction).items():
        assert any(map(row.said.fullmatch, back)) or word in ("março", "maio"), word  # what may be a march
