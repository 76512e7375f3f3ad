"""``translator corpus back-translate``: text in one language → synthetic pairs to train on."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import engine_named, stderr, stdout
from translator.commands.options import Engine, Force, Json, Model, with_settings
from translator.config import Direction, SearchConfig
from translator.draw.language import say
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL, locked

if TYPE_CHECKING:
    from translator.translation import Translator
    from translator.translation.resumable import Done, Job

_LEAST = 0.3  # confidence of what is kept; draws are meant to be unlikely now and then
_TELL_EVERY = 20.0  # seconds between lines where no bar can be drawn


@with_settings(SearchConfig, but=("length_penalty", "n_best", "max_ratio"))
def back_translate(
    mono: Annotated[Path, typer.Argument(help="Text in one language, a sentence a line, plain or .gz.")],
    to: Annotated[str, typer.Option("--to", metavar="en|pt", help="Language to translate into: the machine's side.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write: English<TAB>Portuguese, plain or .gz.")],
    model: Model = DEFAULT_MODEL,
    engine: Engine = "auto",
    min_confidence: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Leave out translations less sure than this; 0.3, with --sample 0."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many lines.")] = None,
    force: Force = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes of a core each; 0 = this one alone, on all.")] = 0,
    ray: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work on this Ray cluster: host:port, or auto.")
    ] = None,
    as_json: Json = False,
    **search: Any,
) -> None:
    """Make pairs out of text in one language: the model translates it, and what it wrote becomes the source side.

    The same command goes on where it was stopped. FILE.json beside the result tells `translator train` which side is a
    machine's: it is trained on as a source only, marked.

    Example: translator corpus back-translate noticias.pt.txt --to en --out noticias.tsv.gz
    """
    from translator.translation import Translator
    from translator.translation.back_translation import back_translate as translate
    from translator.translation.back_translation import marked
    from translator.translation.resumable import Job
    from translator.translation.workers import in_turn, load_engine, start_workers

    _check(to, mono, out, force)
    config = SearchConfig(**{name: value for name, value in search.items() if value is not None})
    alone = not workers and ray is None
    if config.sample and not alone:
        raise UsageError("--sample draws from one generator", "leave out --workers and --ray")
    least = (0.0 if config.sample else _LEAST) if min_confidence is None else min_confidence
    direction: Direction = "pt-en" if to == "en" else "en-pt"
    translator = Translator.load(model, engine_named(engine))
    if direction not in translator.folder.directions:
        raise UsageError(f"{model} was not trained for {direction}", "name a model that was")
    if config.sample:
        translator.draw_in_batches(config.seed)
    recipe = _recipe(to, mono, model, translator, config) | {"min_confidence": least, "limit": limit}
    seen: set[int] = set()
    judging = direction, config, least

    def blocks(lines: Iterator[list[str]]) -> Iterator[Any]:
        ready = (marked(block, seen) for block in lines)
        if alone:
            return map(partial(translate, translator, *judging), ready)
        make = partial(load_engine, model, engine_named(engine), recipe["model_sha256"], translate, judging)
        return in_turn(ready, *start_workers(ray, make, workers))

    with locked(out.with_name(f".{out.name}.lock"), f"{out} is being written", "give another --out"):
        _check(to, mono, out, force)  # another may just have ended
        job = Job(mono, out, recipe, english_first=to == "en", limit=limit)
        _show(job, job.run(blocks, seen))
    _tell(job.done, out, as_json=as_json)


def _check(to: str, mono: Path, out: Path, force: bool) -> None:
    """Raises ``UsageError`` where the result would take the place of another file, or not be what its name says."""
    from translator.corpus.files import format_of

    if to not in ("en", "pt"):
        raise UsageError(f"--to {to}: unknown language", "it takes en or pt")
    if out.resolve() == mono.resolve():
        raise UsageError(f"{out} is read; it cannot be written too", "name another file")
    if format_of(out) != "tsv" or out.suffix == ".zst":
        raise UsageError(f"--out {out}: the pairs are written as .tsv or .tsv.gz", "corpus convert makes others of it")
    if out.exists() and not force:
        raise UsageError(f"{out} exists already", "add --force to replace it, or name another file")


def _recipe(to: str, mono: Path, model: str, translator: Translator, config: SearchConfig) -> dict[str, Any]:
    from translator.corpus.synthetic import KIND
    from translator.model.folder import WEIGHTS

    drawn = {"sample": True, "temperature": config.temperature, "top_k": config.top_k, "seed": config.seed}
    return {
        "kind": KIND,
        "machine_side": to,
        "mono": mono.name,
        "model": model,
        "model_sha256": translator.folder.hashes[WEIGHTS],
        "engine": translator.engine,
        "search": drawn if config.sample else {"beam": config.beam},
    }


def _show(job: Job, progress: Iterable[Done]) -> None:
    """Show the progress on standard error: as a bar, or as a line now and then."""
    from translator.commands.progress import translating
    from translator.corpus.pairs import read_lines_of

    lines = sum(1 for _ in read_lines_of(job.mono)) if sys.stderr.isatty() else None
    if job.resumed_at:
        stderr().print(say(f"{job.part}: going on after line {job.resumed_at:,}"), markup=False)
    before, begin = job.resumed_at, time.monotonic()
    told = begin
    with translating(job.out) as start:
        advance = start(None if lines is None else min(lines, job.limit or lines) - job.resumed_at)
        for done in progress:
            advance(done.lines - before)
            before = done.lines
            if lines is None and time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                speed = (done.lines - job.resumed_at) / (told - begin)
                stderr().print(say(f"{done.lines:,} lines, {done.kept:,} kept, {speed:,.0f} lines/s"), markup=False)


def _tell(done: Done, out: Path, *, as_json: bool) -> None:
    if as_json:
        told = {"out": str(out), "lines": done.lines, "kept": done.kept, "dropped": dict(done.dropped)}
        print(json.dumps(told | {"seconds": round(done.seconds, 3)}))
        return
    from rich.text import Text

    from translator.corpus.synthetic import companion
    from translator.translation.back_translation import FAULTS

    speed = say(f", {done.lines / done.seconds:,.0f} lines/s") if done.seconds else ""
    rows = [say(f"{out}: {done.kept:,} pairs of {done.lines:,} lines ({done.kept / done.lines:.1%})") + speed]
    if done.dropped:
        rows.append(say("left out:"))
    for fault, meaning in FAULTS.items():
        if count := done.dropped[fault]:
            rows.append(f"{count:>9,}  {count / done.lines:5.1%}  {say(meaning)}")
    rows.append(say(f"how it was made: {companion(out)}"))
    stdout().print(Text("\n".join(rows)))
