"""``attend`` and ``tokens``: the laws of the numbers, and the pictures made of them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from translator.commands.attend.view import Thumbnails, links_svg, links_text, thumbnails, thumbnails_svg
from translator.draw.boxes import WordBox, boxes
from translator.draw.grid import balanced
from translator.draw.heatmap import Heatmap, heatmap, heatmap_svg
from translator.draw.svg import page
from translator.explain.occlusion import agreement, occlude
from translator.explain.reading import read
from translator.explain.weights import KINDS, MEASURES, PairAttention, check_laws, pair_attention
from translator.model.transformer import Transformer
from translator.text.normalise import normalise
from translator.text.subwords import BOS, Subwords

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.fixture(scope="module")
def ids(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(EN, "en-pt"), subwords.encode(PT)


@pytest.fixture(scope="module")
def attention(model: Transformer, subwords: Subwords, ids: tuple[list[int], list[int]]) -> PairAttention:
    return pair_attention(read(model, subwords, *ids))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_sum_to_one_and_masked_cells_are_zero(attention: PairAttention, kind: Any, measure: Any) -> None:
    weights = attention.weights(kind, measure)
    assert weights.heads.dtype == np.float64
    for level in ("token", "word"):
        rows, columns = weights.labels(level)
        for layer in (None, 0):
            for head in (None, 0):
                matrix = weights.at(layer, head, level)
                assert matrix.shape == (len(rows), len(columns))
                assert np.abs(matrix.sum(axis=1) - 1).max() < 1e-6
                assert not matrix[~weights.may_attend(level)].any()
    assert weights.may_attend("token").all() == (kind != "decoder")


def test_labels_say_what_is_predicted_and_what_is_read(
    attention: PairAttention, subwords: Subwords, ids: tuple[list[int], list[int]]
) -> None:
    source = [subwords.piece(i) for i in ids[0]]
    predicted = [*(subwords.piece(i) for i in ids[1]), "</s>"]
    assert attention.weights("cross").labels("token") == (predicted, source)
    assert attention.weights("encoder").labels("token") == (source, source)
    assert attention.weights("decoder").labels("token") == (predicted, ["<s>", *predicted[:-1]])
    rows, columns = attention.weights("decoder").labels("word")
    assert (rows[-1], columns[0]) == ("</s>", "<s>")
    assert rows[:-1] == columns[1:]


def test_the_laws_hold_and_a_shuffled_attention_breaks_them(attention: PairAttention) -> None:
    assert check_laws(attention) == []
    rng = np.random.default_rng(5)
    for kind in KINDS:
        found = attention.read[kind]
        for axis in (1, 3):  # heads swapped, or the columns of each row
            shuffled = replace(found, weights=rng.permuted(found.weights, axis=axis))
            other = PairAttention({**attention.read, kind: shuffled}, attention.values)
            assert any(line.startswith(kind) for line in check_laws(other))
    doubled = replace(attention.read["cross"], weights=attention.read["cross"].weights * 1.01)
    assert "sum" in check_laws(PairAttention({**attention.read, "cross": doubled}, attention.values))[0]


def test_norm_is_the_length_of_what_each_column_adds(
    model: Transformer, attention: PairAttention, ids: tuple[list[int], list[int]]
) -> None:
    """Recomputed token by token; the vectors add up to the module's own output."""
    caught: list[torch.Tensor] = []
    module = model.decoder[1].cross_attention
    handle = module.register_forward_hook(lambda _, __, out: caught.append(out.out[0]))
    with torch.inference_mode():
        model.decode(torch.tensor([[BOS, *ids[1]]]), model.encode(torch.tensor([ids[0]])))
    handle.remove()
    alpha, f = attention.weights("cross").heads[1], attention.values["cross"][1]  # (H, T, S), (H, S, D)
    vectors = alpha[..., None] * f[:, None]  # (H, T, S, D)
    bias = module.output.bias.detach().numpy()
    assert np.abs(vectors.sum(axis=(0, 2)) + bias - caught[0].numpy()).max() < 1e-5
    norm = attention.weights("cross", "norm")
    by_head = np.linalg.norm(vectors, axis=-1)
    assert np.allclose(norm.heads[1], by_head / by_head.sum(axis=-1, keepdims=True))
    joined = np.linalg.norm(vectors.sum(axis=0), axis=-1)
    assert np.allclose(norm.joined[1], joined / joined.sum(axis=-1, keepdims=True))


