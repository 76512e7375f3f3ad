"""``translator bulk``: files too large for one sitting or one machine, by shards; what was written stays written."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import engine_named, stderr, stdout, warn
from translator.commands.options import Engine, Force, From, Json, Model
from translator.commands.progress import translating
from translator.commands.requests import direction_from
from translator.draw.language import say, told
from translator.errors import TranslatorError
from translator.files import DEFAULT_MODEL, locked

if TYPE_CHECKING:
    from translator.commands.bulk.shards import Manifest, Shard, Translated
    from translator.config import Direction, SearchConfig
    from translator.translation import Translator
    from translator.translation.workers import Worker


def bulk(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Text, JSONL (plain, .gz, .zst), Parquet.")],
    to_dir: Annotated[Path, typer.Option("--to-dir", metavar="FOLDER", help="Where the shards go.")],
    source: From = None,
    target: Annotated[
        str | None, typer.Option("--to", "-t", metavar="en|pt", help="Language to translate into.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on this Ray cluster: host:port, or auto for the one here."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes, or actors, of a core each; 0 = as many as there are cores.")
    ] = 0,
    shard_lines: Annotated[int, typer.Option(min=1, help="Lines of a shard: what a killed worker costs.")] = 10_000,
    column: Annotated[str, typer.Option(help="Key or column of JSONL and Parquet that holds the text.")] = "text",
    beam: Annotated[int, typer.Option(help="Hypotheses kept while searching; 1 is greedy.")] = 1,
    model: Model = DEFAULT_MODEL,
    engine: Engine = "auto",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Translate very much text: by shards, in several processes or on a cluster of machines.

    FOLDER gets NAME-000000.txt, NAME-000001.txt …; put together they are the whole. The same command goes on where it
    was stopped or killed. A line that cannot be read is told by its number, and the rest goes on.

    Example: translator bulk news.txt.gz --to-dir translated --from en
    """
    from translator.commands.bulk.shards import Manifest, output_names, shards
    from translator.config import SearchConfig
    from translator.corpus.files import open_bytes
    from translator.files import model_folder
    from translator.model.folder import WEIGHTS, open_folder
    from translator.translation.workers import load_engine, start_workers

    direction, config = direction_from(source, target), SearchConfig(beam=beam)
    output_names(files)  # what is wrong with a name is told first
    for path in files:
        open_bytes(path).close()
    hash = open_folder(model_folder(model)).hashes[WEIGHTS]
    make = partial(load_engine, model, engine_named(engine), hash, _translate, (direction, config))
    recipe = {
        "inputs": [path.name for path in files],
        "direction": direction,
        "shard_lines": shard_lines,
        "column": column,
        "beam": beam,
        "model_sha256": hash,
        "engine": engine,
    }
    with locked(to_dir / ".lock", f"{to_dir} is being written", "name another --to-dir"):
        manifest = Manifest(to_dir, recipe, force=force)
        given_up = _run(shards(files, shard_lines, column), manifest, *start_workers(ray, make, workers), as_json)
    if given_up:
        raise TranslatorError(
            f"{', '.join(given_up)}: given up, as each try cost a worker its life",
            "want of memory? the same command, with fewer --workers, tries only these again",
        )


def _translate(
    translator: Translator, direction: Direction | None, config: SearchConfig, texts: Sequence[str]
) -> Translated:
    from translator.commands.bulk.shards import Translated
    from translator.translation import TranslateOptions

    begin = time.perf_counter()
    found = translator.translate_batch(texts, direction, config, TranslateOptions(scores=False))
    return Translated(
        [one.target for one in found],
        [one.warnings for one in found],
        sum(len(one.segments) for one in found),
        time.perf_counter() - begin,
    )


def _run(all: Iterator[Shard], manifest: Manifest, start: Callable[[], Worker], count: int, as_json: bool) -> list[str]:
    """Translate and write what is left, and tell of it; the names of shards that were given up."""
    from translator.translation.workers import share_out

    def left() -> Iterator[Shard]:
        for shard in all:
            if not manifest.has(shard):
                for place, fault in shard.faults.items():
                    warn(f"{shard.source}, line {shard.first + place}: {fault}; it is passed over")
                yield shard

    given_up = []
    before, begin = set(manifest.done), time.monotonic()
    with translating(manifest.folder) as begun:
        advance = begun(None)
        for done in share_out(left(), start, count, given=lambda shard: shard.texts):
            if done.result is None:
                given_up.append(done.item.name)
                continue
            manifest.add(done.item, done.result, done.worker)
            advance(len(done.item.texts))
            if not sys.stderr.isatty():
                stderr().print(say(f"{done.item.name}: {len(done.item.texts):,} lines"), markup=False)
    _tell(manifest, before, count, time.monotonic() - begin, as_json=as_json)
    return given_up


def _tell(manifest: Manifest, before: set[str], workers: int, seconds: float, *, as_json: bool) -> None:
    records = list(manifest.done.values())
    new = [record for record in records if record["shard"] not in before]
    sentences, busy = sum(record["sentences"] for record in new), sum(record["seconds"] for record in new)
    figures: dict[str, Any] = {
        "shards": len(records),
        "shards_done_before": len(records) - len(new),
        "lines": sum(record["lines"] for record in records),
        "skipped": sum(record["skipped"] for record in records),
        "flagged": sum(len(record["flagged"]) for record in records),
        "sentences_now": sentences,
        "seconds": round(seconds, 3),
        "workers": workers,
        "sentences_per_second_a_worker": round(sentences / busy, 1) if busy else None,
        "sentences_per_second": round(sentences / seconds, 1) if sentences else None,
    }
    if as_json:
        print(json.dumps({"to_dir": str(manifest.folder), **figures}))
        return
    rows = [
        f"{manifest.folder}: {figures['lines']:,} lines in {len(records):,} shards, {len(records) - len(new):,} of them"
        " done before",
        f"{figures['skipped']:>9,}  skipped: nothing there to translate, or a line that cannot be read",
        f"{figures['flagged']:>9,}  flagged: translated with a warning ({manifest.path.name} has their lines)",
    ]
    if busy:
        rows.append(
            f"{sentences:>9,}  sentences now, {sentences / busy:,.0f} a second and worker,"
            f" {sentences / seconds:,.0f} a second by {workers}"
        )
    stdout().print("\n".join(map(told, rows)), markup=False)
