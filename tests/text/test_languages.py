"""Which language a text is in: measured on sentences written for it, on short texts, on what languages share."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.text import languages
from translator.text.languages import buckets, direction_of, language_probabilities, log_odds, neither, other_language

PARAGRAPHS = Path(__file__).with_name("neighbours.txt").read_text("utf-8").split("\n\n")[1:]
NEIGHBOURS = {name: text.split("\n") for name, _, text in (p.strip().partition(":\n") for p in PARAGRAPHS)}
EN = [
    "Do me a favor", "Home", "Search", "No", "Me too", "Come on", "I am", "Let me in", "Are you ok?", "Save as",
    "As a man", "Hi", "Go home", "A note", "Do it", "Give me a hand", "Sign out", "Mr. Rui Castro", "OPEN FILE",
    "Animal farm",
]  # fmt: skip
PT = [
    "Sair", "Me dá um copo", "Oi", "Bom dia", "Não", "Era uma vez", "Até já", "Olha ali", "Boa noite, Maria!", "Abrir",
    "Salvar como", "Me ajuda", "Cadê o autocarro?", "O homem", "Pare", "Fecha a porta", "SAIR DO ECRÃ", "Vou-me embora",
]  # fmt: skip


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_told_by_name(name: str) -> None:
    """At least 30 sentences each, of which one may slip through; what is told is told by its own name."""
    told = [other_language(sentence) for sentence in NEIGHBOURS[name]]
    assert len(told) >= 30
    assert sum(not found for found in told) <= 1
    assert sum(found == name for found in told) >= 0.9 * len(told)


@pytest.mark.parametrize(("text", "way"), [*((text, "en-pt") for text in EN), *((text, "pt-en") for text in PT)])
def test_short_texts(text: str, way: str) -> None:
    assert (direction_of(text), other_language(text)) == (way, "")


@pytest.mark.parametrize(
    "text",
    [
        "He ordered a crème brûlée and left.",
        "Kanye West e Gwyneth Paltrow foram a Los Angeles.",
        "My hotel in São Paulo was near the Avenida Paulista.",
        "Ela mora em Frankfurt am Main com o Hans-Jürgen.",
        "Alasdair Lamont da BBC Scotland no Tony Macaroni Arena",
        "Willoughby",
        "Guten Tag",  # capitals alone may be a name
    ],
)
def test_names_and_words_of_others_make_no_foreign_text(text: str) -> None:
    assert neither(text) == ""


def test_other_scripts_are_told_and_one_word_of_them_is_no_text() -> None:
    assert other_language("Вчера мы были дома.") == "to be in another script"
    assert other_language("The sign says 出口 on it.") == ""
    assert "Spanish" in neither("Mi hermano trabaja en un hospital de la ciudad.")


@pytest.mark.parametrize("text", ["Hoxe imos á", "Unha casa vella", "A miña irmá"])
def test_a_few_words_of_galician_are_no_portuguese(text: str) -> None:
    assert "Galician" in neither(text)
    assert neither("A casa velha") == ""


def test_what_is_quoted_makes_no_text_foreign() -> None:
    assert neither('They sang "Feliz Navidad" together.') == ""
    assert neither('Él dijo "good morning" a mi hermano.')


def forget() -> None:
    """Nothing is remembered of the weights, nor of texts and words met before."""
    for remembered in (languages._read, languages._ours):
        remembered.cache_clear()
    languages._BEGUN.clear()
    languages._KNOWN.clear()


def test_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two languages and one weight: "<ab>", whole, speaks for the second one by 3 × 0.1 nats."""
    *grams, whole, _, _ = buckets("ab")
    assert len(grams) == 4 + 3 + 2  # of "<ab>" by one, two and three letters; four are the word itself
    data = bytearray([128] * 2 * languages.BUCKETS)
    data[2 * whole + 1] += 3
    made = languages._Weights(["en", "pt"], 0.1, [0, 0], bytes(data))
    monkeypatch.setattr(languages, "_weights", lambda: made)
    forget()
    found, quickly = language_probabilities("AB"), languages._ours("AB")
    forget()
    assert found["pt"] / found["en"] == pytest.approx(2.718281828**0.3)
    assert quickly == "pt"


ALL = [*EN, *PT, *(sentence for sentences in NEIGHBOURS.values() for sentence in sentences[:9])]


@given(
    st.lists(st.sampled_from([word for text in ALL for word in text.split()]), min_size=1, max_size=14), st.booleans()
)
def test_what_is_told_of_a_part_of_the_words_is_what_all_of_them_tell(words: list[str], met: bool) -> None:
    """Whether none of the words was met before, or some were."""
    text = " ".join(words)
    languages._ours.cache_clear()
    languages._KNOWN.clear()
    if met:
        language_probabilities(" ".join(words[::2]))
    quickly = languages._ours(text)
    found = language_probabilities(text)
    assert quickly in ("", max(found, key=lambda language: found[language], default=""))
    languages._ours.cache_clear()
    assert languages._ours(text) == quickly  # now that all were met


def test_of_a_plain_sentence_not_every_word_is_read() -> None:
    forget()
    sentence = (
        "They said that it was what we had to do, and that they would not come with us to see the Phrenologicals."
    )
    assert languages._ours(sentence) == "en"
    assert b"they" in languages._KNOWN
    assert b"phrenologicals" not in languages._KNOWN


def test_nothing_to_tell_by() -> None:
    assert (language_probabilities("12 € !"), direction_of("12 € !"), neither("12 € !")) == ({}, "en-pt", "")


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_probabilities_add_up_and_capitals_do_not_count(text: str) -> None:
    found = language_probabilities(text)
    assert not found or sum(found.values()) == pytest.approx(1)
    assert len(found) in (0, 10)
    if text.isascii():
        assert language_probabilities(text.upper()) == found


@given(st.text(alphabet="abcdeãçé omu", max_size=30))
def test_the_odds_are_those_of_the_probabilities(text: str) -> None:
    found = language_probabilities(text)
    assert log_odds(text) == pytest.approx(math.log(found["en"] / found["pt"]) if found else 0, abs=1e-9)
    assert (direction_of(text) == "pt-en") == (log_odds(text) < 0)


@given(st.text(alphabet="aÀé'’-¿ 3²_ß“—ő", max_size=30))
def test_words_of_latin_1_are_those_of_the_pattern(text: str) -> None:
    found = " ".join(languages._pattern().findall(text.lower())).replace("’", "'")
    assert languages._words(text) == found.encode("latin-1", "replace").split()


def test_a_sum_is_the_same_of_few_grams_and_of_many() -> None:
    grams = [f"w{number}".encode() for number in range(7)]
    weights = languages._Weights(
        ["en", "pt", "es"], 0.1, [0, 0, 0], bytes(k % 251 for k in range(3 * languages.BUCKETS))
    )
    first = weights.sum(grams)
    many = weights.sum(grams * languages._FEW)
    assert weights.wide
    assert weights.sum(grams) == first
    assert many == first * languages._FEW
