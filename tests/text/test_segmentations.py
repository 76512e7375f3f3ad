"""Drawn segmentations: the right odds, and the same ones in every process."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

from translator.text.segmentations import Segmenter
from translator.text.subwords import Subwords

SCORES = {"a": (7, -1.0), "b": (8, -2.0), "ab": (9, -2.5), "ba": (10, -1.5), "aba": (11, -4.0)}


def every_way(word: str) -> dict[tuple[int, ...], float]:
    """Log-probability of each segmentation, found by trying all."""
    found: dict[tuple[int, ...], float] = {}
    for cuts in range(1 << (len(word) - 1)):
        ends = [0, *(i + 1 for i in range(len(word) - 1) if cuts >> i & 1), len(word)]
        parts = [word[begin:end] for begin, end in pairwise(ends)]
        if all(part in SCORES for part in parts):
            found[tuple(SCORES[part][0] for part in parts)] = sum(SCORES[part][1] for part in parts)
    return found


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_each_way_is_drawn_as_often_as_it_should_be(alpha: float) -> None:
    segmenter, random, draws = Segmenter(SCORES, alpha), Random(3), 20_000
    drawn = Counter(tuple(segmenter.draw("abab", random)) for _ in range(draws))
    ways = every_way("abab")
    assert len(ways) == 6
    whole = sum(math.exp(alpha * score) for score in ways.values())
    for way, score in ways.items():
        share = math.exp(alpha * score) / whole
        assert drawn[way] / draws == pytest.approx(share, abs=5 * math.sqrt(share / draws))
    assert set(drawn) <= set(ways)


def test_what_no_piece_spells() -> None:
    with pytest.raises(ValueError, match="no pieces spell 'abc'"):
        Segmenter(SCORES, 1.0).draw("abc", Random(1))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40), st.integers(0, 9))
def test_drawing_changes_the_pieces_and_never_the_text(subwords: Subwords, text: str, seed: int) -> None:
    (drawn,) = subwords.encode_batch([text], alpha=0.1, seed=seed)
    assert subwords.decode(drawn) == subwords.decode(subwords.encode(text))


def test_a_high_power_draws_the_best(subwords: Subwords) -> None:
    assert subwords.encode_batch(SENTENCES, alpha=200.0, seed=1) == [subwords.encode(text) for text in SENTENCES]


def test_every_process_draws_the_same() -> None:
    """SentencePiece's own drawing does not."""
    code = (
        "from translator.text.subwords import Subwords\n"
        f"texts = {SENTENCES!r}\n"
        "print(Subwords.train(texts, 420, threads=1).encode_batch(texts, alpha=0.1, seed=5))"
    )
    told = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(told) == 1
    assert b"[" in told.pop()
