"""Attention as links between words, and as thumbnails of every layer and head; as text and in SVG.

The heat map and the table of numbers are in :mod:`translator.draw.heatmap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.colour import heat_step, stroke_step
from translator.draw.grid import side_by_side
from translator.draw.heatmap import WHY, Heatmap, framed, percentages
from translator.draw.language import say
from translator.draw.svg import CHARACTER, Part, element
from translator.draw.svg import text as svg_text
from translator.draw.text import DIM, fit, left, right

_CUTOFF = 10  # per cent of a row: a link below it is not drawn, only counted
_STROKES = ((60, "█"), (40, "▓"), (20, "━"), (0, "─"))
_WIDEST_LABEL = 20
_SHADES = ((60, "█"), (40, "▓"), (20, "▒"), (10, "░"), (2, "·"), (0, " "))
_GAP, _HEIGHT, _TILE = 22, 240, 9  # pixels: between words, from line to line, of a thumbnail's cell


def links_text(picture: Heatmap, width: int) -> Text:
    """For each row, a stroke to every column that has 10 per cent of it or more, the strongest first."""
    width = max(40, width)
    label = min(_WIDEST_LABEL, (width - 20) // 2, max(map(cell_len, picture.rows)))
    named = min(_WIDEST_LABEL, max(map(cell_len, picture.columns)))
    room = max(4, min(30, width - label - 2 - 5 - named - 4))
    lines: list[Text] = []
    for row, weights in zip(picture.rows, picture.weights, strict=True):
        tally, order = percentages(weights), np.argsort(-weights, kind="stable").tolist()
        drawn = [j for j in order if tally[j] >= _CUTOFF] or order[:1]
        for place, j in enumerate(drawn):
            stroke = next(mark for least, mark in _STROKES if tally[j] >= least)
            branch = "─" if len(drawn) == 1 else "┬" if place == 0 else "├" if j != drawn[-1] else "└"
            length = max(1, round(tally[j] / 100 * room))
            line = Text(f"{right('' if place else row, label)} {branch}")
            line.append(stroke * length, stroke_step(tally[j] / 100)).append("╌" * (room - length), DIM)
            lines.append(line.append(f"{tally[j]:>4} {fit(picture.columns[j], width - label - room - 8)}"))
        if share := 100 - sum(tally[j] for j in drawn):
            rest = int((weights > 0).sum()) - len(drawn)
            links = say(f"in {rest} smaller link" if rest == 1 else f"in {rest} smaller links")
            lines.append(Text(" " * min(label + 2 + room, width - 28) + f"{share:>4} {links}", DIM))
    why = picture.caption.rpartition(" · ")[2] or WHY
    note = f"% of each row · links under {_CUTOFF} % are counted, not drawn · {why}"
    return framed(picture.title, lines, [*picture.notes, note], width)


def links_svg(picture: Heatmap) -> Part:
    """Columns' words above, rows' words below, a line a link: the wider and stronger, the larger its share."""
    tops, bottoms = (_line_up(names) for names in (picture.columns, picture.rows))
    width = max(tops[1], bottoms[1], 200)
    above, below = ([x + (width - wide) // 2 for x in middles] for middles, wide in (tops, bottoms))
    parts, half = [], _HEIGHT // 2
    for x1, weights in zip(below, picture.weights, strict=True):
        for share, x0 in sorted(zip(percentages(weights), above, strict=True), key=lambda link: link[0]):
            if share >= _CUTOFF:
                path = f"M{x0:g} 26 C{x0:g} {half} {x1:g} {half} {x1:g} {_HEIGHT - 26}"
                look = {"stroke_width": 0.5 + 7 * share / 100, "stroke_opacity": 0.25 + 0.6 * share / 100}
                parts.append(element("path", d=path, class_="stroke16", fill="none", **look))
    for middles, names, y in ((above, picture.columns, 16), (below, picture.rows, _HEIGHT - 8)):
        for x, name in zip(middles, names, strict=True):
            parts.append(svg_text(x, y, fit(name, _WIDEST_LABEL), text_anchor="middle"))
    return Part(parts, width, _HEIGHT)


def _line_up(names: Sequence[str]) -> tuple[list[float], int]:
    """The middle of each name on one line, and the line's length."""
    wide = [max(CHARACTER * min(_WIDEST_LABEL, cell_len(name)), 20) for name in names]
    begins = np.cumsum([0, *(one + _GAP for one in wide)]).tolist()
    return [begin + one / 2 for begin, one in zip(begins, wide, strict=False)], max(0, begins[-1] - _GAP)


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
    H, columns = picture.weights.shape[1], picture.weights.shape[-1]
    notes, shown = list(picture.notes), picture.weights
    if columns > width - 2:
        shown = np.add.reduceat(shown, np.linspace(0, columns, width - 1).astype(int)[:-1], axis=-1)
        notes.append(f"{columns} columns joined to {shown.shape[-1]}")
    tile = max(shown.shape[-1], *(cell_len(name) for names in picture.names for name in names)) + 2
    a_line = max(1, min(H, (width + 1) // (tile + 1)))
    a_line = -(-H // -(-H // a_line))  # as many lines as needed, equally full
    lines = []
    for of_layer, names in zip(shown, picture.names, strict=True):
        blocks = [
            [Text(left(name, tile)), *map(_shaded, weights)] for name, weights in zip(names, of_layer, strict=True)
        ]
        lines += side_by_side(blocks, a_line * (tile + 1) - 1, gap=1)
    key = " ".join(f"{mark} {least}+" for least, mark in reversed(_SHADES[:-1]))
    notes.append(f"a row each line, a column each character, % of the row: {key} · {picture.caption}")
    return framed(picture.title, lines, notes, width)


def _shaded(row: np.ndarray) -> Text:
    marks = ((next(mark for least, mark in _SHADES if value >= least), value) for value in percentages(row))
    return Text.assemble("│", *((mark, stroke_step(value / 100)) for mark, value in marks), "│")


def thumbnails_svg(picture: Thumbnails) -> list[Part]:
    """One small heat map a layer and head, without digits."""
    rows, columns = picture.weights.shape[2:]
    width, height = columns * _TILE, rows * _TILE
    drawn = []
    for (l, h), name in np.ndenumerate(np.array(picture.names, dtype=object)):
        parts = [svg_text(0, 12, name)]
        for (i, j), share in np.ndenumerate(picture.weights[l, h]):
            box = {"x": j * _TILE, "y": 18 + i * _TILE, "width": _TILE, "height": _TILE}
            parts.append(element("rect", **box, class_=heat_step(float(share))))
        parts.append(element("rect", x=0, y=18, width=width, height=height, fill="none", class_="rule"))
        drawn.append(Part(parts, max(width, CHARACTER * cell_len(name)), 18 + height))
    return drawn
