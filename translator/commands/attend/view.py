"""Attention as links drawn in text, and as thumbnails of every layer and head.

The heat map and the table of numbers are in :mod:`translator.draw.heatmap`, the SVG in
:mod:`translator.commands.attend.picture`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.cosines import fit, wrap
from translator.draw.heatmap import WHY, Heatmap, percentages, shade

__all__ = ["CUTOFF", "Thumbnails", "links_text", "percent", "thumbnails"]

CUTOFF = 10
"""Per cent of a row: a link below it is not drawn, only counted."""
_STROKES = ((60, "█"), (40, "▓"), (20, "━"), (0, "─"))
_WIDEST_LABEL = 20
_SHADES = ((60, "█"), (40, "▓"), (20, "▒"), (10, "░"), (2, "·"), (0, " "))


def percent(share: float) -> str:
    """Whole per cents, without a false 0 or 100."""
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")


def links_text(picture: Heatmap, width: int) -> Text:
    """For each row, a stroke to every column that has ``CUTOFF`` per cent of it or more, the strongest first."""
    width = max(40, width)
    label = min(_WIDEST_LABEL, (width - 20) // 2, max(cell_len(row) for row in picture.rows))
    named = min(_WIDEST_LABEL, max(map(cell_len, picture.columns)))
    room = max(4, min(30, width - label - 2 - 5 - named - 4))
    lines = [Text(line.rstrip(), Style(bold=True)) for line in wrap(picture.title, width)]
    for row, weights in zip(picture.rows, picture.weights, strict=True):
        tally = percentages(weights)
        order = sorted(range(len(tally)), key=lambda j: (-weights[j], j))
        drawn = [j for j in order if tally[j] >= CUTOFF] or order[:1]
        name = fit(row, label)
        for place, j in enumerate(drawn):
            stroke = next(mark for least, mark in _STROKES if tally[j] >= least)
            begin = " " * (label - cell_len(name)) + name if place == 0 else " " * label
            branch = "├" if place < len(drawn) - 1 else "└"
            first = " ─" if len(drawn) == 1 else " ┬" if place == 0 else f" {branch}"
            length = max(1, round(tally[j] / 100 * room))
            line = Text(begin + first)
            line.append(stroke * length, Style(color="rgb({},{},{})".format(*shade(0.3 + 0.5 * tally[j] / 100))))
            line.append("╌" * (room - length), Style(dim=True))
            lines.append(line.append(f"{tally[j]:>4} {fit(picture.columns[j], width - label - room - 8)}"))
        rest = len([j for j in order if weights[j] > 0]) - len(drawn)
        if left := 100 - sum(tally[j] for j in drawn):
            links = "smaller link" if rest == 1 else "smaller links"
            indent = min(label + 2 + room, width - 25)
            lines.append(Text(" " * indent + f"{left:>4} in {rest} {links}", Style(dim=True)))
    for note in (*picture.notes, f"% of each row · links under {CUTOFF} % are counted, not drawn · {_why(picture)}"):
        lines += [Text(part, Style(dim=True)) for part in wrap(note, width)]
    return Text("\n").join(lines)


def _why(picture: Heatmap) -> str:
    return picture.caption.rpartition(" · ")[2] or WHY


@dataclass(frozen=True)
class Thumbnails:
    """Every layer and head at a glance: ``weights`` (L, H, rows, columns), rows summing to 1."""

    title: str
    weights: np.ndarray
    names: Sequence[Sequence[str]]  # (L, H) what each is called
    caption: str
    notes: Sequence[str] = ()


def thumbnails(picture: Thumbnails, width: int) -> Text:
    """A cell a character, side by side as many heads as fit; columns are joined where a head is wider than that."""
    width = max(40, width)
    _, H, _, columns = picture.weights.shape
    longest = max(cell_len(name) for names in picture.names for name in names)
    most = width - 2
    shown = picture.weights if columns <= most else _joined(picture.weights, most)
    tile = max(shown.shape[-1], longest) + 2
    a_line = max(1, min(H, (width + 1) // (tile + 1)))
    a_line = -(-H // -(-H // a_line))  # as many lines as needed, equally full
    lines = [Text(line.rstrip(), Style(bold=True)) for line in wrap(picture.title, width)]
    for of_layer, names in zip(shown, picture.names, strict=True):
        for begin in range(0, H, a_line):
            heads = range(begin, min(H, begin + a_line))
            lines.append(Text(" ".join(fit(names[h], tile).ljust(tile) for h in heads).rstrip()))
            lines += _tiles([of_layer[h] for h in heads], tile)
    notes = list(picture.notes)
    if columns > most:
        notes.append(f"{columns} columns joined to {shown.shape[-1]}")
    key = " ".join(f"{mark} {least}+" for least, mark in reversed(_SHADES[:-1]))
    for note in (*notes, f"a row each line, a column each character, % of the row: {key} · {picture.caption}"):
        lines += [Text(part, Style(dim=True)) for part in wrap(note, width)]
    return Text("\n").join(lines)


def _joined(weights: np.ndarray, most: int) -> np.ndarray:
    edges = np.linspace(0, weights.shape[-1], most + 1).astype(int)[:-1]
    return np.asarray(np.add.reduceat(weights, edges, axis=-1))


def _tiles(heads: list[np.ndarray], tile: int) -> list[Text]:
    """One line a row, framed at the left and right."""
    lines = []
    for i in range(len(heads[0])):
        line = Text()
        for number, weights in enumerate(heads):
            tally = percentages(weights[i])
            line.append(" │" if number else "│")
            for value in tally:
                mark = next(mark for least, mark in _SHADES if value >= least)
                line.append(mark, Style(color="rgb({},{},{})".format(*shade(0.3 + 0.5 * value / 100))))
            line.append("│")
            if number < len(heads) - 1:
                line.append(" " * (tile - 2 - len(tally)))
        lines.append(line)
    return lines
