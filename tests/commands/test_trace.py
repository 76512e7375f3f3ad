"""``trace``: the panels add up, fit the terminal, and say what the stages say."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from translator.commands.pairs import find_word
from translator.commands.trace.view import trace_panels, trace_title
from translator.explain.reading import KINDS, Kind, content_word, exact, read
from translator.explain.stages import HeadStages, head_stages
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords, Word

STEPS = [
    "Embedding + position",
    "Layer norm",
    "Query",
    "Keys",
    "Values",
    "Dot product",
    "Scale",
    "Mask",
    "Softmax",
    "Weighted values",
    "Head output",
    "Output  W_O",
    "Residual",
]


def drawn(stages: HeadStages, row: int, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO(), soft_wrap=True)
    for panel in trace_panels(stages, row, width):
        console.print(panel, no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def panels(lines: list[str]) -> dict[str, list[str]]:
    """The lines of each panel by its title."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("╭"):
            title = re.sub(r"^╭─ \d+  |[ ─╮]+$", "", line)
            found[title] = []
        elif line.startswith("│"):
            found[title].append(line[2:-2].rstrip())
    return found


def panel(lines: list[str], name: str) -> list[str]:
    return next(body for title, body in panels(lines).items() if title.startswith(name))


def numbers(line: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+", line)]


def stages_of(model: Transformer, subwords: Subwords, kind: Kind, source: str = SENTENCES[2]) -> HeadStages:
    pair = subwords.source(source, "en-pt"), subwords.encode(SENTENCES[1])
    return head_stages(read(exact(model), subwords, *pair), kind, 1, 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [60, 80, 97, 120])
def test_one_panel_a_step_and_nothing_wider_than_the_terminal(
    model: Transformer, subwords: Subwords, kind: Kind, width: int
) -> None:
    stages = stages_of(model, subwords, kind)
    for row in (0, len(stages.queries.labels) - 1):
        for panel_ in trace_panels(stages, row, width):
            assert isinstance(panel_.renderable, Text)  # a panel cuts off what is too wide, so ask before it is drawn
            assert max(cell_len(line) for line in panel_.renderable.plain.splitlines()) <= width - 4
        lines = drawn(stages, row, width)
        assert {cell_len(line) for line in lines} == {width}
        titles = list(panels(lines))
        assert len(titles) == len(STEPS)
        assert all(title.startswith(step) for title, step in zip(titles, STEPS, strict=True))


def test_the_dot_product_adds_up_as_printed(model: Transformer, subwords: Subwords) -> None:
    stages = stages_of(model, subwords, "cross")
    body = panel(drawn(stages, 3, 80), "Dot product")
    terms = [numbers(line) for line in body if "×" in line]
    assert len(terms) == 4
    top = int(stages.weights[3].argmax())
    assert [a for a, _, _ in terms] == pytest.approx(stages.q[3, :4], abs=5e-4)
    assert [b for _, b, _ in terms] == pytest.approx(stages.k[top, :4], abs=5e-4)
    [rest] = next(numbers(line) for line in body if "more terms" in line)
    [total] = next(numbers(line) for line in body if "the score" in line)
    assert sum(product for _, _, product in terms) + rest == pytest.approx(total, abs=5e-3)
    assert total == pytest.approx(stages.scores[3, top], abs=5e-4)


def test_scores_weights_and_sums_are_those_of_the_stages(model: Transformer, subwords: Subwords) -> None:
    stages = stages_of(model, subwords, "cross", "The honey.")  # few enough tokens to show them all
    assert len(stages.keys.labels) <= 10
    lines = drawn(stages, 2, 80)
    scale = [numbers(line)[-2:] for line in panel(lines, "Scale")[-len(stages.keys.labels) :]]
    np.testing.assert_allclose(scale, np.stack([stages.scores[2], stages.scaled[2]], axis=1), atol=5e-4)
    softmax = [numbers(line) for line in panel(lines, "Softmax")[-len(stages.keys.labels) - 1 :]]
    np.testing.assert_allclose([row[2] for row in softmax[:-1]], stages.weights[2], atol=5e-7)
    assert softmax[-1][-1] == 1.0
    old, delta, new = (numbers(line) for line in panel(lines, "Residual")[-3:])
    np.testing.assert_allclose(np.array(old[:-1]) + delta[:-1], new[:-1], atol=2e-3)
    assert new[-1] == pytest.approx(np.linalg.norm(stages.new_residual[2]), abs=5e-4)


def test_many_columns_say_how_much_is_not_shown(model: Transformer, subwords: Subwords) -> None:
    stages = stages_of(model, subwords, "encoder")
    count = len(stages.keys.labels)
    assert count > 10
    body = panel(drawn(stages, 4, 80), "Softmax")
    shown = [numbers(line)[2] for line in body if len(numbers(line)) == 3]
    assert len(shown) == 10
    [hidden] = [line for line in body if "more tokens hold" in line]
    assert hidden.startswith(f"{count - 10} more tokens")
    share = float(re.findall(r"(\d+\.\d+)%", hidden)[0]) / 100
    assert sum(shown) + share == pytest.approx(1, abs=1e-4)


def test_the_mask_of_the_decoder(model: Transformer, subwords: Subwords) -> None:
    stages = stages_of(model, subwords, "decoder")
    body = " ".join(panel(drawn(stages, 2, 120), "Mask"))
    assert f"3 of {len(stages.keys.labels)} may be attended to" in body
    assert "masked: " + " ".join(stages.keys.labels[3:5]) in body
    whole = " ".join(panel(drawn(stages, len(stages.keys.labels) - 1, 120), "Mask"))
    assert "masked:" not in whole
    assert "Nothing is masked" in " ".join(panel(drawn(stages_of(model, subwords, "cross"), 2, 120), "Mask"))


def test_markup_in_a_word_is_only_text(model: Transformer, subwords: Subwords) -> None:
    stages = stages_of(model, subwords, "cross", "The honey.")
    names = ["[/x]", ":sun:", "[bold]", *stages.keys.labels[3:]]
    stages.keys, stages.queries = replace(stages.keys, labels=names), replace(stages.queries, read=names)
    lines = drawn(stages, 2, 80)
    assert all(any(line.startswith(f"│ {name} ") for line in lines) for name in names[:3])
    assert any('the decoder reads "[bold]"' in line for line in lines)
    title = " ".join(
        line.plain for line in trace_title(stages, stages.queries.words[1], 3, "en-pt", "[/x] :sun: → [bold]", 80)
    )
    assert "[/x] :sun: → [bold]" in title


WORDS = [Word(text, i, i + 1) for i, text in enumerate(["<2pt>", "The", "mel", "of", "Mel", "25", "mel", "</s>"])]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("mel", 2),
        ("MEL", 2),
        ("Mel", 4),
        ("mel:2", 6),
        ("the", 1),
        ("</s>", 7),
        ("mel:9", None),
        ("x", None),
        ("", None),
    ],
)
def test_a_word_is_found(wanted: str, place: int | None) -> None:
    assert find_word(WORDS, wanted) == place