def test_rollout_by_hand(attention: PairAttention) -> None:
    a, b = (attention.weights("encoder").joined[l] for l in (0, 1))
    one = np.eye(len(a))
    assert np.allclose(attention.weights("encoder", "rollout").joined[1], (b + one) @ (a + one) / 4)
    cross = attention.weights("cross", "rollout")
    memory = attention.weights("encoder", "rollout").joined[-1]
    # one layer: self-attention moves target tokens only, half of what cross-attention brings is source
    assert np.allclose(cross.joined[0], attention.weights("cross").joined[0] @ memory)
    assert cross.unseen is not None
    assert np.allclose(cross.unseen[0], 0.5)
    assert (cross.unseen[1] < 0.5).all()


def test_attention_on_or_off_gives_the_same_logits(model: Transformer, ids: tuple[list[int], list[int]]) -> None:
    """Reading the weights changes nothing: no state is left behind, hooks are gone."""
    target = torch.tensor([[BOS, *ids[1]]])
    source = torch.tensor([ids[0]])
    with torch.inference_mode():
        plain = model.logits(model.decode(target, model.encode(source)).hidden)
        encoded = model.encode(source, need_weights=True)
        shown = model.logits(model.decode(target, encoded, need_weights=True).hidden)
        again = model.logits(model.decode(target, model.encode(source)).hidden)
    assert torch.equal(plain, again)
    assert torch.allclose(plain, shown, atol=1e-5)
    assert torch.equal(plain.argmax(-1), shown.argmax(-1))


def test_a_word_taken_away_lowers_what_it_is_worth(
    model: Transformer, attention: PairAttention, ids: tuple[list[int], list[int]]
) -> None:
    weights = attention.weights("cross")
    rows, columns = weights.rows.words, weights.columns.words
    found = occlude(model, *ids, columns, rows)
    assert found.shape == (len(rows), len(columns) - 2)
    with torch.inference_mode():

        def log_p(source: list[int]) -> float:
            hidden = model.decode(torch.tensor([[BOS, *ids[1]]]), model.encode(torch.tensor([source]))).hidden
            logs = model.logits(hidden)[0].double().log_softmax(-1)
            return float(sum(logs[t, ids[1][t]] for t in range(rows[0].start, rows[0].stop)))

        word = columns[2]
        fall = log_p(ids[0]) - log_p(ids[0][: word.start] + ids[0][word.stop :])
    assert found[0, 1] == pytest.approx(fall, abs=1e-5)
    same = replace(weights, joined=np.zeros_like(weights.joined))
    assert agreement(same, 0, None, found).rho is None
    perfect = np.exp(3 * weights.at(0, None)[:, 1:-1])
    assert agreement(weights, 0, None, perfect).rho == pytest.approx(1.0)


# Pictures

LABELS = ["naïve", "日本語", "👩‍🔬", "e\u0301t\u00e9", "inconstitucionalissimamente", "[bold]x[/bold]", "<b>&\"'", "x"]


def picture(rows: int, columns: int) -> Heatmap:
    weights = np.random.default_rng(rows * 97 + columns).dirichlet(np.full(columns, 0.3), size=rows)
    names = [[LABELS[i % len(LABELS)] for i in range(n)] for n in (rows, columns)]
    return Heatmap("EN→PT  title " * 8, names[0], names[1], weights)


@pytest.mark.parametrize("width", [40, 59, 80, 120])
@pytest.mark.parametrize("size", [(1, 1), (5, 7), (3, 43)])
def test_every_view_fits_and_shows_every_row(width: int, size: tuple[int, int]) -> None:
    shown = picture(*size)
    thumbs = Thumbnails("t", np.stack([[shown.weights] * 3] * 2), [["layer 1 head 1 ★"] * 3] * 2, "why")
    for text in (
        heatmap(shown, width),
        heatmap(shown, width, decimals=True),
        links_text(shown, width),
        thumbnails(thumbs, width),
    ):
        lines = text.plain.split("\n")
        assert max(map(cell_len, lines)) <= width
        assert len(lines) > size[0]


@given(st.lists(st.integers(7, 15), min_size=1, max_size=40), st.integers(40, 140))
def test_panels_are_few_and_balanced(widths: list[int], room: int) -> None:
    tail = 17
    panels = balanced(widths, room, tail)
    assert [j for panel in panels for j in panel] == list(range(len(widths)))
    loads = [sum(widths[j] for j in panel) + (tail if panel is panels[-1] else 0) for panel in panels]
    assert all(panels)
    assert max(loads) <= room
    assert (len(panels) - 1) * room < sum(widths) + tail + len(panels) * max(widths)  # greedy would need as many
    if len(panels) > 2:
        assert min(loads[:-1]) + max(widths) >= sum(loads) / len(loads) - max(widths)


def test_no_panel_is_left_with_one_column() -> None:
    panels = balanced([7] * 9, 66, 17)
    assert [len(panel) for panel in panels] == [6, 3]  # 42 and 21 + 17 cells


