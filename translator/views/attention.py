"""Other views of attention than the heat map: links, thumbnails of every head, a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from translator.views.heatmap import Heatmap, percentages

__all__ = ["attention_links", "attention_table", "thumbnails"]

_LABEL = 16
_BAR = 10
_SHADES = ((60, "█"), (40, "▓"), (20, "▒"), (8, "░"), (2, "·"), (0, " "))


def _label(text: str, width: int) -> str:
    return set_cell_size(text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…", width)


def attention_links(picture: Heatmap, width: int, least: int = 10) -> Text:
    """A line a row: what it looked at, the most first, each from ``least`` per cent on; the rest as one number."""
    label = min(_LABEL, max(cell_len(row) for row in picture.rows))
    lines = [Text(_cut(picture.title, width), Style(bold=True))]
    for name, row in zip(picture.rows, picture.weights, strict=True):
        tally = percentages(row)
        order = sorted(range(len(tally)), key=lambda j: (-tally[j], j))
        shown = [j for j in order if tally[j] >= least] or order[:1]
        line = f"{_label(name, label)} ─ {'█' * round(tally[shown[0]] / 100 * _BAR):<{_BAR}} "
        rest = sum(tally) - sum(tally[j] for j in shown)
        entries = [f"{picture.columns[j]} {tally[j]}" for j in shown] + ([f"(others {rest})"] if rest else [])
        lines += _hung(line, entries, width)
    return Text("\n").join(lines)


def _hung(head: str, entries: Sequence[str], width: int) -> list[Text]:
    """``head``, then the entries, going on under themselves where the line is full."""
    lines, line = [], head
    for entry in entries:
        if cell_len(line) + cell_len(entry) > width and line.strip():
            lines.append(Text(_cut(line.rstrip(), width)))
            line = " " * cell_len(head)
        line += entry + "  "
    return [*lines, Text(_cut(line.rstrip(), width))]


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def thumbnails(title: str, weights: np.ndarray, width: int) -> Text:
    """Every layer (down) and head (across) of ``weights`` (L, H, T, S) in small, a character a cell."""
    layers, heads, rows, columns = weights.shape
    across = max(8, min(columns, width - 2)) + 2
    per_line = max(1, (width + 2) // across)
    lines = [Text(_cut(title, width), Style(bold=True))]
    for layer in range(layers):
        for begin in range(0, heads, per_line):
            some = range(begin, min(heads, begin + per_line))
            lines.append(Text("".join(f"L{layer + 1} H{h + 1}".ljust(across) for h in some).rstrip(), Style(bold=True)))
            for row in range(rows):
                cells = ("".join(_shade(w) for w in weights[layer, h, row])[: across - 2].ljust(across) for h in some)
                lines.append(Text("".join(cells).rstrip()))
            lines.append(Text())
    lines.append(Text(_cut("rows down, columns across · █ 60 % ▓ 40 ▒ 20 ░ 8 · 2", width), Style(dim=True)))
    return Text("\n").join(lines)


def _shade(weight: float) -> str:
    return next(shade for least, shade in _SHADES if 100 * weight >= least)


def attention_table(picture: Heatmap, width: int) -> Text:
    """The numbers, to four places, in panels of columns."""
    label = min(_LABEL, max(cell_len(row) for row in picture.rows))
    cell = 10
    per = max(1, (width - label - 1) // cell)
    lines = [Text(_cut(picture.title, width), Style(bold=True))]
    for begin in range(0, len(picture.columns), per):
        some = range(begin, min(len(picture.columns), begin + per))
        heads = "".join(" " + _label(picture.columns[j], cell - 1) for j in some)
        lines.append(Text(" " * label + heads.rstrip(), Style(bold=True)))
        for name, row in zip(picture.rows, picture.weights, strict=True):
            numbers = "".join(f" {row[j]:.4f}".ljust(cell) for j in some)
            lines.append(Text(_label(name, label) + numbers.rstrip()))
    return Text("\n").join(lines)
