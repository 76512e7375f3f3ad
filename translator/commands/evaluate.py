"""``translator evaluate``: BLEU, chrF2++ and TER of a model on a parallel file."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from translator.commands.console import engine_named, open_output, read_lines, stderr, stdout
from translator.commands.options import Beam, Engine, Force, Json, Model
from translator.config import Direction, SearchConfig
from translator.errors import InputError, UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.evaluation.evaluate import Evaluation
    from translator.evaluation.scores import Score

__all__ = ["evaluate", "hypotheses_of", "sides"]

_RESAMPLES = 1000


def evaluate(
    file: Annotated[Path, typer.Argument(help="Parallel file: English<TAB>Portuguese a line, plain or .gz.")],
    model: Model = DEFAULT_MODEL,
    direction: Annotated[str, typer.Option(metavar="en-pt|pt-en|both", help="Which way to translate.")] = "both",
    beam: Beam = SearchConfig.beam,
    length_penalty: Annotated[float, typer.Option(help="GNMT length penalty.")] = SearchConfig.length_penalty,
    engine: Engine = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Sentences searched together.")] = 32,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many pairs.")] = None,
    hypotheses: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Score this file of translations, a line each, instead of a model's own."),
    ] = None,
    interval: Annotated[bool, typer.Option(help="Tell the 95 % interval, by bootstrap.")] = True,
    against: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="An earlier --json: exit 1 if BLEU fell by more than --max-drop."),
    ] = None,
    max_drop: Annotated[
        float, typer.Option(metavar="X", help="Of --against, BLEU; a fall within the interval passes.")
    ] = 0.5,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the translations here; with both directions, .en-pt and .pt-en are added."
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure a model: BLEU, chrF2++ and TER with their sacreBLEU signatures, and speed.

    Example: translator evaluate test.tsv --direction en-pt
    """
    directions: dict[str, list[Direction]] = {"en-pt": ["en-pt"], "pt-en": ["pt-en"], "both": ["en-pt", "pt-en"]}
    if direction not in directions:
        raise UsageError(f"--direction {direction}: unknown direction", "directions: en-pt, pt-en, both")
    if hypotheses:
        _score_files(file, direction, hypotheses, limit, interval, as_json, against, max_drop)
        return
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
            result = run(
                translator,
                pairs,
                one,
                config,
                batch_size=batch_size,
                done=done,
                resamples=_RESAMPLES if interval else 0,
            )
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
    _gate({result.direction: result.scores for result in results}, against, max_drop)


def sides(file: Path, direction: str) -> tuple[list[str], list[str]]:
    """Sources and references of a parallel file. Raises ``UsageError`` or ``InputError``."""
    if direction not in ("en-pt", "pt-en"):
        raise UsageError(f"--direction {direction}: one direction is needed", "en-pt or pt-en")
    from translator.corpus.pairs import read_pairs

    pairs = list(read_pairs(file))
    english, portuguese = [pair.en for pair in pairs], [pair.pt for pair in pairs]
    return (english, portuguese) if direction == "en-pt" else (portuguese, english)


def hypotheses_of(name: str, sources: list[str], direction: str) -> list[str]:
    """The translations of ``sources`` that a file holds, or that a model of that name gives.

    Raises ``InputError`` if the file has not a line for each source.
    """
    if not Path(name).is_file():
        from translator.translation import Translator

        found = Translator.load(name).translate_batch(sources, cast("Direction", direction))
        return [translation.target for translation in found]
    lines = list(read_lines(Path(name)))
    if len(lines) != len(sources):
        raise InputError(
            f"{name} has {len(lines):,} lines, the test set {len(sources):,} sentences",
            "a line of it must translate the sentence of the same number",
        )
    return lines


def _score_files(
    file: Path,
    direction: str,
    paths: list[Path],
    limit: int | None,
    interval: bool,
    as_json: bool,
    against: Path | None,
    max_drop: float,
) -> None:
    """Score translations that were made elsewhere."""
    sources, references = sides(file, direction)
    from translator.evaluation.scores import score_translations

    found = {}
    for path in paths:
        lines = hypotheses_of(str(path), sources, direction)
        with stderr().status("scoring …"):
            found[str(path)] = score_translations(lines[:limit], references[:limit], _RESAMPLES if interval else 0)
    if as_json:
        rows = [{"hypotheses": name, "scores": _scores(scores)} for name, scores in found.items()]
        print(json.dumps({"file": str(file), "direction": direction, "results": rows}))
    else:
        from rich.table import Table

        table = Table("translations", title=f"{file}, {direction}", title_justify="left")
        for score in next(iter(found.values())):
            table.add_column(score.name, justify="right")
        for name, scores in found.items():
            table.add_row(name, *(_told(score) for score in scores))
        stdout().print(table)
        for score in next(iter(found.values())):
            stdout().print(f"{score.name}: {score.signature}", style="dim", markup=False)
    _gate({direction: next(iter(found.values()))}, against, max_drop)


def _gate(found: dict[str, list[Score]], against: Path | None, max_drop: float) -> None:
    """Raises ``typer.Exit`` with 1 where BLEU fell by more than ``max_drop`` since ``against``, beyond chance."""
    if against is None:
        return
    try:
        before = json.loads(against.read_text("utf-8"))
        told = {r.get("direction", before.get("direction")): r["scores"]["BLEU"]["value"] for r in before["results"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{against} is no output of translator evaluate --json: {error}") from error
    worse = []
    for direction, scores in found.items():
        score, once = scores[0], told.get(direction)
        surely = score.interval is None or (once is not None and score.interval[1] < once)
        if once is not None and once - score.value > max_drop and surely:
            worse.append(f"{direction}: BLEU {once:.2f} → {score.value:.2f}")
    for line in worse:
        stderr().print(f"worse than {against}: {line}", style="bold red", markup=False)
    if worse:
        raise typer.Exit(1)


def _scores(scores: list[Score]) -> dict[str, dict[str, Any]]:
    return {
        s.name: {"value": round(s.value, 4), "signature": s.signature}
        | ({"interval": [round(bound, 4) for bound in s.interval]} if s.interval else {})
        for s in scores
    }


def _told(score: Score) -> str:
    return f"{score.value:.1f}" + (f" ± {score.margin:.1f}" if score.margin is not None else "")


def _plain(result: Evaluation) -> dict[str, Any]:
    return {
        "direction": result.direction,
        "sentences": result.sentences,
        "scores": _scores(result.scores),
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
        values = [_told(score) for score in result.scores]
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
