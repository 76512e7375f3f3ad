"""Alignment error rates of every layer and head as a table of 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from translator.evaluation.alignment import AlignmentScore, HeadScore, Tried
from translator.explain.align import AlignmentChoice

_SHOWN = 5  # ways of the search that are printed
_ROWS = {"predicted": "prediction", "read": "reading"}
_LEGEND = """\
en-pt, pt-en: AER of that pass alone, each word linked to the one it looked at
most. AER, precision, recall: by the choice, with this layer and head in it.
other rows: the same AER with the rows of the other decoder step. *: the choice."""


def show(
    console: Console, chosen: Tried, heads: Sequence[HeadScore], tried: Sequence[Tried], origin: str, count: int
) -> None:
    """Every head, the best ways that were tried, and the choice; ``count`` is how many heads a layer has."""
    score, choice = chosen.score, chosen.choice
    console.print(_table(heads, choice))
    console.print(_LEGEND, style="dim")
    for way in tried[:_SHOWN]:
        console.print(f"{way.score.aer:.3f}  {_name(way.choice, count)}")
    if tried:
        console.print(f"the best {_SHOWN} of {len(tried)} ways tried", style="dim")
    console.print(f"\n{_name(choice, count)}", style="bold")
    console.print(origin, style="dim")
    console.print(f"AER        {score.aer:.3f}  (0 is perfect)")
    console.print(f"precision  {score.precision:.3f}  ({score.found_possible:,} of {score.found:,} links)")
    console.print(f"recall     {score.recall:.3f}  ({score.found_sure:,} of {score.sure:,} sure links)")
    if choice.best:
        layer, head = choice.best
        console.print(f"best head  {head + 1} of layer {layer + 1}: the one to draw alone")


def _name(choice: AlignmentChoice, heads: int) -> str:
    """A way to make links in words."""
    head = f"mean of {heads} heads" if choice.head is None else f"head {choice.head + 1}/{heads}"
    rule = choice.rule if choice.rule == "mutual" else f"{choice.rule} from {choice.threshold:g}"
    return f"layer {choice.layer + 1}, {head}, rows of {_ROWS[choice.row]}, {choice.combine}, {rule}"


def _table(heads: Sequence[HeadScore], choice: AlignmentChoice) -> Table:
    """A row a head and one a layer's mean; the way in use is marked with *."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["layer", "head", *heads[0].single, "AER", "precision", "recall", "other rows"]:
        table.add_column(name, justify="right", no_wrap=True)
    for one in heads:
        used = (one.layer, one.head) == (choice.layer, choice.head)
        name = ("mean" if one.head is None else str(one.head + 1)) + ("*" if used else " ")
        errors = [*(score.aer for score in one.single.values()), one.both.aer]
        numbers = [f"{value:.3f}" for value in (*errors, one.both.precision, one.both.recall, one.shifted.aer)]
        is_last = one.head is None  # of its layer
        table.add_row(str(one.layer + 1), name, *numbers, style="bold" if used else "", end_section=is_last)
    return table


def plain(chosen: Tried, heads: Sequence[HeadScore], tried: Sequence[Tried]) -> dict[str, Any]:
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
