"""Denials: counted in each language, compared, and said plainer where they are doubled."""

from __future__ import annotations

import pytest

from translator.config import Direction
from translator.text.polarity import denials, said_plainer, turned


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("I can't not laugh.", "en", 2),
        ("Nobody said nothing.", "en", 1),  # words of denial go together in speech
        ("It's cold, isn't it?", "en", 0),  # asks, and denies nothing
        ("No later than Friday.", "en", 0),
        ("She knows another song.", "en", 0),
        ("Ninguém disse nada a ninguém.", "pt", 1),
        ("Não posso não ir.", "pt", 2),
        ("Não vou não.", "pt", 1),
        ("Está frio, não está?", "pt", 0),
        ("Não sei, e ela não vem.", "pt", 2),
    ],
)
def test_denials(text: str, language: str, count: int) -> None:
    assert denials(text, language) == count


@pytest.mark.parametrize(
    ("source", "target", "direction", "how"),
    [
        ("Eu não vou.", "I'm going.", "pt-en", "lost"),
        ("I'm going.", "Eu não vou.", "en-pt", "gained"),
        ("Não posso não ir.", "I can't go.", "pt-en", "halved"),
        ("Não posso não ir.", "I can't not go.", "pt-en", None),
        ("Não é possível.", "It is impossible.", "pt-en", None),  # denies without a denial
        ("I hardly know him.", "Eu não o conheço bem.", "en-pt", None),
        ("Ninguém viu nada.", "Nobody saw anything.", "pt-en", None),
    ],
)
def test_turned(source: str, target: str, direction: Direction, how: str | None) -> None:
    assert turned(source, target, direction) == how


@pytest.mark.parametrize(
    ("text", "direction", "plainer"),
    [
        ("Não podes não vir.", "pt-en", "Tens que vir."),
        ("She cannot not know.", "en-pt", "She must know."),
        ("We can't not pay.", "en-pt", "We have to pay."),
        ("I can't see it.", "en-pt", "I can't see it."),
    ],
)
def test_said_plainer(text: str, direction: Direction, plainer: str) -> None:
    assert said_plainer(text, direction) == plainer
