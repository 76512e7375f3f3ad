"""Attention as a picture of text: digits and glyphs first, colour on top, never wider than the terminal.

A row is a word that was predicted, a column a source word, a cell the share of the row in per cent. Rows add up to 100
as printed. A sentence too long for the width goes on in further panels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from translator.explain.cross import entropy

__all__ = ["Heatmap", "heatmap", "percentages"]

_GLYPHS = ((60, "██"), (40, "▓▓"), (20, "▒▒"), (10, "░░"), (2, "··"), (0, "  "))
_CELL = 7  # "[▒▒ 47]"
_WIDEST_LABEL = 14
CAPTION = "% of each row · [ ] = row maximum · H = entropy, bits · where the decoder looked, not why it chose the word"


@dataclass(frozen=True)
class Heatmap:
    """What is drawn: ``weights`` (rows, columns), each row summing to 1."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    weights: np.ndarray
    caption: str = CAPTION


def percentages(row: np.ndarray) -> list[int]:
    """Whole per cents that add up to exactly 100: rounded down, the largest remainders get one more."""
    exact = row / row.sum() * 100
    whole = np.floor(exact).astype(int)
    for index in np.argsort(-(exact - whole), kind="stable")[: 100 - int(whole.sum())]:
        whole[index] += 1
    return [int(value) for value in whole]


def _glyph(percent: int) -> str:
    return next(glyph for least, glyph in _GLYPHS if percent >= least)


def _style(percent: int) -> Style:
    """A white-to-blue scale; rich brings it down to 256 or 16 colours, or to none."""
    if percent < 2:
        return Style(dim=True)
    share = min(1.0, percent / 80)
    red, green, blue = (round(235 + (low - 235) * share) for low in (20, 70, 160))
    return Style(bgcolor=f"rgb({red},{green},{blue})", color="black" if share < 0.55 else "white")


def _fit(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _center(text: str, width: int) -> str:
    left = (width - cell_len(text)) // 2
    return " " * left + text + " " * (width - cell_len(text) - left)


def _panels(widths: list[int], room: int, tail: int) -> list[range]:
    """Consecutive columns in as few panels as hold them, of about the same width; the last has the ``tail`` beside it.

    Where even one column a panel is too wide, that is what there is.
    """
    total = sum(widths) + tail
    for count in range(1, len(widths)):
        panels: list[range] = []
        begin, used, left = 0, 0, total
        for index, width in enumerate(widths):
            share = left / (count - len(panels))
            if index > begin and len(panels) < count - 1 and used + width / 2 > share:
                panels.append(range(begin, index))
                left -= used
                begin, used = index, 0
            used += width
        panels.append(range(begin, len(widths)))
        needs = [sum(widths[i] for i in panel) for panel in panels]
        if max(needs) <= room and needs[-1] + tail <= room:
            return panels
    return [range(i, i + 1) for i in range(len(widths))]


def heatmap(picture: Heatmap, width: int) -> Text:
    """Draw ``picture`` no wider than ``width`` cells (40 at least)."""
    width = max(40, width)
    tallies = [percentages(row) for row in picture.weights]
    bits = entropy(picture.weights)
    label = min(_WIDEST_LABEL, max(cell_len(row) for row in picture.rows))
    names = [_fit(column, _WIDEST_LABEL - 1) for column in picture.columns]
    widths = [max(_CELL, cell_len(name) + 1) for name in names]
    tops = [_fit(picture.columns[int(row.argmax())], _WIDEST_LABEL) for row in picture.weights]
    tail = 3 + max(map(cell_len, tops)) + 7  # "│ word H=1.71"
    panels = _panels(widths, width - label - 3, tail - 1)
    lines = [Text(_fit(picture.title, width), Style(bold=True))]
    for number, panel in enumerate(panels):
        if len(panels) > 1:
            lines.append(Text(f"columns {panel.start + 1}–{panel.stop} of {len(names)}", Style(dim=True)))
        lines.append(Text(" " * (label + 2) + "".join(_center(names[j], widths[j]) for j in panel)))
        for i, row in enumerate(picture.rows):
            name = _fit(row, label)
            line = Text(" " * (label - cell_len(name)) + name + " │")
            top = int(picture.weights[i].argmax())
            for j in panel:
                percent = tallies[i][j]
                inner = f"{_glyph(percent)}{percent:>3}"
                cell = f"[{inner}]" if j == top else f" {inner} "
                line.append(_center(cell, widths[j]), _style(percent))
            line.append("│")
            if number == len(panels) - 1:
                line.append(f" {set_cell_size(tops[i], max(map(cell_len, tops)))} H={bits[i]:.2f}")
            lines.append(line)
    lines += [Text(part, Style(dim=True)) for part in _wrap(picture.caption, width)]
    return Text("\n").join(lines)


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
