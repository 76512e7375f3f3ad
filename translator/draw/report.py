"""A report in sections: tables, bars, heat maps and cards of text, written to a terminal or as Markdown.

What a section holds is plain text and numbers; the writers know nothing of what is reported, and say it in the language
that is spoken. ``report_html`` writes the same sections as a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from translator.draw.cosines import Grid, blocks
from translator.draw.language import figure, told
from translator.draw.text import bar, joined, left
from translator.text.normalise import visible

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | Sequence[tuple[str, str]]
"""Text, or runs of it, each with a key of ``_STYLES``."""
_STYLES = {"": "", "gone": "red strike", "new": "bold green", "dim": "dim"}
_MARKS = {"": "", "gone": "~~", "new": "**", "dim": ""}  # around a run in Markdown
_LABEL = 28  # cells of a bar's label, at most
_SHORT = 24  # characters that are not broken over lines in a table


class Own(str):
    """A user's own word, a model called "mean": it is said as it is in every language."""

    __slots__ = ()


@dataclass(frozen=True)
class Bars:
    """A bar a value, and where ``low`` and ``high`` are given the interval round each."""

    labels: Sequence[str]
    values: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    marks: Sequence[float] = ()  # a value each should be compared with: drawn as a line across the bar
    digits: int = 1
    title: str = ""

    @property
    def most(self) -> float:
        """The right end of the scale, which begins at 0."""
        return max([1e-9, *self.values, *self.high, *self.marks])


@dataclass(frozen=True)
class Card:
    """Something told in a few named lines; ``columns`` stand side by side where there is room."""

    head: str
    entries: Sequence[tuple[str, Cell]] = ()
    columns: Sequence[Sequence[tuple[str, Cell]]] = ()

    @property
    def lines(self) -> list[tuple[str, Cell]]:
        """All of them, one under the other."""
        return [*self.entries, *chain.from_iterable(self.columns)]


@dataclass(frozen=True)
class Section:
    """A heading, and what stands under it."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    notes: Sequence[str] = ()
    plots: Sequence[Bars | Grid] = ()
    cards: Sequence[Card] = ()
    words: int = 1  # columns of text, from the left; the others hold numbers
    drawn: bool = True  # in the terminal too; False where a plot would only repeat the table


def plain(cell: Cell) -> str:
    """The text of ``cell``."""
    return cell if isinstance(cell, str) else "".join(text for text, _ in cell)


def word_differences(first: str, second: str) -> tuple[Cell, Cell]:
    """Both texts, with the words that only one of them has marked: ``gone`` in the first, ``new`` in the second."""
    a, b = first.split(), second.split()
    sides: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for side, words, style in ((sides[0], a[i:j], "gone"), (sides[1], b[k:m], "new")):
            if words:
                side.append(((" " if side else "") + " ".join(words), "" if kind == "equal" else style))
    return sides


def said(sections: Sequence[Section]) -> list[Section]:
    """The same in the language that is spoken, numbers too: all but runs, what cards hold, and a user's own."""
    return [
        replace(
            section,
            title=_told(section.title),
            columns=[_told(name) for name in section.columns],
            rows=[[_told(cell) if isinstance(cell, str) else cell for cell in row] for row in section.rows],
            notes=[_told(note) for note in section.notes],
            plots=[_spoken_plot(plot) for plot in section.plots],
            cards=[
                replace(
                    card,
                    entries=[(told(name), cell) for name, cell in card.entries],
                    columns=[[(told(name), cell) for name, cell in column] for column in card.columns],
                )
                for card in section.cards
            ],
        )
        for section in sections
    ]


def _told(text: str) -> str:
    return text if isinstance(text, Own) else told(text, own=False)


def _spoken_plot(plot: Bars | Grid) -> Bars | Grid:
    if isinstance(plot, Bars):
        return replace(plot, labels=[_told(label) for label in plot.labels], title=_told(plot.title))
    return replace(plot, rows=[told(name) for name in plot.rows], title=_told(plot.title))


