"""``translator evaluate``: BLEU, chrF2++ and TER of a model on a parallel file."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import engine_named, open_output, stderr, stdout
from translator.config import Direction, SearchConfig
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.evaluation.evaluate import Evaluation

__all__ = ["evaluate"]


def evaluate(
    file: Annotated[Path, typer.Argument(help="Parallel file: English<TAB>Portuguese a line, plain or .gz.")],
    model: Annotated[
        str, typer.Option(help="Name of a shipped model, or a model folder.", envvar="TRANSLATOR_MODEL")
    ] = DEFAULT_MODEL,
    direction: Annotated[str, typer.Option(metavar="en-pt|pt-en|both", help="Which way to translate.")] = "both",
    beam: Annotated[int, typer.Option(help="Hypotheses kept while searching; 1 is greedy.")] = SearchConfig.beam,
    length_penalty: Annotated[float, typer.Option(help="GNMT length penalty.")] = SearchConfig.length_penalty,
    engine: Annotated[str, typer.Option(metavar="auto|ctranslate2|torch", help="What computes.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Sentences searched together.")] = 32,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many pairs.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the translations here; with both directions, .en-pt and .pt-en are added."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace output files that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure a model: BLEU, chrF2++ and TER with their sacreBLEU signatures, and speed.

    Example: translator evaluate test.tsv --direction en-pt
    """
    directions: dict[str, list[Direction]] = {"en-pt": ["en-pt"], "pt-en": ["pt-en"], "both": ["en-pt", "pt-en"]}
    if direction not in directions:
        raise UsageError(f"--direction {direction}: unknown direction", "directions: en-pt, pt-en, both")
    config = SearchConfig(beam=beam, length_penalty=length_penalty)
    from translator.corpus.pairs import read_pairs

    pairs = list(read_pairs(file))[:limit]
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from translator.evaluation.evaluate import evaluate as run
    from translator.model.folder import sha256
    from translator.translation import Translator

    translator = Translator.load(model, engine_named(engine))
    chosen = [d for d in directions[direction] if direction != "both" or d in translator.folder.directions]
    results: list[Evaluation] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        for one in chosen:
            task = bar.add_task(f"translating {one}", total=len(pairs))
            done = partial(bar.advance, task)
            result = run(translator, pairs, one, config, batch_size=batch_size, done=done)
            results.append(result)
            path = output if output is None or len(chosen) == 1 else output.with_name(f"{output.name}.{one}")
            if path is not None:
                with open_output(path, force=force) as place:
                    place.writelines(line + "\n" for line in result.hypotheses)
    recipe = {
        "file": str(file),
        "model": str(model),
        "model_sha256": sha256(translator.folder.path / "model.safetensors"),
        "engine": translator.engine,
        "beam": beam,
        "length_penalty": length_penalty,
    }
    if as_json:
        print(json.dumps(recipe | {"results": [_plain(result) for result in results]}))
    else:
        _print(results, recipe)


def _plain(result: Evaluation) -> dict[str, Any]:
    return {
        "direction": result.direction,
        "sentences": result.sentences,
        "scores": {s.name: {"value": round(s.value, 4), "signature": s.signature} for s in result.scores},
        "seconds": round(result.seconds, 3),
        "tokens_per_second": round(result.tokens_per_second, 1),
        "sentences_per_second": round(result.sentences / result.seconds, 1),
    }


def _print(results: list[Evaluation], recipe: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=f"{recipe['file']}, {results[0].sentences:,} sentences", title_justify="left")
    table.add_column("direction")
    for score in results[0].scores:
        table.add_column(score.name + (" (lower is better)" if score.name == "TER" else ""), justify="right")
    table.add_column("tokens/s", justify="right")
    for result in results:
        values = [f"{score.value:.1f}" for score in result.scores]
        table.add_row(result.direction, *values, f"{result.tokens_per_second:,.0f}")
    console = stdout()
    console.print(table)
    for score in results[0].scores:
        console.print(f"{score.name}: {score.signature}", style="dim", markup=False)
    console.print(
        f"model {recipe['model']} (sha256 {recipe['model_sha256'][:12]}…), "
        f"engine {recipe['engine']}, beam {recipe['beam']}, length penalty {recipe['length_penalty']:g}",
        style="dim",
        markup=False,
    )
