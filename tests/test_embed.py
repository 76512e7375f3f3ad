"""Words as vectors: neighbours, analogies, similarity at every level, one word through the encoder."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from translator.cli.app import main
from translator.cli.similar import similar
from translator.errors import UsageError
from translator.explain.context import cosine_grids, find_word, looked_at, stage_names, word_stages
from translator.explain.cross import cross_attention
from translator.explain.embeddings import Analogy, Embeddings, guess_language
from translator.explain.geometry import cosine_matrix, cosines, principal_components, unit
from translator.explain.similarity import Level, Similarity, similarity
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, Subwords
from translator.translation import Translator
from translator.views.context import Context, InSentence, context_svg, context_view
from translator.views.cosines import Grid, blocks, cosine_text, ink, side_by_side, signed_rgb, wrap
from translator.views.embeddings import analogy_view, neighbours_view
from translator.views.scatter import Box, Scatter, place_labels, scatter
from translator.views.similarity import similarity_plain, similarity_svg, similarity_view, write_similarity_csv

EN, PT = SENTENCES[0], SENTENCES[1]
NASTY = "[/x] <b>&amp; 日本 naïve \N{FAMILY}"
VECTORS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(1, 7)), elements=st.floats(-9, 9).map(lambda x: round(x, 3))
)


@pytest.fixture(scope="module")
def whole() -> Subwords:
    """A vocabulary of whole words: the sentences' own, over and over in changing company."""
    words = " ".join(SENTENCES).split()
    rng = np.random.default_rng(2)
    return Subwords.train([" ".join(rng.permutation(words)[:9]) for _ in range(400)], 420)


@pytest.fixture(scope="module")
def reader(whole: Subwords, model: Transformer) -> Transformer:
    """An untrained model of that vocabulary."""
    torch.manual_seed(23)
    return Transformer(replace(model.config, vocab_size=len(whole))).eval()


@pytest.fixture(scope="module")
def space(reader: Transformer, whole: Subwords) -> Embeddings:
    odds = np.random.default_rng(3).normal(0, 3, len(whole)).astype(np.float32)
    return Embeddings(reader, whole, odds)


def by_hand(u: np.ndarray, v: np.ndarray) -> float:
    """Cosine from its definition, term by term."""
    dot = math.fsum(float(a) * float(b) for a, b in zip(u, v, strict=True))
    return dot / math.sqrt(math.fsum(float(a) ** 2 for a in u)) / math.sqrt(math.fsum(float(b) ** 2 for b in v))


