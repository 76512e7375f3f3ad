"""``translator align-eval``: alignment error rate of every layer and head, and the choice among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import json_line, stderr, stdout
from translator.commands.options import Json, Model
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.evaluation.alignment import Gold, HeadScore, Tried
    from translator.explain.align import Passes
    from translator.model.checkpoint import Checkpoint

_SHOWN = 5  # ways of the search that are printed
_LEGEND = """\
en-pt, pt-en: AER of that pass alone, each word linked to the one it looked at
most. AER, precision, recall: of attention alone, by the choice's rule, with
this layer and head in it. other rows: the same AER with the rows of the other
decoder step. *: the choice."""


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
    from translator.evaluation.alignment import (
        Tried,
        best_picture,
        head_scores,
        read_gold,
        read_gold_passes,
        score_choice,
    )
    from translator.explain.align import alignment_choice, default_choice
    from translator.files import model_folder
    from translator.model.checkpoint import load_checkpoint
    from translator.model.folder import update_info

    sentences = read_gold(gold)
    checkpoint = load_checkpoint(model_folder(model))
    with stderr().status("reading attention …"):
        passes = read_gold_passes(checkpoint.model, checkpoint.subwords, checkpoint.directions, sentences)
    tried: list[Tried] = []
    if search or store:
        tried = _search(passes, sentences, checkpoint)
        choice, origin = tried[0].choice, "chosen on this file: its error is not that of new text"
    else:
        kept = alignment_choice(checkpoint)
        choice = kept or default_choice(checkpoint.shape)
        origin = "kept in the model" if kept else "fallback: nothing is kept in the model, see --store"
    heads = head_scores(passes, sentences, choice, checkpoint.shape)
    if tried:
        choice = replace(choice, best=best_picture(heads))
    score = score_choice(passes, sentences, choice)
    if store:
        measured = {"aer": round(score.aer, 4), "sentences": len(sentences), "sure_links": score.sure}
        update_info(checkpoint, {"alignment": choice.to_dict() | measured})
    if as_json:
        _print_json(gold, checkpoint, sentences, heads, Tried(choice, score), tried)
        return
    _print(gold, checkpoint, sentences, heads, Tried(choice, score), tried, origin)
    if tried:
        stdout().print(
            "stored in the model" if store else "not stored: add --store to keep it in the model", style="dim"
        )


def _search(passes: list[Passes], gold: list[Gold], checkpoint: Checkpoint) -> list[Tried]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from translator.evaluation.alignment import search

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("searching")
        return search(passes, gold, checkpoint.shape, lambda done, total: bar.update(task, completed=done, total=total))


def _print_json(
    gold: Path, checkpoint: Checkpoint, sentences: list[Gold], heads: list[HeadScore], chosen: Tried, tried: list[Tried]
) -> None:
    from translator.commands.align_eval.view import heads_plain, score_plain, tried_plain

    data = {
        "file": str(gold),
        "sentences": len(sentences),
        "model_sha256": checkpoint.hashes["model.safetensors"],
        "choice": chosen.choice.to_dict(),
        "score": score_plain(chosen.score),
        "heads": heads_plain(heads),
        "tried": tried_plain(tried),
    }
    print(json_line(data))


def _print(
    gold: Path,
    checkpoint: Checkpoint,
    sentences: list[Gold],
    heads: list[HeadScore],
    chosen: Tried,
    tried: list[Tried],
    origin: str,
) -> None:
    from translator.commands.align_eval.view import choice_name, heads_table
    from translator.draw.text import fit

    console = stdout()
    count = checkpoint.shape.heads
    score = chosen.score
    console.print(f"{fit(gold.name, 40)}: {len(sentences):,} sentence pairs, {score.sure:,} sure links", markup=False)
    console.print(heads_table(heads, chosen.choice))
    console.print(_LEGEND, style="dim")
    for way in tried[:_SHOWN]:
        console.print(f"{way.score.aer:.3f}  {choice_name(way.choice, count)}")
    if tried:
        console.print(f"the best {_SHOWN} of {len(tried)} ways tried", style="dim")
    console.print(f"\n{choice_name(chosen.choice, count)}", style="bold")
    console.print(origin, style="dim")
    console.print(f"AER        {score.aer:.3f}  (0 is perfect)")
    console.print(f"precision  {score.precision:.3f}  ({score.found_possible:,} of {score.found:,} links)")
    console.print(f"recall     {score.recall:.3f}  ({score.found_sure:,} of {score.sure:,} sure links)")
    if chosen.choice.best:
        layer, head = chosen.choice.best
        console.print(f"best head  {head + 1} of layer {layer + 1}: the one to draw alone")
