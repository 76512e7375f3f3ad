"""``translator --save FILE COMMAND …``: what a command draws on the terminal, as SVG or HTML too.

One file, fonts of the reader's own, nothing to fetch; rich escapes the texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from translator.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["check_save", "exported"]

_SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, monospace; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: ui-sans-serif, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>translator</title></head>
<body style="color: {foreground}; background: {background}">
<pre style="font-family: ui-monospace, monospace; line-height: 1.3">{code}</pre>
</body></html>
"""


def check_save(path: Path) -> Path:
    """``path``, if a picture can be saved there. Raises ``UsageError`` on another ending, or a file in the way."""
    if path.suffix.lower() not in (".svg", ".html"):
        raise UsageError(f"--save {path}: unknown kind of picture", "the name ends in .svg or .html")
    if path.exists():
        raise UsageError(f"{path} exists already", "name another file")
    return path


def exported(console: Console, path: Path) -> str:
    """What ``console`` has recorded, as the file of that name."""
    if path.suffix.lower() == ".svg":
        return console.export_svg(title="translator", code_format=_SVG)
    return console.export_html(inline_styles=True, code_format=_HTML)
