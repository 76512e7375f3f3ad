"""What a page of the tour is made of, in no language: paragraphs by name, tables, matrices of weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from translator.explain.tour import Side, TourData

MOST_ROWS = 12  # of a table
MOST_WORDS = 8  # rows and columns of a matrix
COMPONENTS = 4  # of a vector


@dataclass(frozen=True)
class Label:
    """A cell that is a word of the language: the key of its label, and what follows it."""

    key: str
    after: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the key of its heading (empty = none), and how its numbers are written."""

    key: str
    spec: str = ""  # of ``format``; "bar" draws a share from 0 to 1


@dataclass(frozen=True)
class Table:
    """Cells are text, numbers, labels, or ``None`` for nothing."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    left_out: int = 0  # rows that are not shown


@dataclass(frozen=True)
class Matrix:
    """Attention weights (rows, columns); what the columns lack of 1 is shown as the rest."""

    rows: Sequence[str]
    columns: Sequence[str]
    weights: np.ndarray
    mask: np.ndarray | None = None  # bool, True = may attend
    marked: int | None = None  # the row that is followed
    left_out: int = 0  # rows that are not shown


@dataclass(frozen=True)
class Prose:
    """Paragraphs of the page's texts, by the name of their block."""

    block: str
    facts: dict[str, Any] = field(default_factory=dict)


Block = Prose | Table | Matrix


@dataclass(frozen=True)
class Page:
    """One page: what stands on it, and the commands that lead deeper."""

    key: str
    blocks: Sequence[Block]
    commands: Sequence[Sequence[str]]  # words of each, without ``translator``


@dataclass(frozen=True)
class Found:
    """One translation that the search found."""

    text: str
    log_p: float  # nats, all tokens
    score: float  # log_p over the length penalty


@dataclass(frozen=True)
class Tour:
    """What every page is made from."""

    w: TourData
    source: str  # as the user wrote it
    as_read: str  # as the model reads it: with ordinary capitals, numbered slots for what it must not touch
    target: str
    direction: str  # "en-pt" or "pt-en"
    greedy: Found
    beam: int
    search: Callable[[], Sequence[Found]]  # with that beam, the best first

    @cached_property
    def found(self) -> Sequence[Found]:
        """What the wider search found."""
        return self.search()

    @property
    def seen(self) -> np.ndarray:
        """(S,) cross-attention of the last layer at the step followed, mean of the heads."""
        return np.asarray(self.w.cross_weights[-1, :, self.w.step].mean(axis=0))


def columns(specs: str) -> list[Column]:
    """Columns from ``key:spec`` each, a blank between; ``:bar`` has no heading."""
    return [Column(*spec.split(":")) for spec in specs.split()]


def about(sentence: str, *commands: str) -> list[list[str]]:
    """Commands that are about a sentence: it stands after the first word of each."""
    return [[command.split()[0], sentence, *command.split()[1:]] for command in commands]


def word_at(side: Side, index: int) -> str | None:
    """The word that begins at a token; nothing for the tokens that go on with it, or are special."""
    word = next((w for w in side.words if w.start == index), None)
    return None if word is None or word.text == side.pieces[index] else word.text


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Table:
    """As many rows as a page holds."""
    return Table(columns, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS))


def begin(vector: np.ndarray) -> list[Any]:
    """The first components of a vector, and its norm."""
    return [*(float(x) for x in vector[:COMPONENTS]), norm(vector)]


def component_columns(length: int) -> list[Column]:
    """Headings for what :func:`begin` gives."""
    return columns(" ".join([*(f"#{i + 1}:,.3f" for i in range(min(COMPONENTS, length))), "norm:,.2f"]))


def vectors(rows: Sequence[Sequence[Any]], length: int) -> Table:
    """A table of vectors of ``length``: a name each, then what :func:`begin` gives."""
    return Table([Column("vector"), *component_columns(length)], rows)


def norm(vector: np.ndarray) -> float:
    """Its length."""
    return float(np.linalg.norm(vector))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of the angle between two vectors; 0 if one of them is 0."""
    scale = norm(a) * norm(b)
    return float(a @ b) / scale if scale else 0.0


def around(index: int, count: int) -> list[int]:
    """At most ``MOST_WORDS`` neighbouring indices, ``index`` among them."""
    first = max(0, min(index - MOST_WORDS // 2, count - MOST_WORDS))
    return list(range(first, min(count, first + MOST_WORDS)))
