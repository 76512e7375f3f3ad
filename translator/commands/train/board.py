"""The live part of a training in a terminal: how far, how fast, the curves so far, and attention getting sharper."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import torch
from rich.console import ConsoleDimensions, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from translator.config import ModelConfig, TrainConfig
from translator.draw.curves import sparkline
from translator.draw.heatmap import Heatmap, heatmap
from translator.explain.parameters import multiply_adds
from translator.text.normalise import visible
from translator.training.records import AttentionMap, Evaluated, Measuring, Progress, Record, Saved
from translator.training.schedule import share_done
from translator.training.trainer import matmul_rate

_LABEL = 9  # cells of what stands before a curve
_FIGURES = 26  # and of what stands behind it
_LENGTH = 10  # tokens of a sentence, to reckon with
_MOST = 4000  # losses kept for the curve
_RECENT = 20  # steps that the loss shown is the mean of, at most
_LEAST_HEIGHT = 22  # lines of a terminal that has room for the attention


class Speed:
    """Tokens a second, and their share of the fastest that this machine was seen to compute.

    Training itself may raise that: the measurement at its start is slowed down by whatever runs beside it.
    """

    def __init__(self, config: TrainConfig, shape: ModelConfig, precision: torch.dtype) -> None:
        work = multiply_adds(shape, _LENGTH, _LENGTH)
        # twice as much again on the way back; an operation each for multiplying and adding
        self._operations = 3 * 2 * sum(part.products for part in work) / (2 * _LENGTH)  # a token, source or target
        on_cpu = config.device == "cpu" or not torch.cuda.is_available()
        self._peak = matmul_rate(precision, shape, repeats=3) if on_cpu else None  # operations a second

    def told(self, progress: Progress) -> str:
        """In words; on a GPU without the share."""
        speed = f"{progress.tokens_per_second:,.0f} tokens/s"
        if not self._peak:
            return speed
        rate = progress.tokens_per_second * self._operations
        self._peak = max(self._peak, rate)
        return f"{speed} ({rate / self._peak:.0%} of the peak)"


class Board:
    """Takes the records of a run and draws itself as large as the terminal is."""

    def __init__(self, config: TrainConfig, speed: Speed) -> None:
        self.config, self._speed = config, speed
        self._last: Progress | None = None
        self._steps: list[int] = []
        self._losses: list[float] = []  # nats a target token, by step
        self._evaluated: list[Evaluated] = []
        self._measuring: Measuring | None = None  # the evaluation in hand
        self._begun = self._since = time.monotonic()  # of the board, and of the evaluation in hand
        self._saved: float | None = None  # time of the last save

    def recall(self, records: Iterable[Record]) -> None:
        """Take what the run told before it was stopped, for the curves."""
        for record in records:
            self.take(record)
        self._last = None

    def take(self, record: Record) -> None:
        """Hear what happened."""
        if isinstance(record, Progress):
            self._last = record
            self._steps.append(record.step)
            self._losses.append(record.nll)
            if len(self._losses) > _MOST:  # of the older half every second will do
                for values in (self._steps, self._losses):
                    del values[: _MOST // 2 : 2]
        elif isinstance(record, Measuring):
            self._measuring, self._since = record, time.monotonic()
            return
        elif isinstance(record, Evaluated):
            self._evaluated.append(record)
        elif isinstance(record, Saved):
            self._saved = time.monotonic()
        self._measuring = None

    def render(self, size: ConsoleDimensions) -> RenderableType:
        """The board for a terminal of ``size``; a small one gets less."""
        width = min(size.width, 120)
        last, lines = self._last, []
        parts: list[RenderableType] = []
        if last is not None:
            done = share_done(self.config, last.step, last.seconds, last.epoch)
            parts.append(ProgressBar(total=1.0, completed=done, width=min(60, width - 1)))
            lines = self._figures(last, done)
        lines += self._curves(width)
        if self._measuring is not None:
            spent = clock(time.monotonic() - self._since)
            lines.append(f"measuring: dev loss about {self._measuring.nll:.3f}, now translating … {spent}")
        elif last is None:
            lines.append(f"first step … {clock(time.monotonic() - self._begun)}")
        parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in lines]
        if size.height >= _LEAST_HEIGHT and (picture := self._attention(width, size.height - len(parts) - 4)):
            parts.append(picture)
        board = Table.grid()
        for part in parts:
            board.add_row(part)
        return board

    def _figures(self, last: Progress, done: float) -> list[str]:
        remaining = "" if last.remaining is None else f", {clock(last.remaining)} left"
        saved = "" if self._saved is None else f"  saved {clock(time.monotonic() - self._saved)} ago"
        return [
            f"{done:.0%}  {clock(last.seconds)} gone{remaining}  (Ctrl-C saves and ends){saved}",
            f"step {last.step:,}  epoch {last.epoch:.2f}  {self._speed.told(last)}  rate {last.learning_rate:.2f}  "
            f"|g| {last.gradient_norm:.2f}",
        ]

    def _curves(self, width: int) -> list[str]:
        room = max(8, min(60, width - _LABEL - _FIGURES))
        rows = []
        if self._losses:
            now = recent_mean(self._losses)
            rows.append(("loss", evenly(self._steps, self._losses, room), f"{now:.3f}"))
        if self._evaluated:
            newest = self._evaluated[-1]
            rows.append(("dev loss", [e.dev_nll for e in self._evaluated], f"{newest.dev_nll:.3f}"))
            bleu = "  ".join(f"{direction} {value:.1f}" for direction, value in newest.scores.bleu.items())
            rows.append(("dev BLEU", [e.scores.mean for e in self._evaluated], bleu))
            if newest.scores.attention:
                bits = [sharpness(e.scores.attention) for e in self._evaluated if e.scores.attention]
                rows.append(("looking", bits, f"{bits[-1]:.2f} bits a row"))
        return [f"{name:<{_LABEL}}{sparkline(values, room)}  {told}" for name, values, told in rows]

    def _attention(self, width: int, height: int) -> Text | None:
        """The cross-attention of one dev sentence at the last evaluation, if it has room."""
        attention = self._evaluated[-1].scores.attention if self._evaluated else []
        if not attention:
            return None
        one = attention[len(self._evaluated) % len(attention)]  # the directions take turns
        weights = np.asarray(one.weights)
        weights = weights / weights.sum(axis=1, keepdims=True)  # they were rounded for the log
        title = f"{one.direction}  cross-attention, last layer, mean of the heads"
        source, target = ([visible(word) for word in words] for words in (one.source, one.target))
        text = heatmap(Heatmap(title, target, source, weights, caption=""), width)
        text.rstrip()
        return text if len(text.split()) <= height else None


def sharpness(attention: Sequence[AttentionMap]) -> float:
    """Mean entropy of the rows, in bits: the lower, the fewer words the decoder looks at."""
    return sum(one.entropy for one in attention) / len(attention)


def recent_mean(losses: Sequence[float]) -> float:
    """The mean of the last losses: of a fifth of them, 20 at most, so that it neither jumps nor lags."""
    few = losses[-max(1, min(_RECENT, len(losses) // 5)) :]
    return sum(few) / len(few)


def evenly(steps: Sequence[int], values: Sequence[float], count: int) -> list[float]:
    """Means of ``values`` over ``count`` equal stretches of ``steps``, which rise; stretches without any are left out.

    A log holds fewer steps than the training now makes known: each step has its place all the same.
    """
    ends = np.linspace(steps[0], steps[-1] + 1, count + 1)
    cuts = np.searchsorted(steps, ends)
    return [float(np.mean(values[a:b])) for a, b in pairwise(cuts.tolist()) if b > a]


def clock(seconds: float) -> str:
    """A span of time as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