def print_report(console: Console, sections: Sequence[Section]) -> None:
    """Write ``sections`` to a terminal, no wider than it is."""
    for number, section in enumerate(said(sections)):
        if number:
            console.print()
        if section.rows:
            console.print(_table(section))
        else:
            console.print(visible(section.title), style="bold", markup=False)
        for plot in section.plots if section.drawn else ():
            if isinstance(plot, Bars):
                console.print(_bars(plot, console.width))
            else:
                console.print(joined(list(chain.from_iterable(blocks(plot, console.width)))))
        for card in section.cards:
            console.print(f"\n{visible(card.head)}", markup=False, style="bold")
            room = max((len(name) for name, _ in card.lines), default=0) + 2
            for name, cell in card.lines:
                console.print(Text(f"  {name:<{room}}", "dim").append_text(_text(cell)))
        for note in section.notes:
            console.print(visible(note), style="dim", markup=False)


def _table(section: Section) -> Table:
    table = Table(title=visible(section.title), title_justify="left", title_style="bold")
    for k, name in enumerate(section.columns):
        is_short = max(len(plain(row[k])) for row in section.rows) <= _SHORT
        justify = "left" if k < section.words else "right"
        table.add_column(visible(name), justify=justify, overflow="fold", no_wrap=is_short)  # type: ignore[arg-type]
    for row in section.rows:
        table.add_row(*map(_text, row))
    return table


def _text(cell: Cell) -> Text:
    if isinstance(cell, str):
        return Text(visible(cell))
    return Text.assemble(*((visible(text), _STYLES[kind]) for text, kind in cell))


def _bars(bars: Bars, width: int) -> Text:
    """A line a bar: label, bar, digits, and what it is compared with."""
    label = min(_LABEL, max(map(len, bars.labels), default=0))
    digits = max((len(f"{value:,.{bars.digits}f}") for value in bars.values), default=0)
    room = max(10, min(50, width - label - digits - 12))
    lines = [Text(visible(bars.title), "dim")] if bars.title else []
    for k, value in enumerate(bars.values):
        number = f"{value:>{digits},.{bars.digits}f}"
        if bars.marks:
            number += f" | {bars.marks[k]:,.{bars.digits}f}"
        elif bars.low:
            number += f" ±{(bars.high[k] - bars.low[k]) / 2:,.{bars.digits}f}"
        line = Text(f"{left(visible(bars.labels[k]), label)} ")
        drawn = bar(value / bars.most, room)
        if bars.marks:
            at = min(room - 1, int(bars.marks[k] / bars.most * room))
            drawn = drawn[:at] + "|" + drawn[at + 1 :]
        lines.append(line.append(drawn, "blue").append(f" {figure(number)}"))
    return joined(lines)


def _escaped(text: str) -> str:
    """``text`` so that Markdown shows it as it is."""
    shown = "".join("\\" + c if c in r"\`*_[]<>|~#" else c for c in visible(text))
    return " ".join(shown.split())


def markdown(title: str, sections: Sequence[Section]) -> str:
    """``sections`` as a Markdown document."""
    parts = [f"# {_escaped(told(title))}", ""]
    for section in said(sections):
        parts += [f"## {_escaped(section.title)}", ""]
        if section.rows:
            rule = ["---"] * section.words + ["---:"] * (len(section.columns) - section.words)
            head, *cells = ([_marked(cell) for cell in row] for row in [section.columns, *section.rows])
            parts += ["| " + " | ".join(row) + " |" for row in [head, rule, *cells]] + [""]
        for card in section.cards:
            parts += [f"**{_escaped(card.head)}**", ""]
            parts += [*(f"- {_escaped(name)}: {_marked(cell)}" for name, cell in card.lines), ""]
        for note in section.notes:
            parts += [_escaped(note), ""]
    return "\n".join(parts)


def _marked(cell: Cell) -> str:
    if isinstance(cell, str):
        return _escaped(cell)
    runs = ((" " if text.startswith(" ") else "", _MARKS[kind], _escaped(text)) for text, kind in cell)
    return "".join(f"{space}{mark}{text}{mark}" for space, mark, text in runs)
