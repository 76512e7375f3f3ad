"""``translator align-eval``: alignment error rate of every layer and head, and the choice among them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import json_line, stderr, stdout
from translator.commands.options import Json, Model
from translator.files import DEFAULT_MODEL


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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from translator.commands.align_eval import view
    from translator.draw.text import fit
    from translator.evaluation import alignment
    from translator.explain.align import alignment_choice, default_choice
    from translator.files import model_folder
    from translator.model.checkpoint import load_checkpoint
    from translator.model.folder import update_info

    sentences = alignment.read_gold(gold)
    checkpoint = load_checkpoint(model_folder(model))
    shape = checkpoint.shape
    with stderr().status("reading attention …"):
        passes = alignment.read_gold_passes(checkpoint.model, checkpoint.subwords, checkpoint.directions, sentences)
    tried: list[alignment.Tried] = []
    if search or store:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=stderr(), transient=True) as bar:
            done = partial(bar.update, bar.add_task("searching"))
            tried = alignment.search(passes, sentences, shape, lambda n, total: done(completed=n, total=total))
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
        print(json_line(head | view.plain(chosen, heads, tried)))
        return
    console = stdout()
    console.print(f"{fit(gold.name, 40)}: {len(sentences):,} sentence pairs, {score.sure:,} sure links", markup=False)
    view.show(console, chosen, heads, tried, origin, shape.heads)
    if tried:
        console.print(
            "stored in the model" if store else "not stored: add --store to keep it in the model", style="dim"
        )
