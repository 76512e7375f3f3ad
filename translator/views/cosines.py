"""Cosines as grids of text: digits and glyphs first, colour on top, never wider than the terminal.

A cell is two glyphs by size and two decimals. What is just below 1 is printed ``>.99``: 1.00 is kept for what is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

__all__ = ["Grid", "blocks", "cosine_text", "fit", "side_by_side", "signed_rgb", "stacked", "wrap"]

_GLYPHS = ((0.8, "██"), (0.6, "▓▓"), (0.4, "▒▒"), (0.2, "░░"), (0.1, "··"), (0.0, "  "))
_CELL = 9  # "[▒▒ 0.47]"
_WIDEST_LABEL = 14
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


def cosine_text(value: float) -> str:
    """Five cells: ``" 0.47"``, ``"-0.12"``, ``" 1.00"`` only for 1 itself, ``" >.99"`` for what is just below."""
    for sign in (1, -1):
        if round(sign * value, 2) >= 1.0 and sign * value < 1 - _ONE:
            return " >.99" if sign > 0 else "<-.99"
    return f"{round(float(value), 2) + 0.0:5.2f}"


def signed_rgb(value: float) -> tuple[int, int, int]:
    """White at 0, blue towards 1, orange towards −1."""
    share = min(1.0, abs(value))
    strongest = (20, 70, 160) if value >= 0 else (200, 90, 10)
    red, green, blue = (round(245 + (end - 245) * share) for end in strongest)
    return red, green, blue


def _style(value: float) -> Style:
    red, green, blue = signed_rgb(value)
    return Style(bgcolor=f"rgb({red},{green},{blue})", color="black" if abs(value) < 0.55 else "white")


def fit(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, with … where something is cut off."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int) -> list[str]:
    """``text`` broken at spaces into lines of at most ``width`` cells; a word longer than that is cut."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(fit(word, width))
        else:
            lines[-1] = fit(f"{lines[-1]} {word}".lstrip(), width)
    return lines


def blocks(grid: Grid, width: int) -> list[list[Text]]:
    """``grid`` as one block of lines, or as several with some of the columns each, none wider than ``width``."""
    label = min(_WIDEST_LABEL, max(map(cell_len, grid.rows)))
    cell = _CELL if grid.marks else _CELL - 1
    a_panel = max(1, (width - label - 4) // cell)
    count = len(grid.columns)
    panels = [range(begin, min(begin + a_panel, count)) for begin in range(0, count, a_panel)]
    drawn = []
    for panel in panels:
        lines = [Text(fit(grid.title, width), Style(bold=True))] if grid.title else []
        if len(panels) > 1:
            lines.append(Text(f"columns {panel.start + 1}–{panel.stop} of {count}", Style(dim=True)))
        head = Text(" " * (label + 2))
        for j in panel:
            name = fit(grid.columns[j], cell - 2)
            left = (cell - cell_len(name)) // 2
            head.append(_rule(grid, panel, j, " "))
            head.append(" " * left + name + " " * (cell - cell_len(name) - left))
        lines.append(head)
        for i, row in enumerate(grid.rows):
            if grid.split and i == grid.split:
                lines.append(Text("─" * (label + 1) + "┼" + "─" * (cell_len(head.plain) - label - 2)))
            lines.append(_row(grid, i, fit(row, label), label, panel))
        drawn.append(lines)
    return drawn


def _rule(grid: Grid, panel: range, j: int, mark: str) -> str:
    return mark if grid.split and j == grid.split and j != panel.start else ""


def _row(grid: Grid, i: int, name: str, label: int, panel: range) -> Text:
    line = Text(" " * (label - cell_len(name)) + name + " │")
    for j in panel:
        line.append(_rule(grid, panel, j, "│"))
        value = float(grid.values[i, j])
        glyph = next(glyph for least, glyph in _GLYPHS if abs(value) >= least)
        inner = glyph + cosine_text(value)
        if grid.marks:
            line.append(f"[{inner}]" if grid.marks[i] == j else f" {inner} ", _style(value))
        else:
            line.append(inner, _style(value))
            line.append(" ")
    return line


def stacked(drawn: Sequence[Sequence[Text]]) -> Text:
    """Blocks one below the other."""
    return Text("\n").join(line for block in drawn for line in block)


def side_by_side(drawn: Sequence[Sequence[Text]], width: int) -> Text:
    """Blocks from left to right, as many a row as ``width`` holds, three spaces between them."""
    rows: list[list[Sequence[Text]]] = []
    used = 0
    for block in drawn:
        wide = _width(block)
        if not rows or used + 3 + wide > width:
            rows.append([])
            used = -3
        rows[-1].append(block)
        used += 3 + wide
    lines = []
    for row in rows:
        for k in range(max(map(len, row))):
            line = Text()
            for block in row:
                part = block[k].copy() if k < len(block) else Text()
                line.append_text(part)
                if block is not row[-1]:
                    line.append(" " * (_width(block) - cell_len(part.plain) + 3))
            lines.append(line)
        lines.append(Text())
    return Text("\n").join(lines[:-1])


def _width(block: Sequence[Text]) -> int:
    return max(cell_len(line.plain) for line in block)
