"""``translator bench``: how fast a model is on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import engine_named, json_line, open_output, stderr, stdout
from translator.commands.evaluate.asked import directions_named
from translator.commands.options import Engine, Force, Json, Model
from translator.draw.language import say
from translator.errors import CheckpointError, UsageError
from translator.files import DEFAULT_MODEL, corpus_file

if TYPE_CHECKING:
    from translator.draw.report import Section
    from translator.evaluation.speed import Measured


def bench(
    corpus: Annotated[
        str | None,
        typer.Argument(
            metavar="CORPUS", help="A text to tell the time for: a file, or how many sentences; else a million."
        ),
    ] = None,
    model: Model = DEFAULT_MODEL,
    direction: Annotated[str, typer.Option(metavar="en-pt|pt-en", help="Which way to translate.")] = "en-pt",
    engine: Engine = "auto",
    batches: Annotated[str, typer.Option(metavar="N,N…", help="Sentences searched together.")] = "1,8,32",
    beams: Annotated[str, typer.Option(metavar="N,N…", help="Hypotheses kept while searching.")] = "1,4",
    sentences: Annotated[int, typer.Option(min=1, metavar="N", help="Sentences of the project's test set.")] = 100,
    seconds: Annotated[float, typer.Option(min=0, metavar="X", help="Least time of each measurement.")] = 1.0,
    html: Annotated[Path | None, typer.Option(help="Write a page with the plots too.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure latency, throughput, start-up and memory for each engine and precision, on this machine.

    Example: translator bench novel.txt
    """
    ways = directions_named(direction)
    if len(ways) > 1:
        raise UsageError(f"--direction {direction}: one direction is needed", "en-pt or pt-en")
    wanted = engine_named(engine)
    lines = _lines(corpus)
    from translator.corpus.pairs import read_pairs
    from translator.evaluation.speed import ENGINES, Plan, start_up, supported
    from translator.evaluation.speed import bench as run

    side = 0 if ways[0] == "en-pt" else 1
    sources = [pair[side] for pair in read_pairs(corpus_file("test"))][:sentences]
    plan = Plan(model, sources, ways[0], _numbers("batches", batches), _numbers("beams", beams), seconds)
    engines = [(name, kind) for name, kind in ENGINES if wanted in ("auto", name) and supported(kind)]
    found: list[Measured] = []
    with stderr().status(say("measuring the start …")) as status:
        start = start_up(model, sources[0])
        for name, kind in engines:
            status.update(say(f"measuring {name} in {kind} …"))
            if measured := run(plan, name, kind):
                found.append(measured)
    if not found:
        raise CheckpointError(f"{model} has no weights for these engines", "write them with `translator export`")
    told = _sections(found, start, lines, model, len(sources))
    if as_json:
        print(json_line(_plain(found, start, lines, model)))
    else:
        from translator.draw.report import print_report

        print_report(stdout(), told)
    if html is not None:
        from translator.draw.report_html import page

        with open_output(html, force=force) as file:
            file.write(page(f"Speed of {Path(model).name}", told))


def _lines(corpus: str | None) -> int:
    """Sentences of the corpus that is asked about: a number, or the lines of a file that hold something."""
    if corpus is None:
        return 1_000_000
    plain = corpus.replace(",", "").replace("_", "")
    if plain.isdecimal() and int(plain) > 0:
        return int(plain)
    from translator.commands.progress import count_lines

    return count_lines(Path(corpus))


def _numbers(option: str, text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(f"--{option} {text}: not numbers from 1 between commas", f"for example --{option} 1,8")
    return [int(part) for part in parts]


def _sections(found: Sequence[Measured], start: float, lines: int, model: str, count: int) -> list[Section]:
    from translator.draw.report import Bars, Section

    rows = [
        [
            m.engine,
            m.precision,
            *(f"{value:.1f}" for value in (m.latency_p50, m.latency_p95)),
            f"{m.load_seconds:.2f}",
            "" if m.peak_memory is None else f"{m.peak_memory:,.0f}",
        ]
        for m in found
    ]
    columns = ["engine", "precision", "p50, ms", "p95, ms", "load, s", "peak MB"]
    notes = [
        f"the command's start with a first sentence: {start:.2f} s",
        f"p50, p95: latency of {count:,} sentences of the project's test set, one at a time, greedy",
    ]
    times = [
        [
            m.engine,
            m.precision,
            f"beam {m.best.beam}, batch {m.best.batch}",
            duration(lines / m.best.sentences_per_second),
        ]
        for m in found
    ]
    note = "estimated from the best throughput, for sentences as long as these"
    told = [
        Section(f"Speed of {model}", columns, rows, notes, words=2),
        Section(f"{lines:,} sentences would take", ["engine", "precision", "with", "time"], times, [note], words=3),
    ]
    for m in found:
        cells = [
            [f"{t.beam}", f"{t.batch}", f"{t.sentences_per_second:,.1f}", f"{t.tokens_per_second:,.0f}"]
            for t in m.throughputs
        ]
        names = [f"beam {t.beam}, batch {t.batch}" for t in m.throughputs]
        bars = Bars(names, [t.sentences_per_second for t in m.throughputs], title="sentences a second")
        heads = ["beam", "batch", "sentences/s", "tokens/s"]
        told.append(Section(f"Throughput: {m.engine} in {m.precision}", heads, cells, plots=[bars], words=0))
    return told


def duration(seconds: float) -> str:
    """``1 h 12 min``, ``3 min 5 s``, ``8.2 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _plain(found: Sequence[Measured], start: float, lines: int, model: str) -> dict[str, object]:
    import platform

    from translator.search.native import cores

    rows = [asdict(m) | {"estimated_seconds": lines / m.best.sentences_per_second} for m in found]
    machine = {"processor": platform.processor() or platform.machine(), "cores": cores(), "system": platform.system()}
    return {"model": model, "machine": machine, "start_up_seconds": start, "sentences": lines, "engines": rows}
