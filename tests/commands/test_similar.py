"""The words of two sentences compared at every level, one word through the encoder, and their pictures."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text
from vectors import EN, NASTY, PT, Numpy, by_hand, lines_of, sources, tokens_by_numpy

from translator.commands.vectors.view import (
    context_svg,
    context_view,
    similarity_csv,
    similarity_plain,
    similarity_svg,
    similarity_view,
)
from translator.draw.colour import Scheme, contrast, cosine_step, look
from translator.draw.cosines import Grid, blocks, cosine_text
from translator.draw.grid import side_by_side
from translator.draw.scatter import Box, Scatter, place_labels, scatter
from translator.draw.text import wrap
from translator.explain.context import (
    AtStage,
    Context,
    InSentence,
    Looked,
    at_stages,
    find_word,
    looked_at,
    stage_names,
    word_stages,
)
from translator.explain.geometry import cosine_matrix, principal_components, unit
from translator.explain.reading import read
from translator.explain.similarity import Level, Similarity, similarity
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords, Word

LEVELS = [
    Level(),
    Level("encoder"),
    Level("encoder", layer=1),
    Level("query", "cross"),
    Level("query", "cross", 0, 2),
    Level("key", "cross", 1, 0),
    Level("query", "encoder", 2, 1),
    Level("key", "encoder"),
    Level("query-key", "cross", 0),
    Level("query-key", "cross", 1, 2),
]


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_similarity_is_what_numpy_gets_from_the_weights(model: Transformer, subwords: Subwords, level: Level) -> None:
    first, second = sources(subwords)
    found = similarity(model, subwords, first, second, level)
    numpy = Numpy(model)
    wanted = []
    for own, other in ((first, second), (second, first)):
        tokens = tokens_by_numpy(numpy, own, other, level, first=own is first)
        wanted += [tokens[w.start : w.stop].mean(axis=0) for w in subwords.words(own[1:-1])]
    assert found.vectors == pytest.approx(np.stack(wanted), abs=1e-5)
    for i in range(len(found.words)):
        for j in range(len(found.words)):
            assert found.cosines[i, j] == pytest.approx(by_hand(wanted[i], wanted[j]), abs=1e-5)


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_similarity_to_oneself_is_one_and_the_grid_is_symmetric(
    model: Transformer, subwords: Subwords, level: Level
) -> None:
    found = similarity(model, subwords, *sources(subwords), level)
    assert found.words == [w.text for ids in sources(subwords) for w in subwords.words(ids[1:-1])]
    assert found.words[8:12] == ["winter", ".", "O", "velho"]
    assert np.diag(found.cosines) == pytest.approx(np.ones(18), abs=1e-6)
    assert (found.cosines == found.cosines.T).all()
    assert found.plane.explained.sum() <= 1 + 1e-12
    for i, j in enumerate(found.nearest_in_other()):
        assert found.text_of[i] != found.text_of[j]
        others = [k for k in range(18) if found.text_of[k] != found.text_of[i]]
        assert found.cosines[i, j] == max(found.cosines[i, k] for k in others)


def test_the_embedding_level_knows_no_context_and_the_encoder_does(model: Transformer, subwords: Subwords) -> None:
    first, second = subwords.source("The boats near the bridge.", "en-pt"), subwords.source("tiny boats", "en-pt")
    for at, same in (("embedding", True), ("encoder", False)):
        found = similarity(model, subwords, first, second, Level(at))  # type: ignore[arg-type]
        one, other = (i for i, word in enumerate(found.words) if word == "boats")
        assert (found.cosines[one, other] == 1.0) is np.bool_(same)


def test_the_keys_and_queries_of_query_key_are_those_behind_the_weights(reader: Transformer, whole: Subwords) -> None:
    first, second = sources(whole)
    layer, head, width = 1, 2, reader.config.d_model // reader.config.heads
    found = similarity(reader, whole, first, second, Level("query-key", "cross", layer, head))
    weights = read(reader, whole, first, second[1:-1]).attention["cross"].weights[layer, head]  # (T, S)
    n = found.text_of.count(0)
    one = [i for i, pieces in enumerate(found.pieces) if len(pieces) == 1]  # words of one piece: no mean between
    keys, queries = [i for i in one if i < n], [i for i in one if i >= n]
    assert len(keys) > 1
    assert len(queries) > 1
    column = {i: w.start + 1 for i, w in enumerate(whole.words(first[1:-1]))}
    row = {n + i: w.start for i, w in enumerate(whole.words(second[1:-1]))}
    for q in queries:
        scores = [float(found.vectors[q] @ found.vectors[k]) / math.sqrt(width) for k in keys]
        for k, score in zip(keys[1:], scores[1:], strict=True):
            ratio = weights[row[q], column[k]] / weights[row[q], column[keys[0]]]
            assert math.log(ratio) == pytest.approx(score - scores[0], abs=1e-4)


def test_the_pictures_leave_the_models_passes_as_they_were(model: Transformer, subwords: Subwords) -> None:
    first, second = sources(subwords)
    for level in LEVELS:
        similarity(model, subwords, first, second, level)
    assert not [m for m in model.modules() if m._forward_hooks]


# pictures


def named(words: list[str], sides: list[int], seed: int = 1) -> Similarity:
    vectors = np.random.default_rng(seed).normal(size=(len(words), 6))
    return Similarity(
        Level(),
        words,
        [[w] for w in words],
        sides,
        vectors,
        cosine_matrix(vectors),
        principal_components(unit(vectors)),
    )


def test_the_grid_as_it_looks_without_colour() -> None:
    grid = Grid("t", ["I", "eu"], ["I", "eu"], np.array([[1.0, -0.4567], [-0.4567, 0.999]]), [1, 0], 1)
    assert [line.plain.rstrip() for line in blocks(grid, 80)[0]] == [
        "t",
        "        I        eu",
        " I │ ██ 1.00 │[▒▒-0.46]",
        "───┼───────────────────",
        "eu │[▒▒-0.46]│ ██ >.99",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, " 1.00"), (1 - 1e-12, " 1.00"), (0.9999, " >.99"), (0.994, " 0.99"), (-0.001, " 0.00"), (-0.9999, "<-.99")],
)
def test_only_one_is_printed_as_one(value: float, shown: str) -> None:
    assert cosine_text(value) == shown


@given(st.floats(-1, 1))
def test_cosines_take_five_cells_and_are_readable(value: float) -> None:
    assert len(cosine_text(value)) == 5
    step = cosine_step(value)
    for scheme in get_args(Scheme):
        assert contrast(look(step, scheme), look(f"on-{step}", scheme)) >= 4.5  # WCAG AA


LABELS = st.lists(st.sampled_from(["I", "happy", "日本", "criaturinha", "</s>", ".", "naïve"]), min_size=1, max_size=30)


@given(LABELS, st.integers(0, 99), st.sampled_from([40, 63, 80, 100]))
def test_no_name_in_a_scatter_covers_another_and_none_is_lost(words: list[str], seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    sides = rng.integers(0, 2, len(words)).tolist()
    names = [f"{word}{i}" for i, word in enumerate(words)]
    coordinates = rng.normal(size=(len(words), 2)) * rng.choice([0.0, 0.1, 3.0], size=2)
    shown = lines_of(scatter(Scatter(names, sides, coordinates, np.array([0.5, 0.2])), width), width)
    assert max(map(cell_len, shown)) <= width
    assert {cell_len(line) for line in shown if line[0] in "│┌└"} == {width}
    page = "\n".join(shown)
    if len(set(map(tuple, coordinates.tolist()))) == len(words) and "…" not in page:
        apart = page.replace("│", " ").replace(",", " ").split()
        assert not set(names) - set(apart)


def test_labels_meet_neither_anchors_nor_each_other() -> None:
    anchors = [Box(x, y, 1, 1) for x, y in ((5, 5), (7, 5), (5, 6), (6, 4), (20, 5))]
    labels = place_labels(anchors, [6] * 5, 1, Box(0, 0, 30, 10), 1)
    there = [label for label in labels if label]
    assert len(there) >= 3
    assert labels[4] == Box(22, 5, 6, 1)
    for label in there:
        assert not any(label.meets(box) for box in [*anchors, *(other for other in there if other is not label)])
    assert place_labels([Box(2, 2, 1, 1)], [9], 1, Box(0, 0, 5, 5), 1) == [None]


def test_a_name_without_room_goes_below_the_picture() -> None:
    coordinates = np.array([[x, y] for x in (0.0, 0.1, 0.2, 3.0) for y in (0.0, 0.2, 0.4)])
    names = [f"word{i}" for i in range(12)]
    page = "\n".join(lines_of(scatter(Scatter(names, [0, 1] * 6, coordinates, np.array([0.9, 0.1])), 60), 60))
    assert "① = " in page
    assert all(name in page.split() for name in names)


@pytest.mark.parametrize("width", [40, 66, 80, 120])
@pytest.mark.parametrize("count", [1, 3, 11])
def test_views_of_similar_and_context_fit(width: int, count: int) -> None:
    words = [*NASTY.split(), "inconstitucionalissimamente"] * 4
    found = named(words[: 2 * count], [0] * count + [1] * count)
    shown = lines_of(similarity_view(found, ("a " * 99, NASTY), "level " * 30, width), width)
    assert max(map(cell_len, shown)) <= width
    looked = looked_at_nothing()
    sentences = [InSentence(NASTY * 5, "x" * 200, NASTY, ["▁", "x"], 2, looked)] * (count + 1)
    grids = np.random.default_rng(1).uniform(-1, 1, size=(5, count + 1, count + 1))
    stages = [AtStage(name, 0.5, grid) for name, grid in zip(stage_names(2), grids, strict=True)]
    context = Context(NASTY, "cross-attention", sentences, stages)
    shown = lines_of(context_view(context, width), width)
    assert max(map(cell_len, shown)) <= width
    cells = "".join(line.split("│", 1)[1] for line in shown if "│" in line)
    assert sum(cells.count(glyph) for glyph in (" 0.", "-0.", ">.", "<-.")) >= 5 * (count + 1) ** 2


def looked_at_nothing() -> list[Looked]:
    return [Looked("</s>", 0.7, False), Looked(NASTY, 0.2, True)]


def test_svg_and_csv_escape_what_they_are_given() -> None:
    found = named([*NASTY.split(), "\ufffe", '"', "=1"], [0, 0, 0, 0, 1, 1, 1, 1])
    svg = similarity_svg(found, (NASTY, "</svg><script>"), "level")
    tree = ElementTree.fromstring(svg)  # well-formed
    assert not [e for e in tree.iter() if "script" in e.tag]
    texts = [e.text for e in tree.iter() if e.tag.endswith("text")]
    assert "[/x]" in texts
    assert "<b>&amp;" in texts
    assert not [part for part in ("@import", "url(", "http") if part in svg.replace("http://www.w3.org/2000/svg", "")]
    rows = list(csv.reader(io.StringIO(similarity_csv(found))))
    assert len(rows) == 9
    assert all(len(row) == 12 for row in rows)
    assert rows[0][4:] == [row[0] for row in rows[1:]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]  # no formula
    assert [float(row[4 + i]) for i, row in enumerate(rows[1:])] == [1.0] * 8
    plain = json.loads(json.dumps(similarity_plain(found, ("a", "b"))))
    assert np.array(plain["cosines"]) == pytest.approx(found.cosines, abs=1e-6)
    sentences = [InSentence("</svg>", "<b>", "x", ["x"], 1, looked_at_nothing())] * 2
    context = Context(NASTY, "c", sentences, [AtStage("s", 1.0, np.ones((2, 2)))])
    ElementTree.fromstring(context_svg(context))


def test_blocks_side_by_side_use_the_width_and_no_more() -> None:
    block = [Text("ab"), Text("abcd")]
    for width, wanted in ((11, ["ab     ab", "abcd   abcd", "", "x"]), (10, ["ab", "abcd", "", "ab     x", "abcd"])):
        shown = [line.plain for line in side_by_side([block, block, [Text("x")]], width, apart=1)]
        assert [line.rstrip() for line in shown] == wanted
        assert max(map(len, shown)) <= width


@given(st.text(alphabet="ab 日", max_size=60), st.integers(2, 20))
def test_wrapping_loses_only_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert max(map(cell_len, lines)) <= width
    if not any(cell_len(word) > width for word in text.split(" ")):
        assert " ".join(lines).split() == text.split()


# context


def test_stages_are_what_numpy_gets_from_the_weights(model: Transformer, subwords: Subwords) -> None:
    source = subwords.source("Does the lighthouse paint the boats?", "en-pt")
    (word,) = find_word("LIGHTHOUSE", subwords, source)
    assert word.text == "lighthouse"
    stages = word_stages(read(model, subwords, source, []), word)
    numpy = Numpy(model)
    memory = numpy.encode(source)
    wanted = [numpy.w["embedding.weight"][source], numpy.embed(source)]
    wanted += [numpy.seen[f"encoder.{l}"] for l in range(model.config.encoder_layers)] + [memory]
    assert len(stages) == len(stage_names(model.config.encoder_layers))
    for got, of_all in zip(stages, wanted, strict=True):
        assert got == pytest.approx(of_all[word.start : word.stop].mean(axis=0), abs=1e-5)


def grids_of(model: Transformer, subwords: Subwords, sources: list[list[int]], words: list[Word]) -> np.ndarray:
    stages = [word_stages(read(model, subwords, s, []), w) for s, w in zip(sources, words, strict=True)]
    found = at_stages(stage_names(model.config.encoder_layers), stages)
    different = ~np.eye(len(sources), dtype=bool)
    assert [at.mean for at in found] == pytest.approx([at.cosines[different].mean() for at in found])
    return np.stack([at.cosines for at in found])


def test_token_only_is_exactly_one_and_position_changes_it(model: Transformer, subwords: Subwords) -> None:
    texts = ["boats", "The old boats sing.", "We still sell tiny boats near the bridge.", "Tiny boats."]
    sources = [subwords.source(text, "en-pt") for text in texts]
    words = [find_word("boats", subwords, source)[0] for source in sources]
    grids = grids_of(model, subwords, sources, words)
    assert grids.shape == (6, 4, 4)
    assert (grids[0] == 1.0).all()
    for i, j in ((0, 1), (1, 2), (2, 3)):
        assert words[i].start != words[j].start
        assert grids[1, i, j] < 1 - 1e-6
    assert (grids == grids.transpose(0, 2, 1)).all()
    assert np.abs(np.diagonal(grids, axis1=1, axis2=2) - 1).max() < 1e-6
    # same words up to it, so the same position: still exactly 1, until a layer has looked at what follows
    pair = [subwords.source(text, "en-pt") for text in ("The boats sing.", "The boats wait near the bridge.")]
    places = [find_word("boats", subwords, source)[0] for source in pair]
    grids = grids_of(model, subwords, pair, places)
    assert grids[1, 0, 1] == 1.0
    assert grids[2, 0, 1] < 1 - 1e-6


def test_find_word_counts_from_the_tag_and_finds_every_place(subwords: Subwords) -> None:
    source = subwords.source("Boats, tiny boats!", "en-pt")
    found = find_word(" boats ", subwords, source)
    assert [subwords.decode(source[w.start : w.stop]).strip().lower() for w in found] == ["boats", "boats"]
    assert find_word("boat", subwords, source) == []
    assert find_word("<2pt>", subwords, source) == []


def test_who_looked_at_a_word_most(model: Transformer, subwords: Subwords) -> None:
    source, target = subwords.source(EN, "en-pt"), subwords.encode(PT)
    attention = read(model, subwords, source, target).attention["cross"]
    (word,) = find_word("keeper", subwords, source)
    looked = looked_at(attention, word, 1, 2)
    columns = attention.shares[1, 2][:, word.start : word.stop].sum(axis=1)  # (T,)
    wanted = {w.text: columns[w.start : w.stop].mean() for w in attention.rows.words}
    assert {k.word: k.weight for k in looked} == pytest.approx(wanted)
    assert [k.weight for k in looked] == sorted(wanted.values(), reverse=True)
    assert [k.word for k in looked if not k.is_word] == ["</s>"]


def test_a_word_that_only_the_end_looked_at_is_said_to_have_no_word() -> None:
    sentence = InSentence("a mole", "um", "mole", ["▁mo", "le"], 1, looked_at_nothing())
    context = Context("mole", "cross-attention", [sentence] * 2, [AtStage("token only", 1.0, np.ones((2, 2)))])
    assert "no word: </s> looked at it most (70%)" in "\n".join(lines_of(context_view(context, 100), 100))
