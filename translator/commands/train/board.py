"""The live part of a training in a terminal: how far, how fast, the curves so far, and attention getting sharper."""

from __future__ import annotations

import time
from collections.abc import Sequence

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
from translator.training.loop import AttentionMap, Evaluated, Progress, Record, Saved
from translator.training.schedule import share_done
from translator.training.trainer import matmul_rate

__all__ = ["Board", "clock", "sharpness"]

_LABEL = 9  # cells of what stands before a curve
_FIGURES = 26  # and of what stands behind it
_LENGTH = 10  # tokens of a sentence, to reckon with
_LEAST_HEIGHT = 22  # lines of a terminal that has room for the attention


class Board:
    """Takes the records of a run and draws itself as large as the terminal is."""

    def __init__(self, config: TrainConfig, shape: ModelConfig, precision: torch.dtype) -> None:
        self.config = config
        work = multiply_adds(shape, _LENGTH, _LENGTH)
        # twice as much again on the way back; an operation each for multiplying and adding
        self._operations = 3 * 2 * sum(part.products for part in work) / (2 * _LENGTH)  # a token, source or target
        on_cpu = config.device == "cpu" or not torch.cuda.is_available()
        self._peak = matmul_rate(precision, shape) if on_cpu else None  # operations a second
        self._last: Progress | None = None
        self._losses: list[float] = []  # smoothed over steps, so that the eye can follow them
        self._evaluated: list[Evaluated] = []
        self._saved: float | None = None  # time of the last save

    def take(self, record: Record) -> None:
        """Hear what happened."""
        if isinstance(record, Progress):
            self._last = record
            before = self._losses[-1] if self._losses else record.nll
            self._losses.append(0.95 * before + 0.05 * record.nll)
        elif isinstance(record, Evaluated):
            self._evaluated.append(record)
        elif isinstance(record, Saved):
            self._saved = time.monotonic()

    def render(self, size: ConsoleDimensions) -> RenderableType:
        """The board for a terminal of ``size``; a small one gets less."""
        if self._last is None:
            return Text("measuring the start …", "dim")
        width = min(size.width, 120)
        done = share_done(self.config, self._last.step, self._last.seconds, self._last.epoch)
        parts: list[RenderableType] = [ProgressBar(total=1.0, completed=done, width=min(60, width - 1))]
        parts += [
            Text(line, no_wrap=True, overflow="ellipsis") for line in (*self._figures(done), *self._curves(width))
        ]
        if size.height >= _LEAST_HEIGHT and (picture := self._attention(width, size.height - len(parts) - 4)):
            parts.append(picture)
        board = Table.grid()
        for part in parts:
            board.add_row(part)
        return board

    def _figures(self, done: float) -> list[str]:
        last = self._last
        assert last is not None
        remaining = "" if last.remaining is None else f", {clock(last.remaining)} left"
        speed = f"{last.tokens_per_second:,.0f} tokens/s"
        if self._peak:
            speed += f" ({last.tokens_per_second * self._operations / self._peak:.0%} of the peak)"
        saved = "" if self._saved is None else f"  saved {clock(time.monotonic() - self._saved)} ago"
        return [
            f"{done:.0%}  {clock(last.seconds)} gone{remaining}  (Ctrl-C saves and ends){saved}",
            f"step {last.step:,}  epoch {last.epoch:.2f}  {speed}  rate {last.learning_rate:.2f}  "
            f"|g| {last.gradient_norm:.2f}",
        ]

    def _curves(self, width: int) -> list[str]:
        room = max(8, min(60, width - _LABEL - _FIGURES))
        rows = [("loss", self._losses, f"{self._losses[-1]:.3f}")]
        if self._evaluated:
            now = self._evaluated[-1]
            rows.append(("dev loss", [e.dev_nll for e in self._evaluated], f"{now.dev_nll:.3f}"))
            bleu = "  ".join(f"{direction} {value:.1f}" for direction, value in now.scores.bleu.items())
            rows.append(("dev BLEU", [e.scores.mean for e in self._evaluated], bleu))
            if now.scores.attention:
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


def clock(seconds: float) -> str:
    """A span of time as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
