"""``translator align-eval``: alignment error rate of every layer and head, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.calibrate import NOT_STORED, STORED
from translator.commands.console import json_line, stderr, stdout
from translator.commands.options import Json, Model
from translator.draw.language import figure, say, told
from translator.draw.text import fit, joined, wrapped
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from translator.config import ModelConfig
    from translator.evaluation.alignment import AlignmentScore, Gold, HeadScore, Tried
    from translator.explain.align import AlignmentChoice, Passes

_SHOWN = 5  # ways of the search that are printed
_ROWS = {"predicted": "prediction rows", "read": "reading rows"}
_LEGEND = (
    "en-pt, pt-en: AER of that pass alone, each word linked to the one it looked at most. AER, precision, recall: of "
    "attention alone, by the choice's rule, with this layer and head in it. other rows: the same AER with the rows of "
    "the other decoder step. *: the choice."
)
_WIDTH = 78


def align_eval(
    gold: Annotated[Path, typer.Argument(help="English, tab, Portuguese, tab, links: 0-0 1-2 …; tokens at spaces.")],
    model: Model = DEFAULT_MODEL,
    search: Annotated[
        bool, typer.Option("--search", help="Choose layer, head, rule and threshold on this file: dev, never test.")
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Search, and keep the choice in the model's config.json.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure word alignments against gold: error rate (AER), precision and recall.

    Without --search or --store the choice kept in the model is measured, as it should be on a test file.

    Example: translator align-eval dev.tsv --store && translator align-eval test.tsv
    """
    from translator.evaluation import alignment
    from translator.explain.align import alignment_choice, default_choice
    from translator.files import model_folder
    from translator.model.checkpoint import load_checkpoint
    from translator.model.folder import update_info

    sentences = alignment.read_gold(gold)
    checkpoint = load_checkpoint(model_folder(model))
    shape = checkpoint.shape
    with stderr().status(say("reading attention …")):
        passes = alignment.read_gold_passes(checkpoint.model, checkpoint.subwords, checkpoint.directions, sentences)
    tried: list[alignment.Tried] = []
    if search or store:
        tried = _search(passes, sentences, shape)
        choice, origin = tried[0].choice, "chosen on this file: its error is not that of new text"
    else:
        kept = alignment_choice(checkpoint)
        choice = kept or default_choice(shape)
        origin = "kept in the model" if kept else "fallback: nothing is kept in the model, see --store"
    heads = alignment.head_scores(passes, sentences, choice, shape)
    if tried:
        choice = replace(choice, best=alignment.best_picture(heads))
    score = alignment.score_choice(passes, sentences, choice)
    if store:
        measured = {"aer": round(score.aer, 4), "sentences": len(sentences), "sure_links": score.sure}
        update_info(checkpoint, {"alignment": choice.to_dict() | measured})
    chosen = alignment.Tried(choice, score)
    if as_json:
        head = {"file": str(gold), "sentences": len(sentences), "model_sha256": checkpoint.hashes["model.safetensors"]}
        print(json_line(head | _plain(chosen, heads, tried)))
        return
    console = stdout()
    size = say(f"{len(sentences):,} sentence pairs, {score.sure:,} sure links")
    console.print(f"{fit(gold.name, 40)}: {size}", markup=False)
    _print(console, chosen, heads, tried, origin, shape.heads)
    if tried:
        console.print(say(STORED if store else NOT_STORED), style="dim")


def _search(passes: list[Passes], gold: list[Gold], shape: ModelConfig) -> list[Tried]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from translator.evaluation.alignment import search

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("searching")
        return search(passes, gold, shape, lambda done, total: bar.update(task, completed=done, total=total))


def _print(
    console: Console, chosen: Tried, heads: Sequence[HeadScore], tried: Sequence[Tried], origin: str, count: int
) -> None:
    """Every head, the best ways that were tried, and the choice; ``count`` is how many heads a layer has."""
    score, choice = chosen.score, chosen.choice
    console.print(_table(heads, choice))
    console.print(joined(wrapped(say(_LEGEND), _WIDTH, "dim")))
    for way in tried[:_SHOWN]:
        console.print(f"{figure(f'{way.score.aer:.3f}')}  {_name(way.choice, count)}")
    if tried:
        console.print(say(f"the best {_SHOWN} of {len(tried)} ways tried"), style="dim")
    console.print(f"\n{_name(choice, count)}", style="bold")
    console.print(say(origin), style="dim")
    console.print(told(f"AER        {score.aer:.3f}  (0 is perfect)"))
    console.print(say(f"precision  {score.precision:.3f}  ({score.found_possible:,} of {score.found:,} links)"))
    console.print(say(f"recall     {score.recall:.3f}  ({score.found_sure:,} of {score.sure:,} sure links)"))
    if choice.best:
        layer, head = choice.best
        console.print(say(f"best head  {head + 1} of layer {layer + 1}: the one to draw alone"))


def _name(choice: AlignmentChoice, heads: int) -> str:
    """A way to make links in words."""
    head = f"mean of {heads} heads" if choice.head is None else f"head {choice.head + 1}/{heads}"
    rule = choice.rule if choice.rule == "mutual" else f"{choice.rule} {choice.threshold:g}"
    parts = [f"layer {choice.layer + 1}", head, _ROWS[choice.row], choice.combine, rule]
    return ", ".join(map(say, parts + ([f"{choice.similarity:.0%} alike"] if choice.similarity else [])))


def _table(heads: Sequence[HeadScore], choice: AlignmentChoice) -> Table:
    """A row a head and one a layer's mean; the way in use is marked with *."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["layer", "head", *heads[0].single, "AER", "precision", "recall", "other rows"]:
        table.add_column(say(name), justify="right", no_wrap=True)
    for one in heads:
        used = (one.layer, one.head) == (choice.layer, choice.head)
        name = (say("mean") if one.head is None else str(one.head + 1)) + ("*" if used else " ")
        errors = [*(score.aer for score in one.single.values()), one.both.aer]
        numbers = [figure(f"{value:.3f}") for value in (*errors, one.both.precision, one.both.recall, one.shifted.aer)]
        is_last = one.head is None  # of its layer
        table.add_row(str(one.layer + 1), name, *numbers, style="bold" if used else "", end_section=is_last)
    return table


def _plain(chosen: Tried, heads: Sequence[HeadScore], tried: Sequence[Tried]) -> dict[str, Any]:
    """The same as plain data; layers and heads count from 1, the mean of a layer's heads is ``null``."""
    return {
        "choice": chosen.choice.to_dict(),
        "score": _score(chosen.score),
        "heads": [
            {
                "layer": one.layer + 1,
                "head": None if one.head is None else one.head + 1,
                "one_pass": {direction: _score(score) for direction, score in one.single.items()},
                "all_passes": _score(one.both),
                "other_rows": _score(one.shifted),
            }
            for one in heads
        ],
        "tried": [one.choice.to_dict() | _score(one.score) for one in tried],
    }


def _score(score: AlignmentScore) -> dict[str, Any]:
    rates = {name: round(getattr(score, name), 6) for name in ("aer", "precision", "recall")}
    return rates | {"found": score.found, "sure": score.sure}
