"""A training run as it goes: live in a terminal, plain lines elsewhere, a log of records, TensorBoard's events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from translator.config import ModelConfig, TrainConfig
from translator.draw.curves import sparkline
from translator.draw.heatmap import Heatmap, heatmap
from translator.draw.language import say, told
from translator.errors import UsageError
from translator.explain.parameters import multiply_adds
from translator.text.normalise import normalise, visible
from translator.training.alarms import Alarm
from translator.training.log import history
from translator.training.records import (
    AttentionMap,
    BatchSplit,
    Evaluated,
    Measuring,
    Progress,
    Record,
    RolledBack,
    Saved,
)
from translator.training.run import Run
from translator.training.schedule import share_done
from translator.training.trainer import matmul_rate

_LOG_EVERY = 20  # steps between progress records in the log, at most; at first each is there
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 2.0, 120.0, 1.4  # seconds between plain lines, and what they grow by
_KEPT = 12  # of what was told that is told again when the terminal has another size
_LABEL, _FIGURES = 10, 26  # cells of what stands before a curve, and behind it
_LENGTH = 10  # tokens of a sentence, to reckon with
_MOST = 4000  # losses kept for the curve
_RECENT = 20  # steps that the loss shown is the mean of, at most
_LEAST_HEIGHT = 22  # lines of a terminal that has room for the attention


def opening(run: Run) -> RenderableType:
    """The model to be trained, its data and its budget."""
    config, shape, corpora = run.config, run.shape, run.data.corpora
    total = sum(weight.numel() for weight in run.loop.trainer.model.parameters())
    dev = f"{config.dev or f'held out of {corpora[0].name}'}, {len(run.data.dev):,} pairs"
    dev += ", which are not trained on (--dev FILE names others)" if run.data.held_out else ""
    rows = {
        "corpora": ", ".join(say(f"{c.name} {len(c.pairs):,} pairs × {c.weight:g}") for c in corpora),
        "dev": say(dev),
        "model": say(
            f"{config.base or config.preset}: {shape.encoder_layers}+{shape.decoder_layers} layers, "
            f"D={shape.d_model}, H={shape.heads}, {shape.vocab_size:,} pieces, {total:,} parameters"
        ),
        "direction": say(config.direction),
        "precision": str(run.precision).removeprefix("torch."),
        "budget": say(_budget(config)),
        "run folder": str(run.folder),
        "continues": say(f"at step {run.resumed_at:,}, after {clock(run.loop.seconds)} of training")
        if run.resumed_at
        else "",
        "left out": "; ".join(map(say, run.data.left_out)),
        "changed": "; ".join(map(say, run.notes)),
    }
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        if value:
            table.add_row(Text(say(name), "dim"), Text(value))
    return table


def _budget(config: TrainConfig) -> str:
    if config.minutes is not None:
        return f"{config.minutes:g} minutes"
    return f"{config.steps:,} steps" if config.steps is not None else f"{config.epochs:g} epochs"


def summary(run: Run) -> RenderableType:
    """How it ended, and what to do next."""
    loop = run.loop
    lines = ["finished" if loop.finished else "stopped and saved; the same command goes on from here"]
    lines.append(f"step {loop.trainer.step:,}, {clock(loop.seconds)} of training, {loop.tokens:,} tokens seen")
    if loop.stream.left_out:
        lines.append(f"{loop.stream.left_out:,} examples over {run.config.max_pieces} pieces were left out")
    if (run.folder / "best").is_dir():
        lines.append(f'try it: translator translate --model {run.folder} "Good morning."')
    else:
        lines.append("no model was measured yet: there is none to translate with")
    return Text("\n".join(map(say, lines)))


@contextmanager
def training_view(run: Run, console: Console) -> Iterator[Callable[[Record], None]]:
    """A function that takes each record of the run: logs it, and shows it."""
    speed = Speed(run.config, run.shape, run.precision)
    view = Screen(run, console, speed) if console.is_terminal else PlainLines(console, speed)

    def take(record: Record) -> None:
        # all but what says that something begins, and of the steps each at first and fewer and fewer later on
        told = not isinstance(record, Progress) or record.step % max(1, min(_LOG_EVERY, record.step // 10)) == 0
        if told and not isinstance(record, Measuring):
            run.log.write({"kind": type(record).__name__.lower(), **asdict(record)})
        view.take(record)

    try:
        yield take
    finally:
        view.close()


class Screen:
    """The evaluations so far, and the board below them, which is drawn anew several times a second."""

    def __init__(self, run: Run, console: Console, speed: Speed) -> None:
        self._board, self._console = Board(run.config, speed), console
        self._board.recall(history(run.log.path))
        self._told: deque[RenderableType] = deque([opening(run)], maxlen=_KEPT)
        self._begin()

    def _begin(self) -> None:
        self._size = self._console.size
        self._live = Live(self._board, console=self._console, refresh_per_second=4)
        self._live.start(refresh=True)

    def close(self) -> None:
        """Leave the board as it stands."""
        self._live.stop()

    def take(self, record: Record) -> None:
        """Tell what stays, and draw all anew where the terminal has another size: its lines were broken otherwise."""
        self._board.take(record)
        if self._console.size != self._size:
            self._live.stop()
            self._console.clear()
            self._console.print(*self._told, sep="\n")
            self._begin()
        if (text := _told(record)) is not None:
            if isinstance(record, Evaluated):  # a translation of an untrained model may be very long
                text.no_wrap, text.overflow = True, "ellipsis"
            self._told.append(text)
            self._console.print(text)


class PlainLines:
    """A line for the first step, then for another now and then, at pauses that grow; all else as it happens."""

    def __init__(self, console: Console, speed: Speed, now: Callable[[], float] = time.monotonic) -> None:
        self._console, self._speed, self._now = console, speed, now
        self._pause, self._next = _FIRST_PAUSE, now()

    def close(self) -> None:
        """Nothing is left to be told."""

    def take(self, record: Record) -> None:
        """Print ``record`` if it is due."""
        text: Text | str | None = _told(record)
        if isinstance(record, Progress) and self._now() >= self._next:
            text = say(self._line(record))
            self._next = self._now() + self._pause
            self._pause = min(_LONGEST_PAUSE, _GROWTH * self._pause)
        elif isinstance(record, Measuring):
            text = told(f"step {record.step:,}  measuring: dev loss about {record.nll:.3f}, now translating …")
        if text is not None:
            self._console.print(text, markup=False)

    def _line(self, record: Progress) -> str:
        return (
            f"step {record.step} loss {record.nll:.3f} {self._speed.told(record)} "
            f"rate {record.learning_rate:.2f} |g| {record.gradient_norm:.2f} epoch {record.epoch:.2f} {_times(record)}"
        )


def _told(record: Record) -> Text | None:
    """The lines of ``record`` that stay on the screen; ``None`` for a step, and for what is only shown for a while."""
    if isinstance(record, Alarm):
        parts = [f"{say('ALARM')}, {say(record.sign)}: {say(record.message)}", record.advice]
    elif isinstance(record, RolledBack):
        parts = [
            f"{record.reason}: back to the weights of step {record.to:,}, "
            f"on with other sentences and {record.rate_factor:g} times the learning rates"
        ]
    elif isinstance(record, BatchSplit):
        parts = [
            f"a batch was too large for the memory: from now on batches over {record.size:,} tokens "
            "are computed in parts, with the same gradient"
        ]
    else:
        return _evaluated(record) if isinstance(record, Evaluated) else None
    return Text(say(f"step {record.step:,}") + "  " + "\n  ".join(map(say, parts)), "yellow")


def _evaluated(record: Evaluated) -> Text:
    bleu = "  ".join(f"BLEU {direction} {value:.1f}" for direction, value in record.scores.bleu.items())
    mark = "  ← best so far" if record.best else ""
    text = Text(told(f"step {record.step:,}  dev loss {record.dev_nll:.3f}  {bleu}{mark}"), "bold")
    if attention := record.scores.attention:
        row = say(f"cross-attention, entropy of a row: {sharpness(attention):.2f} bits")
        text.append(f"\n  {row}", "not bold dim")
    for sample in record.scores.samples:
        text.append(f"\n  {sample.direction}  {normalise(sample.source)}", "not bold dim")
        text.append(f"\n      → {normalise(sample.hypothesis)}", "not bold")
        text.append(f"\n      = {normalise(sample.reference)}", "not bold dim")
    return text


class Speed:
    """Tokens a second, and their share of the fastest that this machine was seen to compute.

    Training itself may raise that: the measurement at its start is slowed down by whatever runs beside it.
    """

    def __init__(self, config: TrainConfig, shape: ModelConfig, precision: torch.dtype) -> None:
        work = multiply_adds(shape, _LENGTH, _LENGTH)
        # twice as much again on the way back; an operation each for multiplying and adding
        self._operations = 3 * 2 * sum(part.products for part in work) / (2 * _LENGTH)  # a token, source or target
        on_cpu = config.device == "cpu" or not torch.cuda.is_available()
        self._peak = matmul_rate(precision, shape) if on_cpu else None  # operations a second

    def told(self, progress: Progress) -> str:
        """In words; on a GPU without the share."""
        speed = f"{progress.tokens_per_second:,.0f} tokens/s"
        if not self._peak:
            return speed
        rate = progress.tokens_per_second * self._operations
        self._peak = max(self._peak, rate)
        return f"{speed} ({rate / self._peak:.0%} of the peak)"


class Board:
    """Takes the records of a run and draws itself as large as the terminal is; in a small one there is less of it."""

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
        self._measuring = record if isinstance(record, Measuring) else None
        if isinstance(record, Progress):
            self._last = record
            self._steps.append(record.step)
            self._losses.append(record.nll)
            if len(self._losses) > _MOST:  # of the older half every second will do
                for values in (self._steps, self._losses):
                    del values[: _MOST // 2 : 2]
        elif isinstance(record, Measuring):
            self._since = time.monotonic()
        elif isinstance(record, Evaluated):
            self._evaluated.append(record)
        elif isinstance(record, Saved):
            self._saved = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        width, height, last = min(options.size.width, 120), options.size.height, self._last
        lines = self._curves(width)
        if last is not None:
            done = share_done(self.config, last.step, last.seconds, last.epoch)
            yield ProgressBar(total=1.0, completed=done, width=min(60, width - 1))
            yield Text()
            saved = "" if self._saved is None else told(f"  saved {clock(time.monotonic() - self._saved)} ago")
            lines = [
                told(f"{done:.0%}  {_times(last)}  (Ctrl-C saves and ends)") + saved,
                told(
                    f"step {last.step:,}  epoch {last.epoch:.2f}  {self._speed.told(last)}  "
                    f"rate {last.learning_rate:.2f}  |g| {last.gradient_norm:.2f}"
                ),
                *lines,
            ]
        if self._measuring is not None:
            spent = clock(time.monotonic() - self._since)
            measuring = say(f"measuring: dev loss about {self._measuring.nll:.3f}, now translating …")
            lines.append(f"{measuring} {spent}")
        elif last is None:
            lines.append(f"{say('first step …')} {clock(time.monotonic() - self._begun)}")
        yield Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
        if height >= _LEAST_HEIGHT and (picture := self._attention(width, height - len(lines) - 5)):
            yield picture

    def _curves(self, width: int) -> list[str]:
        room = max(8, min(60, width - _LABEL - _FIGURES))
        rows = []
        if self._losses:
            rows.append(("loss", evenly(self._steps, self._losses, room), f"{recent_mean(self._losses):.3f}"))
        if self._evaluated:
            now = self._evaluated[-1]
            rows.append(("dev loss", [e.dev_nll for e in self._evaluated], f"{now.dev_nll:.3f}"))
            bleu = "  ".join(f"{direction} {value:.1f}" for direction, value in now.scores.bleu.items())
            rows.append(("dev BLEU", [e.scores.mean for e in self._evaluated], bleu))
            if now.scores.attention:
                bits = [sharpness(e.scores.attention) for e in self._evaluated if e.scores.attention]
                rows.append(("looking", bits, f"{bits[-1]:.2f} bits a row"))
        drawn = [(f"{say(name):<{_LABEL}}{sparkline(values, room)}", newest) for name, values, newest in rows]
        return [f"{curve}  {told(newest, own=False)}" for curve, newest in drawn]

    def _attention(self, width: int, height: int) -> Text | None:
        """The cross-attention of one dev sentence at the last evaluation, if it has room."""
        attention = self._evaluated[-1].scores.attention if self._evaluated else []
        if not attention:
            return None
        one = attention[len(self._evaluated) % len(attention)]  # the directions take turns
        weights = np.asarray(one.weights)
        weights = weights / weights.sum(axis=1, keepdims=True)  # they were rounded for the log
        title = told(f"{one.direction}  cross-attention, last layer, mean of the heads")
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


def _times(last: Progress) -> str:
    return f"{clock(last.seconds)} gone" + ("" if last.remaining is None else f", {clock(last.remaining)} left")


def clock(seconds: float) -> str:
    """A span of time as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def tensorboard_events(folder: Path, step: int) -> Iterator[Callable[[Record], None]]:
    """A function that writes each record to ``folder``; what is there from ``step`` on is told anew and hidden.

    Raises ``UsageError`` if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError("--tensorboard needs TensorBoard", "pip install 'translator[tensorboard]'") from error
    with SummaryWriter(str(folder), purge_step=step + 1) as writer:

        def take(record: Record) -> None:
            figures: dict[str, float] = {}
            if isinstance(record, Progress):
                names = {"rate": "learning_rate"} | {
                    n: n for n in ("loss", "nll", "gradient_norm", "tokens_per_second")
                }
                figures = {f"train/{name}": getattr(record, field) for name, field in names.items()}
            elif isinstance(record, Evaluated):
                figures = {f"dev/bleu {direction}": value for direction, value in record.scores.bleu.items()}
                figures["dev/nll"] = record.dev_nll
                figures |= {f"dev/attention entropy {one.direction}": one.entropy for one in record.scores.attention}
            elif isinstance(record, Alarm | RolledBack):
                text = record.message if isinstance(record, Alarm) else f"rolled back: {record.reason}"
                writer.add_text("alarms", text, record.step)
            for name, value in figures.items():
                writer.add_scalar(name, value, record.step)

        yield take
