"""Cosines as grids: digits and glyphs first, colour on top, never wider than the terminal; and the same in SVG.

A cell is two glyphs by size and two decimals. What is just below 1 is printed ``>.99``: 1.00 is kept for what is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from translator.draw.colour import cosine_step
from translator.draw.grid import panels
from translator.draw.language import figure
from translator.draw.svg import Part, cells

_GLYPHS = ((0.8, "██"), (0.6, "▓▓"), (0.4, "▒▒"), (0.2, "░░"), (0.1, "··"), (0.0, "  "))
_ONE = 1e-9  # closer to 1 than this is 1


@dataclass(frozen=True)
class Grid:
    """What is drawn: ``values`` (rows, columns), each from −1 to 1."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: np.ndarray
    marks: Sequence[int] = ()  # a row, the column put in brackets; none if empty
    split: int = 0  # a rule before this row and column, where the second text begins; 0 for none

    def is_marked(self, row: int, column: int) -> bool:
        """Whether that cell stands in brackets."""
        return bool(self.marks) and self.marks[row] == column


def cosine_text(value: float) -> str:
    """Five cells: ``" 0.47"``, ``"-0.12"``, ``" 1.00"`` only for 1 itself, ``" >.99"`` for what is just below."""
    if round(abs(value), 2) >= 1 and abs(value) < 1 - _ONE:
        return figure(" >.99" if value > 0 else "<-.99")
    return figure(f"{round(float(value), 2) + 0.0:5.2f}")


def blocks(grid: Grid, width: int) -> list[list[Text]]:
    """``grid`` as one block of lines, or as several with some of the columns each, none wider than ``width``."""

    def cell(i: int, j: int) -> tuple[str, str]:
        value = float(grid.values[i, j])
        inner = next(glyph for least, glyph in _GLYPHS if abs(value) >= least) + cosine_text(value)
        return f"[{inner}]" if grid.is_marked(i, j) else inner, cosine_step(value)

    least = 9 if grid.marks else 8  # "[▒▒ 0.47]"
    return panels(
        grid.rows, grid.columns, cell, width, title=grid.title, least=least, widest=(14, 12), split=grid.split
    )


def grid_svg(grid: Grid) -> Part:
    """The cells of ``grid`` with their digits; a frame round the marked ones, a rule where the second text begins."""

    def cell(i: int, j: int) -> tuple[str, str, bool]:
        value = float(grid.values[i, j])
        return cosine_step(value), cosine_text(value).strip(), grid.is_marked(i, j)

    return cells(grid.rows, grid.columns, cell, wide=62, title=grid.title, split=grid.split)
