"""Runs as a picture of their curves, and a line of text as a sparkline."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from translator.draw.svg import LINE, Part, element, page
from translator.draw.svg import text as svg_text

if TYPE_CHECKING:
    from translator.training.log import Curve, Curves

Against = Literal["steps", "tokens", "minutes"]
_LABELS = {"steps": "steps", "tokens": "million tokens, source + target", "minutes": "minutes of training"}
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


@dataclass(frozen=True)
class Line:
    """A curve of a chart."""

    x: Sequence[float]
    y: Sequence[float]
    name: str = ""  # in the legend
    number: int = 0  # of its colour
    dash: int = 0  # of its dashes
    faint: bool = False

    @property
    def points(self) -> list[tuple[float, float]]:
        """The places that can be drawn."""
        return [(a, b) for a, b in zip(self.x, self.y, strict=True) if math.isfinite(a) and math.isfinite(b)]

    def attributes(self) -> dict[str, object]:
        """Colour, dashes and weight."""
        dashes: dict[str, object] = {"stroke_dasharray": _DASHES[self.dash % len(_DASHES)]} if self.dash else {}
        weight: dict[str, object] = {"stroke_opacity": 0.35, "stroke_width": 1} if self.faint else {"stroke_width": 1.8}
        return {"class_": f"curve{self.number % _COLOURS + 1}", "fill": "none", **dashes, **weight}


def chart(
    title: str, below: str, lines: Sequence[Line], *, marks: Sequence[float] = (), from_zero: bool = False
) -> Part:
    """A panel: lines on two axes with round numbers, a rule at each of ``marks``."""
    points = [point for line in lines for point in line.points]
    xs, ys = ([point[k] for point in points] or [0.0, 1.0] for k in (0, 1))
    across, up = _axis(xs, _RIGHT - _LEFT, 56), _axis([*ys, 0.0] if from_zero else ys, _BOTTOM - _TOP, 40)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_LEFT + across.place(x), 1), round(_BOTTOM - up.place(y), 1)

    parts = [svg_text(_LEFT, 14, title, font_weight="bold")]
    for tick in up.ticks:
        y = at(across.low, tick)[1]
        parts.append(element("path", d=f"M{_LEFT} {y:g} H{_RIGHT}", class_="rule", stroke_opacity=0.4))
        parts.append(svg_text(_LEFT - 6, y + 4, up.written(tick), "pale", text_anchor="end", font_size="11"))
    for tick in across.ticks:
        x = at(tick, up.low)[0]
        parts.append(element("path", d=f"M{x:g} {_BOTTOM} v4", class_="rule"))
        parts.append(svg_text(x, _BOTTOM + 17, across.written(tick), "pale", text_anchor="middle", font_size="11"))
    parts.append(svg_text((_LEFT + _RIGHT) / 2, _BOTTOM + 34, below, "pale", text_anchor="middle", font_size="11"))
    for mark in marks:
        path = f"M{at(mark, up.low)[0]:g} {_TOP} V{_BOTTOM}"
        parts.append(element("path", d=path, class_="rule", stroke_dasharray="2 3"))
    for line in lines:
        places = [at(*point) for point in line.points]
        if places:
            path = "M" + " L".join(f"{x:g} {y:g}" for x, y in places)
            parts.append(element("path", d=path, **line.attributes()))
        for x, y in places if len(places) <= _FEW and not line.faint else ():
            parts.append(element("circle", cx=x, cy=y, r=1.5, **replace(line, dash=0).attributes()))
    return Part(parts, _WIDTH, _HEIGHT)


def legend(lines: Sequence[Line]) -> Part:
    """The names of lines, each beside a piece of it."""
    parts = []
    for number, line in enumerate(lines):
        y = LINE * number + 9
        parts += [element("path", d=f"M{_LEFT} {y} h26", **line.attributes()), svg_text(_LEFT + 34, y + 4, line.name)]
    return Part(parts, _WIDTH, LINE * len(lines))


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    step: float  # between ticks: 1, 2 or 5 times a power of ten
    room: float  # pixels

    def place(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low) * self.room

    @property
    def ticks(self) -> list[float]:
        first = math.ceil(self.low / self.step - 1e-9)
        return [k * self.step for k in range(first, math.floor(self.high / self.step + 1e-9) + 1)]

    def written(self, value: float) -> str:
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return f"{value:,.{decimals}f}"


def _axis(values: Sequence[float], room: int, apart: int) -> _Axis:
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    wanted = (high - low) / (room // apart)
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= wanted * (1 - 1e-9))
    return _Axis(low, high, step, room)


def curves_svg(runs: Sequence[Curves], against: Against = "steps") -> str:
    """Six panels: training loss, dev loss, BLEU, learning rate, gradient norm, speed; the runs overlaid."""
    label = _LABELS[against]
    marks = [_at(run.training["nll"], step, against) for run in runs for step, _ in run.events]

    def drawn(name: str) -> Iterator[Line]:
        for number, run in enumerate(runs):
            curve = run.training[name]
            x = _places(curve, against)
            if name == "nll":
                yield Line(x, curve.values, number=number, faint=True)
                yield Line(x, curve.smoothed(), number=number)
            else:
                yield Line(x, curve.values, number=number)

    dev = [Line(_places(run.dev_nll, against), run.dev_nll.values, number=n) for n, run in enumerate(runs)]
    bleu = [
        Line(_places(curve, against), curve.values, way if len(runs) == 1 else f"{run.name} {way}", number, dash)
        for number, run in enumerate(runs)
        for dash, (way, curve) in enumerate(sorted(run.bleu.items()))
    ]
    panels = [
        chart("training loss, nats a target token", label, list(drawn("nll")), marks=marks),
        chart("dev loss, nats a target token", label, dev, marks=marks),
        chart("dev BLEU, greedy", label, bleu, marks=marks),
        chart("learning rate, share of the peak", label, list(drawn("learning_rate")), marks=marks, from_zero=True),
        chart("gradient norm", label, list(drawn("gradient_norm")), marks=marks),
        chart("tokens a second", label, list(drawn("tokens_per_second")), marks=marks, from_zero=True),
    ]
    return page(" · ".join(run.name for run in runs), [*panels, legend(bleu)], a_row=3)


def _places(curve: Curve, against: Against) -> list[float]:
    if against == "tokens":
        return [tokens / 1e6 for tokens in curve.tokens]
    return list(curve.steps if against == "steps" else curve.minutes)


def _at(curve: Curve, step: int, against: Against) -> float:
    """The place of a step, by the record next to it."""
    nearest = min(range(len(curve.steps)), key=lambda i: abs(curve.steps[i] - step), default=None)
    return 0.0 if nearest is None else _places(curve, against)[nearest]
