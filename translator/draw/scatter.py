"""Words as points on a plane, each with its name beside it: in the terminal and as SVG.

Both axes have one scale, so that distances mean what they look like. A name is put where it covers no point and no
other name; where there is no such place, the point becomes a number and the name goes below the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.language import say
from translator.draw.svg import CHARACTER, LINE, Part, element
from translator.draw.svg import text as svg_text
from translator.draw.text import DIM, fit, joined, wrapped

MARKS = "●○◆"
"""A point of the first text, of the second, of both in one place."""
_STYLES = ("first", "second", "both")
_RADIUS = 5  # pixels of a point in SVG
_KEYS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏ"


@dataclass(frozen=True)
class Scatter:
    """What is drawn."""

    names: Sequence[str]
    sides: Sequence[int]  # 0 or 1 a point
    coordinates: np.ndarray  # (n, 2)
    explained: np.ndarray  # (2,) share of the variance on each axis


class Box(NamedTuple):
    """A rectangle: cells in the terminal, pixels in SVG."""

    left: int
    top: int
    width: int
    height: int

    def meets(self, other: Box, gap: int = 0) -> bool:
        """Whether they overlap, or lie less than ``gap`` apart from side to side."""
        across = self.left < other.left + other.width + gap and other.left < self.left + self.width + gap
        return across and self.top < other.top + other.height and other.top < self.top + self.height

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside."""
        across = self.left <= other.left and other.left + other.width <= self.left + self.width
        return across and self.top <= other.top and other.top + other.height <= self.top + self.height


def place_labels(
    anchors: Sequence[Box], widths: Sequence[int], height: int, bounds: Box, gap: int, rings: int = 1
) -> list[Box | None]:
    """A box for each label near its anchor: inside ``bounds``, clear of other anchors and labels; ``None`` where there
    is no such place. ``gap`` lies between an anchor and its label, twice that to everything else; ``rings`` says how
    many labels' heights above or below it may stand.
    """
    placed: list[Box | None] = []
    for anchor, width in zip(anchors, widths, strict=True):
        taken = [*(other for other in anchors if other is not anchor), *(box for box in placed if box)]
        inside = (box for box in _candidates(anchor, width, height, gap, rings) if bounds.holds(box))
        placed.append(next((box for box in inside if not any(box.meets(other, 2 * gap) for other in taken)), None))
    return placed


