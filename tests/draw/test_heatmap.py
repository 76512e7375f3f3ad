"""Weights in, picture out."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from translator.draw.heatmap import Heatmap, heatmap, percentages
from translator.explain.geometry import entropy

PICTURE = Heatmap(
    "EN→PT  layer 1/1",
    ["estou", "feliz", "</s>"],
    ["I", "am", "happy", "</s>"],
    np.array([[0.38, 0.50, 0.08, 0.04], [0.0, 0.114, 0.786, 0.10], [0.25, 0.25, 0.25, 0.25]]),
)


def drawn(picture: Heatmap, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO())
    console.print(heatmap(picture, width), no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_the_picture_as_it_looks_without_colour() -> None:
    assert [line.rstrip() for line in drawn(PICTURE, 80)] == [
        "EN→PT  layer 1/1",
        "          I     am    happy  </s>",
        "estou │ ▒▒ 38 [▓▓ 50] ··  8  ··  4 │ am    H=1.51",
        "feliz │     0  ░░ 11 [██ 79] ░░ 10 │ happy H=0.96",
        " </s> │[▒▒ 25] ▒▒ 25  ▒▒ 25  ▒▒ 25 │ I     H=2.00",
        "% of each row · [ ] = row maximum · H = entropy, bits · where the decoder",
        "looked, not why it chose the word",
    ]


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=40).filter(lambda row: sum(row) > 1e-3))
def test_percentages_add_up_to_100_and_stray_less_than_one(row: list[float]) -> None:
    weights = np.array(row) / sum(row)
    whole = percentages(weights)
    assert sum(whole) == 100
    assert np.abs(np.array(whole) - 100 * weights).max() < 1


@pytest.mark.parametrize("width", [40, 60, 80, 97, 120])
@pytest.mark.parametrize("columns", [1, 5, 23])
def test_nothing_is_wider_than_the_terminal_and_every_column_is_there(width: int, columns: int) -> None:
    words = ["inconstitucionalissimamente", "naïve", "日本語", "x"]
    names = [f"{words[i % 4]}" for i in range(columns)]
    weights = np.random.default_rng(7).dirichlet(np.ones(columns), size=3)
    lines = drawn(Heatmap("title " * 30, ["a", "anticonstitucional", "çã"], names, weights), width)
    assert max(map(cell_len, lines)) <= width
    cells = [line.split("│")[1] for line in lines if line.lstrip().startswith("a │")]
    assert sum(map(int, re.findall(r"\d+", "".join(cells)))) == 100


def test_markup_in_a_word_is_only_text() -> None:
    picture = Heatmap("t", ["[/x]"], ["[bold]", ":sun:"], np.array([[0.5, 0.5]]))
    assert any("[bold]" in line and ":sun:" in line for line in drawn(picture, 80))


def test_entropy_by_hand() -> None:
    assert entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist() == [0.0, 1.0]
    assert entropy(np.full((1, 8), 1 / 8)).tolist() == [3.0]
