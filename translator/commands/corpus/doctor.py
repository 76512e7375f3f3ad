"""``translator corpus doctor``: what is wrong with parallel text, and the same text without it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import open_output, stderr, stdout
from translator.commands.options import Force, Json, Model
from translator.draw.language import say
from translator.errors import InputError, UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.corpus.doctor.exam import Examination, Plan
    from translator.corpus.doctor.fix import Score


def doctor(
    files: Annotated[list[Path], typer.Argument(help="Parallel files.", show_default=False)],
    dev: Annotated[list[Path] | None, typer.Option(help="A dev file no line may leak from; any number.")] = None,
    test: Annotated[list[Path] | None, typer.Option(help="A test file no line may leak from; any number.")] = None,
    fix: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the good pairs to this file.")] = None,
    dropped: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --fix: keep what is dropped: file, line, reason, pair.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Drop this kind too: near-duplicate, numbers, markup …")
    ] = None,
    keep: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Neither drop nor repair this kind.")] = None,
    longest: Annotated[int, typer.Option(min=1, help="Words a side may have.")] = 150,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0: one for every core.")] = 0,
    score: Annotated[bool, typer.Option("--score", help="List the pairs that a model finds least likely.")] = False,
    drop_worst: Annotated[
        float, typer.Option(min=0, max=0.99, help="With --fix: drop this share of the pairs, the least likely ones.")
    ] = 0.0,
    model: Model = DEFAULT_MODEL,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Examine a corpus: counts, misaligned or swapped lines, wrong language, duplicates, leakage; --fix cleans it.

    --score asks a model how likely each pair is, both ways; it finds what the words alone do not show.

    Example: translator corpus doctor mine.tsv --test test.tsv --fix clean.tsv --dropped dropped.tsv
    """
    from translator.commands.corpus.doctor_view import plain, show
    from translator.corpus.doctor.chunks import hold_out
    from translator.corpus.doctor.exam import plan_for
    from translator.corpus.files import STANDARD_STREAM

    if dropped and not fix:
        raise UsageError("--dropped needs --fix", "nothing is dropped without it")
    if drop_worst and not fix:
        raise UsageError("--drop-worst needs --fix", "nothing is dropped without it; --score lists the worst")
    measured = [*(dev or []), *(test or [])]
    _check_outputs([*files, *measured], fix, dropped)
    plan = plan_for(drop or [], keep or [], hold_out(measured), longest, jobs or os.cpu_count() or 1)
    by = model if score or drop_worst else None
    found = _examine(files, plan, fix, dropped, by=by, worst=drop_worst, force=force)
    to_stdout = fix == STANDARD_STREAM  # then it is what a pipe reads, and the report is for people
    if as_json:
        told = json.dumps(plain(found, plan), ensure_ascii=False)
        print(told, file=sys.stderr if to_stdout else sys.stdout)
        return
    console = stderr() if to_stdout else stdout()
    for part in show(found, plan, fix, dropped):
        console.print(part)


def _examine(
    files: list[Path], plan: Plan, out: Path | None, bad: Path | None, *, by: str | None, worst: float, force: bool
) -> Examination:
    """What is wrong with ``files``; the good pairs go to ``out`` and the others to ``bad``, and a model scores them,
    where there are such. Raises ``InputError`` where there is no pair."""
    from translator.corpus.doctor.exam import examine
    from translator.corpus.doctor.fix import fix
    from translator.corpus.writing import writing

    with ExitStack() as stack:
        status = stack.enter_context(stderr().status(say("examining …")))

        def tell(rows: int) -> None:
            status.update(say(f"examining … {rows:,} pairs"))

        if out or by:
            score = _scorer(by) if by else None
            put = stack.enter_context(writing(out, force=force)).write if out else None
            dropped = stack.enter_context(open_output(bad, force=force)) if bad else None
            folder = out.parent if out else None
            found = fix(files, plan, put, dropped, score=score, worst=worst, folder=folder, tell=tell)
        else:
            found = examine(files, plan, tell)
        if not found.rows:  # while what stood at ``out`` is still there
            raise InputError(f"{', '.join(map(str, files))}: no sentence pair", "each line is English<TAB>Portuguese")
        return found


def _scorer(model: str) -> Score:
    from translator.evaluation.likelihood import pair_scorer
    from translator.translation import Translator

    return pair_scorer(Translator.load(model))


def _check_outputs(inputs: list[Path], fix: Path | None, dropped: Path | None) -> None:
    """Raises ``UsageError`` where an output would take the place of an input, or of the other output.

    A Moses pair is two files, by whichever of its names it is given.
    """
    from translator.corpus.files import files_of, format_of

    fixed = files_of(fix, format_of(fix), to_write=True) if fix else ()
    outputs = [path.resolve() for path in (*fixed, *([dropped] if dropped else []))]
    if len(set(outputs)) < len(outputs):
        raise UsageError(f"--fix and --dropped are both {dropped}", "name two files")
    read = {file.resolve() for path in inputs for file in files_of(path, format_of(path))}
    for path in outputs:
        if path in read:
            raise UsageError(f"{path} is read; it cannot be written too", "name another file")
