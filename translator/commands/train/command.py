"""``translator train``: settings from a file and options, a run folder, a live display; Ctrl-C saves and ends."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from translator.commands.console import stderr, stdout
from translator.config import TrainConfig
from translator.errors import InputError, OutputError, UsageError
from translator.resources import corpus_file

if TYPE_CHECKING:
    from rich.console import Console

    from translator.training.loop import Record, TrainingLoop
    from translator.training.run import Run

__all__ = ["train"]

DEFAULTS = TrainConfig()
_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none


def train(
    corpora: Annotated[
        list[Path] | None,
        typer.Argument(help="Parallel files: TSV, Moses pair, TMX, JSONL; none = the project's own. Or: plot RUN…"),
    ] = None,
    dev: Annotated[Path | None, typer.Option(help="Parallel file to measure by; never trained on.")] = None,
    base: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="Fine-tune this model: a shipped one's name, or its folder."),
    ] = None,
    general: Annotated[
        Path | None, typer.Option(help="With --from: what it should still know; the project's own dev if not given.")
    ] = None,
    rehearse: Annotated[
        float | None,
        typer.Option(help="With --from: share of an epoch that is the project's own corpus; 0.3 if not given."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help=f"Run folder.  [default: {DEFAULTS.out}]")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; options given here win.")] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="tiny|quick|small|base", help="Model shape; by corpus size if not given.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option(metavar="en-pt|pt-en|both", help="What to learn: one model does both.")
    ] = None,
    vocab_size: Annotated[int | None, typer.Option(help="Subword pieces; by corpus size if not given.")] = None,
    subwords: Annotated[
        Path | None, typer.Option(help="A model's subwords.model to use instead of learning pieces from the corpora.")
    ] = None,
    mix: Annotated[
        list[str] | None, typer.Option(metavar="NAME=WEIGHT", help="Passes over a corpus an epoch: docs=0.2, news=2.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Budget in optimizer steps.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Budget in passes over the corpus.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Budget in minutes of training.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Source + target tokens a batch.")] = None,
    accumulate: Annotated[int | None, typer.Option(help="Batches a step, their gradients added up.")] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="muon|adamw", help="What moves the matrices; AdamW moves the rest.")
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(metavar="stable-decay|cosine|inverse-sqrt", help="How the rate goes on after the warm-up."),
    ] = None,
    keep: Annotated[int | None, typer.Option(help="Latest evaluated models to keep in RUN/steps.")] = None,
    patience: Annotated[int | None, typer.Option(help="End after so many evaluations without a better model.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Dropout probability.")] = None,
    subword_alpha: Annotated[float | None, typer.Option(help="Subword sampling; 0 = off, 0.1 = strong.")] = None,
    augment: Annotated[float | None, typer.Option(help="Share of pairs changed to what people type.")] = None,
    typos: Annotated[float | None, typer.Option(help="Share of pairs with slips of the fingers in the source.")] = None,
    eval_every: Annotated[int | None, typer.Option(help="Steps between evaluations, each followed by a save.")] = None,
    save_minutes: Annotated[
        float | None, typer.Option(help=f"Minutes between other saves.  [default: {DEFAULTS.save_minutes:g}]")
    ] = None,
    eval_sentences: Annotated[
        int | None, typer.Option(help="Dev sentences translated at each evaluation, a direction.")
    ] = None,
    precision: Annotated[str | None, typer.Option(metavar="auto|float32|bfloat16", help="Of the two passes.")] = None,
    device: Annotated[str | None, typer.Option(metavar="auto|cpu|cuda", help="Where to train.")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads; all if not given.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that prepare batches; with a GPU, as many as there are cores to spare."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/tensorboard too; needs the extra of that name.")
    ] = False,
    against: Annotated[str, typer.Option(metavar="steps|tokens|minutes", help="Of plot: what lies below.")] = "steps",
    force: Annotated[bool, typer.Option("--force", help="Of plot: replace a picture that is there.")] = False,
) -> None:
    """Train a model, or go on with the one in the run folder: the same command again continues where it stopped.

    Ctrl-C, SIGTERM and SIGHUP save and end (exit code 130, 143, 129; 0 is a finished run). What a kill -9 or a power
    cut costs, the minutes since the last save, is done again with the same result. The best model is in RUN/best:
    translator translate --model RUN "…"

    With --from, a model is adapted to a corpus of another kind in minutes; without --dev, pairs are held out of it.

    Example: translator train corpus.tsv.gz --dev dev.tsv --out runs/mine --minutes 60

    Example: translator train manuals.tsv --from en-pt --out runs/manuals

    `translator train plot RUN…` draws the curves of runs, to RUN/curves.png or the .png or .svg of --out; a corpus of
    that name is ./plot.

    Example: translator train plot runs/mine runs/manuals --against tokens --out both.svg
    """
    if corpora and str(corpora[0]) == "plot":
        from translator.commands.train.plot import plot

        plot(corpora[1:], out, against, force=force)
        return
    options = {
        "corpora": [str(path) for path in corpora] if corpora else None,
        "dev": str(dev) if dev else None,
        "base": base,
        "general": str(general) if general else None,
        "rehearse": rehearse,
        "out": str(out) if out else None,
        "preset": preset,
        "direction": direction,
        "vocab_size": vocab_size,
        "subwords": str(subwords) if subwords else None,
        "mix": _mix(mix) if mix else None,
        "steps": steps,
        "epochs": epochs,
        "minutes": minutes,
        "batch_tokens": batch_tokens,
        "accumulate": accumulate,
        "optimizer": optimizer,
        "schedule": schedule,
        "keep": keep,
        "patience": patience,
        "dropout": dropout,
        "subword_alpha": subword_alpha,
        "augment": augment,
        "typos": typos,
        "eval_every": eval_every,
        "save_minutes": save_minutes,
        "eval_sentences": eval_sentences,
        "precision": precision,
        "device": device,
        "threads": threads,
        "workers": workers,
        "seed": seed,
    }
    settings = _settings(config, {key: value for key, value in options.items() if value is not None})
    from translator.commands.train.view import opening, summary, training_view
    from translator.evaluation.dev import dev_scorer
    from translator.training.distributed import join_world
    from translator.training.lock import run_lock
    from translator.training.material import read_data
    from translator.training.run import open_run
    from translator.training.trainer import keep_freed_memory

    keep_freed_memory()
    with join_world(use_gpu=_uses_gpu(settings)) as world:
        console = stdout() if world.leads else _nowhere()
        with run_lock(Path(settings.out)) if world.leads else nullcontext():
            data = read_data(settings)
            with stderr().status("learning subwords, choosing precision …") if world.leads else nullcontext():
                run = open_run(settings, data, dev_scorer, world)
            unread: list[str] = []  # why nothing more can be shown
            with _shown(run.loop, unread):
                console.print(opening(run))
            with ExitStack() as stack:
                stopped = stack.enter_context(_stop_on_signal(run.loop))
                show = stack.enter_context(training_view(run, console))
                note = _events(stack, run) if tensorboard and world.leads else None
                for record in run.loop.run():
                    with _shown(run.loop, unread):
                        show(record)
                    if note is not None:
                        note(record)
            if run.start.base is not None and not run.loop.stop and world.leads:
                _adapt(run, console)
    with _shown(run.loop, unread):
        console.print(summary(run))
    unfinished = run.loop.stop and not run.loop.finished
    if unread and not (stopped and unfinished):
        raise OutputError(
            f"standard output could not be written: {unread[0]}",
            "the run is saved: the same command goes on from there",
        )
    if unfinished:  # one process of several may stop because another was asked to
        raise typer.Exit(128 + (stopped[0] if stopped else signal.SIGTERM))


@contextmanager
def _shown(loop: TrainingLoop, unread: list[str]) -> Iterator[None]:
    """Where standard output takes no more, the run is saved and ends: a reader that is gone must not cost training.

    Ctrl-C ends what reads the pipe at the same moment, as in ``translator train … | tee train.log``.
    """
    try:
        yield
    except (OSError, SystemExit) as error:  # rich leaves by SystemExit where a pipe breaks
        unread.append((error.strerror if isinstance(error, OSError) else None) or "nobody reads it")
        _to_nowhere(sys.stdout)
        loop.ask_to_stop()


def _events(stack: ExitStack, run: Run) -> Callable[[Record], None]:
    from translator.commands.train.events import tensorboard_events

    return stack.enter_context(tensorboard_events(run.folder / "tensorboard", run.resumed_at))


def _uses_gpu(settings: TrainConfig) -> bool:
    import torch

    return settings.device != "cpu" and torch.cuda.is_available()


def _nowhere() -> Console:
    """Where a process tells that is not the leading one."""
    from rich.console import Console

    return Console(quiet=True, force_terminal=False)


def _adapt(run: Run, console: Console) -> None:
    """Show what a fine-tuning gained and lost, once it is done, and log it."""
    from dataclasses import asdict

    from translator.commands.train.adaptation import adaptation_table
    from translator.evaluation.adaptation import adapt

    with stderr().status("comparing with the base …"):
        found = adapt(run)
    run.write_log({"kind": "adapted", **asdict(found)})
    dev = run.config.dev or f"held out of {run.data.corpora[0].name}"
    console.print(adaptation_table(found, run.config.base, dev, run.config.general))


def _settings(file: Path | None, options: dict[str, Any]) -> TrainConfig:
    """Settings from a file, options on top, the project's own corpus where none is named."""
    data: dict[str, Any] = {}
    if file is not None:
        try:
            data = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{file} is not TOML: {error}") from error
    budgets = {"steps", "epochs", "minutes"}
    if budgets & set(options):  # a budget given here takes the place of the file's
        data = {key: value for key, value in data.items() if key not in budgets}
    settings = TrainConfig.from_dict(data | options)
    if not settings.corpora:
        settings = replace(settings, corpora=(str(corpus_file("train")),))
        if not settings.dev:
            settings = replace(settings, dev=str(corpus_file("dev")))
    if settings.base and not settings.general:
        settings = replace(settings, general=str(corpus_file("dev")))
    return settings


