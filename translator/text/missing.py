"""Words that every translation says, and whether it does: days, parts of the day, weeks, months, numbers in words.

A small model loses such a word where the other language would rather put it elsewhere: of sentences that begin with
"Hoje", "Ontem" or "Amanhã", one in eight came out without it. ``missing.tsv`` has a row for words that mean the same,
and for what else may stand there ("hoje à noite" is "tonight"). What is often left out on purpose ("year", "hour",
"still") has none: of 290,000 pairs by people and machines, the rows find fault with one in 1,500.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from translator.config import Direction
from translator.text.late import late

_HUNDREDS = r"(?:\w+cent|duzent|trezent|quinhent)[oa]s"  # two hundred and one word


class _Row(NamedTuple):
    said: re.Pattern[str]  # what says it in the other language, a whole word
    figures: bool  # whether figures may say it: 8 a.m., 20


@cache
def _rows(direction: Direction) -> dict[str, _Row]:
    """By the words of the source's language."""
    found: dict[str, _Row] = {}
    for line in Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        english, portuguese, figures = (cells := line.split("\t"))[:2], cells[2:4], cells[4:]
        (ours, _), theirs = (english, portuguese) if direction == "en-pt" else (portuguese, english)
        if ours != "-":
            said = "|".join([*" ".join(theirs).split(), *([_HUNDREDS] if figures else [])])
            found |= dict.fromkeys(ours.split(), _Row(late(said), bool(figures)))
    return found


def missing(source: Sequence[str], target: Sequence[str], direction: Direction, *, figures: bool) -> list[str]:
    """The words of ``source`` of which ``target`` says nothing; both in words. ``figures``: whether it has those too.

    What stands there as it was is often a name (Domingo, Três Corações, Deep Space Nine), and nothing is said of it.
    """
    rows = _rows(direction)
    asked = {small: word for word in _parts(source) if (small := word.lower()) in rows}
    if not asked:
        return []
    there = {word.lower() for word in _parts(target)}
    return [
        word
        for small, word in asked.items()
        if small not in there
        and not (rows[small].figures and figures)
        and not any(map(rows[small].said.fullmatch, there))
    ]


def _parts(words: Iterable[str]) -> Iterable[str]:
    """Each without "'s"; of what is joined by hyphens the parts too."""
    for word in words:
        whole = word.removesuffix("'s")
        yield whole
        if "-" in whole:
            yield from whole.split("-")
