"""Colours by name, for light and for dark grounds: what is drawn names one, the terminal or the SVG says how it looks.

Shares go along one hue, so that they are told apart without seeing colours: from the ground to dark blue on a light
one, from the ground to light blue on a dark one. Cosines go from the ground to blue, and to orange below 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Scheme = Literal["light", "dark"]
STEPS = 20
"""Of each ramp, besides 0."""
_STRONGEST = 0.8  # a share from which on a cell is as strong as can be
# A colour on light ground and on dark; of a ramp, half way and at its end (after ColorBrewer's Blues and Oranges).
_RAMPS = {
    "heat": (("#6baed6", "#2166ac"), ("#08306b", "#c6e2ff")),
    "minus": (("#fd8d3c", "#a64e0e"), ("#7f2704", "#ffd9b0")),
}
_RAMPS |= {"plus": _RAMPS["heat"], "stroke": _RAMPS["heat"]}
_FIXED = {
    "ground": ("#ffffff", "#14161a"),
    "ink": ("#1b1f24", "#e6e8eb"),
    "pale": ("#57606a", "#a3abb5"),
    "frame": ("#000000", "#ffffff"),
    "rule": ("#8c959f", "#6e7781"),
    "bar": ("#2171b5", "#6baed6"),
    "first": ("#1f4fa0", "#79b8ff"),
    "second": ("#a0307f", "#f4a3d7"),
    "both": ("#333333", "#d0d7de"),
    "curve1": ("#0b559f", "#79b8ff"),
    "curve2": ("#b35900", "#ffb366"),
    "curve3": ("#1a7f37", "#56d364"),
    "curve4": ("#8250df", "#c297ff"),
    "curve5": ("#a40e26", "#ff7b72"),
    "curve6": ("#57606a", "#a3abb5"),
}
_SIXTEEN = {"first": "bold", "second": "bold", "both": "bold"}
_SIXTEEN |= {f"curve{n}": c for n, c in enumerate(("cyan", "magenta", "green", "yellow", "blue", "red"), start=1)}


def heat_step(share: float) -> str:
    """The name of a cell that holds ``share`` (0 to 1) of its row: ``heat0`` to ``heat20``, which is 0.8 and above."""
    return f"heat{round(min(1.0, max(0.0, share) / _STRONGEST) * STEPS)}"


def cosine_step(value: float) -> str:
    """The name of a cell from −1 to 1: ``minus20`` to ``plus0`` to ``plus20``."""
    step = round(min(1.0, abs(value)) * STEPS)
    return f"minus{step}" if value < 0 and step else f"plus{step}"


def stroke_step(share: float) -> str:
    """The name of a stroke that stands for ``share``: even the weakest is seen."""
    return f"stroke{round((0.6 + 0.4 * min(1.0, max(0.0, share))) * STEPS)}"


def look(name: str, scheme: Scheme) -> str:
    """The colour of that name as ``#rrggbb``; ``on-NAME`` is black or white, whichever stands out more from NAME."""
    side = 0 if scheme == "light" else 1
    if name.startswith("on-"):
        return max("#000000", "#ffffff", key=lambda own: contrast(own, look(name[3:], scheme)))
    if name in _FIXED:
        return _FIXED[name][side]
    kind, step = _parsed(name)
    middle, end = (colours[side] for colours in _RAMPS[kind])
    share = 2 * step / STEPS
    begin, stop = (_FIXED["ground"][side], middle) if share < 1 else (middle, end)
    mixed = (round(a + (b - a) * (share - (share >= 1))) for a, b in zip(_rgb(begin), _rgb(stop), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def names(scheme: Scheme) -> dict[str, str]:
    """The name of every colour there is, by how it looks on that ground; of two alike, the first."""
    every = [*_FIXED, *(f"{kind}{step}" for kind in _RAMPS for step in range(STEPS + 1))]
    return {look(name, scheme): name for name in reversed(every)}


def _parsed(name: str) -> tuple[str, int]:
    kind = name.rstrip("0123456789")
    return kind, int(name[len(kind) :] or 0)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:], 16)


def contrast(a: str, b: str) -> float:
    """How much one colour stands out from another, 1 to 21 (WCAG 2.1, contrast ratio)."""

    def luminance(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (p / 255 for p in _rgb(colour))]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def terminal_style(name: str, scheme: Callable[[], Scheme], colours: str | None) -> str | None:
    """How a terminal of so many ``colours`` (rich's name for them) shows a name, in rich's words; ``None`` if it is no
    name of ours. Sixteen colours are anyone's own: there weight and reversal, in the terminal's two, say what is more.
    """
    kind, step = _parsed(name)
    if kind not in _RAMPS and name not in _FIXED:
        return None
    is_cell = kind in _RAMPS and kind != "stroke"
    if kind == "heat" and step == 0:
        return "dim"
    if colours not in ("256", "truecolor"):
        if not is_cell:
            return _SIXTEEN.get(name, "")
        return "bold reverse" if step > 0.7 * STEPS else "bold" if step > 0.25 * STEPS else ""
    own = look(name, scheme())
    return f"{look(f'on-{name}', scheme())} on {own}" if is_cell else own
