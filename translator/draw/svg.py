"""The one style of all pictures: SVG in a single file, fonts of the reader's own, nothing to fetch.

Colours are classes, named in :mod:`translator.draw.colour`; the page says how they look on a light ground, and on a
dark one where the reader prefers it. PNG is the same picture on its light ground.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len

from translator.draw.colour import Scheme, look
from translator.draw.language import told
from translator.draw.text import fit, wrap
from translator.errors import UsageError

CHARACTER, LINE = 8, 18
"""Pixels that a character of 13-pixel monospace takes, rounded up; and a line of text."""
_HEIGHT = 26  # of a cell
_SIDE, _TOP = 20, 16  # characters of the longest label of a row, of a column
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# XML 1.0, section 2.2: everything else may stand in no document, not even escaped
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STROKES = ("stroke", "frame", "rule", "curve")  # colours of lines, not of areas


class Part(NamedTuple):
    """Elements with the room they take, in pixels."""

    elements: Sequence[str]
    width: float
    height: float


def element(name: str, **attributes: object) -> str:
    """An element without content; ``_`` in an attribute's name is ``-``, ``class_`` is ``class``."""
    return f"<{name}{_written(attributes)}/>"


def text(x: float, y: float, shown: str, class_: str = "ink", **attributes: object) -> str:
    """A ``text`` element; the text is escaped, and what no XML may hold is replaced."""
    safe = escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", shown))
    return f"<text{_written({'x': x, 'y': y, 'class_': class_} | attributes)}>{safe}</text>"


def _written(attributes: dict[str, object]) -> str:
    written = {k.rstrip("_").replace("_", "-"): f"{v:g}" if isinstance(v, float) else v for k, v in attributes.items()}
    return "".join(f' {name}="{value}"' for name, value in written.items())


def cells(
    rows: Sequence[str],
    columns: Sequence[str],
    cell: Callable[[int, int], tuple[str, str, bool]],
    *,
    wide: int,
    title: str = "",
    split: int = 0,
) -> Part:
    """A grid of cells ``wide`` pixels each, under their columns' names; ``split`` is a rule before that row and column.

    ``cell`` gives the colour of a row and column (empty: no ground), what stands there, and whether it is framed.
    Names too long for their column stand aslant.
    """
    side = CHARACTER * min(_SIDE, max(map(cell_len, rows))) + 10
    names = [fit(name, _TOP) for name in columns]
    longest = max(map(cell_len, names)) * CHARACTER
    is_long = longest > wide
    head = (LINE if title else 0) + (min(90, 22 + round(0.64 * longest)) if is_long else LINE)
    parts = [text(0, 13, title, font_weight="bold")] if title else []
    for j, name in enumerate(names):
        x, y = side + j * wide + wide / 2, head - 6
        turned = {"text_anchor": "start", "transform": f"rotate(-40 {x:g} {y})"} if is_long else {}
        parts.append(text(x, y, name, **{"text_anchor": "middle", **turned}))
    for i, row in enumerate(rows):
        y = head + i * _HEIGHT
        parts.append(text(side - 6, y + 17, fit(row, _SIDE), text_anchor="end"))
        for j in range(len(names)):
            parts += _cell(*cell(i, j), side + j * wide, y, wide)
    width, height = side + len(names) * wide, head + len(rows) * _HEIGHT
    if split:
        cross = f"M{side + split * wide} {head} V{height} M{side} {head + split * _HEIGHT} H{width}"
        parts.append(element("path", d=cross, class_="frame", fill="none", stroke_width=2))
    slant = round(0.77 * longest) if is_long else 0
    return Part(parts, max(width + slant, CHARACTER * cell_len(title)), height)


def _cell(colour: str, shown: str, is_framed: bool, x: float, y: float, wide: int) -> list[str]:
    inset, framed, frame = (2, " frame", {"stroke_width": 2.5}) if is_framed else (0, "", {})
    box = {"x": x + inset, "y": y + inset, "width": wide - 2 * inset, "height": _HEIGHT - 2 * inset}
    drawn = [element("rect", **box, class_=colour + framed, **frame)] if colour else []
    return [*drawn, text(x + wide / 2, y + 17, shown, f"on-{colour}" if colour else "pale", text_anchor="middle")]


def page(title: str, parts: Sequence[Part], caption: Sequence[str] = (), *, a_row: int = 1) -> str:
    """Parts in rows of ``a_row`` under a title, over the paragraphs of a caption, as one SVG document."""
    drawn, y, width = [], 34.0 if title else 12.0, 560.0
    for begin in range(0, len(parts), a_row):
        row = parts[begin : begin + a_row]
        x = 16.0
        for part in row:
            drawn += [f'<g transform="translate({x:g} {y:g})">', *part.elements, "</g>"]
            x += part.width + 24
        width = max(width, x - 8)
        y += max(part.height for part in row) + 22
    room = int(width - 32) // CHARACTER
    for line in (line for paragraph in caption for line in wrap(told(paragraph), room)):
        drawn.append(text(16, y, line, "pale"))
        y += LINE
    head = [text(16, 22, fit(title, room), font_weight="bold", font_size="14")] if title else []
    body = "\n".join([element("rect", width=width, height=y, class_="ground"), *head, *drawn])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{y:g}" viewBox="0 0 {width:g} {y:g}" '
        f'font-family="{_FONT}" font-size="13">\n<style>\n{style_of(body)}</style>\n{body}\n</svg>\n'
    )


def style_of(body: str, *, in_html: bool = False) -> str:
    """The classes in use, on light ground and on dark. In HTML, ``at-NAME`` and ``ground`` are grounds."""
    used = sorted(set(" ".join(re.findall(r'class="([^"]*)"', body)).split()))
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    light, dark = ("".join(_rule(name, scheme, in_html) for name in used) for scheme in schemes)
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rule(name: str, scheme: Scheme, in_html: bool) -> str:
    colour = look(name.removeprefix("at-"), scheme)
    if in_html:
        return f".{name} {{ {'background' if name.startswith(('at-', 'ground')) else 'color'}: {colour} }}\n"
    if name.startswith(_STROKES):
        return f".{name} {{ stroke: {colour} }}\ntext.{name} {{ fill: {colour}; stroke: none }}\n"
    return f".{name} {{ fill: {colour} }}\n"


def picture_bytes(svg: str, path: Path) -> bytes:
    """``svg`` as a file of ``path``'s ending holds it: ``.png`` at twice the size, else SVG itself.

    Raises ``UsageError`` where what makes PNG is not installed.
    """
    if path.suffix.lower() != ".png":
        return svg.encode()
    try:
        import resvg_py
    except ImportError as error:
        raise UsageError("PNG pictures need resvg", "pip install 'translator[png]', or name a file .svg") from error
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=2, monospace_family="DejaVu Sans Mono"))
