"""Names that a translation spells otherwise, or lacks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from translator import Translator
from translator.search.hypothesis import Hypothesis
from translator.text.problems import Problem
from translator.text.slots import SLOTS
from translator.text.spans import find_spans
from translator.translation.prepare import Prepared, prepare
from translator.translation.result import Segment
from translator.translation.untranslated import carried, is_lone_name, least_likely, misspelled


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("I met Nailoloa there.", "Encontrei Nailoa lá.", ["Nailoloa"]),
        ("I met Nailoloa there.", "Encontrei Nailoloa lá.", []),
        ("I flew to Singapore.", "Voei para Singapura.", []),  # each language has its own
        ("The Aufreste branch broke.", "O galho Aufrest quebrou.", ["Aufreste"]),  # which holds the other
        ("Nailoloa came.", "Nailoa veio.", []),  # what begins a sentence may be any word
        ("The Bolivians won.", "Os Bolivianos venceram.", []),
        ("Ask him (Nailoloa office).", "Pergunte (escritório Nailoa).", ["Nailoloa"]),
        ("Now type nailol and wait.", "Digite nail e espere.", ["nailol"]),
    ],
)
def test_misspelled(source: str, target: str, found: list[str]) -> None:
    assert misspelled(source, target, lambda _: 9.0, lambda _: -9.0) == found
    assert misspelled(source, target, lambda _: 1.0, lambda _: 0.0) == []


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("Wendy called.", "Bem chamado.", ["Wendy"]),
        ("Harold and Wayne left.", "Harled e Wayne saíram.", ["Harold"]),
        ("John saw Mary.", "João viu Maria.", []),  # each language has its own
        ("Rose grew.", "A rosa cresceu.", []),  # which may be no name
    ],
)
def test_given_names_do_not_get_lost(source: str, target: str, found: list[str]) -> None:
    assert misspelled(source, target, lambda _: 1.0, lambda _: -9.0) == found


def test_a_given_name_alone_is_no_text() -> None:
    for text in ("Wendy", "WENDY", "  Wendy!"):
        line = prepare(text, [], SLOTS, lambda _: True)
        assert (line.before, line.sentences) == (text, [])
    assert prepare("Rose", [], SLOTS, lambda _: True).sentences


@pytest.mark.parametrize(("strangeness", "score", "found"), [(5, -1, ["Hyckor"]), (4, -1, []), (5, -2, [])])
def test_a_strange_name_that_is_gone_was_lost_if_it_would_be_copied(
    strangeness: float, score: float, found: list[str]
) -> None:
    assert misspelled("Put Hyckor there.", "Ponha lá.", lambda _: strangeness, lambda _: score) == found


def alone(text: str) -> Prepared:
    """A sentence as it is prepared, with slots for words of other alphabets."""
    [sentence] = prepare(text, find_spans(text), SLOTS, lambda _: True, "en-pt").sentences
    return sentence


@pytest.mark.parametrize(
    ("source", "target", "score", "left"),
    [
        ("Phep", "Falta", -2.0, "Phep"),
        ("Phep.", "Falta.", -2.0, "Phep."),
        ("Gudyrz Doa Stanysen", "Gudyrz Doa Estante", -2.0, "Gudyrz Doa Stanysen"),  # which is read as a title
        ("Rilal 騅厮", f"Rilalal {SLOTS[0]}", -2.0, f"Rilal {SLOTS[0]}"),
        ("Phep", "Falta", -1.0, None),  # surely translated
        ("Phep", "O Phep", -2.0, None),  # it is there
        ("known", "coisa", -2.0, None),
        ("Known", "coisa", -2.0, None),
        ("Phep Known", "Falta Coisa", -2.0, None),  # one of the words is of the language
        ("PHEP", "FALTA", -2.0, None),
        ("Phep came", "Falta", -2.0, None),
        ("Phep, Stan", "Falta", -2.0, None),
    ],
)
def test_a_name_that_stands_alone_is_left_as_it_is(source: str, target: str, score: float, left: str | None) -> None:
    found = carried(alone(source), target, score, lambda word: 1.0 if word == "Known" else 5.0)
    assert (found and found.text) == left


@pytest.mark.parametrize(("text", "is_one"), [("Phep.", True), ("Ana Lia Eu", True), ("I", False), ("My cat", False)])
def test_what_may_be_a_name_and_nothing_else(text: str, is_one: bool) -> None:
    assert is_lone_name(alone(text)) == is_one


def test_a_copied_name_gives_way_to_what_is_about_as_likely() -> None:
    copy = Segment("Phep", "Phep", "", [], [Hypothesis([], -1.0, -1.0, True)], problems=[Problem("untranslated", "")])
    assert least_likely(alone("Phep"), copy) == -1.5
    assert least_likely(alone("phep"), copy) == -math.inf
    assert least_likely(alone("Phep"), replace(copy, target="Falta")) == -math.inf
    assert least_likely(alone("Phep"), replace(copy, problems=[])) == -math.inf


def test_names_alone_come_through_and_words_do_not() -> None:
    with Translator.load() as translator:
        texts = [
            "Phep",
            "Class is over; you can go. Awun",
            "Kailunoath",
            "Fuzochy Liagialin 忑牅瓪",
            "Thanks.",
            "Hospital",
            "Shosky",  # which the search copies by itself, and a second one would not
        ]
        found = [one.target for one in translator.translate_batch(texts, "en-pt")]
    assert [found[0], found[1].split()[-1], *found[2:5]] == ["Phep", "Awun", "Kailunoath", texts[3], "Obrigado."]
    assert found[6] == "Shosky"


def test_strangeness_tells_words_from_what_nobody_wrote() -> None:
    with Translator.load() as translator:
        words = [translator.strangeness(word) for word in ("Thanks", "Alunos", "obrigado", "Inspector", "If")]
        names = [translator.strangeness(word) for word in ("Phep", "Voth", "Kailunoath", "Vugujoa", "Lonêthic")]
    assert max(words) < 3
    assert min(names) > 4


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("Chapter XII begins.", "O capítulo XIII começa.", ["XII"]),
        ("Louis XIV died.", "Luís XIV morreu.", []),
        ("The code is EACCES.", "O código é EACES.", ["EACCES"]),
        ("Please RSVP soon.", "Por favor, em breve.", ["RSVP"]),
        ("The XFEL is new.", "O LRX é novo.", []),  # another acronym may be its translation
        ("The NATO met.", "A aliança reuniu-se.", []),  # one that is known may be spelled out
    ],
)
def test_codes_and_roman_numbers(source: str, target: str, found: list[str]) -> None:
    assert misspelled(source, target, lambda word: 9.0 * word.isupper(), lambda _: -9.0) == found
