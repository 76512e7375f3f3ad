"""``translator --save FILE COMMAND …``: what a command prints, as SVG, PNG or HTML too.

One file, fonts of the reader's own, nothing to fetch, legible on light and on dark ground.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from translator.draw.language import spoken
from translator.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    from translator.draw.colour import Scheme

_HTML = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>translator</title>
<style>
{style}</style></head>
<body class="ground"><pre class="ink" style="font-family: ui-monospace, monospace; line-height: 1.3">
{lines}</pre></body></html>
"""


class Recorded:
    """Standard output that the recorder keeps, too."""

    def __init__(self, recorder: Console, out: TextIO) -> None:
        self._recorder, self._out = recorder, out

    def write(self, text: str) -> int:
        """Write to both."""
        self._recorder.out(text, end="", highlight=False)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def check_save(path: Path) -> Path:
    """``path``, if a picture can be saved there. Raises ``UsageError`` on another ending, or a file in the way."""
    if path.suffix.lower() not in (".svg", ".png", ".html"):
        raise UsageError(f"--save {path}: unknown kind of picture", "the name ends in .svg, .png or .html")
    if path.exists():
        raise UsageError(f"{path} exists already", "name another file")
    return path


def saved(console: Console, path: Path, scheme: Scheme) -> bytes:
    """What ``console`` has recorded, with the colours of ``scheme``, as the file of that name."""
    from rich.ansi import AnsiDecoder

    from translator.draw.svg import CHARACTER, LINE, Part, element, page, picture_bytes, style_of
    from translator.draw.svg import text as svg_text

    lines = list(AnsiDecoder().decode(console.export_text(styles=True, clear=False)))
    if path.suffix.lower() == ".html":
        whole = "".join(_html(line, console, scheme) for line in lines)
        return _HTML.format(
            language=spoken(), style=style_of(whole + 'class="ink ground"', in_html=True), lines=whole
        ).encode()
    elements: list[str] = []
    widest = 0
    for number, line in enumerate(lines):
        x, y = 0, number * LINE
        for segment, own, ground, bold in _pieces(line, console, scheme):
            width = CHARACTER * segment.cell_length
            if ground:
                elements.append(element("rect", x=x, y=y, width=width, height=LINE, class_=ground))
            if segment.text.strip():
                exact = {"textLength": width, "lengthAdjust": "spacingAndGlyphs", "xml:space": "preserve"}
                exact |= {"font_weight": "bold"} if bold else {}
                elements.append(svg_text(x, y + 13, segment.text, own, **exact))
            x += width
        widest = max(widest, x)
    return picture_bytes(page("", [Part(elements, widest, LINE * len(lines))]), path)


def _html(line: Text, console: Console, scheme: Scheme) -> str:
    written = ""
    for segment, own, ground, bold in _pieces(line, console, scheme):
        style = ' style="font-weight: bold"' if bold else ""
        written += f'<span class="{f"{own} at-{ground}" if ground else own}"{style}>{escape(segment.text)}</span>'
    return written + "\n"


def _pieces(line: Text, console: Console, scheme: Scheme) -> Iterator[tuple[Segment, str, str, bool]]:
    """What is printed in one style, the names of its colour and of its ground (or none), and whether it is bold."""
    from rich.style import Style

    from translator.draw.colour import names

    known = names(scheme)
    for segment in line.render(console):
        style = segment.style or Style.null()
        own, ground = (known.get(c.triplet.hex if c and c.triplet else "", "") for c in (style.color, style.bgcolor))
        own = f"on-{ground}" if ground else own or ("pale" if style.dim else "ink")
        yield segment, own, ground, bool(style.bold)
