"""The heat map as SVG: one file, fonts of the reader's own, nothing to fetch, digits in every cell."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from rich.cells import cell_len

from translator.explain.cross import entropy
from translator.views.heatmap import Heatmap, percentages

__all__ = ["heatmap_svg"]

_CHARACTER, _CELL, _HEIGHT, _TOP = 8, 58, 28, 76
# XML 1.0, section 2.2: everything else may stand in no document, not even escaped
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(x: float, y: float, text: str, **attributes: str) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:g}" y="{y:g}"{extra}>{escape(_NO_XML.sub("□", text))}</text>'


def heatmap_svg(picture: Heatmap) -> str:
    """Draw ``picture``: a cell a weight, darker for more, the row's maximum framed, its entropy behind."""
    widths = [max(_CELL, _CHARACTER * cell_len(name) + 14) for name in picture.columns]
    left = _CHARACTER * max(cell_len(name) for name in picture.rows) + 24
    captions = picture.caption.split(" · ")
    width = max(left + sum(widths) + 90, _CHARACTER * max(map(cell_len, [picture.title, *captions])) + 32)
    height = _TOP + _HEIGHT * len(picture.rows) + 20 * len(captions) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="ui-monospace, monospace" font-size="13" role="img">',
        f"<title>{escape(_NO_XML.sub('□', picture.title))}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(16, 26, picture.title, font_weight="bold"),
    ]
    x = left
    for name, wide in zip(picture.columns, widths, strict=True):
        parts.append(_text(x + wide / 2, _TOP - 10, name, text_anchor="middle"))
        x += wide
    bits = entropy(picture.weights)
    for i, (name, row) in enumerate(zip(picture.rows, picture.weights, strict=True)):
        y = _TOP + i * _HEIGHT
        parts.append(_text(left - 10, y + 19, name, text_anchor="end"))
        x, top = left, int(row.argmax())
        for j, percent in enumerate(percentages(row)):
            share = min(1.0, percent / 80)
            red, green, blue = (round(244 + (low - 244) * share) for low in (20, 70, 160))
            frame = ' stroke="#000000" stroke-width="2"' if j == top else ' stroke="#ffffff"'
            parts.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{widths[j] - 2}" height="{_HEIGHT - 2}" '
                f'fill="rgb({red},{green},{blue})"{frame}/>'
            )
            ink = "#ffffff" if share > 0.55 else "#000000"
            parts.append(_text(x + widths[j] / 2, y + 19, str(percent), text_anchor="middle", fill=ink))
            x += widths[j]
        parts.append(_text(x + 8, y + 19, f"H={bits[i]:.2f}", fill="#555555"))
    y = _TOP + _HEIGHT * len(picture.rows) + 24
    for caption in captions:
        parts.append(_text(16, y, caption, fill="#555555"))
        y += 20
    return "\n".join([*parts, "</svg>\n"])