def test_the_links_as_they_look() -> None:
    shown = Heatmap("t", ["eu"], ["I", "am", "."], np.array([[0.7, 0.25, 0.05]]))
    lines = links_text(shown, 60).plain.split("\n")
    assert re.fullmatch(r"eu ┬█{21}╌{9}  70 I", lines[1])
    assert re.fullmatch(r"   └━{8}╌{22}  25 am", lines[2])
    assert lines[3].strip() == "5 in 1 smaller link"


def test_a_masked_cell_is_marked_not_numbered() -> None:
    mask = np.array([[True, False], [True, True]])
    shown = Heatmap("t", ["a", "b"], ["<s>", "a"], np.array([[1.0, 0.0], [0.5, 0.5]]), may_attend=mask)
    assert "×" in heatmap(shown, 80).plain.split("\n")[2]
    assert "×" in "".join(heatmap_svg(shown).elements)


def test_svg_is_sound_xml_with_every_digit_and_no_outside_parts() -> None:
    shown = replace(picture(4, 6), rows=["a\x07b", "<script>", "&amp;", "日"], title="x\x00 <t>")
    thumbs = Thumbnails("t", np.stack([[shown.weights] * 2]), [["<1>", "2"]], "why")
    for parts in ([heatmap_svg(shown)], [links_svg(shown)], thumbnails_svg(thumbs)):
        text = page(shown.title, parts, ["a & b < c"])
        root = ET.fromstring(text)
        assert {e.tag.split("}")[1] for e in root.iter()} <= {"svg", "style", "g", "rect", "path", "text"}
        assert not re.search(r"url\(|href|@font|<script", text)
    root = ET.fromstring(page("t", [heatmap_svg(shown)]))
    digits = [int(e.text) for e in root.iter() if e.text and e.text.isdigit()]
    assert sum(digits) == 400


COLOURS = {
    "none": ({"NO_COLOR": "1"}, r"\x1b\[[0-9;]*[34]8"),
    "16": ({"TERM": "xterm-16color"}, r"\x1b\[[0-9;]*[34]8;"),
    "256": ({"TERM": "xterm-256color"}, r"\x1b\[[0-9;]*[34]8;2"),
    "truecolor": ({"COLORTERM": "truecolor", "TERM": "xterm"}, r"\x1b\[[0-9;]*[34]8;5"),
}


@pytest.mark.parametrize("depth", COLOURS)
def test_each_colour_depth_in_a_process_of_its_own(depth: str) -> None:
    """Rich keeps a style's codes for the life of a process."""
    variables, forbidden = COLOURS[depth]
    code = (
        "import sys\nimport numpy as np\nfrom translator.commands.console import console_for\n"
        "from translator.draw.heatmap import Heatmap, heatmap\n"
        "p = Heatmap('t', ['a'], ['b', 'c'], np.array([[0.9, 0.1]]))\n"
        "console_for(sys.stdout, force_terminal=True, width=60).print(heatmap(p, 60))\n"
    )
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM"}}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=clean | variables, check=True)
    out = done.stdout.decode()
    assert "[██ 90]" in re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert not re.search(forbidden, out)
    wanted = {"none": "", "16": "\x1b[", "256": "48;5;", "truecolor": "48;2;"}[depth]
    assert wanted in out
    assert depth != "none" or not re.search(r"\x1b\[[0-9;]*(3[0-7]|4[0-7])m", out)


@given(
    st.lists(st.tuples(st.sampled_from(LABELS), st.integers(0, 9999)), min_size=1, max_size=30), st.integers(40, 130)
)
def test_boxes_fit_and_hold_every_id(tokens: list[tuple[str, int]], width: int) -> None:
    kinds = ["piece" if id % 3 else "byte" for _, id in tokens]
    pieces, numbers = [p for p, _ in tokens], [id for _, id in tokens]
    text = boxes([WordBox("naïve", pieces, numbers, kinds), WordBox("z", ["z"], [12345], ["unknown"])], width).plain
    assert max(map(cell_len, text.split("\n"))) <= width
    assert sorted(map(int, re.findall(r"(?<=[│┆] )\d+(?= )", text))) == sorted([*numbers, 12345])


# Commands


def test_tokens_in_json_keep_the_laws(run) -> None:  # type: ignore[no-untyped-def]
    text = "  I’m  naïve, 日本 \u202e🙂\x07 </s>"
    code, out, _ = run("tokens", text, "--json")
    plain = json.loads(out)
    assert code == 0
    assert plain["decoded"] == plain["normalised"] == normalise(text)
    words = [w["start"] for w in plain["words"]] + [plain["words"][-1]["stop"]]
    assert words[0] == 0
    assert words[-1] == len(plain["tokens"])
    assert all(w["stop"] == start for w, start in zip(plain["words"], words[1:], strict=True))
    kinds = [token["kind"] for token in plain["tokens"]]
    assert kinds[0] == kinds[-1] == "special"
    assert "special" not in kinds[1:-1]
    assert kinds.count("byte") >= 6


