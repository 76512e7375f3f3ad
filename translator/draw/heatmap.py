"""Attention as a picture of text: digits and glyphs first, colour on top, never wider than the terminal.

A row is a word that was predicted, a column a source word, a cell the share of the row in per cent. Rows add up to 100
as printed. A sentence too long for the width goes on in further panels, as few and as equally wide as can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.cosines import fit, ink, wrap
from translator.explain.geometry import entropy

__all__ = ["CAPTION", "KEY", "MASKED", "WHY", "Heatmap", "balanced", "heatmap", "number_table", "percentages", "shade"]

_GLYPHS = ((60, "██"), (40, "▓▓"), (20, "▒▒"), (10, "░░"), (2, "··"), (0, "  "))
_CELL = 7  # "[▒▒ 47]"
_WIDEST_LABEL = 14
_NARROW = 60  # cells; below, labels take half the room
MASKED = "×"
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


def percentages(row: np.ndarray) -> list[int]:
    """Whole per cents that add up to exactly 100: rounded down, the largest remainders get one more."""
    exact = row / row.sum() * 100
    whole = np.floor(exact).astype(int)
    for index in np.argsort(-(exact - whole), kind="stable")[: 100 - int(whole.sum())]:
        whole[index] += 1
    return [int(value) for value in whole]


def _glyph(percent: int) -> str:
    return next(glyph for least, glyph in _GLYPHS if percent >= least)


def shade(share: float) -> tuple[int, int, int]:
    """White at 0 to blue at 0.8 of the row and above."""
    red, green, blue = (round(235 + (low - 235) * min(1.0, share / 0.8)) for low in (20, 70, 160))
    return red, green, blue


def _style(percent: float) -> Style:
    """The shade as a background; rich brings it down to 256 or 16 colours, or to none."""
    if percent < 2:
        return Style(dim=True)
    rgb = shade(percent / 100)
    return Style(bgcolor="rgb({},{},{})".format(*rgb), color=ink(rgb))


def _center(text: str, width: int) -> str:
    left = (width - cell_len(text)) // 2
    return " " * left + text + " " * (width - cell_len(text) - left)


def balanced(widths: Sequence[int], room: int, tail: int) -> list[range]:
    """Consecutive columns in as few panels as ``room`` allows, the widest as narrow as can be.

    ``tail`` is what the last panel holds besides its columns. A column wider than the room has a panel of its own.
    """
    count, used = 1, tail
    for width in reversed(widths):  # from the end, so that the tail is there from the first
        if used > (tail if count == 1 else 0) and used + width > room:
            count, used = count + 1, 0
        used += width
    n = len(widths)
    sums = np.concatenate([[0], np.cumsum(widths)])
    # best[i]: the least widest panel that holds columns i…, in as many panels as have been counted, and where to cut
    best = [(int(sums[n] - sums[i]) + tail, n) for i in range(n)]
    cuts = [best]
    for _ in range(count - 1):
        before = cuts[-1]
        after = []
        for i in range(n):
            options = [(max(int(sums[j] - sums[i]), before[j][0]), j) for j in range(i + 1, n)]
            after.append(min(options, default=(1 << 30, n)))
        cuts.append(after)
    panels, begin = [], 0
    for level in reversed(cuts):
        end = level[begin][1]
        panels.append(range(begin, end))
        begin = end
    return panels


def heatmap(picture: Heatmap, width: int) -> Text:
    """Draw ``picture`` no wider than ``width`` cells (40 at least)."""
    tallies = [percentages(row) for row in picture.weights]

    def cell(i: int, j: int, is_top: bool) -> tuple[str, Style]:
        inner = f"{_glyph(tallies[i][j])}{tallies[i][j]:>3}"
        return f"[{inner}]" if is_top else f" {inner} ", _style(tallies[i][j])

    return _drawn(picture, width, cell)


def number_table(picture: Heatmap, width: int) -> Text:
    """The same as plain numbers, four decimals."""

    def cell(i: int, j: int, is_top: bool) -> tuple[str, Style]:
        inner = f"{picture.weights[i, j]:.4f}"
        return f"[{inner}]" if is_top else f" {inner} ", Style(bold=is_top)

    return _drawn(picture, width, cell)


def _drawn(picture: Heatmap, width: int, cell: Callable[[int, int, bool], tuple[str, Style]]) -> Text:
    width = max(40, width)
    longest = _WIDEST_LABEL if width >= _NARROW else _WIDEST_LABEL // 2
    rows, names = ([fit(name, longest - k) for name in axis] for k, axis in enumerate((picture.rows, picture.columns)))
    label = max(map(cell_len, rows))
    top_of = [int(row.argmax()) for row in picture.weights]
    tops = [fit(picture.columns[top], longest) for top in top_of]
    bits = entropy(picture.weights)
    least = max(_CELL, max(cell_len(cell(0, j, True)[0]) for j in range(len(names))))
    widths = [max(least, cell_len(name) + 1) for name in names]
    tail = 1 + max(map(cell_len, tops)) + 7  # " word H=1.71"
    panels = balanced(widths, width - label - 3, tail)
    lines = [Text(line.rstrip(), Style(bold=True)) for line in wrap(picture.title, width)]
    for panel in panels:
        if len(panels) > 1:
            lines.append(Text(_part(panel, len(names)), Style(dim=True)))
        lines.append(Text(" " * (label + 2) + "".join(_center(names[j], widths[j]) for j in panel)))
        for i, name in enumerate(rows):
            line = Text(" " * (label - cell_len(name)) + name + " │")
            for j in panel:
                if picture.may_attend is not None and not picture.may_attend[i, j]:
                    line.append(_center(MASKED, widths[j]), Style(dim=True))
                    continue
                shown, style = cell(i, j, j == top_of[i])
                line.append(_center(shown, widths[j]), style)
            line.append("│")
            if panel.stop == len(names):
                line.append(f" {tops[i]}{' ' * (tail - 8 - cell_len(tops[i]))} H={abs(bits[i]):.2f}")
            lines.append(line)
    for note in (*picture.notes, picture.caption):
        lines += [Text(part, Style(dim=True)) for part in wrap(note, width)]
    return Text("\n").join(lines)


def _part(panel: range, of: int) -> str:
    columns = f"column {panel.stop}" if len(panel) == 1 else f"columns {panel.start + 1}–{panel.stop}"
    return f"{columns} of {of}"
