"""``translator train``: settings from a file and options, a run folder, a live display; Ctrl-C saves and ends."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from translator.commands.console import set_global_options, stderr, stdout
from translator.commands.options import Force, assigned, with_settings
from translator.config import TrainConfig
from translator.draw.language import say
from translator.errors import InputError, OutputError, UsageError
from translator.files import corpus_file, locked

if TYPE_CHECKING:
    from rich.console import Console

    from translator.training.loop import TrainingLoop
    from translator.training.run import Run

_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none


@with_settings(TrainConfig, but=("corpora", "mix"))
def train(
    corpora: Annotated[list[Path] | None, typer.Argument(help="Parallel files; none = the project's own.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file of settings; options win.")] = None,
    mix: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=WEIGHT", help="Passes over a corpus an epoch: docs=0.2.", rich_help_panel="Data"),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; translator help training lists them."),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/tensorboard too; needs the extra of that name.")
    ] = False,
    against: Annotated[
        str, typer.Option(metavar="steps|tokens|minutes", help="Of plot: the horizontal axis.", hidden=True)
    ] = "steps",
    force: Force = False,
    **settings: Any,
) -> None:
    """Train a model, or go on with the one in the run folder: the same command again continues where it stopped.

    Ctrl-C, SIGTERM and SIGHUP save and end (exit code 130, 143, 129; 0 is a finished run). What a kill -9 or a power
    cut costs, the minutes since the last save, is done again with the same result. The best model is in RUN/best:
    translator translate --model RUN "…"

    Without --dev, pairs are held out of the corpus to measure by. With --from, a model is adapted to a corpus of
    another kind in minutes.

    Example: translator train mine.tsv

    Example: translator train corpus.tsv.gz --dev dev.tsv --out runs/mine --minutes 60

    Example: translator train manuals.tsv --from en-pt --out runs/manuals
    """
    if corpora and str(corpora[0]) == "plot":
        from translator.commands.train.plot import plot

        plot(corpora[1:], Path(settings["out"]) if settings.get("out") else None, against, force=force)
        return
    given = {key: value for key, value in settings.items() if value is not None} | assigned(TrainConfig, set or [])
    if corpora:
        given["corpora"] = [str(path) for path in corpora]
    if mix:
        given["mix"] = _mix(mix)
    _train(_settings(config, given), tensorboard=tensorboard)


def _train(settings: TrainConfig, *, tensorboard: bool) -> None:
    if os.environ.get("RANK", "0") != "0":  # of several processes the leading one tells
        set_global_options(quiet=True)
    with ExitStack() as stack:
        status = stack.enter_context(stderr().status(say("loading torch …")))
        import torch
        from rich.console import Console

        from translator.commands.train.view import opening, summary, tensorboard_events, training_view
        from translator.evaluation.dev import dev_scorer
        from translator.training.data import read_data
        from translator.training.distributed import join_world
        from translator.training.run import open_run
        from translator.training.trainer import keep_freed_memory

        keep_freed_memory()
        world = stack.enter_context(join_world(use_gpu=settings.device != "cpu" and torch.cuda.is_available()))
        console = stdout() if world.leads else Console(quiet=True, force_terminal=False)
        if world.leads:
            doing = f"{settings.out} is being trained"
            stack.enter_context(locked(Path(settings.out, ".lock"), doing, "give another --out"))
        status.update(say("reading the corpora …"))
        data = read_data(settings)
        status.update(say("learning subwords, choosing precision …"))
        run = open_run(settings, data, dev_scorer, world)
        status.stop()
        unread: list[str] = []  # why nothing more can be shown
        with _shown(run.loop, unread):
            console.print(opening(run))
        with ExitStack() as training:
            stopped = training.enter_context(_stop_on_signal(run.loop))
            show = training.enter_context(training_view(run, console))
            events = tensorboard_events(run.folder / "tensorboard", run.resumed_at) if tensorboard else None
            note = training.enter_context(events) if events and world.leads else None
            for record in run.loop.run():
                with _shown(run.loop, unread):
                    show(record)
                if note is not None:
                    note(record)
        if run.base is not None and not run.loop.stop and world.leads:
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


def _adapt(run: Run, console: Console) -> None:
    """Show what a fine-tuning gained and lost, once it is done, and log it."""
    from dataclasses import asdict

    from translator.commands.train.adaptation import adaptation_table
    from translator.evaluation.adaptation import adapt

    with stderr().status(say("comparing with the base …")):
        found = adapt(run)
    run.log.write({"kind": "adapted", **asdict(found)})
    dev = run.config.dev or say(f"held out of {run.data.corpora[0].name}")
    console.print(adaptation_table(found, run.config.base, dev, run.config.retain))


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
    for old, new in TrainConfig.old_names().items():
        if old in data | options:
            note = f"note: {old} is called {new} now; the old name works until the next release"
            stderr().print(say(note), markup=False)
    settings = TrainConfig.from_dict(TrainConfig.renamed(data) | TrainConfig.renamed(options))
    if not settings.corpora:
        settings = replace(settings, corpora=(str(corpus_file("train")),))
        if not settings.dev:
            settings = replace(settings, dev=str(corpus_file("dev")))
    if settings.base and not settings.retain:
        settings = replace(settings, retain=str(corpus_file("dev")))
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

    Yields the signals that came, in order. Once all is saved they are ignored: the process is on its way out, where
    an interrupt would change nothing but its exit code.
    """
    came: list[int] = []

    def ask(number: int, _: object) -> None:
        if came and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        came.append(number)
        if number == _HANGUP:  # writing to a terminal that hung up would fail before the run is saved
            for file in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    if file.isatty():
                        _to_nowhere(file)
        if len(came) == 1:
            if loop.trainer.world.leads:
                try:
                    print(f"\n{say('stopping: saving after this step …')}", file=sys.stderr, flush=True)
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
            signal.signal(number, signal.SIG_IGN if number in came else handler)


def _to_nowhere(file: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file.fileno())
    os.close(nowhere)
