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

__all__ = ["Grid", "blocks", "cosine_text", "fit", "ink", "side_by_side", "signed_rgb", "stacked", "wrap"]

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


def ink(rgb: tuple[int, int, int]) -> str:
    """``black`` or ``white``, whichever stands out more from ``rgb`` (WCAG 2.1, contrast ratio)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in rgb)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "white"


def _style(value: float) -> Style:
    rgb = signed_rgb(value)
    return Style(bgcolor="rgb({},{},{})".format(*rgb), color=ink(rgb))


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
    names = [fit(column, _WIDEST_LABEL - 2) for column in grid.columns]
    widths = [max(cell, cell_len(name) + 1) for name in names]
    panels = _panels(widths, width - label - 3)  # "label │", and the rule before the second text
    drawn = []
    for panel in panels:
        lines = [Text(fit(grid.title, width), Style(bold=True))] if grid.title else []
        if len(panels) > 1:
            lines.append(Text(f"columns {panel.start + 1}–{panel.stop} of {len(names)}", Style(dim=True)))
        head = Text(" " * (label + 2))
        for j in panel:
            head.append(_rule(grid, panel, j, " ") + _center(names[j], widths[j]))
        lines.append(head)
        for i, row in enumerate(grid.rows):
            if grid.split and i == grid.split:
                lines.append(Text("─" * (label + 1) + "┼" + "─" * (cell_len(head.plain) - label - 2)))
            name = fit(row, label)
            line = Text(" " * (label - cell_len(name)) + name + " │")
            for j in panel:
                line.append(_rule(grid, panel, j, "│"))
                _append_cell(line, float(grid.values[i, j]), widths[j], bool(grid.marks) and grid.marks[i] == j)
            lines.append(line)
        drawn.append(lines)
    return drawn


def _panels(widths: Sequence[int], room: int) -> list[range]:
    """Consecutive columns, as many a panel as ``room`` holds, one at least."""
    panels, begin, used = [], 0, 0
    for index, wide in enumerate(widths):
        if index > begin and used + wide > room:
            panels.append(range(begin, index))
            begin, used = index, 0
        used += wide
    return [*panels, range(begin, len(widths))]


def _rule(grid: Grid, panel: range, j: int, mark: str) -> str:
    return mark if grid.split and j == grid.split and j != panel.start else ""


def _append_cell(line: Text, value: float, width: int, is_marked: bool) -> None:
    """Glyphs and digits in the middle of ``width`` cells, in brackets if marked, on their colour."""
    inner = next(glyph for least, glyph in _GLYPHS if abs(value) >= least) + cosine_text(value)
    left, right = "[]" if is_marked else ("", "")
    line.append(_center(left + inner + right, width), _style(value))


def _center(text: str, width: int) -> str:
    left = (width - cell_len(text)) // 2
    return " " * left + text + " " * (width - cell_len(text) - left)


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
            for number, block in enumerate(row):
                part = block[k].copy() if k < len(block) else Text()
                line.append_text(part)
                if number < len(row) - 1:
                    line.append(" " * (_width(block) - cell_len(part.plain) + 3))
            lines.append(line)
        lines.append(Text())
    return Text("\n").join(lines[:-1])


def _width(block: Sequence[Text]) -> int:
    return max(cell_len(line.plain) for line in block)
