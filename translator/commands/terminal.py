"""What the terminal's ground is, dark or light: asked of the terminal, told by ``COLORFGBG``, or by ``--theme``."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from translator.draw.colour import contrast, terminal_style

if TYPE_CHECKING:
    from rich.console import Console
    from rich.style import Style

    from translator.draw.colour import Scheme

_PATIENCE = 0.4  # seconds a terminal has to answer: it takes two thousandths here, and a while across an ocean
_ASK = b"\x1b]11;?\x1b\\\x1b[c"  # xterm: the ground's colour (OSC 11); then who it is, which every terminal answers
_GROUND = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F]{2,4})/([0-9a-fA-F]{2,4})/([0-9a-fA-F]{2,4})")
_END = re.compile(rb"\x1b\[\?[0-9;]*c")


class Named(dict[str, "Style"]):
    """rich's styles by name, and those of :mod:`translator.draw.colour`, made when one is first drawn: a terminal is
    asked only where something is drawn in colour.
    """

    def __init__(self, styles: dict[str, Style], scheme: Callable[[], Scheme]) -> None:
        super().__init__(styles)
        self._scheme = scheme
        self.console: Console | None = None  # which knows how many colours there are

    def get(self, name: str, default: Any = None) -> Any:
        """The style of that name; rich looks styles up here."""
        if name not in self and (console := self.console) is not None:
            from rich.style import Style

            colours = "truecolor" if console.record else None if console.no_color else console.color_system
            words = terminal_style(name, self._scheme, colours)
            if words is not None:
                self[name] = Style.parse(words or "none")
        return super().get(name, default)


def scheme_of(theme: str) -> Scheme:
    """``dark`` or ``light`` as asked for; of ``auto``, what the terminal says, then what ``COLORFGBG`` says, else dark
    on a terminal and light elsewhere.
    """
    if theme in ("dark", "light"):
        return theme  # type: ignore[return-value]
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]  # 15;0 is white on black
    told: Scheme | None = None
    if ground.isdecimal():
        told = "light" if int(ground) in (7, *range(9, 16)) else "dark"
    return _asked() or told or ("dark" if sys.stdout.isatty() else "light")


@lru_cache(maxsize=1)
def _asked() -> Scheme | None:
    """What the terminal answers; ``None`` where there is none, or none that answers in time."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") in ("dumb", "linux"):
        return None
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return None
    answer, descriptor = b"", sys.stdin.fileno()
    with contextlib.suppress(OSError, termios.error):
        if select.select([descriptor], [], [], 0)[0]:  # somebody types already: leave it to whom it is for
            return None
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor, termios.TCSANOW)
            sys.stdout.flush()
            os.write(sys.stdout.fileno(), _ASK)
            answer = _answer(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
    if found := _GROUND.search(answer):  # black stands out more from a light ground than white does
        ground = "#" + "".join(part[:2].decode() for part in found.groups())
        return "light" if contrast(ground, "#000000") > contrast(ground, "#ffffff") else "dark"
    return None


def _answer(descriptor: int) -> bytes:
    """All that comes until the terminal has said who it is."""
    answer, end = b"", time.monotonic() + _PATIENCE
    while not _END.search(answer) and (left := end - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            if not (part := os.read(descriptor, 256)):
                break
            answer += part
    return answer
