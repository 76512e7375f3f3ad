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
    """The words of ``source`` of which ``target`` says nothing; both in words. ``figures``: whether it has any."""
    rows = _rows(direction)
    asked = {word: rows[word] for word in _small(source) if word in rows}
    if not asked:
        return []
    there = set(_small(target))
    return [
        word
        for word, row in asked.items()
        if word not in there and not (row.figures and figures) and not any(map(row.said.fullmatch, there))
    ]


def _small(words: Iterable[str]) -> Iterable[str]:
    """Each in small letters, without "'s"; of what is joined by hyphens the parts too."""
    for word in words:
        small = word.lower().removesuffix("'s")
        yield small
        if "-" in small:
            yield from small.split("-")
