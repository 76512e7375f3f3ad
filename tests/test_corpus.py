"""The project's own corpus: well formed, no sentence twice, nothing of dev or test in train."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from translator.corpus.pairs import Pair, read_pairs

FOLDER = Path(__file__).parents[1] / "corpus"
LEAST = {"train": 1500, "dev": 200, "test": 200}
SPLITS = {name: list(read_pairs(FOLDER / f"{name}.tsv")) for name in LEAST}
ALLOWED = re.compile(r"""[A-Za-zÀ-ÖØ-öø-ÿ0-9 .,;:!?…'"$%°ºª/()@+–—-]+""")


def key(text: str) -> str:
    """A sentence as compared: letters and digits only, no case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


@pytest.mark.parametrize("name", SPLITS)
def test_there_is_enough_of_it(name: str) -> None:
    assert len(SPLITS[name]) >= LEAST[name]


@pytest.mark.parametrize("name", SPLITS)
def test_every_line_is_well_formed(name: str) -> None:
    for pair in SPLITS[name]:
        for text in pair:
            assert text == unicodedata.normalize("NFC", text).strip()
            assert "  " not in text
            assert ALLOWED.fullmatch(text), text
            assert text[-1] in ".!?…\"'", text
            assert 1 <= len(text.split()) <= 30, text


@pytest.mark.parametrize("side", ["en", "pt"])
def test_no_sentence_stands_twice_anywhere(side: str) -> None:
    counts = Counter(key(getattr(pair, side)) for pairs in SPLITS.values() for pair in pairs)
    assert [sentence for sentence, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", ["everyday", "words", "general"])
def test_pairs_beside_the_splits_are_well_formed_and_end_alike(name: str) -> None:
    lines = (FOLDER / f"{name}.tsv").read_text("utf-8").splitlines()
    assert [line for line, count in Counter(lines).items() if count > 1] == []
    for line in lines:
        en, pt = line.split("\t")
        for text in (en, pt):
            assert text == unicodedata.normalize("NFC", text).strip(), line
            assert "  " not in text, line
        assert (en[-1] in ".!?") == (pt[-1] in ".!?"), line


@pytest.mark.parametrize("held_out", ["dev", "test"])
def test_no_sentence_held_out_is_trained_on(held_out: str) -> None:
    judged = {key(text) for pair in SPLITS[held_out] for text in pair if len(text.split()) > 3}
    assert [pair for pair in read_pairs(FOLDER / "general.tsv") if {key(pair.en), key(pair.pt)} & judged] == []


def near_copies(left: list[Pair], right: list[Pair]) -> list[tuple[str, str]]:
    """Pairs of English sentences of five words or more that share over four fifths of them."""
    ours = [(pair.en, words(pair.en)) for pair in left]
    theirs = [(pair.en, words(pair.en)) for pair in right]
    return [
        (a, b)
        for a, a_words in ours
        for b, b_words in theirs
        if a is not b and len(a_words) >= 5 and len(a_words & b_words) > 0.8 * len(a_words | b_words)
    ]


@pytest.mark.parametrize("held_out", ["dev", "test"])
def test_nothing_held_out_has_a_near_copy_in_train(held_out: str) -> None:
    assert near_copies(SPLITS[held_out], SPLITS["train"]) == []


def test_no_near_copies_of_one_template_within_train() -> None:
    assert near_copies(SPLITS["train"], SPLITS["train"]) == []


def test_the_readme_counts_right() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    for name, pairs in SPLITS.items():
        assert f"| {name}.tsv | {len(pairs):,} |" in readme
    for name in ("everyday", "words", "symbols"):
        assert f"| {name}.tsv | {len(list(read_pairs(FOLDER / f'{name}.tsv'))):,} |" in readme
    assert "CC0" in readme
