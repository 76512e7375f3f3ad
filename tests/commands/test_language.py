"""The program in Portuguese: every sentence has one, it is chosen by option or environment, values come through."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import help_sentences, message_patterns

from translator.draw.language import figure, figures, known, say, speak, spoken, told

TABLE = Path(sys.modules[say.__module__].__file__ or "").with_name("portuguese.tsv")


@pytest.fixture
def portuguese() -> object:
    speak("pt")
    yield
    speak(None)


def test_every_sentence_of_the_help_has_a_portuguese_one() -> None:
    assert sorted(text for text in help_sentences() if not known(text)) == []


def test_the_messages_have_portuguese_ones() -> None:
    """All but what was added since: at least nineteen in twenty. The list says where the others are made."""
    patterns = message_patterns()
    missing = {pattern: place for pattern, place in patterns.items() if not known(pattern)}
    assert len(missing) * 20 <= len(patterns), missing


def test_the_table_is_sound() -> None:
    lines = TABLE.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    assert {len(row) for row in rows} == {2}
    english = [row[0] for row in rows]
    assert len(set(english)) == len(english)
    for source, target in rows:
        places = re.findall(r"\{(\d?)\}", target)
        numbers = [int(place) for place in places if place]
        assert all(1 <= number <= source.count("{}") for number in numbers), source
        assert numbers or len(places) == source.count("{}"), source
        assert set(re.findall(r"--[a-z][a-z-]+", source)) >= set(re.findall(r"--[a-z][a-z-]+", target)), source


@pytest.mark.usefixtures("portuguese")
@pytest.mark.parametrize(
    ("english", "said"),
    [
        (
            "x.txt cannot be read: No such file or directory",
            "não é possível ler x.txt: não existe o arquivo ou a pasta",
        ),
        ("line 3: the translation repeats the source", "linha 3: a tradução repete a origem"),
        ("--layer 9: this model has layers 1 to 2", "--layer 9: neste modelo os valores vão de 1 a 2"),
        ("did you mean beam? settings: model, beam", "você quis dizer beam? configurações: model, beam"),
        ("nothing that anybody ever wrote here", "nothing that anybody ever wrote here"),
    ],
)
def test_values_go_into_the_portuguese_sentence(english: str, said: str) -> None:
    assert say(english) == said


@pytest.mark.usefixtures("portuguese")
@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("1,234.5 ±0.25, -3.0 %", "1.234,5 ±0,25, -3,0 %"),
        ("of 12,345,678 pairs (99.9%)", "of 12.345.678 pairs (99,9%)"),
        ("sacrebleu 2.6.0, tok:1.5, F=0.5, 3.2e-05, model-1.5.bin, v1.2", None),  # versions, settings, names
        ("--share 0.5 and `x = 1.5` of 2.5", "--share 0.5 and `x = 1.5` of 2,5"),
    ],
)
def test_numbers_are_written_as_in_brazil(english: str, said: str | None) -> None:
    assert figures(english) == (said or english)
    assert say("step 1,234") == "passo 1.234"
    assert say("--layer 9.5: this model has layers 1 to 2", typed=True).startswith("--layer 9.5: ")
    assert told("zu 0.5  step 1,234") == "zu 0.5  passo 1.234"
    assert told("zu 0.5  step 1,234", own=False) == "zu 0,5  passo 1.234"
    assert told("2,048 × 12,288", own=False) == "2.048 × 12.288"


@given(st.floats(-1e9, 1e9), st.sampled_from([",.2f", ".3f", ",.0f", "+,.1f"]))
def test_a_number_in_portuguese_is_the_same_number(value: float, form: str) -> None:
    written = format(value, form)
    assert figure(written) == figures(written) == written
    speak("pt")
    try:
        assert figure(written) == figures(written)
        assert figure(written).replace(".", "").replace(",", ".") == written.replace(",", "")
    finally:
        speak(None)


@given(st.text(st.characters(exclude_characters="\n\t"), max_size=20))
def test_what_a_user_typed_comes_through(text: str) -> None:
    speak("pt")
    try:
        assert text in say(f"no help on {text!r}x{text}y")
    finally:
        speak(None)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "pt"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "pt_PT", "LANG": "en_US"}, "pt"),
        ({"LANG": "de_DE"}, "en"),
    ],
)
def test_the_environment_says_which(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert spoken() == language


def ran(*argv: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "translator", *argv],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | environment,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_whole_program_speaks_it() -> None:
    assert "Olhar por dentro" in ran("--help", LC_ALL="pt_BR.UTF-8")
    assert "Olhar por dentro" in ran("--lang", "pt", "--help")
    assert "Uso: translator attend" in ran("attend", "--help", "--lang=pt")
    assert ran("translate", "--input", "/no", LC_ALL="pt_BR.UTF-8").startswith("erro: não é possível ler /no: ")
    assert ran("attend", "--lang", "pt", "--kidn", "x").startswith("erro: translator attend: não existe a opção")
    assert ran("--color", "red", "--lang", "pt", "x") == "erro: --color red: desconhecido\naceita auto, always, never\n"
    assert ran("--lang=pt", "--version=3").startswith("erro: translator: --version não aceita valor")
    assert ran("serve", "x", "--lang", "pt").startswith("erro: translator serve: argumentos a mais: x")
    assert "Look inside" in ran("--help", "--lang", "en", LC_ALL="pt_BR.UTF-8")