def _candidates(anchor: Box, width: int, height: int, gap: int, rings: int) -> Iterator[Box]:
    """Right, left, above, below, then farther away; never on the anchor itself."""
    left, top, wide, high = anchor
    middle = top + (high - height) // 2
    yield Box(left + wide + gap, middle, width, height)
    yield Box(left - gap - width, middle, width, height)
    for ring in range(1, rings + 1):
        for y in (top - ring * height, top + high + (ring - 1) * height):
            for x in (left + (wide - width) // 2, left, left + wide - width):
                yield Box(x, y, width, height)


def _on_cells(
    coordinates: np.ndarray, columns: int, most_rows: int, aspect: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Column and row of each point, and how many rows there are, both axes at one scale.

    ``aspect`` is the height of a cell over its width. The second axis points up, so rows count from the top.
    """
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    span_x, span_y = high - low
    step = max(span_x / (columns - 1), span_y / ((most_rows - 1) * aspect), 1e-12)  # a column's width
    rows = min(most_rows, max(5, round(span_y / (step * aspect)) + 1))
    x, y = (coordinates - (low + high) / 2).T / [[step], [-step * aspect]] + [[(columns - 1) / 2], [(rows - 1) / 2]]
    return np.clip(np.rint(x), 0, columns - 1).astype(int), np.clip(np.rint(y), 0, rows - 1).astype(int), int(rows)


def _merged(picture: Scatter, columns: np.ndarray, rows: np.ndarray) -> list[tuple[int, int, int, str]]:
    """Points that fall on one place become one: (column, row, mark, name), with the names joined by commas."""
    places: dict[tuple[int, int], list[int]] = {}
    for i, place in enumerate(zip(columns.tolist(), rows.tolist(), strict=True)):
        places.setdefault(place, []).append(i)
    merged = []
    for (column, row), points in places.items():
        first, *others = {picture.sides[i] for i in points}
        name = ", ".join(dict.fromkeys(picture.names[i] for i in points))
        merged.append((column, row, 2 if others else first, name))
    return merged


def scatter(picture: Scatter, width: int) -> Text:
    """Draw ``picture`` no wider than ``width`` cells (40 at least)."""
    width = min(max(40, width), 100)
    inner = width - 2
    margin = min(10, inner // 6)  # columns at either side, so that names find room
    columns, rows, height = _on_cells(picture.coordinates, inner - 2 * margin, 18, 2.0)
    height += 2  # a free row above and below
    points = _merged(picture, columns + margin, rows + 1)
    names = [fit(name, 24) for *_, name in points]
    anchors = [Box(column, row, 1, 1) for column, row, *_ in points]
    labels = place_labels(anchors, [cell_len(name) for name in names], 1, Box(0, 0, inner, height), 1)
    canvas: list[list[tuple[str, str]]] = [[(" ", "")] * inner for _ in range(height)]
    below: list[str] = []
    for (column, row, mark, name), label, short in zip(points, labels, names, strict=True):
        sign = MARKS[mark]
        if label is None:
            sign = _KEYS[len(below) % len(_KEYS)]
            below.append(f"{sign} = {MARKS[mark]} {name}")
        else:  # in one run: joined emoji and accents stay together
            canvas[label.top][label.left : label.left + label.width] = [(short, ""), *[("", "")] * (label.width - 1)]
        canvas[row][column] = (sign, _STYLES[mark])
    lines = [Text.assemble("│", *row_cells, "│") for row_cells in canvas]
    first, second = (
        f" {say(f'PC {k}: {share:.1%} of the variance')} " for k, share in enumerate(picture.explained, start=1)
    )
    top = Text(f"┌{f'─{second}'.ljust(inner, '─')}┐", DIM)
    bottom = Text(f"└{f'{first}─'.rjust(inner, '─')}┘", DIM)
    return joined([top, *lines, bottom, *(line for entry in below for line in wrapped(entry, width))])


def scatter_svg(picture: Scatter, legend: Sequence[str]) -> Part:
    """Points with their names; circles for the first text, squares for the second. ``legend`` names the two texts."""
    width, margin, most = 720, 110, 380
    columns, rows, height = _on_cells(picture.coordinates, width - 2 * margin, most, 1.0)
    height = max(height, 160) + 60
    rows = rows + (height - int(rows.max()) - int(rows.min())) // 2
    points = _merged(picture, columns + margin, rows)
    names = [fit(name, 30) for *_, name in points]
    anchors = [Box(x - _RADIUS, y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS) for x, y, *_ in points]
    widths = [cell_len(name) * CHARACTER for name in names]
    labels = place_labels(anchors, widths, LINE - 4, Box(2, 2, width - 4, height - 4), 3, rings=8)
    parts = [element("rect", width=width, height=height, class_="ground rule")]
    below: list[str] = []
    for (x, y, side, name), label, short in zip(points, labels, names, strict=True):
        if label is None:
            below.append(f"{len(below) + 1} {name}")
            parts.append(svg_text(x + _RADIUS, y - _RADIUS, str(len(below)), font_size="10"))
        else:
            near_x = min(max(x, label.left), label.left + label.width)
            near_y = min(max(y, label.top), label.top + label.height)
            if abs(near_x - x) + abs(near_y - y) > 4 * _RADIUS:  # far enough to need a line back to its point
                parts.append(element("path", d=f"M{x} {y} L{near_x} {near_y}", class_="rule"))
            parts.append(svg_text(label.left, label.top + 11, short))
        parts.append(_mark(x, y, side))
    parts.append(svg_text(8, height - 8, say(f"PC 1 →: {picture.explained[0]:.1%} of the variance"), "pale"))
    parts.append(svg_text(8, 16, say(f"PC 2 ↑: {picture.explained[1]:.1%} of the variance"), "pale"))
    for side, entry in enumerate(legend):
        height += LINE
        parts += [_mark(10, height - 6, side), svg_text(24, height - 2, fit(entry, 86))]
    for entry in below:
        height += LINE
        parts.append(svg_text(24, height - 2, entry))
    return Part(parts, width, height + 4)


def _mark(x: int, y: int, side: int) -> str:
    """A disc, a square, or a diamond where both texts are."""
    r = _RADIUS if side < 2 else _RADIUS + 2
    if side == 0:
        return element("circle", cx=x, cy=y, r=r, class_="first")
    if side == 1:
        return element("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, class_="second")
    return element("path", d=f"M{x} {y - r} l{r} {r} l{-r} {r} l{-r} {-r} z", class_="both")
