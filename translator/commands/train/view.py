"""A training run as it goes: live in a terminal, plain lines elsewhere, and a log of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from translator.commands.train.board import Board, clock, sharpness
from translator.explain.parameters import count_parameters
from translator.text.normalise import normalise
from translator.training.alarms import Alarm
from translator.training.loop import BatchSplit, Evaluated, Progress, Record, RolledBack
from translator.training.run import Run

__all__ = ["opening", "summary", "training_view"]

_LOG_EVERY = 20  # steps between progress records in the log
_PRINT_EVERY = 50  # steps between lines when there is no terminal


def opening(run: Run) -> RenderableType:
    """What is about to be trained, on what."""
    config, shape = run.config, run.shape
    total = sum(part.count for part in count_parameters(run.loop.trainer.model))
    table = Table.grid(padding=(0, 2))
    rows = [
        ("corpora", ", ".join(f"{c.name} {len(c.pairs):,} pairs × {c.weight:g}" for c in run.data.corpora)),
        ("dev", f"{config.dev or f'held out of {run.data.corpora[0].name}'}, {len(run.data.dev):,} pairs"),
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
    lines.append(f'try it: translator translate --model {run.folder} "Good morning."')
    return Text("\n".join(lines))


@contextmanager
def training_view(run: Run, console: Console) -> Iterator[Callable[[Record], None]]:
    """A function that takes each record of the run: logs it, and shows it."""
    if console.is_terminal:
        board = Board(run.config, run.shape, run.precision)
        with Live(board.render(console.size), console=console, refresh_per_second=4, transient=False) as live:

            def show(record: Record) -> None:
                _log(run, record)
                board.take(record)
                if isinstance(record, Evaluated):
                    live.console.print(_evaluated(record), no_wrap=True, overflow="ellipsis", soft_wrap=False)
                elif isinstance(record, RolledBack | BatchSplit | Alarm):
                    live.console.print(_incident(record), soft_wrap=False)
                live.update(board.render(console.size))

            yield show
    else:

        def plain(record: Record) -> None:
            _log(run, record)
            if isinstance(record, Evaluated):
                console.print(_evaluated(record))
            elif isinstance(record, RolledBack | BatchSplit | Alarm):
                console.print(_incident(record))
            elif isinstance(record, Progress) and record.step % _PRINT_EVERY == 0:
                console.print(_line(record), markup=False)

        yield plain


def _line(record: Progress) -> str:
    remaining = "" if record.remaining is None else f", {clock(record.remaining)} left"
    return (
        f"step {record.step} loss {record.nll:.3f} {record.tokens_per_second:.0f} tokens/s "
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
    """What went wrong, and what was done or is to be done about it."""
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
    if isinstance(record, Progress) and record.step % _LOG_EVERY:
        return
    data: dict[str, Any] = {"kind": type(record).__name__.lower(), **asdict(record)}
    run.write_log(data)


def _budget(run: Run) -> str:
    config = run.config
    if config.minutes is not None:
        return f"{config.minutes:g} minutes"
    return f"{config.steps:,} steps" if config.steps is not None else f"{config.epochs:g} epochs"
