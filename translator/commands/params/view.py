"""Parameters and multiply–adds by part: a table of text, and plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from translator.draw.heatmap import framed
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

    @property
    def total(self) -> int:
        """All parameters."""
        return sum(part.count for part in self.parts)

    @property
    def block(self) -> int:
        """The weights of the heads of one block."""
        return self.heads * self.head.total

    @property
    def attention(self) -> int:
        """Every parameter of every attention block."""
        return self.blocks * self.block + self.biases


def short(number: int) -> str:
    """Three digits and a unit: ``"24.6 M"``; whole below a thousand."""
    for unit, size in _UNITS:
        value = number / size
        if value >= 0.9995:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{number} "


def counts_view(counts: Counts, width: int) -> Text:
    """The table, then what one head, one block and all attention come to, in ``width`` cells (80 at least)."""
    width = max(_NARROWEST, width)
    total, work = counts.total, sum(w.total for w in counts.work)
    head = f"{'part':<{_NAME}}{'×':>6}{'parameters':>17}{'share':>8}{'mult-adds':>11}{'share':>8}"
    lines = [Text(head, DIM), Text("─" * len(head), DIM)]
    for part, of in zip(counts.parts, counts.work, strict=True):
        lines.append(
            Text(
                f"{left(part.name, _NAME)}{part.modules:>6,}{part.count:>17,}{part.count / total:>8.1%}"
                f"{short(of.total):>11}{of.total / work:>8.1%}"
            )
        )
    lines.append(Text("─" * len(head), DIM))
    lines.append(Text(f"{'total':<{_NAME}}{'':>6}{total:>17,}{1:>8.1%}{short(work):>11}{1:>8.1%}", BOLD))
    lines.append(Text())
    lines += [line for label, text in _attention(counts) for line in hanging(f"{label:<11}", text, width)]
    lines.append(Text())
    return framed(counts.title, lines, [counts.notes], width)


def _attention(counts: Counts) -> list[tuple[str, str]]:
    h = counts.head
    down, up = f"{h.d_model:,}×{h.width:,}", f"{h.width:,}×{h.d_model:,}"
    with_biases = f" + {counts.biases:,} biases" if counts.biases else ""
    summed = f" = {counts.attention:,}" if counts.biases else ""
    return [
        ("one head", f"query {down} + key {down} + value {down} + output {up} = 4 × {h.each:,} = {h.total:,}"),
        ("one block", f"{counts.heads:,} heads × {h.total:,} = {counts.block:,}"),
        (
            "attention",
            f"{counts.blocks:,} blocks × {counts.block:,} = {counts.blocks * counts.block:,}{with_biases}{summed}, "
            f"{counts.attention / counts.total:.1%} of {counts.total:,}",
        ),
    ]


def counts_plain(counts: Counts) -> dict[str, Any]:
    """Every exact number as plain data."""
    each = counts.head.each
    return {
        "total": counts.total,
        "parts": {part.name: part.count for part in counts.parts},
        "modules": {part.name: part.modules for part in counts.parts},
        "head": {"query": each, "key": each, "value": each, "output": each, "total": counts.head.total},
        "block": counts.block,
        "attention": counts.attention,
        "attention_share": counts.attention / counts.total,
        "lengths": counts.lengths,
        "multiply_adds": {work.name: work.total for work in counts.work},
        "multiply_adds_total": sum(work.total for work in counts.work),
    }
