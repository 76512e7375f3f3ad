"""The challenge set is whole, possible and ours; its judge is strict and fair."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from translator.config import Direction
from translator.corpus.pairs import read_pairs
from translator.errors import InputError
from translator.evaluation.challenge import ChallengeResult, Item, read_challenge, right, run_challenge
from translator.files import corpus_file

ITEMS = read_challenge(corpus_file("challenge"))
PHENOMENA = {
    "ser and estar", "agreement", "clitics", "contractions", "tense", "subjunctive", "negation", "false friends",
    "polysemy", "idioms", "greetings", "names", "numbers", "dates", "times", "units", "questions", "imperatives",
    "gender of professions",
}  # fmt: skip


def test_all_phenomena_are_there_in_both_directions() -> None:
    assert len(ITEMS) >= 400
    counts = Counter((item.phenomenon, item.direction) for item in ITEMS)
    assert {phenomenon for phenomenon, _ in counts} == PHENOMENA
    assert min(counts.values()) >= 12
    assert len(counts) == 2 * len(PHENOMENA)


def test_each_item_can_be_done_and_is_not_done_by_copying_or_silence() -> None:
    assert [item.line for item in ITEMS if not right(item, item.example)] == []
    assert [item.line for item in ITEMS if right(item, "")] == []
    copied = [item for item in ITEMS if item.phenomenon != "names" and right(item, item.source)]
    assert len(copied) < 0.06 * len(ITEMS)  # figures and measures stand in the source as in the target


def test_no_item_is_of_the_corpus_or_stands_twice() -> None:
    known = {side.casefold() for name in ("train", "dev", "test") for p in read_pairs(corpus_file(name)) for side in p}
    for name in ("everyday", "words"):
        lines = corpus_file("train").with_name(f"{name}.tsv").read_text("utf-8").splitlines()
        known |= {side.strip().casefold() for line in lines for side in line.split("\t")}
    assert [item.source for item in ITEMS if {item.source.casefold(), item.example.casefold()} & known] == []
    assert len({item.source for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize(
    ("source", "translation", "is_right"),
    [
        ("My sister is a nurse in Braga.", "A minha irmã é enfermeira em Braga.", True),  # European
        ("My sister is a nurse in Braga.", "Minha irmã está enfermeira em Braga.", False),
        ("Grandpa loves you.", "O avô ama-te.", True),
        ("Grandpa loves you.", "Vovô ama você.", True),
        ("She actually lives", "", False),
        ("Ele puxou a porta com força.", "He PULLED the door hard.", True),  # capitals do not count
        ("Ele puxou a porta com força.", "He pushed the door hard.", False),
        ("Ainda não almocei.", "I haven’t had lunch yet.", True),  # a curly apostrophe is one
    ],
)
def test_the_judge(source: str, translation: str, is_right: bool) -> None:
    found = [item for item in ITEMS if item.source == source]
    assert (bool(found) and right(found[0], translation)) == is_right


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a\ten-pt\tx\ty", "line 2: 4 columns, expected 6"),
        ("a\ten-fr\tx\ty\t\tz", "'en-fr' is no direction"),
        ("a\ten-pt\tx\t(y\t\tz", "is no regular expression"),
        ("a\ten-pt\t\ty\t\tz", "line 2: no source"),
        ("a\ten-pt\tx\t\t\tz", "line 2: no accepted pattern"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "c.tsv").write_text(f"# a comment\n{line}\n", "utf-8")
    with pytest.raises(InputError, match="line 2") as error:
        read_challenge(tmp_path / "c.tsv")
    assert says in str(error.value)


def test_results_are_told_by_phenomenon() -> None:
    items = [item for item in ITEMS if item.phenomenon in ("names", "times")]

    def examples_or_nothing(sources: object, direction: Direction) -> list[str]:
        return [item.example if item.phenomenon == "names" else "" for item in items if item.direction == direction]

    result: ChallengeResult = run_challenge("fake", items, examples_or_nothing)
    assert result.shares() == {"names": (24, 24), "times": (0, 24)}
    assert result.shares("en-pt") == {"names": (12, 12), "times": (0, 12)}
    assert sum(result.is_right) == 24


def test_several_patterns_are_all_wanted(tmp_path: Path) -> None:
    (tmp_path / "c.tsv").write_text("a\ten-pt\tx\tum ;; dois\ttrês\tum dois\n", "utf-8")
    item: Item = read_challenge(tmp_path / "c.tsv")[0]
    assert [right(item, text) for text in ("um dois", "dois, um", "um", "um dois três")] == [True, True, False, False]
