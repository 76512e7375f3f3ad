"""A training run as it goes: live in a terminal, plain lines elsewhere, and a log of records."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from translator.commands.train.board import Board, Speed, clock, sharpness
from translator.explain.parameters import count_parameters
from translator.text.normalise import normalise
from translator.training.alarms import Alarm
from translator.training.log import history
from translator.training.records import BatchSplit, Evaluated, Measuring, Progress, Record, RolledBack
from translator.training.run import Run

_LOG_EVERY = 20  # steps between progress records in the log, at most; at first each is there
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 2.0, 120.0, 1.4  # seconds between plain lines, and what they grow by


_KEPT = 12  # of what was told that is told again when the terminal has another size


def opening(run: Run) -> RenderableType:
    """The model to be trained, its data and its budget."""
    config, shape = run.config, run.shape
    total = sum(part.count for part in count_parameters(run.loop.trainer.model))
    table = Table.grid(padding=(0, 2))
    dev = f"{config.dev or f'held out of {run.data.corpora[0].name}'}, {len(run.data.dev):,} pairs"
    if run.data.held_out:
        dev += ", which are not trained on (--dev FILE names others)"
    rows = [
        ("corpora", ", ".join(f"{c.name} {len(c.pairs):,} pairs × {c.weight:g}" for c in run.data.corpora)),
        ("dev", dev),
        (
            "model",
            f"{config.base or config.preset}: {shape.encoder_layers}+{shape.decoder_layers} layers, D={shape.d_model}, "
            f"H={shape.heads}, {shape.vocab_size:,} pieces, {total:,} parameters",
        ),
        ("direction", config.direction),
        ("precision", str(run.precision).removeprefix("torch.")),
        ("budget", _budget(run)),
        ("run folder", str(run.folder)),
    ]
    if run.resumed_at:
        rows.append(("continues", f"at step {run.resumed_at:,}, after {clock(run.loop.seconds)} of training"))
    if run.data.left_out:
        rows.append(("left out", "; ".join(run.data.left_out)))
    if run.notes:
        rows.append(("changed", "; ".join(run.notes)))
    for name, value in rows:
        table.add_row(Text(name, "dim"), Text(value))
    return table


def summary(run: Run) -> RenderableType:
    """How it ended, and what to do next."""
    loop = run.loop
    state = "finished" if loop.finished else "stopped and saved; the same command goes on from here"
    lines = [state, f"step {loop.trainer.step:,}, {clock(loop.seconds)} of training, {loop.tokens:,} tokens seen"]
    if loop.stream.left_out:
        lines.append(f"{loop.stream.left_out:,} examples over {run.config.max_pieces} pieces were left out")
    if not (run.folder / "best").is_dir():
        lines.append("no model was measured yet: there is none to translate with")
        return Text("\n".join(lines))
    lines.append(f'try it: translator translate --model {run.folder} "Good morning."')
    return Text("\n".join(lines))


@contextmanager
def training_view(run: Run, console: Console) -> Iterator[Callable[[Record], None]]:
    """A function that takes each record of the run: logs it, and shows it."""
    speed = Speed(run.config, run.shape, run.precision)
    view = _Screen(run, console, speed) if console.is_terminal else PlainLines(console, speed)

    def take(record: Record) -> None:
        _log(run, record)
        view.take(record)

    with view if isinstance(view, _Screen) else nullcontext():
        yield take


class _Screen:
    """The evaluations so far, and the board below them, which is drawn anew several times a second."""

    def __init__(self, run: Run, console: Console, speed: Speed) -> None:
        self._board, self._console = Board(run.config, speed), console
        self._board.recall(history(run.log.path))
        self._told: deque[RenderableType] = deque([opening(run)], maxlen=_KEPT)
        self._size = console.size
        self._live = self._new()

    def _new(self) -> Live:
        return Live(
            get_renderable=lambda: self._board.render(self._console.size), console=self._console, refresh_per_second=4
        )

    def __enter__(self) -> None:
        self._live.start(refresh=True)

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def take(self, record: Record) -> None:
        """Tell what stays, and draw all anew where the terminal has another size: its lines were broken otherwise."""
        self._board.take(record)
        if self._console.size != self._size:
            self._size = self._console.size
            self._live.stop()
            self._console.clear()
            self._console.print(*self._told, sep="\n")
            self._live = self._new()
            self._live.start(refresh=True)
        if (told := _told(record)) is not None:
            if isinstance(record, Evaluated):  # a translation of an untrained model may be very long
                told.no_wrap, told.overflow = True, "ellipsis"
            self._told.append(told)
            self._console.print(told)


class PlainLines:
    """A line for the first step, then for another now and then, at pauses that grow; all else as it happens."""

    def __init__(self, console: Console, speed: Speed, now: Callable[[], float] = time.monotonic) -> None:
        self._console, self._speed, self._now = console, speed, now
        self._pause = _FIRST_PAUSE
        self._next = now()

    def take(self, record: Record) -> None:
        """Print ``record`` if it is due."""
        if (told := _told(record)) is not None:
            self._console.print(told)
        elif isinstance(record, Progress) and self._now() >= self._next:
            self._console.print(_line(record, self._speed), markup=False)
            self._next = self._now() + self._pause
            self._pause = min(_LONGEST_PAUSE, _GROWTH * self._pause)
        elif isinstance(record, Measuring):
            line = f"step {record.step:,}  measuring: dev loss about {record.nll:.3f}, now translating …"
            self._console.print(line, markup=False)


def _told(record: Record) -> Text | None:
    """The lines of ``record`` that stay on the screen; ``None`` for a step."""
    if isinstance(record, Evaluated):
        return _evaluated(record)
    return _incident(record) if isinstance(record, RolledBack | BatchSplit | Alarm) else None


def _line(record: Progress, speed: Speed) -> str:
    remaining = "" if record.remaining is None else f", {clock(record.remaining)} left"
    return (
        f"step {record.step} loss {record.nll:.3f} {speed.told(record)} "
        f"rate {record.learning_rate:.2f} |g| {record.gradient_norm:.2f} epoch {record.epoch:.2f} "
        f"{clock(record.seconds)} gone{remaining}"
    )


def _evaluated(record: Evaluated) -> Text:
    bleu = "  ".join(f"BLEU {direction} {value:.1f}" for direction, value in record.scores.bleu.items())
    mark = "  ← best so far" if record.best else ""
    text = Text(f"step {record.step:,}  dev loss {record.dev_nll:.3f}  {bleu}{mark}", "bold")
    if attention := record.scores.attention:
        text.append(f"\n  cross-attention, entropy of a row: {sharpness(attention):.2f} bits", "not bold dim")
    for sample in record.scores.samples:
        text.append(f"\n  {sample.direction}  {normalise(sample.source)}", "not bold dim")
        text.append(f"\n      → {normalise(sample.hypothesis)}", "not bold")
        text.append(f"\n      = {normalise(sample.reference)}", "not bold dim")
    return text


def _incident(record: RolledBack | BatchSplit | Alarm) -> Text:
    """An alarm or a recovery, with the advice or the remedy."""
    if isinstance(record, Alarm):
        return Text(f"step {record.step:,}  ALARM, {record.sign}: {record.message}\n  {record.advice}", "yellow")
    if isinstance(record, RolledBack):
        return Text(
            f"step {record.step:,}  {record.reason}: back to the weights of step {record.to:,}, "
            f"on with other sentences and {record.rate_factor:g} times the learning rates",
            "yellow",
        )
    return Text(
        f"step {record.step:,}  a batch was too large for the memory: from now on batches over {record.size:,} tokens "
        "are computed in parts, with the same gradient",
        "yellow",
    )


def _log(run: Run, record: Record) -> None:
    """Log all but what says that something begins, and of the steps each at first and fewer and fewer later on."""
    if isinstance(record, Measuring) or (
        isinstance(record, Progress) and record.step % max(1, min(_LOG_EVERY, record.step // 10))
    ):
        return
    run.log.write({"kind": type(record).__name__.lower(), **asdict(record)})


def _budget(run: Run) -> str:
    config = run.config
    if config.minutes is not None:
        return f"{config.minutes:g} minutes"
    return f"{config.steps:,} steps" if config.steps is not None else f"{config.epochs:g} epochs"
