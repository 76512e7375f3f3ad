"""Alignment error rates of every layer and head as a table of 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from translator.config import Direction
from translator.evaluation.alignment import AlignmentScore, HeadScore, Tried
from translator.explain.align import AlignmentChoice

_ROWS = {"predicted": "prediction", "read": "reading"}


def choice_name(choice: AlignmentChoice, heads: int) -> str:
    """A way to make links in words."""
    head = f"mean of {heads} heads" if choice.head is None else f"head {choice.head + 1}/{heads}"
    rule = choice.rule if choice.rule == "mutual" else f"{choice.rule} {choice.threshold:g}"
    half = f", {choice.similarity:.0%} alike" if choice.similarity else ""
    return f"layer {choice.layer + 1}, {head}, {_ROWS[choice.row]} rows, {choice.combine}, {rule}{half}"


def heads_table(heads: Sequence[HeadScore], choice: AlignmentChoice) -> Table:
    """A row a head and one a layer's mean; the way in use is marked with *."""
    directions: list[Direction] = list(heads[0].single)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["layer", "head", *directions, "AER", "precision", "recall", "other rows"]:
        table.add_column(name, justify="right", no_wrap=True)
    for index, one in enumerate(heads):
        used = (one.layer, one.head) == (choice.layer, choice.head)
        name = ("mean" if one.head is None else str(one.head + 1)) + ("*" if used else " ")
        single = [f"{one.single[d].aer:.3f}" for d in directions]
        both = [f"{value:.3f}" for value in (one.both.aer, one.both.precision, one.both.recall, one.shifted.aer)]
        is_last = index + 1 == len(heads) or heads[index + 1].layer != one.layer
        table.add_row(str(one.layer + 1), name, *single, *both, style="bold" if used else "", end_section=is_last)
    return table


def score_plain(score: AlignmentScore) -> dict[str, Any]:
    """A score as plain data."""
    return {
        "aer": round(score.aer, 6),
        "precision": round(score.precision, 6),
        "recall": round(score.recall, 6),
        "found": score.found,
        "sure": score.sure,
    }


def heads_plain(heads: Sequence[HeadScore]) -> list[dict[str, Any]]:
    """Every head as plain data; layers and heads count from 1, the mean of a layer's heads is ``null``."""
    return [
        {
            "layer": one.layer + 1,
            "head": None if one.head is None else one.head + 1,
            "one_pass": {direction: score_plain(score) for direction, score in one.single.items()},
            "all_passes": score_plain(one.both),
            "other_rows": score_plain(one.shifted),
        }
        for one in heads
    ]


def tried_plain(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """Every way that was tried, the best first."""
    return [one.choice.to_dict() | score_plain(one.score) for one in tried]
