"""Alignment error rate: by hand, from files, and the search that chooses how links are made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

from translator.config import Direction, ModelConfig
from translator.errors import InputError, UsageError
from translator.evaluation.alignment import (
    Gold,
    best_picture,
    head_scores,
    read_gold,
    read_gold_passes,
    score_choice,
    score_links,
    search,
)
from translator.explain.align import AlignmentChoice, Passes, TextPair, Tokens, alignment_choice, default_choice
from translator.files import sha256
from translator.model.checkpoint import load_checkpoint
from translator.model.folder import open_folder
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

Cell = tuple[int, int]
cells = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


def gold_of(sure: set[Cell], possible: set[Cell] = frozenset()) -> Gold:  # type: ignore[assignment]
    return Gold("a " * 6, "b " * 6, frozenset(sure), frozenset(sure | possible))


def test_the_worked_example() -> None:
    """Three links, all right, of four: P = 1, R = 3/4, AER = 1 - (3 + 3) / (3 + 4) = 1/7."""
    score = score_links([{(0, 0), (1, 1), (3, 2)}], [gold_of({(0, 0), (1, 1), (2, 3), (3, 2)})])
    assert (score.precision, score.recall) == (1.0, 0.75)
    assert score.aer == pytest.approx(1 / 7)


def test_possible_links_forgive_precision_and_are_not_missed() -> None:
    """A = {00, 11, 22}, S = {00, 33}, P = S + {11}: P = 2/3, R = 1/2, AER = 1 - (1 + 2) / (3 + 2) = 2/5."""
    score = score_links([{(0, 0), (1, 1), (2, 2)}], [gold_of({(0, 0), (3, 3)}, {(1, 1)})])
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == 0.5
    assert score.aer == pytest.approx(2 / 5)


def test_counts_are_over_all_sentences_together() -> None:
    """One of one, and one of three: 2 right of 4 found, of 2 + 3 sure."""
    golds = [gold_of({(0, 0), (5, 5)}), gold_of({(1, 1), (4, 4), (5, 5)})]
    score = score_links([{(0, 0)}, {(1, 1), (2, 2), (3, 3)}], golds)
    assert (score.found, score.sure, score.found_sure) == (4, 5, 2)
    assert score.aer == pytest.approx(1 - 4 / 9)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=4))
def test_error_rate_is_one_less_f1_where_all_links_are_sure(sentences: list[tuple[set[Cell], set[Cell]]]) -> None:
    score = score_links([found for found, _ in sentences], [gold_of(sure) for _, sure in sentences])
    assert 0 <= score.aer <= 1
    if score.found_sure:
        f1 = 2 * score.precision * score.recall / (score.precision + score.recall)
        assert score.aer == pytest.approx(1 - f1)
    perfect = score_links([sure for _, sure in sentences], [gold_of(sure) for _, sure in sentences])
    assert (perfect.aer, perfect.precision, perfect.recall) == (0.0, 1.0, 1.0)


# --- gold files


def test_a_gold_file(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv"
    path.write_bytes(b"\xef\xbb\xbfthe cat\to gato\t0-0 1p1\r\n\nno\t n\xc3\xa3o \t0-0\n")
    both = frozenset({(0, 0), (1, 1)})
    zero = frozenset({(0, 0)})
    assert read_gold(path) == [Gold("the cat", "o gato", zero, both), Gold("no", " não ", zero, zero)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a\tb\t0-0\na b\tc\n", "line 2: 2 columns, expected 3"),
        (b"a\tb\t0-0\n\na\tb\t0-1\n", "line 3: link 0-1 is outside the sentence, which has 1 and 1 tokens"),
        (b"a\tb\t0:0\n", "line 1: '0:0' is not a link"),
        (b"a\tma\xe7\t0-0\n", "line 1: not UTF-8 (byte 0xE7)"),
        (b"a\tb\t\n", "holds no links"),
        (b"", "holds no links"),
    ],
)
def test_a_wrong_gold_file_is_named_by_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "gold.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_gold(path)
    assert says in caught.value.message
    with pytest.raises(InputError, match="cannot be read"):
        read_gold(tmp_path / "none")


def test_a_pair_too_long_is_refused(model: Transformer, subwords: Subwords) -> None:
    with pytest.raises(UsageError, match="too long"):
        read_gold_passes(model, subwords, ["en-pt"], [gold_of({(0, 0)}), Gold("ponte " * 99, "b", *[frozenset()] * 2)])


# --- the search

SHAPE = ModelConfig(vocab_size=300, d_model=42, heads=3, decoder_layers=2)
LENGTHS = [5, 7, 3]


def planted(directions: tuple[Direction, ...], row: int) -> tuple[list[Passes], list[Gold]]:
    """Layer 1, head 3 looks where it should in the rows from ``row`` on, the others beside it; layer 2 is chance."""
    generator = np.random.default_rng(3)
    passes, gold = [], []
    for count in LENGTHS:
        tokens = Tokens(["w"] * count, [70] * count, list(range(count)))
        order = generator.permutation(count)  # target word order[i] is source word i
        weights: dict[Direction, np.ndarray] = {}
        for direction in directions:
            at = generator.dirichlet(np.ones(count + 2), size=(2, 3, count + 1))
            for i in range(count):
                query, key = (order[i], i) if direction == "en-pt" else (i, order[i])
                at[0, :, query + row] = 0.02
                at[0, 2, query + row, key + 1] = 0.9
                at[0, :2, query + row, (key + 1) % count + 1] = 0.9
            weights[direction] = at
        encoded = {"en-pt": np.eye(count), "pt-en": np.eye(count)[np.argsort(order)]}
        memory: dict[Direction, np.ndarray] = {direction: encoded[direction] for direction in directions}
        passes.append(Passes(TextPair(tokens, tokens, "en-pt"), weights, memory))
        sure = frozenset((i, int(order[i])) for i in range(count))
        gold.append(Gold("w " * count, "w " * count, sure, sure))
    return passes, gold


@pytest.mark.parametrize("directions", [("en-pt", "pt-en"), ("en-pt",), ("pt-en",)])
@pytest.mark.parametrize("row", [0, 1])
def test_the_search_finds_the_head_and_the_row_that_look_right(directions: tuple[Direction, ...], row: int) -> None:
    passes, gold = planted(directions, row)
    heard: list[tuple[int, int]] = []
    tried = search(passes, gold, SHAPE, lambda done, total: heard.append((done, total)))
    best = tried[0]
    assert (best.choice.layer, best.choice.head, best.choice.row) == (0, 2, ["predicted", "read"][row])
    assert best.score.aer == 0
    assert [t.score.aer for t in tried] == sorted(t.score.aer for t in tried)
    assert score_choice(passes, gold, best.choice) == best.score
    assert heard[-1] == (len(tried), len(tried))
    assert [done for done, _ in heard] == list(range(1, len(tried) + 1))


def test_words_that_the_encoder_finds_alike_are_linked_where_attention_says_nothing() -> None:
    passes, gold = planted(("en-pt", "pt-en"), 0)
    by_chance = AlignmentChoice(1, None)
    assert score_choice(passes, gold, by_chance).aer > 0.3
    assert score_choice(passes, gold, replace(by_chance, similarity=0.9)).aer == 0
    [one_way, *_], _ = planted(("pt-en",), 0)
    assert one_way.similarity is None


def test_a_row_for_each_head_and_each_mean(model: Transformer) -> None:
    passes, gold = planted(("en-pt", "pt-en"), 0)
    heads = head_scores(passes, gold, AlignmentChoice(1, None), SHAPE)
    assert [(h.layer, h.head) for h in heads] == [(layer, head) for layer in (0, 1) for head in (0, 1, 2, None)]
    errors = {(h.layer, h.head): h for h in heads}
    right = errors[0, 2]
    assert right.both.aer == right.single["en-pt"].aer == right.single["pt-en"].aer == 0
    assert right.shifted.aer > 0.5
    assert min(h.both.aer for h in heads if h is not right and h.head is not None) > 0.3
    assert best_picture(heads) == (0, 2)


# --- the command

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kept(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained model, to be changed."""
    return Path(shutil.copytree(open_folder(trained).path, tmp_path / "kept"))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Diagonal links on the four pairs: nonsense, but gold to the program."""
    path = tmp_path / "gold.tsv"
    rows = [
        f"{en}\t{pt}\t{' '.join(f'{k}-{k}' for k in range(min(len(en.split()), len(pt.split()))))}\n"
        for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)
    ]
    path.write_text("".join(rows), "utf-8")
    return path


@pytest.fixture
def run(run: Run, kept: Path) -> Run:
    return partial(run, model=kept)


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "config.json"
    }


def test_measuring_changes_nothing_and_falls_back(run: Run, kept: Path, gold: Path) -> None:
    before = (kept / "config.json").read_bytes()
    code, out, _ = run("align-eval", str(gold))
    assert code == 0
    assert (kept / "config.json").read_bytes() == before
    assert "fallback" in out
    assert max(map(len, out.splitlines())) <= 80
    rows = [line.split() for line in out.splitlines() if line.strip() and line.split()[0] in ("1", "2")]
    assert [row[1].rstrip("*") for row in rows] == ["1", "2", "3", "4", "mean"] * 2
    assert rows[-1][1] == "mean*"


def test_searching_without_storing_changes_nothing(run: Run, kept: Path, gold: Path) -> None:
    before = (kept / "config.json").read_bytes()
    _, out, _ = run("align-eval", str(gold), "--search")
    assert "not stored" in out
    assert max(map(len, out.splitlines())) <= 80
    assert (kept / "config.json").read_bytes() == before


def test_the_choice_is_stored_and_then_used(run: Run, kept: Path, gold: Path) -> None:
    before, others = json.loads((kept / "config.json").read_text("utf-8")), hashes(kept)
    code, out, _ = run("align-eval", str(gold), "--store", "--json")
    data = json.loads(out)
    assert code == 0
    after = json.loads((kept / "config.json").read_text("utf-8"))
    stored = after["info"].pop("alignment")
    for config in (before, after):
        config["sha256"].pop("config.json")
    assert after == before
    assert hashes(kept) == others
    links = sum(len(line.split("\t")[2].split()) for line in gold.read_text("utf-8").splitlines())
    measured = {"aer": round(data["score"]["aer"], 4), "sentences": 4, "sure_links": links}
    assert stored == data["choice"] | measured
    assert data["tried"][0]["aer"] == data["score"]["aer"] == min(way["aer"] for way in data["tried"])

    checkpoint = load_checkpoint(kept)  # still whole
    choice = alignment_choice(checkpoint)
    assert choice is not None
    assert choice.best is not None
    used = json.loads(run("align-eval", str(gold), "--json")[1])
    assert (used["choice"], used["score"], used["tried"]) == (data["choice"], data["score"], [])
    _, out, _ = run("align-eval", str(gold))
    assert "kept in the model" in out


def test_align_links_as_the_stored_choice_says(run: Run, kept: Path, gold: Path) -> None:
    """The links of the command, scored here, have the error that was stored."""
    run("align-eval", str(gold), "--store")
    stored = json.loads((kept / "config.json").read_text("utf-8"))["info"]["alignment"]
    pairs = gold.with_name("pairs.tsv")
    pairs.write_text("".join("\t".join(line.split("\t")[:2]) + "\n" for line in gold.read_text("utf-8").splitlines()))
    _, out, _ = run("align", "-i", str(pairs))
    found = [{(int(a), int(b)) for a, b in (x.split("-") for x in line.split())} for line in out.splitlines()]
    assert score_links(found, read_gold(gold)).aer == pytest.approx(stored["aer"], abs=1e-4)
    default = default_choice(open_folder(kept).shape)
    checkpoint = load_checkpoint(kept)
    passes = read_gold_passes(checkpoint.model, checkpoint.subwords, checkpoint.directions, read_gold(gold))
    assert score_choice(passes, read_gold(gold), default).aer >= stored["aer"]


def test_a_model_that_cannot_be_written_keeps_what_it_had(
    run: Run, kept: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (kept / "config.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, _, err = run("align-eval", str(gold), "--store")
    assert code == 1
    assert "could not be written" in err
    assert (kept / "config.json").read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "says"),
    [(["/no/gold.tsv"], "/no/gold.tsv cannot be read"), (["x", "--model", "/no/where"], "cannot be read")],
)
def test_mistakes(run: Run, argv: list[str], says: str) -> None:
    code, out, err = run("align-eval", *argv)
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())
