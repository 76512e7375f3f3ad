"""Scatter and cosine grids as SVG: one file, fonts of the reader's own, nothing to fetch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from rich.cells import cell_len

from translator.draw.cosines import Grid, cosine_text, fit, ink, signed_rgb, wrap
from translator.draw.scatter import MARKS, Box, Scatter, merge, place_labels, to_cells

__all__ = ["Block", "grid_svg", "page_svg", "scatter_svg", "svg_text"]

_CHARACTER = 8  # pixels a character of 13-pixel monospace takes, rounded up
_LINE = 18
_CELL_WIDTH, _CELL_HEIGHT = 62, 26
_RADIUS = 5
_COLOURS = ("#1f4fa0", "#a0307f", "#333333")
# XML 1.0, section 2.2: everything else may stand in no document, not even escaped
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Block = tuple[list[str], int, int]
"""SVG elements with the width and height they take, in pixels."""


def svg_text(x: float, y: float, text: str, **attributes: str) -> str:
    """A ``text`` element; the text is escaped, and what no XML may hold is replaced."""
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    shown = escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))
    return f'<text x="{x:g}" y="{y:g}"{extra}>{shown}</text>'


def scatter_svg(picture: Scatter, legend: Sequence[str]) -> Block:
    """Points with their names; circles for the first text, squares for the second. ``legend`` names the two texts."""
    width, margin, most = 720, 110, 380
    columns, rows, height = to_cells(picture.coordinates, width - 2 * margin, most, 1.0)
    height = max(height, 160) + 60
    rows = rows + (height - int(rows.max()) - int(rows.min())) // 2
    points = merge(picture, columns + margin, rows)
    names = [fit(name, 30) for *_, name in points]
    anchors = [Box(x - _RADIUS, y - _RADIUS, 2 * _RADIUS, 2 * _RADIUS) for x, y, *_ in points]
    widths = [cell_len(name) * _CHARACTER for name in names]
    labels = place_labels(anchors, widths, _LINE - 4, Box(2, 2, width - 4, height - 4), 3, rings=8)
    parts = [f'<rect width="{width}" height="{height}" fill="#fafafa" stroke="#bbbbbb"/>']
    below: list[str] = []
    for (x, y, side, name), label, short in zip(points, labels, names, strict=True):
        if label is None:
            below.append(f"{len(below) + 1} {name}")
            parts.append(svg_text(x + _RADIUS, y - _RADIUS, str(len(below)), font_size="10"))
        else:
            near_x = min(max(x, label.left), label.left + label.width)
            near_y = min(max(y, label.top), label.top + label.height)
            if abs(near_x - x) + abs(near_y - y) > 4 * _RADIUS:  # far enough to need a line back to its point
                parts.append(f'<line x1="{x}" y1="{y}" x2="{near_x}" y2="{near_y}" stroke="#999999"/>')
            parts.append(svg_text(label.left, label.top + 11, short))
        parts.append(_mark(x, y, side))
    parts.append(svg_text(8, height - 8, f"PC 1 →: {picture.explained[0]:.1%} of the variance", fill="#555555"))
    parts.append(svg_text(8, 16, f"PC 2 ↑: {picture.explained[1]:.1%} of the variance", fill="#555555"))
    for side, entry in enumerate(legend):
        height += _LINE
        parts += [_mark(10, height - 6, side), svg_text(24, height - 2, fit(entry, 86))]
    for entry in below:
        height += _LINE
        parts.append(svg_text(24, height - 2, entry))
    return parts, width, height + 4


def _mark(x: int, y: int, side: int) -> str:
    if MARKS[side] == "●":
        return f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="{_COLOURS[side]}"/>'
    if MARKS[side] == "○":
        return (
            f'<rect x="{x - _RADIUS}" y="{y - _RADIUS}" width="{2 * _RADIUS}" height="{2 * _RADIUS}" '
            f'fill="#ffffff" stroke="{_COLOURS[side]}" stroke-width="2"/>'
        )
    r = _RADIUS + 2
    return f'<path d="M{x} {y - r} l{r} {r} l{-r} {r} l{-r} {-r} z" fill="{_COLOURS[side]}"/>'


def grid_svg(grid: Grid) -> Block:
    """The cells of ``grid`` with their digits; a frame round the marked ones, a rule where the second text begins."""
    label = _CHARACTER * min(20, max(map(cell_len, grid.rows))) + 10
    top = _LINE if grid.title else 0
    names = [fit(column, 14) for column in grid.columns]
    head = top + _LINE + (0 if max(map(cell_len, names)) <= 7 else 60)  # long names stand aslant
    parts = [svg_text(0, 13, grid.title, font_weight="bold")] if grid.title else []
    for j, name in enumerate(names):
        x, y = label + j * _CELL_WIDTH + _CELL_WIDTH / 2, head - 6
        turned = {} if head - top == _LINE else {"transform": f"rotate(-40 {x:g} {y})", "text_anchor": "start"}
        parts.append(svg_text(x, y, name, **({"text_anchor": "middle"} | turned)))
    for i, row in enumerate(grid.rows):
        y = head + i * _CELL_HEIGHT
        parts.append(svg_text(label - 6, y + 17, fit(row, 20), text_anchor="end"))
        for j in range(len(names)):
            parts += _cell(grid, i, j, label + j * _CELL_WIDTH, y)
    width, height = label + len(names) * _CELL_WIDTH, head + len(grid.rows) * _CELL_HEIGHT
    if grid.split:
        x, y = label + grid.split * _CELL_WIDTH, head + grid.split * _CELL_HEIGHT
        parts.append(f'<path d="M{x} {head} V{height} M{label} {y} H{width}" stroke="#000000" stroke-width="2"/>')
    title = _CHARACTER * cell_len(grid.title)
    return parts, max(width + (70 if head - top > _LINE else 0), title), height


def _cell(grid: Grid, i: int, j: int, x: int, y: int) -> list[str]:
    value = float(grid.values[i, j])
    rgb = signed_rgb(value)
    marked = bool(grid.marks) and grid.marks[i] == j
    frame = ' stroke="#000000" stroke-width="2.5"' if marked else ""
    inset = 2 if marked else 0
    return [
        f'<rect x="{x + inset}" y="{y + inset}" width="{_CELL_WIDTH - 2 * inset}" '
        f'height="{_CELL_HEIGHT - 2 * inset}" fill="rgb{rgb}"{frame}/>',
        svg_text(x + _CELL_WIDTH / 2, y + 17, cosine_text(value).strip(), text_anchor="middle", fill=ink(rgb)),
    ]


def page_svg(title: str, drawn: Sequence[Block], caption: Sequence[str], *, a_row: int = 1) -> str:
    """Blocks in rows of ``a_row`` under a title, over the paragraphs of a caption, as one SVG document."""
    parts, y, page_width = [], 34, 560
    for begin in range(0, len(drawn), a_row):
        row = drawn[begin : begin + a_row]
        x = 16
        for elements, width, _ in row:
            parts += [f'<g transform="translate({x} {y})">', *elements, "</g>"]
            x += width + 24
        page_width = max(page_width, x - 8)
        y += max(height for *_, height in row) + 22
    room = (page_width - 32) // _CHARACTER
    head = [svg_text(16, 22, fit(title, room), font_weight="bold", font_size="14")]
    for line in (line for paragraph in caption for line in wrap(paragraph, room)):
        parts.append(svg_text(16, y, line, fill="#555555"))
        y += _LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{page_width}" height="{y}" '
            f'viewBox="0 0 {page_width} {y}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">',
            f'<rect width="{page_width}" height="{y}" fill="#ffffff"/>',
            *head,
            *parts,
            "</svg>",
            "",
        ]
    )
