"""The challenge set: small sentences, each with one thing to get right, judged by patterns and told by phenomenon.

A line of the file is ``phenomenon<TAB>direction<TAB>source<TAB>accepted<TAB>refused<TAB>example``. The patterns are
regular expressions, several apart by `` ;; ``; capitals do not count. A translation is right if every accepted pattern
is found in it and no refused one; the example, a right translation, shows that this can be done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from translator.config import Direction
from translator.corpus.pairs import read_lines_of
from translator.errors import InputError
from translator.text.normalise import normalise

_APART = " ;; "
_COLUMNS = ("phenomenon", "direction", "source", "accepted", "refused", "example")


@dataclass(frozen=True)
class Item:
    """One thing to get right."""

    line: int  # in the file
    phenomenon: str
    direction: Direction
    source: str
    accepted: tuple[re.Pattern[str], ...]
    refused: tuple[re.Pattern[str], ...]
    example: str


@dataclass(frozen=True)
class ChallengeResult:
    """What one system made of all items."""

    system: str
    items: list[Item]
    translations: list[str]

    @property
    def is_right(self) -> list[bool]:
        """Item by item."""
        return [right(item, text) for item, text in zip(self.items, self.translations, strict=True)]

    def shares(self, direction: Direction | None = None) -> dict[str, tuple[int, int]]:
        """Right ones and all of them, a phenomenon, in the order of the file; of one direction, or of both."""
        found: dict[str, list[bool]] = {}
        for item, ok in zip(self.items, self.is_right, strict=True):
            if direction in (None, item.direction):
                found.setdefault(item.phenomenon, []).append(ok)
        return {name: (sum(every), len(every)) for name, every in found.items()}


def read_challenge(path: Path, directions: Sequence[Direction] = ("en-pt", "pt-en")) -> list[Item]:
    """The items of a challenge file in these directions. Raises ``InputError`` naming the line that is none."""
    items = [_item(path, number, line) for number, line, _ in read_lines_of(path) if line and not line.startswith("#")]
    kept = [item for item in items if item.direction in directions]
    if not kept:
        raise InputError(f"{path} holds no item for {' and '.join(directions)}", f"a line is {'<TAB>'.join(_COLUMNS)}")
    return kept


def _item(path: Path, number: int, line: str) -> Item:
    where = f"{path}, line {number}"
    columns = line.split("\t")
    if len(columns) != len(_COLUMNS):
        raise InputError(f"{where}: {len(columns)} columns, expected {len(_COLUMNS)}", "<TAB>".join(_COLUMNS))
    phenomenon, direction, source, accepted, refused, example = columns
    if direction not in ("en-pt", "pt-en"):
        raise InputError(f"{where}: {direction!r} is no direction", "directions: en-pt, pt-en")
    if not source or not accepted:
        raise InputError(f"{where}: no {'source' if accepted else 'accepted pattern'}")
    try:
        good, bad = (
            tuple(re.compile(part, re.IGNORECASE) for part in cell.split(_APART) if part)
            for cell in (accepted, refused)
        )
    except re.error as error:
        raise InputError(f"{where}: {error.pattern!r} is no regular expression: {error}") from error
    return Item(number, phenomenon, cast("Direction", direction), source, good, bad, example)


def right(item: Item, translation: str) -> bool:
    """Whether the translation gets the one thing right; curly quotes count as straight ones."""
    text = normalise(translation).replace("’", "'")
    return all(p.search(text) for p in item.accepted) and not any(p.search(text) for p in item.refused)


def run_challenge(
    system: str, items: Sequence[Item], translate: Callable[[Sequence[str], Direction], list[str]]
) -> ChallengeResult:
    """Let ``translate`` have the sources of each direction together."""
    texts: dict[int, str] = {}
    for direction in dict.fromkeys(item.direction for item in items):
        rows = [k for k, item in enumerate(items) if item.direction == direction]
        texts |= zip(rows, translate([items[k].source for k in rows], direction), strict=True)
    return ChallengeResult(system, list(items), [texts[k] for k in range(len(items))])
