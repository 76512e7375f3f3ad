"""``attend`` and ``tokens``: the numbers are the model's, the pictures fit and add up, user text stays text."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from translator.explain.measures import broken_laws, measured
from translator.explain.recording import record
from translator.explain.stages import KINDS, Kind
from translator.model.transformer import DecoderLayer, Transformer
from translator.text.subwords import BOS, Subwords
from translator.views.attention import attention_links, attention_table, thumbnails
from translator.views.attention_svg import heatmap_svg
from translator.views.heatmap import Heatmap, heatmap
from translator.views.tokens import boxes

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.mark.parametrize("kind", KINDS)
def test_raw_weights_are_the_models_and_keep_the_laws(model: Transformer, subwords: Subwords, kind: Kind) -> None:
    recorded = record(model, subwords, subwords.source(EN, "en-pt"), subwords.encode(PT))
    raw = measured(model, recorded, kind, "raw")
    assert broken_laws(recorded[kind], raw) == []
    assert np.abs(raw - recorded[kind].weights).max() < 1e-6
    shuffled = raw[..., ::-1] if kind == "decoder" else np.roll(raw, 1, axis=-1)
    assert broken_laws(recorded[kind], shuffled) != []
    assert broken_laws(recorded[kind], raw * 1.01) != []
    for measure in ("norm", "rollout"):
        other = measured(model, recorded, kind, measure)
        assert np.abs(other.sum(axis=-1) - 1).max() < 1e-9
        assert other.shape[0] == raw.shape[0]
        assert np.abs(other[:, :1] - raw[:, :1]).max() > 1e-4


def test_norm_by_hand(model: Transformer, subwords: Subwords) -> None:
    """Column by column: |α W_O v|, with the value computed anew from the memory."""
    source, target = subwords.source(EN, "en-pt"), subwords.encode(PT)
    recorded = record(model, subwords, source, target)
    layer, head, row = 1, 2, 3
    attention = cast("DecoderLayer", model.decoder[layer]).cross_attention
    with torch.no_grad():
        memory = model.encode(torch.tensor([source])).memory
        v = attention.split(attention.value(memory))[0, head]  # (S, E)
        E = v.shape[1]
        lengths = (v @ attention.output.weight[:, head * E : (head + 1) * E].T).norm(dim=-1).numpy()
    told = recorded["cross"].weights[layer, head, row] * lengths
    assert measured(model, recorded, "cross", "norm")[layer, head, row] == pytest.approx(told / told.sum(), abs=1e-5)


def test_rollout_by_hand(model: Transformer, subwords: Subwords) -> None:
    recorded = record(model, subwords, subwords.source(EN, "en-pt"), subwords.encode(PT))
    followed = np.eye(recorded["encoder"].weights.shape[-1])
    for layer in recorded["encoder"].weights:
        followed = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(len(followed))) @ followed
    assert measured(model, recorded, "encoder", "rollout")[-1, 0] == pytest.approx(followed, abs=1e-6)
    cross = recorded["cross"].weights[1].mean(axis=0) @ followed
    assert measured(model, recorded, "cross", "rollout")[1, 0] == pytest.approx(cross, abs=1e-6)


def test_looking_changes_nothing(model: Transformer, subwords: Subwords) -> None:
    source, target = subwords.source(EN, "en-pt"), subwords.encode(PT)
    ids, read = torch.tensor([source]), torch.tensor([[BOS, *target]])
    with torch.no_grad():
        before = model.logits(model.decode(read, model.encode(ids)).hidden)
        record(model, subwords, source, target)
        after = model.logits(model.decode(read, model.encode(ids)).hidden)
        looked_at = model.decode(read, model.encode(ids, need_weights=True), need_weights=True)
    assert torch.equal(before, after)
    assert (before.argmax(-1) == model.logits(looked_at.hidden).argmax(-1)).all()
    assert torch.allclose(before, model.logits(looked_at.hidden), atol=1e-4)


NAMES = st.lists(
    st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me", "Mc"]),
        min_size=1,
        max_size=12,
    )
    | st.sampled_from(["maçã", "橋橋橋", "\U0001f600", "</s>", "a-very-long-word-indeed-here"]),
    min_size=1,
    max_size=17,
)


@given(NAMES, NAMES, st.integers(60, 130), st.integers(0, 9))
def test_every_view_fits_and_printed_shares_add_up(rows: list[str], columns: list[str], width: int, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.full(len(columns), 0.3), len(rows))
    picture = Heatmap("EN→PT  a title  of no matter what length " * 3, rows, columns, weights)
    drawn = heatmap(picture, width).plain
    for text in (drawn, attention_links(picture, width).plain, attention_table(picture, width).plain):
        assert max(cell_len(line) for line in text.split("\n")) <= width
    grid = thumbnails("x", weights[None, None], width).plain
    assert max(cell_len(line) for line in grid.split("\n")) <= width


def test_panels_are_balanced_and_add_up() -> None:
    columns = [f"word{n}" for n in range(14)]
    weights = np.random.default_rng(1).dirichlet(np.full(14, 0.5), 3)
    drawn = heatmap(Heatmap("t", ["a", "b", "c"], columns, weights), 80).plain
    spans = [tuple(map(int, found)) for found in re.findall(r"columns (\d+)–(\d+) of 14", drawn)]
    assert [b - a + 1 for a, b in spans] in ([7, 7], [8, 6], [5, 5, 4], [6, 5, 3], [5, 4, 5], [5, 6, 3])
    for name in "abc":
        cells = "".join(line.split("│")[1] for line in drawn.split("\n") if line.startswith(f"{name} │"))
        assert sum(map(int, re.findall(r"\d+", cells))) == 100


def test_svg_is_whole_and_its_texts_are_texts() -> None:
    evil = ["<script>alert(1)</script>", "&amp;", "a\x1b[31m", "橋"]
    drawn = heatmap_svg(Heatmap("<t>", evil, evil, np.full((4, 4), 0.25)))
    root = ET.fromstring(drawn)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "<script>alert(1)</script>" in texts
    assert "a□[31m" in texts
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert "href" not in drawn
    assert "url(" not in drawn
    assert "@font-face" not in drawn
    assert texts.count("25") == 16


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({"COLORTERM": "truecolor", "TERM": "xterm-256color"}, r"\x1b\[[\d;]*48;2;"),
        ({"TERM": "xterm-256color"}, r"\x1b\[[\d;]*48;5;"),
        ({"TERM": "xterm"}, r"\x1b\[[\d;]*(?:4[0-7]|10[0-7])m"),
        ({"TERM": "dumb"}, None),
    ],
)
def test_each_colour_depth_in_a_process_of_its_own(term: dict[str, str], expected: str | None) -> None:
    program = (
        "import numpy as np; from rich.console import Console; from translator.views.heatmap import *;"
        "Console(force_terminal=True).print(heatmap(Heatmap('t', ['a'], ['x', 'y'], np.array([[.9, .1]])), 80))"
    )
    clean = {k: v for k, v in os.environ.items() if k not in ("COLORTERM", "TERM", "NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run([sys.executable, "-c", program], env=clean | term, capture_output=True, text=True, check=True)
    plain = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    assert "[██ 90]" in plain
    assert bool(re.search(expected or r"48;[25];", done.stdout)) == (expected is not None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", ["heat", "links", "grid", "table"])
def test_every_kind_in_every_view(run, kind: str, view: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("attend", EN, "--kind", kind, "--view", view)
    assert (code, err) == (0, "")
    assert max(cell_len(line) for line in out.splitlines()) <= 80


def test_json_csv_and_svg_hold_the_same_numbers(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table, svg = tmp_path / "a.csv", tmp_path / "a.svg"
    argv = ["attend", EN, "--layer", "1", "--head", "3", "--level", "token", "--json"]
    code, out, _ = run(*argv, "--csv", str(table), "--svg", str(svg))
    data = json.loads(out)
    assert code == 0
    assert (data["layer"], data["head"], data["kind"]) == (1, 3, "cross")
    weights = np.array(data["weights"])
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-6
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8"))))
    assert rows[0][1:] == data["columns"]
    assert np.array([row[1:] for row in rows[1:]], dtype=float) == pytest.approx(weights, abs=1e-12)
    ET.parse(svg)
    assert run(*argv, "--csv", str(table))[0] == 2
    assert run(*argv, "--csv", str(table), "--force")[0] == 0


def test_mean_and_best(run) -> None:  # type: ignore[no-untyped-def]
    layers = [json.loads(run("attend", EN, "--layer", n, "--json")[1])["weights"] for n in ("1", "2")]
    mean = json.loads(run("attend", EN, "--layer", "mean", "--json")[1])["weights"]
    assert np.array(mean) == pytest.approx(np.mean(layers, axis=0))
    best = json.loads(run("attend", EN, "--head", "best", "--json")[1])
    assert (best["layer"], best["head"]) == (2, None)
    assert "never measured" in best["note"]


def test_a_check_by_leaving_words_out(run) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run("attend", EN, "--check", "--json")[1])
    assert set(data["rank_correlation"]) == {"raw", "norm", "rollout"}
    assert all(-1 <= value <= 1 for value in data["rank_correlation"].values())
    assert "Spearman" in run("attend", EN, "--check")[1]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["attend", " "], "empty"),
        (["attend", EN, "--layer", "9"], "layers 1 to 2"),
        (["attend", EN, "--head", "x"], "heads 1 to 4"),
        (["attend", EN, "--kind", "up"], "cross, encoder, decoder"),
        (["attend", EN, "--view", "up"], "heat, links, grid, table"),
        (["attend", EN, "--weights", "rollout", "--head", "1"], "no heads"),
        (["attend", EN, "--head", "best", "--kind", "encoder"], "cross-attention"),
        (["attend", f"{EN} {EN}", "--svg", "x.svg"], "one sentence"),
        (["attend", "..."], "no words"),
        (["tokens", ""], "empty"),
    ],
)
def test_mistakes(run, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(*argv)
    assert code == 2
    assert says in err.replace("\n", " ")


def test_tokens_come_back(run) -> None:  # type: ignore[no-untyped-def]
    text = "Um guarda-chuva, \U0001f600 e 25!"
    data = json.loads(run("tokens", text, "--json")[1])
    assert data["decoded"] == data["text"] == text
    assert [word["text"] for word in data["words"]][:3] == ["Um", "guarda-chuva", ","]
    assert any(piece["byte"] for word in data["words"] for piece in word["pieces"])
    code, out, _ = run("tokens", text)
    assert code == 0
    assert "the same text" in out
    assert "!" in out


@given(
    st.lists(
        st.lists(
            st.tuples(st.text("ab▁橋é", min_size=1, max_size=9), st.integers(0, 9999), st.booleans()),
            min_size=1,
            max_size=9,
        ),
        max_size=9,
    )
)
def test_boxes_fit_and_hold_every_piece(words: list[list[tuple[str, int, bool]]]) -> None:
    drawn = boxes(words, 60).plain
    assert max(map(cell_len, drawn.split("\n"))) <= 60
    found = re.findall(r"\d+", "".join(drawn.split("\n")[2::4]))
    assert sorted(found) == sorted(str(id) for word in words for _, id, _ in word)