def lines_of(text: Text, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO())
    console.print(text, no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


# geometry


def test_cosines_by_hand() -> None:
    vectors = np.array([[3.0, 4.0], [-3.0, -4.0], [4.0, -3.0], [0.0, 0.0]])
    assert cosines(vectors, np.array([6.0, 8.0])) == pytest.approx([1.0, -1.0, 0.0, 0.0])
    assert cosine_matrix(vectors).tolist() == [[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


@given(VECTORS)
def test_cosine_matrix_is_symmetric_and_exactly_one_between_copies(vectors: np.ndarray) -> None:
    twice = np.concatenate([vectors, vectors])
    grid = cosine_matrix(twice)
    assert (grid == grid.T).all()
    n, there = len(vectors), np.linalg.norm(vectors, axis=1) > 0
    assert (np.diag(grid)[:n][there] == 1.0).all()
    assert (np.diag(grid[:n, n:])[there] == 1.0).all()
    assert np.abs(grid).max() <= 1 + 1e-12
    for i, j in zip(*np.nonzero(there[:, None] & there[None, :]), strict=True):
        assert grid[i, j] == pytest.approx(by_hand(vectors[i], vectors[j]), abs=1e-9)


@given(VECTORS)
def test_principal_components_agree_with_the_covariance(vectors: np.ndarray) -> None:
    plane = principal_components(vectors)
    assert plane.coordinates.shape == (len(vectors), 2)
    assert 0 <= plane.explained[1] <= plane.explained[0]
    assert plane.explained.sum() <= 1 + 1e-12
    centred = vectors - vectors.mean(axis=0)
    variances = np.sort(np.linalg.eigvalsh(centred.T @ centred))[::-1]  # another way to the same numbers
    assert plane.coordinates.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    if variances.sum() > 1e-9:
        wanted = [*(np.maximum(variances, 0) / variances.sum()), 0.0][:2]
        assert plane.explained == pytest.approx(wanted, abs=1e-9)
        assert (plane.coordinates**2).sum(axis=0) == pytest.approx(plane.explained * variances.sum(), abs=1e-7)


def test_principal_components_match_numpys_svd_and_have_one_sign() -> None:
    vectors = np.random.default_rng(5).normal(size=(7, 11))
    plane = principal_components(vectors)
    u, s, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    assert np.abs(plane.coordinates) == pytest.approx(np.abs(u[:, :2] * s[:2]))
    assert plane.explained == pytest.approx(s[:2] ** 2 / (s**2).sum())
    assert principal_components(vectors[::-1]).coordinates[::-1] == pytest.approx(plane.coordinates)


# embed


def test_neighbours_are_those_of_a_plain_loop_over_the_vocabulary(
    reader: Transformer, whole: Subwords, space: Embeddings
) -> None:
    model, subwords = reader, whole
    weights = model.embedding.weight.detach().numpy()
    assert len(subwords.encode("boatskeeper")) > 1
    for word in ("boats", "lighthouse", "boatskeeper", "não"):
        ids = subwords.encode(word)
        vector = np.sum([weights[i].astype(float) for i in ids], axis=0)  # the sum: same directions as the mean
        rows = {
            i: by_hand(weights[i], vector)
            for i in range(len(subwords))
            if subwords.piece(i).startswith("▁") and subwords.piece(i) != "▁" and [i] != ids
        }
        found = space.neighbours(word, 5)
        best = sorted(rows, key=lambda i: -rows[i])[:5]
        assert [n.id for n in found.nearest] == best
        assert [n.cosine for n in found.nearest] == pytest.approx([rows[i] for i in best], abs=1e-6)
        assert found.norm == pytest.approx(float(np.linalg.norm(vector)) / len(ids), abs=1e-6)
        assert found.candidates == len(rows)
        assert found.mean_cosine == pytest.approx(np.mean(list(rows.values())), abs=1e-6)
        assert found.log_odds == pytest.approx(float(space.log_odds[ids].sum()))
        assert [n.is_part for n in found.nearest] == [n.id in ids for n in found.nearest]


def test_the_nearest_of_the_other_language_are_of_the_other_language(space: Embeddings) -> None:
    languages = {n.id: n.language for n in space.neighbours("boats", 100).nearest}
    assert set(languages.values()) == {"en", "pt", None}
    found = space.neighbours("boats", 100)
    other = {"en": "pt", "pt": "en"}[found.language or "en"]
    if found.language:
        assert [n.id for n in found.across] == [i for i, name in languages.items() if name == other][:3]
    assert [guess_language(x) for x in (1.0, -1.0, 1.2, -1.2)] == [None, None, "en", "pt"]


def test_an_analogy_is_a_sum_of_three_cosines(space: Embeddings, whole: Subwords) -> None:
    # Levy and Goldberg (2014): with unit vectors, cos(x, b − a + c) ∝ cos(x, b) − cos(x, a) + cos(x, c)
    asked = ["The", "Does", "We"]
    a, b, c = (space.vectors[whole.encode(word)].mean(axis=0) for word in asked)
    answer = space.analogy(Analogy("The", "Does", "We", "boats"), 9)
    length = np.linalg.norm(unit(b) - unit(a) + unit(c))
    for n in answer.nearest:
        x = space.vectors[n.id]
        assert n.cosine == pytest.approx((by_hand(x, b) - by_hand(x, a) + by_hand(x, c)) / length)
    single = {ids[0] for ids in map(whole.encode, asked) if len(ids) == 1}
    assert single
    assert not single & {n.id for n in answer.nearest}
    assert answer.candidates == len(space.candidates) - len(single)


def test_the_rank_of_an_expected_answer_is_its_place_in_the_list(space: Embeddings) -> None:
    question = Analogy("The", "Does", "We")
    everything = space.analogy(question, len(space.candidates) - 3).nearest
    for place in (0, 1, 30):
        expected = space.analogy(replace(question, expected=everything[place].word)).expected
        assert expected is not None
        if len(expected.pieces) == 1:
            assert (expected.rank, expected.cosine) == (place + 1, everything[place].cosine)
    assert space.analogy(question).expected is None


@pytest.mark.parametrize(
    "text", ["", "a:b", "a:b::", "a:b::c:d:e", "a::b", "a:b:c::d", ":b::c", "a:b::c:", "a:b::c::d"]
)
def test_what_is_no_analogy_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError, match="expected a:b::c"):
        Analogy.parse(text)


def test_an_analogy_is_read() -> None:
    assert Analogy.parse(" man : woman::king") == Analogy("man", "woman", "king")
    assert Analogy.parse("man:woman::king:queen") == Analogy("man", "woman", "king", "queen")
    with pytest.raises(UsageError, match="one of the words asked about"):
        Analogy.parse("man:woman::king:woman")


def test_the_views_of_embed_say_whether_an_analogy_holds(space: Embeddings) -> None:
    question = Analogy("The", "Does", "We")
    winner, loser = (n.word for n in space.analogy(question, 2).nearest)
    for answer, says in ((winner, "the analogy holds"), (loser, "the analogy fails in this model")):
        shown = "\n".join(lines_of(analogy_view(space.analogy(replace(question, expected=answer)), 80), 80))
        assert says in shown
    assert "The:Does::We:answer" in "\n".join(lines_of(analogy_view(space.analogy(question), 80), 80))


@pytest.mark.parametrize("width", [40, 57, 80, 120])
@pytest.mark.parametrize("word", ["boats", "guarda-chuva", NASTY, "x" * 100])
def test_the_views_of_embed_fit(space: Embeddings, width: int, word: str) -> None:
    shown = lines_of(neighbours_view(space.neighbours(word), width, 6.5), width)
    shown += lines_of(analogy_view(space.analogy(Analogy(word, "The", "We", "Does")), width), width)
    assert max(map(cell_len, shown)) <= width


# similar


def sources(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(EN, "en-pt"), subwords.source(PT, "pt-en")


def layer_norm(x: np.ndarray, prefix: str, w: dict[str, np.ndarray]) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * w[f"{prefix}.weight"] + w[f"{prefix}.bias"])


def linear(x: np.ndarray, prefix: str, w: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(x @ w[f"{prefix}.weight"].T + w[f"{prefix}.bias"])


class Numpy:
    """The whole model once more, in float64 numpy, from the names in the weights file and the paper alone."""

    def __init__(self, model: Transformer) -> None:
        self.w = {name: tensor.detach().double().numpy() for name, tensor in model.state_dict().items()}
        self.config, self.position = model.config, model.position.double().numpy()
        self.seen: dict[str, np.ndarray] = {}

    def embed(self, ids: list[int]) -> np.ndarray:
        scaled = self.w["embedding.weight"][ids] * math.sqrt(self.config.d_model)
        return np.asarray(scaled + self.position[: len(ids)])

    def attention(self, x: np.ndarray, memory: np.ndarray, prefix: str, *, causal: bool = False) -> np.ndarray:
        q, k, v = (linear(y, f"{prefix}.{n}", self.w) for y, n in ((x, "query"), (memory, "key"), (memory, "value")))
        self.seen |= {f"{prefix}.query": q, f"{prefix}.key": k}
        width, out = self.config.d_model // self.config.heads, []
        for h in range(self.config.heads):
            part = slice(h * width, (h + 1) * width)
            scores = q[:, part] @ k[:, part].T / math.sqrt(width)
            if causal:
                scores[np.triu_indices(len(x), k=1)] = -np.inf
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            out.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, part])
        return linear(np.concatenate(out, axis=1), f"{prefix}.output", self.w)

    def feed_forward(self, x: np.ndarray, prefix: str) -> np.ndarray:
        return linear(np.maximum(linear(x, f"{prefix}.inner", self.w), 0), f"{prefix}.outer", self.w)

    def encode(self, ids: list[int]) -> np.ndarray:
        x = self.embed(ids)
        for l in range(self.config.encoder_layers):
            y = layer_norm(x, f"encoder.{l}.self_norm", self.w)
            x = x + self.attention(y, y, f"encoder.{l}.self_attention")
            y = layer_norm(x, f"encoder.{l}.feed_forward_norm", self.w)
            x = x + self.feed_forward(y, f"encoder.{l}.feed_forward")
            self.seen[f"encoder.{l}"] = x
        return layer_norm(x, "encoder_norm", self.w)

    def decode(self, ids: list[int], memory: np.ndarray) -> None:
        x = self.embed([BOS, *ids])
        for l in range(self.config.decoder_layers):
            y = layer_norm(x, f"decoder.{l}.self_norm", self.w)
            x = x + self.attention(y, y, f"decoder.{l}.self_attention", causal=True)
            y = layer_norm(x, f"decoder.{l}.cross_norm", self.w)
            x = x + self.attention(y, memory, f"decoder.{l}.cross_attention")
            y = layer_norm(x, f"decoder.{l}.feed_forward_norm", self.w)
            x = x + self.feed_forward(y, f"decoder.{l}.feed_forward")


def tokens_by_numpy(numpy: Numpy, own: list[int], other: list[int], level: Level, *, first: bool) -> np.ndarray:
    """Tokens of ``own`` without tag and end, at ``level``."""
    config = numpy.config
    if level.at == "embedding":
        return np.asarray(numpy.w["embedding.weight"][own[1:-1]])
    memory = numpy.encode(own)
    if level.at == "encoder":
        return (memory if level.layer is None else numpy.seen[f"encoder.{level.layer}"])[1:-1]
    what = level.at if level.at != "query-key" else ("key" if first else "query")
    last = (config.encoder_layers if level.kind == "encoder" else config.decoder_layers) - 1
    layer = last if level.layer is None else level.layer
    width = config.d_model // config.heads
    part = slice(None) if level.head is None else slice(level.head * width, (level.head + 1) * width)
    if level.kind == "encoder":
        return numpy.seen[f"encoder.{layer}.self_attention.{what}"][1:-1, part]
    numpy.decode(own[1:-1], numpy.encode(other))
    if what == "query":
        return numpy.seen[f"decoder.{layer}.cross_attention.query"][:-1, part]
    numpy.decode(other[1:-1], memory)
    return np.asarray(numpy.seen[f"decoder.{layer}.cross_attention.key"][1:-1, part])


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
    weights = cross_attention(reader, whole, first, second[1:-1]).weights[layer, head]  # (T, S)
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
    rgb = signed_rgb(value)
    assert all(0 <= part <= 255 for part in rgb)
    luminance = [sum(c * (p / 255) ** 2.2 for c, p in zip((0.2126, 0.7152, 0.0722), x, strict=True)) for x in (rgb,)]
    paper = 0.0 if ink(rgb) == "black" else 1.0
    high, low = max(luminance[0], paper), min(luminance[0], paper)
    assert (high + 0.05) / (low + 0.05) >= 4.4  # WCAG AA asks for 4.5


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
    context = Context(NASTY, sentences, stage_names(2), grids, "cross-attention")
    shown = lines_of(context_view(context, width), width)
    assert max(map(cell_len, shown)) <= width
    cells = "".join(line.split("│", 1)[1] for line in shown if "│" in line)
    assert sum(cells.count(glyph) for glyph in (" 0.", "-0.", ">.", "<-.")) >= 5 * (count + 1) ** 2


def looked_at_nothing() -> list:  # type: ignore[type-arg]
    from translator.explain.context import Looked

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
    file = io.StringIO()
    write_similarity_csv(found, file)
    rows = list(csv.reader(io.StringIO(file.getvalue())))
    assert len(rows) == 9
    assert all(len(row) == 12 for row in rows)
    assert rows[0][4:] == [row[0] for row in rows[1:]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]  # no formula
    assert [float(row[4 + i]) for i, row in enumerate(rows[1:])] == [1.0] * 8
    plain = json.loads(json.dumps(similarity_plain(found, ("a", "b"))))
    assert np.array(plain["cosines"]) == pytest.approx(found.cosines, abs=1e-6)
    context = Context(
        NASTY, [InSentence("</svg>", "<b>", "x", ["x"], 1, looked_at_nothing())] * 2, ["s"], np.ones((1, 2, 2)), "c"
    )
    ElementTree.fromstring(context_svg(context))


def test_blocks_side_by_side_use_the_width_and_no_more() -> None:
    block = [Text("ab"), Text("abcd")]
    for width, wanted in ((11, ["ab     ab", "abcd   abcd", "", "x"]), (10, ["ab", "abcd", "", "ab     x", "abcd"])):
        shown = side_by_side([block, block, [Text("x")]], width).plain.split("\n")
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
    stages = word_stages(model, source, word)
    numpy = Numpy(model)
    memory = numpy.encode(source)
    wanted = [numpy.w["embedding.weight"][source], numpy.embed(source)]
    wanted += [numpy.seen[f"encoder.{l}"] for l in range(model.config.encoder_layers)] + [memory]
    assert len(stages) == len(stage_names(model.config.encoder_layers))
    for got, of_all in zip(stages, wanted, strict=True):
        assert got == pytest.approx(of_all[word.start : word.stop].mean(axis=0), abs=1e-5)


def test_token_only_is_exactly_one_and_position_changes_it(model: Transformer, subwords: Subwords) -> None:
    texts = ["boats", "The old boats sing.", "We still sell tiny boats near the bridge.", "Tiny boats."]
    sources = [subwords.source(text, "en-pt") for text in texts]
    words = [find_word("boats", subwords, source)[0] for source in sources]
    grids = cosine_grids([word_stages(model, s, w) for s, w in zip(sources, words, strict=True)])
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
    grids = cosine_grids([word_stages(model, s, w) for s, w in zip(pair, places, strict=True)])
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
    attention = cross_attention(model, subwords, source, target)
    (word,) = find_word("keeper", subwords, source)
    looked = looked_at(attention, word, 1, 2)
    columns = attention.weights[1, 2][:, word.start : word.stop].sum(axis=1)  # (T,)
    wanted = {w.text: columns[w.start : w.stop].mean() for w in attention.target_words}
    assert {k.word: k.weight for k in looked} == pytest.approx(wanted)
    assert [k.weight for k in looked] == sorted(wanted.values(), reverse=True)
    assert [k.word for k in looked if not k.is_word] == ["</s>"]


def test_a_word_that_only_the_end_looked_at_is_said_to_have_no_word() -> None:
    sentence = InSentence("a mole", "um", "mole", ["▁mo", "le"], 1, looked_at_nothing())
    context = Context("mole", [sentence] * 2, ["token only"], np.ones((1, 2, 2)), "cross-attention")
    assert "no word: </s> looked at it most (70%)" in "\n".join(lines_of(context_view(context, 100), 100))


# the command line


@pytest.fixture
def run(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def call(*argv: str) -> tuple[int, str, str]:
        monkeypatch.setenv("TRANSLATOR_MODEL", str(trained))
        monkeypatch.setenv("COLUMNS", "80")
        try:
            main(list(argv))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        assert max(map(cell_len, out.splitlines()), default=0) <= 80 or "--json" in argv
        return code, out, err

    return call


def test_embed_on_the_command_line(run) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("embed", "boats", "mel", "--analogy", "The:Does::We:mel", "-n", "3", "--json")
    boats, mel, analogy = map(json.loads, out.splitlines())
    assert (code, err) == (0, "")
    assert (boats["word"], len(boats["nearest"]), mel["word"]) == ("boats", 3, "mel")
    assert analogy["expected"]["holds"] is (analogy["expected"]["rank"] == 1)
    code, out, _ = run("embed", "boats", "--analogy", "The:Does::We")
    assert code == 0
    assert "norm" in out
    assert "The : Does :: We" in out


def test_similar_on_the_command_line(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    svg, table = tmp_path / "a.svg", tmp_path / "a.csv"
    argv = ["similar", EN, PT, "--at", "key", "--kind", "encoder", "--layer", "2", "--head", "1"]
    code, out, err = run(*argv, "--svg", str(svg), "--csv", str(table))
    assert (code, err) == (0, "")
    assert f"● {EN}" in out
    assert "keys, encoder self-attention, layer 2/2, head 1/4" in out.replace("\n", " ")
    ElementTree.parse(svg)
    data = json.loads(run(*argv, "--json")[1])
    assert (data["layer"], data["head"], data["kind"]) == (2, 1, "encoder")
    rows = list(csv.reader(table.read_text("utf-8").splitlines()))[1:]
    assert [list(map(float, row[4:])) for row in rows] == data["cosines"]
    translator = Translator.load(trained, "torch")
    again = similarity(
        translator.checkpoint.model,
        translator.subwords,
        translator.subwords.source(EN, "en-pt"),
        translator.subwords.source(PT, "pt-en"),
        Level("key", "encoder", 1, 0),
    )
    assert np.array(data["cosines"]) == pytest.approx(again.cosines, abs=1e-6)
    code, _, err = run(*argv, "--svg", str(svg), "--csv", str(tmp_path / "b.csv"))
    assert code == 2
    assert "exists already" in err
    assert not (tmp_path / "b.csv").exists()
    assert run(*argv, "--svg", str(svg), "--force")[0] == 0


def test_similar_has_the_videos_example(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("similar")
    assert code == 0
    assert "● I am happy" in out
    assert "○ eu sou feliz" in out
    assert similar.__defaults__ is not None
    assert set(similar.__defaults__[:3]) == {"I am happy", "eu sou feliz", "embedding"}


def test_context_on_the_command_line(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    svg, table = tmp_path / "c.svg", tmp_path / "c.csv"
    argv = ["context", "boats", EN, "Boats? Tiny boats near the bridge!", "boats"]
    code, out, err = run(*argv, "--svg", str(svg), "--csv", str(table))
    assert code == 0
    assert "Traceback" not in err
    assert f"S1 {EN}" in out
    assert f"→ {PT}" in out
    assert "S2 (2)" in out
    ElementTree.parse(svg)
    data = json.loads(run(*argv, "--json")[1])
    stages = {stage["stage"]: stage["cosines"] for stage in data["stages"]}
    assert stages["token only"][0][2] == 1.0
    assert stages["token + position"][0][2] < 1.0
    rows = list(csv.reader(table.read_text("utf-8").splitlines()))[1:]
    assert [float(row[3]) for row in rows] == [v for grid in stages.values() for line in grid for v in line]
    translator = Translator.load(trained)
    attention = translator.attention(translator.translate(EN).segments[0])
    boats = next(j for j, word in enumerate(attention.source_words) if word.text == "boats")
    looked = {word.text: row[boats] for word, row in zip(attention.target_words, attention.words(1), strict=True)}
    assert {k["word"]: k["weight"] for k in data["sentences"][0]["looked"]} == pytest.approx(looked, abs=1e-6)
    assert max(looked, key=lambda word: looked[word]) in next(line for line in out.splitlines() if " boats → " in line)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["embed"], "neither a word nor an analogy"),
        (["embed", " "], "it is empty"),
        (["embed", "mel", "\u200b"], "it is empty"),
        (["embed", "mel", "-n", "0"], "--neighbours 0: at least 1"),
        (["embed", "--analogy", "man:woman"], "expected a:b::c"),
        (["similar", ""], "the first sentence is empty"),
        (["similar", "mel", "\u200b"], "the second sentence is empty"),
        (["similar", "mel", "One boat. Two boats."], "the second text has 2 sentences"),
        (["similar", "mel " * 200, "mel"], "the model reads at most"),
        (["similar", "--at", "value"], "levels: embedding, encoder, query, key, query-key"),
        (["similar", "--at", "key", "--kind", "decoder"], "kinds: cross, encoder"),
        (["similar", "--head", "1"], "--kind and --head choose queries and keys"),
        (["similar", "--layer", "1"], "--layer goes with a level that has layers"),
        (["similar", "--at", "query-key", "--kind", "encoder"], "of cross-attention only"),
        (["similar", "--at", "key", "--layer", "3"], "--layer 3: there are layers 1 to 2"),
        (["similar", "--at", "encoder", "--layer", "3"], "--layer 3: there are layers 1 to 2"),
        (["similar", "--at", "query", "--head", "0"], "--head 0: this model has heads 1 to 4"),
        (["similar", "--from", "fr"], "--from fr: unknown language"),
        (["similar", "--to", "fr"], "--to fr: unknown language"),
        (["context", "mel", "mel"], "one sentence has nothing to be compared with"),
        (["context", "", "mel", "mel"], "there is no word"),
        (["context", "mel", "mel", " "], "sentence 2 is empty"),
        (["context", "mel", "mel", "O velho faroleiro."], "its words: O, velho, faroleiro, ."),
        (["context", "mel", "mel", "\u200b"], "“mel” is not a word of sentence 2"),
        (["context", "mel", "mel", "mel", "--layer", "3"], "layers 1 to 2"),
        (["context", "mel", "mel", "mel", "--head", "5"], "heads 1 to 4"),
        (["context", "mel", "mel", "mel", "--model", "/no/where"], "no such model"),
    ],
)
def test_a_mistake_gets_a_message(run, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(*argv)
    assert code == 2
    assert says in " ".join(err.split())
    assert out == ""


def test_a_picture_that_cannot_be_written_is_a_failed_run(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("similar", "--svg", "/no/folder/x.svg")
    assert code == 1
    assert "cannot be written" in err


def test_control_characters_never_reach_the_terminal(run) -> None:  # type: ignore[no-untyped-def]
    evil = "mel\x1b[31m\u202e perto"
    for argv in (["embed", evil], ["similar", evil, evil], ["context", "mel", f"mel {evil}", evil]):
        _, out, err = run(*argv)
        assert not [c for c in out + err if c in "\x1b\u202e"]
