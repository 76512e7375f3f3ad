"""Names that a translation spells otherwise."""

from __future__ import annotations

import pytest

from translator.translation.untranslated import misspelled


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("I met Nailoloa there.", "Encontrei Nailoa lá.", ["Nailoloa"]),
        ("I met Nailoloa there.", "Encontrei Nailoloa lá.", []),
        ("I flew to Singapore.", "Voei para Singapura.", []),  # each language has its own
        ("Nailoloa came.", "Nailoa veio.", []),  # what begins a sentence may be any word
        ("The Bolivians won.", "Os Bolivianos venceram.", []),
    ],
)
def test_misspelled(source: str, target: str, found: list[str]) -> None:
    assert misspelled(source, target, lambda _: True) == found
    assert misspelled(source, target, lambda _: False) == []


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
    assert misspelled(source, target, lambda word: word.isupper()) == found
