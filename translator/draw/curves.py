"""Runs as a picture of their curves, and a line of text as a sparkline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from translator.draw.language import figure, say
from translator.draw.svg import LINE, Part, element, page
from translator.draw.svg import text as svg_text

if TYPE_CHECKING:
    from translator.training.log import Curve, Curves

Against = Literal["steps", "tokens", "minutes"]
_LABELS = {"steps": "steps", "tokens": "million tokens, source + target", "minutes": "minutes of training"}
_PANELS = (  # what is drawn, its curve's name, whether its axis begins at 0
    ("training loss, nats a target token", "nll", False),
    ("dev loss, nats a target token", "dev_nll", False),
    ("dev BLEU, greedy", "bleu", False),
    ("learning rate, share of the peak", "learning_rate", True),
    ("gradient norm", "gradient_norm", False),
    ("tokens a second", "tokens_per_second", True),
)
_BARS = "▁▂▃▄▅▆▇█"
_DASHES = ("none", "6 3", "2 3", "6 3 2 3")
_COLOURS = 6
_WIDTH, _HEIGHT = 400, 250  # of a panel, in pixels
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 26, 392, 204  # of its axes
_FEW = 40  # points of a curve that are marked one by one


def sparkline(values: Sequence[float], width: int) -> str:
    """``values`` as at most ``width`` bars, the lowest to the highest; several that share a bar as their mean."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite or width < 1:
        return ""
    width = min(width, len(finite))
    cuts = [len(finite) * k // width for k in range(width + 1)]
    means = [sum(finite[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(means), max(means)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((mean - low) * scale)] for mean in means)


class _Line(NamedTuple):
    """A curve of a panel: its points, its name in the legend, the numbers of its colour and of its dashes."""

    points: list[tuple[float, float]]
    number: int
    name: str = ""
    dash: int = 0
    faint: bool = False

    def look(self, dash: int) -> dict[str, object]:
        dashes: dict[str, object] = {"stroke_dasharray": _DASHES[dash % len(_DASHES)]} if dash else {}
        weight: dict[str, object] = {"stroke_opacity": 0.35, "stroke_width": 1} if self.faint else {"stroke_width": 1.8}
        return {"class_": f"curve{self.number % _COLOURS + 1}", "fill": "none", **dashes, **weight}


def curves_svg(runs: Sequence[Curves], against: Against = "steps") -> str:
    """Six panels: training loss, dev loss, BLEU, learning rate, gradient norm, speed; the runs overlaid."""
    marks = [_place_of(run.training["nll"], step, against) for run in runs for step, _ in run.events]
    panels, legend = [], []
    for title, name, from_zero in _PANELS:
        lines = [line for number, run in enumerate(runs) for line in _lines(run, number, name, against, len(runs) > 1)]
        panels.append(_panel(title, _LABELS[against], lines, marks, from_zero))
        legend += [line for line in lines if line.name]
    names = []
    for y, line in enumerate(legend):
        names.append(element("path", d=f"M{_LEFT} {LINE * y + 9} h26", **line.look(line.dash)))
        names.append(svg_text(_LEFT + 34, LINE * y + 13, line.name))
    panels.append(Part(names, _WIDTH, LINE * len(legend)))
    return page(" · ".join(run.name for run in runs), panels, a_row=3)


def _lines(run: Curves, number: int, name: str, against: Against, several: bool) -> list[_Line]:
    """What a run draws in a panel: BLEU by direction, training loss as it is and smoothed, else one curve."""
    if name == "bleu":
        return [
            _Line(_points(curve, curve.values, against), number, f"{run.name} {way}" if several else way, dash)
            for dash, (way, curve) in enumerate(sorted(run.bleu.items()))
        ]
    curve, is_loss = run.dev_nll if name == "dev_nll" else run.training[name], name == "nll"
    line = _Line(_points(curve, curve.values, against), number, faint=is_loss)
    return [line, _Line(_points(curve, curve.smoothed(), against), number)] if is_loss else [line]


def _points(curve: Curve, values: Sequence[float], against: Against) -> list[tuple[float, float]]:
    found = zip(_places(curve, against), values, strict=True)
    return [(x, y) for x, y in found if math.isfinite(x) and math.isfinite(y)]


def _places(curve: Curve, against: Against) -> list[float]:
    if against == "tokens":
        return [tokens / 1e6 for tokens in curve.tokens]
    return list(curve.steps if against == "steps" else curve.minutes)


def _place_of(curve: Curve, step: int, against: Against) -> float:
    """The place of a step, by the record next to it."""
    nearest = min(range(len(curve.steps)), key=lambda i: abs(curve.steps[i] - step), default=None)
    return 0.0 if nearest is None else _places(curve, against)[nearest]


def _panel(title: str, below: str, lines: Sequence[_Line], marks: Sequence[float], from_zero: bool) -> Part:
    """Lines on two axes with round numbers, a rule at each of ``marks``."""
    xs, ys = ([point[k] for line in lines for point in line.points] or [0.0, 1.0] for k in (0, 1))
    across, columns = _axis(xs, _LEFT, _RIGHT, 56)
    up, rows = _axis([*ys, 0.0] if from_zero else ys, _BOTTOM, _TOP, 40)
    small = {"font_size": "11"}
    parts = [svg_text(_LEFT, 14, say(title), font_weight="bold")]
    for y, shown in rows:
        parts.append(element("path", d=f"M{_LEFT} {y:g} H{_RIGHT}", class_="rule", stroke_opacity=0.4))
        parts.append(svg_text(_LEFT - 6, y + 4, shown, "pale", text_anchor="end", **small))
    for x, shown in columns:
        parts.append(element("path", d=f"M{x:g} {_BOTTOM} v4", class_="rule"))
        parts.append(svg_text(x, _BOTTOM + 17, shown, "pale", text_anchor="middle", **small))
    parts.append(svg_text((_LEFT + _RIGHT) / 2, _BOTTOM + 34, say(below), "pale", text_anchor="middle", **small))
    for mark in marks:
        path = f"M{across(mark):g} {_TOP} V{_BOTTOM}"
        parts.append(element("path", d=path, class_="rule", stroke_dasharray="2 3"))
    for line in lines:
        places = [(across(x), up(y)) for x, y in line.points]
        if places:
            path = "M" + " L".join(f"{x:g} {y:g}" for x, y in places)
            parts.append(element("path", d=path, **line.look(line.dash)))
        for x, y in places if len(places) <= _FEW and not line.faint else ():
            parts.append(element("circle", cx=x, cy=y, r=1.5, **line.look(0)))
    return Part(parts, _WIDTH, _HEIGHT)


def _axis(
    values: Sequence[float], begin: int, end: int, apart: int
) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """Where a value stands between two pixels, and the places of round numbers, about ``apart`` pixels from each other.

    Their step is 1, 2 or 5 times a power of ten.
    """
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    wanted = (high - low) / (abs(end - begin) // apart)
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= wanted * (1 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))

    def place(value: float) -> float:
        return round(begin + (value - low) / (high - low) * (end - begin), 1)

    ticks = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return place, [(place(k * step), figure(f"{k * step:,.{decimals}f}")) for k in ticks]