def test_the_row_is_a_content_word_if_there_is_one() -> None:
    assert content_word(WORDS) == 6  # "The" is as long: the last of them
    assert content_word([Word(text, i, i + 1) for i, text in enumerate(["!", "25", "</s>"])]) == 0


@given(st.lists(st.text(max_size=6), min_size=1, max_size=9))
def test_every_word_is_found_by_its_own_name(texts: list[str]) -> None:
    words = [Word(text, i, i + 1) for i, text in enumerate(texts)]
    for word in words:
        place = find_word(words, word.text)
        assert place is not None
        assert words[place].text == word.text


@pytest.fixture
def run(run):  # type: ignore[no-untyped-def]
    return partial(run, "trace")


@pytest.mark.parametrize("kind", KINDS)
def test_the_command(run, kind: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(SENTENCES[0], "--kind", kind, "--layer", "1", "--head", "3")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    word = "lighthouse" if kind == "encoder" else "barquinhos"
    assert f'row "{word}"' in " ".join(lines[:3])
    assert len(panels(lines)) == len(STEPS)


def test_json_has_every_stage_of_the_row(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(SENTENCES[0], "--kind", "decoder", "--layer", "1", "--head", "2", "--row", "velho", "--json")
    assert code == 0
    data = json.loads(out)
    assert (data["kind"], data["layer"], data["head"], data["row"]["word"]) == ("decoder", 1, 2, "velho")
    stages = {name: np.array(value, dtype=float) for name, value in data["stages"].items()}
    row = data["row"]["index"]
    width = len(stages["q"])
    assert float(stages["scale"]) == pytest.approx(width**-0.5)
    np.testing.assert_allclose(stages["k"] @ stages["q"] * stages["scale"], stages["scaled"])
    assert data["stages"]["masked"][row + 1 :] == [None] * (len(data["columns"]) - row - 1)
    np.testing.assert_allclose(stages["weights"] @ stages["v"], stages["head_output"])
    np.testing.assert_allclose(stages["contributions"].sum(axis=0) + stages["output_bias"], stages["delta"])
    np.testing.assert_allclose(stages["residual"] + stages["delta"], stages["new_residual"])


def test_each_sentence_in_turn_and_only_those_with_the_word(run) -> None:  # type: ignore[no-untyped-def]
    text = f"{SENTENCES[0]} {SENTENCES[6]}"
    rows = [json.loads(line)["row"]["word"] for line in run(text, "--kind", "encoder", "--json")[1].splitlines()]
    assert rows == ["lighthouse", "singing"]
    rows = [
        json.loads(line)["row"]["word"]
        for line in run(text, "--kind", "encoder", "--row", "he", "--json")[1].splitlines()
    ]
    assert rows == ["he"]


def test_a_given_translation_is_traced_as_it_is(run) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run(SENTENCES[0], "--target", "mel perto da ponte", "--row", "perto", "--json")[1])
    assert (data["target"], data["row"]["word"]) == ("mel perto da ponte", "perto")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["  "], "empty"),
        (
            [SENTENCES[0], "--row", "honey"],
            "not a word predicted its words: O velho faroleiro pinta barquinhos todo inverno . </s>",
        ),
        ([SENTENCES[0], "--kind", "encoder", "--row", "mel"], "not a word read its words: <2pt> The old lighthouse"),
        ([SENTENCES[0], "--layer", "9"], "decoder has layers 1 to"),
        ([SENTENCES[0], "--kind", "encoder", "--layer", "0"], "encoder has layers 1 to"),
        ([SENTENCES[0], "--head", "5"], "heads 1 to 4"),
        ([SENTENCES[0], "--kind", "up"], "kinds: cross, encoder, decoder"),
        ([SENTENCES[0], "--from", "de"], "unknown language"),
        ([SENTENCES[0], "--target", "mel " * 400], "too long"),
        (["honey " * 400, "--target", "mel"], "too long"),
    ],
)
def test_what_is_refused(run, argv: list[str], said: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert said in err.replace("\n", " ")
