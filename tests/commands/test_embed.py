"""Words as vectors: geometry, neighbours, analogies; embed, similar and context on the command line."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rich.cells import cell_len
from vectors import EN, NASTY, PT, by_hand, lines_of

from translator.commands.vectors.command import similar
from translator.commands.vectors.view import analogy_view, neighbours_view
from translator.errors import UsageError
from translator.explain.embeddings import Analogy, Embeddings, guess_language
from translator.explain.geometry import cosine_matrix, cosines, principal_components, unit
from translator.explain.similarity import Level, similarity
from translator.model.transformer import Transformer
from translator.text.languages import log_odds
from translator.text.subwords import Subwords
from translator.translation import Translator

VECTORS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(1, 7)), elements=st.floats(-9, 9).map(lambda x: round(x, 3))
)


@pytest.fixture(scope="module")
def space(reader: Transformer, whole: Subwords) -> Embeddings:
    return Embeddings(reader, whole)


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
        assert found.log_odds == log_odds(word)
        assert [n.is_part for n in found.nearest] == [n.id in ids for n in found.nearest]


def test_the_nearest_of_the_other_language_are_of_the_other_language(space: Embeddings) -> None:
    languages = {n.id: n.language for n in space.neighbours("boats", 100).nearest}
    assert set(languages.values()) == {"en", "pt", None}
    found = space.neighbours("boats", 100)
    other = {"en": "pt", "pt": "en"}[found.language or "en"]
    if found.language:
        nearest = [i for i, name in languages.items() if name == other][:3]
        assert [n.id for n in found.nearest_in_other_language] == nearest
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


# the command line


@pytest.fixture
def run(run):  # type: ignore[no-untyped-def]
    def call(*argv: str) -> tuple[int, str, str]:
        code, out, err = run(*argv)
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
    assert similar.__defaults__[:2] == ("I am happy", "eu sou feliz")


def test_context_on_the_command_line(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    svg, table = tmp_path / "c.svg", tmp_path / "c.csv"
    argv = ["context", "boats", EN, "Boats? Tiny boats near the bridge!", "boats"]
    code, out, err = run(*argv, "--svg", str(svg), "--csv", str(table))
    assert code == 0
    assert "Traceback" not in err
    assert f"S1 {EN}" in out
    assert f"→ {PT}" in out
    assert "S2 (2)" in " ".join(out.split())
    ElementTree.parse(svg)
    data = json.loads(run(*argv, "--json")[1])
    stages = {stage["stage"]: stage["cosines"] for stage in data["stages"]}
    assert stages["token only"][0][2] == 1.0
    assert stages["token + position"][0][2] < 1.0
    rows = list(csv.reader(table.read_text("utf-8").splitlines()))[1:]
    assert [float(row[3]) for row in rows] == [v for grid in stages.values() for line in grid for v in line]
    translator = Translator.load(trained)
    attention = translator.attention(translator.translate(EN).segments[0])
    boats = next(j for j, word in enumerate(attention.columns.words) if word.text == "boats")
    looked = {word.text: row[boats] for word, row in zip(attention.rows.words, attention.words(1), strict=True)}
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
