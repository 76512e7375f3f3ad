"""Attention as a picture: digits and glyphs first, colour on top, never wider than the terminal; and the same in SVG.

A row is a word that was predicted, a column a source word, a cell the share of the row in per cent. Rows add up to 100
as printed. A sentence too long for the width goes on in further panels, as few and as equally wide as can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.colour import heat_step
from translator.draw.grid import panels
from translator.draw.language import figure, told
from translator.draw.svg import Part, cells
from translator.draw.text import BOLD, DIM, fit, joined, left, wrapped
from translator.explain.geometry import entropy

_GLYPHS = ((60, "██"), (40, "▓▓"), (20, "▒▒"), (10, "░░"), (2, "··"), (0, "  "))
_NARROW = 60  # cells; below, labels take half the room
_MASKED = "×"
KEY = "% of each row · [ ] = row maximum · H = entropy, bits"
WHY = "where the decoder looked, not why it chose the word"
CAPTION = f"{KEY} · {WHY}"


@dataclass(frozen=True)
class Heatmap:
    """What is drawn: ``weights`` (rows, columns), each row summing to 1."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    weights: np.ndarray
    caption: str = CAPTION
    may_attend: np.ndarray | None = None  # (rows, columns) bool; a cell where it is False is drawn as masked
    notes: Sequence[str] = ()  # lines above the caption

    def is_masked(self, row: int, column: int) -> bool:
        """Whether nothing may be seen there."""
        return self.may_attend is not None and not self.may_attend[row, column]


def percentages(row: np.ndarray) -> list[int]:
    """Whole per cents that add up to exactly 100: rounded down, the largest remainders get one more."""
    exact = row / row.sum() * 100
    whole = np.floor(exact).astype(int)
    for index in np.argsort(-(exact - whole), kind="stable")[: 100 - int(whole.sum())]:
        whole[index] += 1
    return [int(value) for value in whole]


def heatmap(picture: Heatmap, width: int, *, decimals: bool = False) -> Text:
    """Draw ``picture`` no wider than ``width`` cells (40 at least); with ``decimals`` as plain numbers, four each."""
    width = max(40, width)
    longest = 14 if width >= _NARROW else 7
    tallies = [percentages(row) for row in picture.weights]
    tops = picture.weights.argmax(axis=1)
    names = [fit(picture.columns[top], longest) for top in tops]
    wide = max(map(cell_len, names))
    bits = entropy(picture.weights)
    tails = [f" {left(name, wide)} H={figure(f'{abs(h):.2f}')}" for name, h in zip(names, bits, strict=True)]

    def cell(i: int, j: int) -> tuple[str, str]:
        if picture.is_masked(i, j):
            return _MASKED, DIM
        value, is_top = tallies[i][j], j == tops[i]
        if decimals:
            shown, style = figure(f"{picture.weights[i, j]:.4f}"), BOLD if is_top else ""
        else:
            glyph = next(glyph for least, glyph in _GLYPHS if value >= least)
            shown, style = f"{glyph}{value:>3}", heat_step(value / 100) if value >= 2 else DIM
        return f"[{shown}]" if is_top else f" {shown} ", style

    least, widest = (8 if decimals else 7), (longest, longest - 1)
    drawn = panels(picture.rows, picture.columns, cell, width, least=least, widest=widest, tails=tails)
    return framed(picture.title, [line for block in drawn for line in block], [*picture.notes, picture.caption], width)


def framed(title: str, lines: Sequence[Text], notes: Sequence[str], width: int) -> Text:
    """Lines under a bold title, if there is one, over pale notes, both wrapped."""
    below = [line for note in notes for line in wrapped(told(note), width, DIM)]
    return joined([*(wrapped(title, width, BOLD) if title else []), *lines, *below])


def heatmap_svg(picture: Heatmap, *, decimals: bool = False) -> Part:
    """A shaded cell a weight with its per cents, or the number itself; a frame round each row's maximum."""
    tallies = [percentages(row) for row in picture.weights]
    tops = picture.weights.argmax(axis=1)

    def cell(i: int, j: int) -> tuple[str, str, bool]:
        if picture.is_masked(i, j):
            return "", _MASKED, False
        weight = float(picture.weights[i, j])
        return heat_step(weight), figure(f"{weight:.4f}") if decimals else str(tallies[i][j]), bool(j == tops[i])

    return cells(picture.rows, picture.columns, cell, wide=62 if decimals else 46)
