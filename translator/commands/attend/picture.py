"""Attention as SVG: heat map, links between two lines of words, thumbnails. One file, nothing to fetch."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from translator.commands.attend.view import CUTOFF, Thumbnails
from translator.draw.cosines import fit, ink
from translator.draw.cosines_svg import Block, page_svg, svg_text
from translator.draw.heatmap import MASKED, Heatmap, percentages, shade

__all__ = ["heat_block", "links_block", "page_svg", "thumbnail_blocks"]

_CHARACTER = 8  # pixels a cell of 13-pixel monospace takes, rounded up
_CELL_WIDTH, _CELL_HEIGHT = 46, 26
_SIDE = 20  # cells of the longest row label


def heat_block(picture: Heatmap, *, decimals: bool = False) -> Block:
    """A shaded cell a weight with its per cents, or the number itself; a frame round each row's maximum."""
    wide = 62 if decimals else _CELL_WIDTH
    label = _CHARACTER * min(_SIDE, max(map(cell_len, picture.rows))) + 10
    names = [fit(name, 16) for name in picture.columns]
    is_long = max(map(cell_len, names)) * _CHARACTER > wide
    head = 76 if is_long else 18  # long names stand aslant
    parts = []
    for j, name in enumerate(names):
        x, y = label + j * wide + wide / 2, head - 6
        turned = {"transform": f"rotate(-40 {x:g} {y})", "text_anchor": "start"} if is_long else {}
        parts.append(svg_text(x, y, name, **({"text_anchor": "middle"} | turned)))
    for i, row in enumerate(picture.rows):
        y = head + i * _CELL_HEIGHT
        parts.append(svg_text(label - 6, y + 17, fit(row, _SIDE), text_anchor="end"))
        tally, top = percentages(picture.weights[i]), int(picture.weights[i].argmax())
        for j, value in enumerate(tally):
            x = label + j * wide
            if picture.may_attend is not None and not picture.may_attend[i, j]:
                parts.append(svg_text(x + wide / 2, y + 17, MASKED, text_anchor="middle", fill="#999999"))
                continue
            rgb = shade(float(picture.weights[i, j]))
            frame, inset = (' stroke="#000000" stroke-width="2.5"', 2) if j == top else ("", 0)
            parts.append(
                f'<rect x="{x + inset}" y="{y + inset}" width="{wide - 2 * inset}" '
                f'height="{_CELL_HEIGHT - 2 * inset}" fill="rgb{rgb}"{frame}/>'
            )
            shown = f"{picture.weights[i, j]:.4f}" if decimals else str(value)
            parts.append(svg_text(x + wide / 2, y + 17, shown, text_anchor="middle", fill=ink(rgb)))
    slant = 100 if is_long else 0
    return parts, label + len(names) * wide + slant, head + len(picture.rows) * _CELL_HEIGHT


def links_block(picture: Heatmap) -> Block:
    """Columns' words above, rows' words below, a line a link: the wider and darker, the larger its share."""
    gap, height = 22, 240
    tops, top_width = _line_up(picture.columns, gap)
    bottoms, bottom_width = _line_up(picture.rows, gap)
    width = max(top_width, bottom_width, 200)
    shift = ((width - top_width) // 2, (width - bottom_width) // 2)
    parts = []
    for i, weights in enumerate(picture.weights):
        tally = percentages(weights)
        for j in sorted(range(len(tally)), key=lambda j: tally[j]):
            if tally[j] >= CUTOFF:
                x0, x1 = tops[j] + shift[0], bottoms[i] + shift[1]
                parts.append(
                    f'<path d="M{x0:g} 26 C{x0:g} {height / 2:g} {x1:g} {height / 2:g} {x1:g} {height - 26}" '
                    f'fill="none" stroke="rgb{shade(0.8)}" stroke-width="{0.5 + 7 * tally[j] / 100:.2f}" '
                    f'stroke-opacity="{0.25 + 0.6 * tally[j] / 100:.2f}"/>'
                )
    for x, name in zip(tops, picture.columns, strict=True):
        parts.append(svg_text(x + shift[0], 16, fit(name, _SIDE), text_anchor="middle"))
    for x, name in zip(bottoms, picture.rows, strict=True):
        parts.append(svg_text(x + shift[1], height - 8, fit(name, _SIDE), text_anchor="middle"))
    return parts, width, height


def _line_up(names: Sequence[str], gap: int) -> tuple[list[float], int]:
    """The middle of each name on one line, and the line's length."""
    middles, x = [], 0
    for name in names:
        wide = max(_CHARACTER * min(_SIDE, cell_len(name)), 20)
        middles.append(x + wide / 2)
        x += wide + gap
    return middles, max(0, x - gap)


def thumbnail_blocks(picture: Thumbnails) -> list[Block]:
    """One small heat map a layer and head, without digits."""
    size = 9
    blocks: list[Block] = []
    for of_layer, names in zip(picture.weights, picture.names, strict=True):
        for weights, name in zip(of_layer, names, strict=True):
            parts = [svg_text(0, 12, name)]
            for i, row in enumerate(weights):
                for j, share in enumerate(row):
                    fill = f"rgb{shade(float(share))}"
                    parts.append(
                        f'<rect x="{j * size}" y="{18 + i * size}" width="{size}" height="{size}" fill="{fill}"/>'
                    )
            rows, columns = weights.shape
            frame = f'<rect x="0" y="18" width="{columns * size}" height="{rows * size}" fill="none" stroke="#888888"/>'
            width = max(columns * size, _CHARACTER * cell_len(name))
            blocks.append(([*parts, frame], width, 18 + rows * size))
    return blocks
