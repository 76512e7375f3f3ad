"""A table of cells in text, with names at its left and above: what is too wide goes on in further panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.text import BOLD, DIM, center, fit, right

Cell = Callable[[int, int], tuple[str, str]]
"""What stands in a row and column, and its style."""


def balanced(widths: Sequence[int], room: int, tail: int) -> list[range]:
    """Consecutive columns in as few panels as ``room`` allows, the widest as narrow as can be.

    ``tail`` is what the last panel holds besides its columns. A column wider than the room has a panel of its own.
    """
    count, used = 1, tail
    for width in reversed(widths):  # from the end, so that the tail is there from the first
        if used > (tail if count == 1 else 0) and used + width > room:
            count, used = count + 1, 0
        used += width
    n = len(widths)
    sums = np.concatenate([[0], np.cumsum(widths)])
    # best[i]: the least widest panel that holds columns i…, in as many panels as have been counted, and where to cut
    best = [(int(sums[n] - sums[i]) + tail, n) for i in range(n)]
    cuts = [best]
    for _ in range(count - 1):
        before = cuts[-1]
        after = []
        for i in range(n):
            options = [(max(int(sums[j] - sums[i]), before[j][0]), j) for j in range(i + 1, n)]
            after.append(min(options, default=(1 << 30, n)))
        cuts.append(after)
    found, begin = [], 0
    for level in reversed(cuts):
        end = level[begin][1]
        found.append(range(begin, end))
        begin = end
    return found


def panels(
    rows: Sequence[str],
    columns: Sequence[str],
    cell: Cell,
    width: int,
    *,
    title: str = "",
    least: int = 0,
    widest: tuple[int, int] = (14, 13),
    split: int = 0,
    tails: Sequence[str] = (),
) -> list[list[Text]]:
    """Blocks of lines, none wider than ``width`` cells.

    ``least`` is the width of a column, ``widest`` of a row's and a column's name; ``split`` is a rule before that row
    and column, ``tails`` end the rows of the last panel.
    """
    label = min(widest[0], max(map(cell_len, rows)))
    names = [fit(name, widest[1]) for name in columns]
    widths = [max(least, cell_len(name) + 1) for name in names]
    tail = max(map(cell_len, tails), default=0)
    found = balanced(widths, width - label - 3, tail)
    drawn = []
    for panel in found:
        lines = [Text(fit(title, width), BOLD)] if title else []
        if len(found) > 1:
            which = f"column {panel.stop}" if len(panel) == 1 else f"columns {panel.start + 1}–{panel.stop}"
            lines.append(Text(f"{which} of {len(names)}", DIM))
        rule = {split: "│"} if panel.start < split < panel.stop else {}
        head = "".join((" " if j in rule else "") + center(names[j], widths[j]) for j in panel)
        lines.append(Text(" " * (label + 2) + head))
        for i, row in enumerate(rows):
            if split and i == split:
                lines.append(Text("─" * (label + 1) + "┼" + "─" * cell_len(head)))
            line = Text(right(row, label) + " │")
            for j in panel:
                shown, style = cell(i, j)
                line.append(rule.get(j, "")).append(center(shown, widths[j]), style)
            if tails:
                line.append("│" + (tails[i] if panel.stop == len(names) else ""))
            lines.append(line)
        drawn.append(lines)
    return drawn


def side_by_side(drawn: Sequence[Sequence[Text]], width: int, *, gap: int = 3, apart: int = 0) -> list[Text]:
    """Blocks of lines from left to right, as many a row as ``width`` holds, ``gap`` cells between them, ``apart``
    empty lines between rows.
    """
    wide = [max(cell_len(line.plain) for line in block) for block in drawn]
    rows: list[list[int]] = []
    used = 0
    for number in range(len(drawn)):
        if not rows or used + gap + wide[number] > width:
            rows.append([])
            used = -gap
        rows[-1].append(number)
        used += gap + wide[number]
    lines: list[Text] = []
    for row in rows:
        lines += [Text() for _ in range(apart if lines else 0)]
        for k in range(max(len(drawn[number]) for number in row)):
            line = Text()
            for number in row:
                part = drawn[number][k].copy() if k < len(drawn[number]) else Text()
                part.append(" " * (wide[number] - cell_len(part.plain) + gap))
                line.append_text(part)
            line.rstrip()
            lines.append(line)
    return lines
