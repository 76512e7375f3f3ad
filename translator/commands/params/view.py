"""Parameters and multiply–adds by part: a table of text, and plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.language import say
from translator.draw.text import BOLD, DIM, hanging, left
from translator.explain.parameters import HeadCount, Part, Work

_UNITS = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3))
_NAME = 30  # cells
_NARROWEST = 80


@dataclass(frozen=True)
class Counts:
    """What is told of one model."""

    title: str
    parts: Sequence[Part]
    work: Sequence[Work]  # of the same parts
    head: HeadCount
    heads: int  # in a block
    blocks: int  # blocks of attention in the whole model
    biases: int  # parameters of all attention blocks that are no weights
    lengths: dict[str, int]  # tokens the multiply–adds are counted for, by name
    notes: str

    def plain(self) -> dict[str, Any]:
        """Every exact number as plain data."""
        total, block = sum(part.count for part in self.parts), self.heads * self.head.total
        attention = self.blocks * block + self.biases
        return {
            "total": total,
            "parts": {part.name: part.count for part in self.parts},
            "modules": {part.name: part.modules for part in self.parts},
            "head": dict.fromkeys(("query", "key", "value", "output"), self.head.each) | {"total": self.head.total},
            "block": block,
            "attention": attention,
            "attention_share": attention / total,
            "lengths": self.lengths,
            "multiply_adds": {work.name: work.total for work in self.work},
            "multiply_adds_total": sum(work.total for work in self.work),
        }


def short(number: int) -> str:
    """Three digits and a unit: ``"24.6 M"``; whole below a thousand."""
    for unit, size in _UNITS:
        value = number / size
        if value >= 0.9995:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{number} "


def counts_view(counts: Counts, width: int) -> Text:
    """The table, then what one head, one block and all attention come to, in ``width`` cells (80 at least)."""
    width, told = max(_NARROWEST, width), counts.plain()
    total, work = told["total"], told["multiply_adds_total"]

    def row(name: str, modules: str, count: int, adds: int) -> str:
        shares = f"{count / total:>8.1%}{short(adds):>11}{adds / work:>8.1%}"
        return f"{left(say(name), _NAME)}{modules:>6}{count:>17,}{shares}"

    share = say("share")
    head = f"{say('part'):<{_NAME}}{'×':>6}{say('parameters'):>17}{share:>8}{say('mult-adds'):>11}{share:>8}"
    rule = Text("─" * len(head), DIM)
    rows = [Text(row(p.name, f"{p.modules:,}", p.count, told["multiply_adds"][p.name])) for p in counts.parts]
    lines = [Text(head, DIM), rule, *rows, rule, Text(row("total", "", total, work), BOLD), Text()]
    h, blocks, block, attention = counts.head, counts.blocks, told["block"], told["attention"]
    down, up = f"{h.d_model:,}×{h.width:,}", f"{h.width:,}×{h.d_model:,}"
    biases = f" + {counts.biases:,} biases = {attention:,}" if counts.biases else ""
    for label, text in (
        ("one head", f"query {down} + key {down} + value {down} + output {up} = 4 × {h.each:,} = {h.total:,}"),
        ("one block", f"{counts.heads:,} heads × {h.total:,} = {block:,}"),
        (
            "attention",
            f"{blocks:,} blocks × {block:,} = {blocks * block:,}{biases}, {told['attention_share']:.1%} of {total:,}",
        ),
    ):
        lines += hanging(f"{say(label):<11}", say(text), width)
    return framed(say(counts.title), [*lines, Text()], [counts.notes], width)
