"""Runs as a picture of their curves, and a line of text as a sparkline."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.training.curves import Curve, Curves

__all__ = ["curves_picture", "sparkline"]

Against = Literal["steps", "tokens", "minutes"]
_LABELS = {"steps": "steps", "tokens": "million tokens, source + target", "minutes": "minutes of training"}
_BARS = "▁▂▃▄▅▆▇█"
_DASHES = ("-", "--", ":", "-.")


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


def curves_picture(runs: Sequence[Curves], format: Literal["png", "svg"], against: Against = "steps") -> bytes:
    """A picture of six panels: training loss, dev loss, BLEU, learning rate, gradient norm, speed; the runs overlaid.

    Raises ``UsageError`` if matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("pictures of curves need matplotlib", "pip install 'translator[plot]'") from error
    # the same run gives the same bytes, and text stays text
    with mpl.rc_context({"svg.hashsalt": "translator", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(12, 6.5), layout="constrained")
        panels = figure.subplots(2, 3).ravel()
        for number, run in enumerate(runs):
            _draw(panels, run, f"C{number}", against, alone=len(runs) == 1)
        titles = ["training loss, nats a target token", "dev loss, nats a target token", "dev BLEU, greedy",
                  "learning rate, share of the peak", "gradient norm", "tokens a second"]  # fmt: skip
        for panel, title in zip(panels, titles, strict=True):
            panel.set_title(title, fontsize=9)
            panel.set_xlabel(_LABELS[against], fontsize=8)
            panel.grid(alpha=0.3)
        for panel in (panels[3], panels[5]):
            panel.set_ylim(bottom=0)
        if panels[2].lines:
            panels[2].legend(fontsize=7)
        figure.suptitle(" · ".join(run.name for run in runs), fontsize=10)
        out = io.BytesIO()
        figure.savefig(out, format=format, dpi=120, metadata={"Date": None} if format == "svg" else {"Software": None})
    return out.getvalue()


def _draw(panels: Any, run: Curves, color: str, against: Against, *, alone: bool) -> None:
    loss = run.training["nll"]
    x = _places(loss, against)
    panels[0].plot(x, loss.values, color=color, alpha=0.25, linewidth=0.8)
    panels[0].plot(x, loss.smoothed(), color=color, label=run.name)
    panels[1].plot(_places(run.dev_nll, against), run.dev_nll.values, color=color, marker=".", label=run.name)
    for number, (direction, curve) in enumerate(sorted(run.bleu.items())):
        label = direction if alone else f"{run.name} {direction}"
        style = _DASHES[number % len(_DASHES)]
        panels[2].plot(_places(curve, against), curve.values, style, color=color, marker=".", label=label)
    panels[3].plot(x, run.training["learning_rate"].values, color=color)
    panels[4].plot(x, run.training["gradient_norm"].values, color=color, linewidth=0.8)
    panels[5].plot(x, run.training["tokens_per_second"].values, color=color)
    for step, _ in run.events:
        at = _at(loss, step, against)
        for panel in panels:
            panel.axvline(at, color=color, linestyle=":", linewidth=0.8)


def _places(curve: Curve, against: Against) -> list[float]:
    if against == "tokens":
        return [tokens / 1e6 for tokens in curve.tokens]
    return list(curve.steps if against == "steps" else curve.minutes)


def _at(curve: Curve, step: int, against: Against) -> float:
    """The place of a step, by the record next to it."""
    nearest = min(range(len(curve.steps)), key=lambda i: abs(curve.steps[i] - step), default=None)
    return 0.0 if nearest is None else _places(curve, against)[nearest]