def test_tokens_on_the_terminal_moves_no_cursor(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("tokens", "a\x1b[2J\u202eb " + EN)
    assert code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", out)
    assert max(map(cell_len, out.splitlines())) <= 80


@pytest.mark.parametrize("view", ["heat", "links", "grid", "table"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_view_of_every_kind(run, kind: str, view: str) -> None:  # type: ignore[no-untyped-def]
    for measure in MEASURES:
        code, out, _ = run("attend", EN, "--kind", kind, "--view", view, "--weights", measure)
        assert code == 0
        assert max(map(cell_len, out.splitlines())) <= 80
        assert PT in out
        assert "where the" in " ".join(out.split())


def test_json_rows_sum_and_percentages_add_up(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("attend", EN, "--json", "--level", "token", "--layer", "1", "--head", "2")
    plain = json.loads(out)
    assert code == 0
    (matrix,) = plain["matrices"]
    assert (matrix["layer"], matrix["head"]) == (1, 2)
    assert np.abs(np.array(matrix["weights"]).sum(axis=1) - 1).max() < 1e-6
    assert all(sum(row) == 100 for row in matrix["percent"])
    assert np.array(matrix["weights"]).shape == (len(plain["rows"]), len(plain["columns"]))


def test_files_and_force(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    svg, table = tmp_path / "a.svg", tmp_path / "a.csv"
    assert run("attend", EN, "--svg", str(svg), "--csv", str(table))[0] == 0
    ET.parse(svg)
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["row"]] = sums.get(row["row"], 0.0) + float(row["weight"])
    assert all(abs(total - 1) < 1e-6 for total in sums.values())
    before = svg.read_text("utf-8")
    code, _, err = run("attend", PT, "--svg", str(svg))
    assert (code, svg.read_text("utf-8")) == (2, before)
    assert "--force" in err
    assert run("attend", PT, "--svg", str(svg), "--force")[0] == 0
    assert svg.read_text("utf-8") != before


def test_check_prints_laws_and_correlations(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("attend", EN, "--check")
    assert code == 0
    assert "ok: rows sum to 1" in out
    assert re.search(r"removed\s+raw [+-]\d\.\d\d   norm [+-]\d\.\d\d   rollout [+-]\d\.\d\d", out)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--layer", "9"], "layers 1 to"),
        (["--kind", "encoder", "--layer", "0"], "layers 1 to"),
        (["--head", "99"], "heads 1 to"),
        (["--head", "x"], "mean or best"),
        (["--kind", "x"], "cross, encoder, decoder"),
        (["--view", "x"], "heat, links, grid, table"),
        (["--weights", "x"], "raw, norm, rollout"),
        (["--level", "x"], "word, token"),
        (["--weights", "rollout", "--head", "1"], "all heads"),
        (["--view", "grid", "--layer", "1"], "all layers"),
        (["--check", "--kind", "encoder"], "cross-attention"),
        (["--target", " "], "--target is empty"),
    ],
)
def test_what_cannot_be_shown_is_said(run, options: list[str], told: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("attend", EN, *options)
    assert (code, out) == (2, "")
    assert told in " ".join(err.split())


def test_mean_of_layers_and_a_best_never_measured(run) -> None:  # type: ignore[no-untyped-def]
    def matrix(*options: str) -> dict[str, Any]:
        (found,) = json.loads(run("attend", EN, "--json", *options)[1])["matrices"]
        return dict(found)

    layers = [matrix("--layer", n)["weights"] for n in ("1", "2")]
    assert np.array(matrix("--layer", "mean")["weights"]) == pytest.approx(np.mean(layers, axis=0))
    best = matrix("--head", "best")
    assert (best["layer"], best["head"]) == (2, "mean")
    assert "never measured" in " ".join(run("attend", EN, "--head", "best")[1].split())


def test_empty_text_is_said(run) -> None:  # type: ignore[no-untyped-def]
    for command in ("attend", "tokens"):
        code, _, err = run(command, " \t")
        assert code == 2
        assert "empty" in err


def test_numbers_are_not_called_per_cents(run) -> None:  # type: ignore[no-untyped-def]
    assert "% of each row" in run("attend", EN)[1]
    table = run("attend", EN, "--view", "table")[1]
    assert "% of each row" not in table
    assert "shares of each row, 1 in all" in table
