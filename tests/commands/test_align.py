"""Word alignments: pieces to words, weights to links, links to lines and pictures."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.cells import cell_len
from rich.console import Console

from translator.commands.align.view import links_view
from translator.commands.console import console_for
from translator.config import Direction
from translator.errors import CheckpointError
from translator.explain.align import (
    Alignment,
    AlignmentChoice,
    Passes,
    TextPair,
    Tokens,
    align,
    alignment_choice,
    default_choice,
    fits,
    join,
    read_passes,
    spaced,
    worded,
)
from translator.explain.links import Link, Matrix, Rule, combined, format_links, heaviest, links, parse_links
from translator.explain.reading import read
from translator.files import model_folder
from translator.model.folder import open_folder
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

EN, PT = SENTENCES[0], SENTENCES[1]

matrices = st.tuples(st.integers(1, 7), st.integers(1, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=st.floats(0, 1))
)


# --- words and pieces


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t"), max_size=40))
def test_each_piece_lies_in_one_word_and_pieces_are_those_of_the_text(subwords: Subwords, text: str) -> None:
    by_space, by_word = spaced(subwords, text), worded(subwords, text)
    for tokens in (by_space, by_word):
        assert tokens.ids == subwords.encode(text)
        assert len(tokens.owner) == len(tokens.ids)
        assert tokens.owner == sorted(tokens.owner)
        assert set(tokens.owner) <= set(range(len(tokens.words)))
    assert by_space.words == [word for word in text.split(" ") if word]


def test_a_word_nobody_sees_keeps_its_number(subwords: Subwords) -> None:
    tokens = spaced(subwords, "mel \u200b ponte")
    assert tokens.words == ["mel", "\u200b", "ponte"]
    assert sorted(set(tokens.owner)) == [0, 2]


# --- weights

# source words: a (pieces 0, 1), b (piece 2); target words: x (piece 0), y (pieces 1, 2)
SOURCE, TARGET = Tokens(["a", "b"], [70, 71, 72], [0, 0, 1]), Tokens(["x", "y"], [80, 81, 82], [0, 1, 1])
FORWARD = np.array(
    [  # rows: x, y, y, </s>; columns: tag, a, a, b, </s>
        [0.1, 0.2, 0.3, 0.1, 0.3],
        [0.0, 0.1, 0.0, 0.7, 0.2],
        [0.2, 0.0, 0.1, 0.5, 0.2],
        [0.0, 0.4, 0.4, 0.0, 0.2],
    ]
)[None, None]
BACKWARD = np.array(
    [  # rows: a, a, b, </s>; columns: tag, x, y, y, </s>
        [0.0, 0.8, 0.1, 0.1, 0.0],
        [0.1, 0.4, 0.2, 0.0, 0.3],
        [0.0, 0.1, 0.3, 0.6, 0.0],
        [0.5, 0.1, 0.1, 0.1, 0.2],
    ]
)[None, None]
PASSES = Passes(TextPair(SOURCE, TARGET, "en-pt"), {"en-pt": FORWARD, "pt-en": BACKWARD})


def test_pieces_to_words_by_hand() -> None:
    """Columns summed, rows averaged, tag and </s> left out; source words down, target words across."""
    assert PASSES.matrix("en-pt", "predicted")[0, 0] == pytest.approx(np.array([[0.5, 0.1], [0.1, 0.6]]))
    assert PASSES.matrix("pt-en", "predicted")[0, 0] == pytest.approx(np.array([[0.6, 0.2], [0.1, 0.9]]))


def test_the_row_of_the_step_that_reads_a_token_is_the_next_one() -> None:
    assert PASSES.matrix("en-pt", "read")[0, 0] == pytest.approx(np.array([[0.1, 0.45], [0.7, 0.25]]))
    assert PASSES.matrix("pt-en", "read")[0, 0] == pytest.approx(np.array([[0.25, 0.55], [0.1, 0.2]]))


def test_a_pair_the_other_way_round_gives_the_same_matrices_transposed() -> None:
    turned = Passes(TextPair(TARGET, SOURCE, "pt-en"), PASSES.weights)
    directions: tuple[Direction, ...] = ("en-pt", "pt-en")
    for direction in directions:
        there, back = PASSES.matrix(direction, "predicted"), turned.matrix(direction, "predicted")
        assert np.array_equal(there, back.swapaxes(-1, -2))
    choice = AlignmentChoice(0, None, rule="grow", threshold=0.1)
    mirrored = [Link(j, i, weight) for i, j, weight in align(turned, choice).links]
    assert sorted(mirrored) == align(PASSES, choice).links


def test_balanced_by_hand() -> None:
    """A key looked at by one query with weight 1 keeps 1; one that all look at counts less for each."""
    forward = Matrix(np.array([[1.0, 0.0], [0.0, 0.5]]), 1)  # each column a query
    assert combined([forward], "balanced") == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.75]]))
    sink = Matrix(np.array([[0.9, 0.9, 0.6], [0.1, 0.1, 0.4]]), 1)
    assert combined([sink], "balanced")[0] == pytest.approx(np.array([0.9, 0.9, 0.6]) * 1.5 / 2.9)
    assert combined([sink._replace(queries=0)], "balanced")[0] == pytest.approx(
        np.array([0.9 / 1.5, 0.9 / 1.5, 0.6 / 1.5]) * 1.5
    )
    assert combined([forward, Matrix(np.eye(2), 0)], "mean") == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.75]]))
    assert combined([forward, Matrix(np.eye(2), 0)], "geometric")[1, 1] == pytest.approx(0.5**0.5)


@given(matrices, matrices)
def test_strengths_stay_between_0_and_1(a: np.ndarray, b: np.ndarray) -> None:
    rows, columns = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    a, b = a[:rows, :columns], b[:rows, :columns]
    for how in ("mean", "geometric", "balanced"):
        scores = combined([Matrix(a, 1), Matrix(b, 0)], how)
        assert scores.shape == (rows, columns)
        assert (scores >= 0).all()
        assert (scores <= 1 + 1e-12).all()


def test_reading_in_a_batch_is_reading_one_by_one(model: Transformer, subwords: Subwords) -> None:
    pairs = [
        TextPair(worded(subwords, en), worded(subwords, pt), "en-pt")
        for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)
    ]
    pairs.append(TextPair(worded(subwords, PT), worded(subwords, EN), "pt-en"))
    for pair, passes in zip(pairs, read_passes(model, pairs), strict=True):
        for direction, words in passes.weights.items():
            here = direction == pair.direction
            source, target = (pair.source, pair.target) if here else (pair.target, pair.source)
            alone = read(model, subwords, subwords.source("", direction)[:1] + source.ids + [3], target.ids).attention[
                "cross"
            ]
            assert np.abs(words - alone.weights).max() < 1e-6
            matrix = passes.matrix(direction, "predicted")[1, 2]
            expected = alone.words(1, 2)[:-1, 1:-1]
            assert np.abs((matrix.T if here else matrix) - expected).max() < 1e-6


def test_what_fits_is_what_the_model_reads(model: Transformer, subwords: Subwords) -> None:
    longest = model.config.max_length - 2
    short, long = (Tokens(["x"], [70] * n, [0] * n) for n in (longest, longest + 1))
    assert fits(TextPair(short, short, "en-pt"), model.config)
    assert not fits(TextPair(long, short, "en-pt"), model.config)
    assert not fits(TextPair(short, long, "en-pt"), model.config)
    assert read_passes(model, [TextPair(short, short, "en-pt")])[0].weights["pt-en"].shape[-2:] == (60, 61)


# --- links


def test_rules_by_hand() -> None:
    scores = np.array(
        [
            [0.90, 0.30, 0.00, 0.00],
            [0.35, 0.20, 0.00, 0.00],
            [0.00, 0.00, 0.10, 0.40],
            [0.00, 0.45, 0.00, 0.05],
        ]
    )
    cells = {rule: {(i, j) for i, j, _ in links(scores, rule, 0.3)} for rule in ("mutual", "threshold", "grow")}
    assert cells["mutual"] == {(0, 0), (2, 3), (3, 1)}
    assert cells["threshold"] == {(0, 0), (0, 1), (1, 0), (2, 3), (3, 1)}
    assert cells["grow"] == {(0, 0), (2, 3), (3, 1), (1, 0)}  # (0, 1) gives neither word its first link
    assert {(i, j) for i, j, _ in links(scores, "grow", 0.05)} == {*cells["grow"], (2, 2)}
    corner = np.array([[0.9, 0.0, 0.0, 0.0], [0.0, 0.4, 0.0, 0.5], [0.0, 0.0, 0.0, 0.6]])  # (1, 1) meets (0, 0)
    assert {(i, j) for i, j, _ in links(corner, "grow", 0.3)} == {(0, 0), (1, 1), (1, 3), (2, 3)}
    assert heaviest(Matrix(scores, 1)) == {(0, 0), (3, 1), (2, 2), (2, 3)}
    assert heaviest(Matrix(scores, 0)) == {(0, 0), (1, 0), (2, 3), (3, 1)}


@given(matrices, st.sampled_from(["mutual", "threshold", "grow"]), st.floats(0, 1))
def test_links_lie_within_the_sentence_in_order_with_their_strength(
    scores: np.ndarray, rule: Rule, threshold: float
) -> None:
    found = links(scores, rule, threshold)
    cells = [(i, j) for i, j, _ in found]
    assert cells == sorted(set(cells))
    assert all(0 <= i < scores.shape[0] and 0 <= j < scores.shape[1] for i, j in cells)
    assert all(weight == scores[i, j] > 0 for i, j, weight in found)
    if rule == "grow":
        assert {(i, j) for i, j, _ in links(scores, "mutual", threshold)} <= set(cells)
    if rule == "threshold":
        assert all(weight >= threshold for *_, weight in found)


def test_nothing_has_no_links() -> None:
    for rule in ("mutual", "threshold", "grow"):
        assert links(np.zeros((0, 3)), rule, 0.1) == []
        assert links(np.zeros((2, 3)), rule, 0.0) == []
    assert heaviest(Matrix(np.zeros((2, 0)), 1)) == set()


@given(st.sets(st.tuples(st.integers(0, 300), st.integers(0, 300))))
def test_pharaoh_round_trip(cells: set[tuple[int, int]]) -> None:
    text = format_links([Link(i, j, 0.5) for i, j in sorted(cells)])
    assert parse_links(text) == (cells, set())
    assert re.fullmatch(r"(\d+-\d+( \d+-\d+)*)?", text)


def test_possible_links_and_what_is_no_link() -> None:
    assert parse_links("0-0 1p2 3?4") == ({(0, 0)}, {(1, 2), (3, 4)})
    for wrong in ("1", "1-", "-1", "a-1", "1-2-3", "1--2", "１-2"):
        with pytest.raises(ValueError, match=re.escape(wrong)):
            parse_links(f"0-0 {wrong}")


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6))))
def test_groups_part_the_linked_words(cells: set[tuple[int, int]]) -> None:
    found = Alignment(["s"] * 7, ["t"] * 7, "en-pt", [Link(i, j, 0.5) for i, j in sorted(cells)]).groups
    for side in (0, 1):
        words = [word for group in found for word in group[side]]
        assert sorted(words) == sorted({cell[side] for cell in cells})
    for i, j in cells:
        assert sum(i in sources and j in targets for sources, targets in found) == 1


def test_joined_sentences_count_on() -> None:
    first = Alignment(["a"], ["x", "y"], "en-pt", [Link(0, 1, 0.5)])
    assert join([first, first], "en-pt") == Alignment(
        ["a", "a"], ["x", "y", "x", "y"], "en-pt", [Link(0, 1, 0.5), Link(1, 3, 0.5)]
    )


# --- the choice kept in a model


def test_a_choice_comes_back(trained: Path) -> None:
    folder = open_folder(trained)
    assert alignment_choice(folder) is None
    assert default_choice(folder.shape) == AlignmentChoice(layer=1, head=None)
    for choice in (
        AlignmentChoice(1, 3, "read", "mean", "grow", 0.35, best=(0, 2)),
        AlignmentChoice(0, None, "predicted", "balanced", "mutual", 0.0),
    ):
        kept = json.loads(json.dumps(choice.to_dict()))
        assert alignment_choice(replace(folder, info={"alignment": kept})) == choice
    assert AlignmentChoice(1, 3).to_dict()["layer"] == 2


@pytest.mark.parametrize(
    "change",
    [{"layer": 3}, {"layer": 0}, {"head": 5}, {"head": "1"}, {"row": "x"}, {"rule": None}, {"best": {"layer": 1}}],
)
def test_a_choice_that_does_not_fit_is_refused(trained: Path, change: dict[str, Any]) -> None:
    kept = AlignmentChoice(1, 3, best=(0, 2)).to_dict() | change
    with pytest.raises(CheckpointError, match="does not fit this model"):
        alignment_choice(replace(open_folder(trained), info={"alignment": kept}))


# --- the picture


def drawn(alignment: Alignment, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO())
    console.print(links_view(alignment, "title " * 20, width), no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_words_that_belong_together_carry_one_number() -> None:
    found = Alignment(
        ["the", "black", "cat", "uh"], ["o", "gato", "preto"], "en-pt",
        [Link(0, 0, 0.25), Link(1, 2, 0.5), Link(2, 1, 1.0)],
    )  # fmt: skip
    lines = drawn(found, 80)
    at = next(i for i, line in enumerate(lines) if line.startswith("EN"))
    assert lines[at].split() == ["EN", "the", "black", "cat", "uh"]
    assert lines[at + 1].split() == ["1", "2", "3", "·"]
    assert lines[at + 2].split() == ["PT", "o", "gato", "preto"]
    assert lines[at + 3].split() == ["1", "3", "2"]
    assert [line.split() for line in lines if "─" in line] == [
        ["1", "the", "─", "o", "██", "0.25"],
        ["2", "black", "─", "preto", "█████", "0.50"],
        ["3", "cat", "─", "gato", "██████████", "1.00"],
    ]


@given(
    st.lists(st.sampled_from(["a", "de", "palavra", "猫猫", "é" * 90, "\x1b[31m", "[/x]", "\u202e"]), min_size=1),
    st.integers(40, 120),
    st.data(),
)
def test_no_line_is_wider_than_the_terminal(words: list[str], width: int, data: st.DataObject) -> None:
    index = st.integers(0, len(words) - 1)
    cells = data.draw(st.sets(st.tuples(index, index), max_size=9))
    lines = drawn(Alignment(words, words, "pt-en", [Link(i, j, 0.5) for i, j in sorted(cells)]), width)
    assert max(map(cell_len, lines)) <= width
    assert not set("\x1b\u202e") & set("".join(lines))


def test_colour_is_never_alone() -> None:
    """The same characters with and without colour."""
    found = Alignment(["a", "b"], ["x", "y"], "en-pt", [Link(0, 1, 0.5), Link(1, 0, 0.5)])
    console = console_for(
        io.StringIO(), width=80, color_system="standard", force_terminal=True, file=io.StringIO(), no_color=False
    )
    console.print(links_view(found, "t", 80), no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    coloured = console.file.getvalue()
    assert "\x1b[36m" in coloured
    plain = Console(width=80, color_system=None, file=io.StringIO())
    plain.print(links_view(found, "t", 80), no_wrap=True, crop=False)
    assert isinstance(plain.file, io.StringIO)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain.file.getvalue()


# --- the shipped model

ALIGNED = [  # written and aligned for this test
    ("My sister bought two red apples .", "Minha irmã comprou duas maçãs vermelhas .", "0-0 1-1 2-2 3-3 4-5 5-4 6-6"),
    ("The small dog is sleeping .", "O cachorro pequeno está dormindo .", "0-0 1-2 2-1 3-3 4-4 5-5"),
    ("We do not have bread today .", "Não temos pão hoje .", "0-1 2-0 3-1 4-2 5-3 6-4"),
    ("Where did you learn this song ?", "Onde você aprendeu esta canção ?", "0-0 2-1 3-2 4-3 5-4 6-5"),
    ("The new teacher speaks slowly .", "A professora nova fala devagar .", "0-0 1-2 2-1 3-3 4-4 5-5"),
]


def test_the_shipped_model_links_what_belongs_together_and_shuffled_attention_does_not() -> None:
    from translator.evaluation.alignment import Gold, read_gold_passes, score_choice
    from translator.model.checkpoint import load_checkpoint

    gold = [Gold(en, pt, frozenset(parse_links(line)[0]), frozenset(parse_links(line)[0])) for en, pt, line in ALIGNED]
    checkpoint = load_checkpoint(model_folder("en-pt"))
    choice = alignment_choice(checkpoint) or default_choice(checkpoint.shape)
    passes = read_gold_passes(checkpoint.model, checkpoint.subwords, checkpoint.directions, gold)
    generator = np.random.default_rng(5)

    def shuffled(weights: np.ndarray) -> np.ndarray:
        inside = 1 + generator.permutation(weights.shape[-1] - 2)
        return weights[..., [0, *inside, weights.shape[-1] - 1]]

    mixed = [replace(p, weights={d: shuffled(w) for d, w in p.weights.items()}) for p in passes]
    alone = replace(choice, similarity=0.0)
    best, right, wrong = (
        score_choice(*way).aer for way in ((passes, gold, choice), (passes, gold, alone), (mixed, gold, alone))
    )
    assert best <= right < 0.25
    assert wrong > right + 0.3
