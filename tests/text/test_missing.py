"""Words for days, parts of them, and numbers, that a translation must say."""

from __future__ import annotations

import pytest

from translator.config import Direction
from translator.text import missing as module
from translator.text.missing import missing


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
        ("May I?", "Posso?", "en-pt", []),
        ("Nasceu em maio", "He was born", "pt-en", ["maio"]),
    ],
)
def test_missing(source: str, target: str, direction: Direction, lost: list[str]) -> None:
    assert missing(source.strip("?").split(), target.strip("?").split(), direction, figures=False) == lost


def test_figures_say_a_number_and_no_day() -> None:
    assert missing(["Sunday", "at", "nine"], ["às"], "en-pt", figures=True) == ["Sunday"]


@pytest.mark.parametrize("direction", ["en-pt", "pt-en"])
def test_each_row_knows_its_own_words(direction: Direction) -> None:
    """What a row asks for in one direction, it accepts in the other; and nothing else says it."""
    back: Direction = "pt-en" if direction == "en-pt" else "en-pt"
    rows = module._rows(direction)
    assert len(rows) > 60
    for word, row in rows.items():
        assert missing([word], ["xyz"], direction, figures=False) == [word]
        for other in module._rows(back):
            if row.said.fullmatch(other):
                assert missing([word], [other], direction, figures=False) == []
        assert any(row.said.fullmatch(other) for other in module._rows(back)) or word in {"março", "maio"}, word