def _mix(items: list[str]) -> dict[str, float]:
    weights = {}
    for item in items:
        name, _, weight = item.partition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            raise UsageError(f"--mix {item}: expected NAME=WEIGHT", "for example --mix docs=0.2") from None
    return weights


@contextmanager
def _stop_on_signal(loop: TrainingLoop) -> Iterator[list[int]]:
    """The first Ctrl-C, SIGTERM or SIGHUP asks the loop to save and end; a second Ctrl-C ends at once.

    Yields the signals that came, in order.
    """
    came: list[int] = []

    def ask(number: int, _: object) -> None:
        if came and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        came.append(number)
        if number == _HANGUP:
            _leave_terminal()
        if len(came) == 1:
            if loop.trainer.world.leads:
                try:
                    print("\nstopping: saving after this step …", file=sys.stderr, flush=True)
                except OSError:  # a pipe whose reader the same Ctrl-C has ended
                    _to_nowhere(sys.stderr)
            loop.ask_to_stop()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if _HANGUP is not None and signal.getsignal(_HANGUP) != signal.SIG_IGN:  # nohup means what it says
        numbers.append(_HANGUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_terminal() -> None:
    """A terminal that hung up takes no more output: writing to it would fail before the run is saved."""
    for file in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if file.isatty():
                _to_nowhere(file)


def _to_nowhere(file: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file.fileno())
    os.close(nowhere)
