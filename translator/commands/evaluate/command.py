"""``translator evaluate``: what is scored, with what, and where the report goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import engine_named, json_line, open_output, read_lines, stderr, stdout
from translator.commands.evaluate.asked import Asked, directions_named
from translator.commands.loaded import load
from translator.commands.options import with_settings
from translator.config import Direction
from translator.draw.language import say
from translator.errors import UsageError
from translator.files import corpus_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.evaluation.challenge import ChallengeResult
    from translator.evaluation.evaluate import Evaluation, Wanted
    from translator.evaluation.testset import EvalSet

Scored = list[tuple["Evaluation", "EvalSet"]]


@with_settings(Asked, defaults=True)
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="Parallel files: TSV, a Moses pair, TMX or JSONL, plain, .gz or .zst."),
    ] = None,
    **given: Any,
) -> None:
    """Measure a model, or translations made elsewhere: BLEU, chrF2++ and TER with sacreBLEU's signatures.

    Example: translator evaluate test.tsv --direction en-pt
    """
    asked = Asked(**given)
    files = files or []
    asked.verify(files)
    asked.search()
    sets = read_sets(files, directions_named(asked.direction), asked.reference or (), check=asked.check)
    from translator.evaluation.evaluate import Wanted
    from translator.evaluation.scores import RESAMPLES, load_comet

    comet = load_comet(asked.comet_model) if asked.comet else None
    wanted = Wanted(RESAMPLES if asked.interval else 0, asked.slices, asked.failures, comet, asked.batch_size)
    challenges: list[ChallengeResult] = []
    if asked.hypotheses:
        scored = _of_files(asked, sets[0], wanted)
    else:
        scored, sets = [], [over.first(asked.limit) for over in sets]
        for name in asked.systems():
            _run_model(name, asked, sets, wanted, scored, challenges)
    _write(asked, [evaluation for evaluation, _ in scored], challenges)
    if asked.card is not None:
        from translator.commands.evaluate.card import update_card

        update_card(asked.card, [evaluation for evaluation, _ in scored])
    if asked.against is not None:
        from translator.evaluation.comparison import falls

        worse = falls(scored, asked.against, asked.max_drop)
        for fall in worse:
            stderr().print(say(f"worse than {asked.against}: {fall}"), style="bold red", markup=False)
        if worse:
            raise typer.Exit(1)
        stderr().print(say(f"not surely worse than {asked.against}"), style="dim", markup=False)


def read_sets(
    files: Sequence[Path],
    directions: Sequence[Direction],
    references: Sequence[Path] = (),
    *,
    check: bool = True,
) -> list[EvalSet]:
    """Every file in every direction. Raises ``InputError`` or ``UsageError``."""
    from translator.evaluation.testset import check_language, read_set

    found = []
    for file in files:
        for direction in directions:
            over = read_set(file, direction, references)
            if len(directions) > 1 and len(over.references) > 1:
                raise UsageError(
                    f"{file} holds several references: one direction is needed",
                    "add --direction en-pt or --direction pt-en",
                )
            if check:
                check_language(over)
            found.append(over)
    return found


def _of_files(asked: Asked, whole: EvalSet, wanted: Wanted) -> Scored:
    """Score translations that were made elsewhere; a model is loaded only to judge failures."""
    from translator.evaluation.evaluate import evaluate_hypotheses
    from translator.evaluation.testset import check_hypotheses

    over = whole.first(asked.limit)
    judge = load(asked.systems()[0], engine_named(asked.engine)) if asked.failures else None
    found: Scored = []
    for path in asked.hypotheses or ():
        lines = list(read_lines(path))
        check_hypotheses(str(path), lines, whole)
        with stderr().status(say(f"scoring {path} …")):
            found.append((evaluate_hypotheses(str(path), over, lines[: asked.limit], wanted, judge=judge), over))
    return found


def _run_model(
    name: str,
    asked: Asked,
    sets: Sequence[EvalSet],
    wanted: Wanted,
    scored: Scored,
    challenges: list[ChallengeResult],
) -> None:
    """Evaluate one model on all there is; a direction it does not know is an error where it was asked for."""
    from translator.evaluation.challenge import read_challenge, run_challenge
    from translator.evaluation.evaluate import evaluate as run

    translator = load(name, engine_named(asked.engine))
    known = directions_named(asked.direction)
    if len(known) > 1:
        known = tuple(d for d in known if d in translator.folder.directions)
    with _progress() as begun:
        for over in (over for over in sets if over.direction in known):
            done = begun(f"{name}, {over.direction}", len(over.sources))
            result = run(translator, name, over, asked.search(), wanted, done)
            scored.append((result, over))
            _write_translations(asked, result, sets)
        if asked.challenge:
            items = read_challenge(corpus_file("challenge"), known)
            done = begun(say(f"{name}, challenge"), len(items))

            def translate(sources: Sequence[str], direction: Direction) -> list[str]:
                found = translator.translate_batch(sources, direction, asked.search(), done=done)
                return [translation.target for translation in found]

            challenges.append(run_challenge(name, items, translate))


@contextmanager
def _progress() -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """What to call with a name and how many there are; it gives what to call with how many more are done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = stderr()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield lambda name, total: partial(bar.advance, bar.add_task(name, total=total))


def _write_translations(asked: Asked, result: Evaluation, sets: Sequence[EvalSet]) -> None:
    """Into the file of ``--output``; where there are several, each into one of its own."""
    if asked.output is None:
        return
    parts = [asked.output.name]
    if len(asked.systems()) > 1:
        parts.append(Path(result.system).name)
    if len({over.name for over in sets}) > 1:
        parts.append(Path(result.file).name)
    if len({over.direction for over in sets}) > 1:
        parts.append(result.direction)
    with open_output(asked.output.with_name(".".join(parts)), force=asked.force) as place:
        place.writelines(line + "\n" for line in result.hypotheses)


def _write(asked: Asked, found: Sequence[Evaluation], challenges: Sequence[ChallengeResult]) -> None:
    """The report, wherever it was asked to go."""
    from translator.commands.evaluate.report import report_json, sections, title_of
    from translator.draw.report import markdown, print_report
    from translator.draw.report_html import page

    if asked.as_json:
        print(json_line(report_json(found, challenges, full=asked.full)))
    else:
        print_report(stdout(), sections(found, challenges, terminal=True))
    whole = sections(found, challenges) if asked.markdown or asked.html else []
    for path, write in ((asked.markdown, markdown), (asked.html, page)):
        if path is not None:
            with open_output(path, force=asked.force) as file:
                file.write(write(title_of(found, challenges), whole))
