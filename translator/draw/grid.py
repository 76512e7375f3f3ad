"""A table of cells in text, with names at its left and above: what is too wide goes on in further panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, zip_longest

from rich.cells import cell_len
from rich.text import Text

from translator.draw.language import say
from translator.draw.text import BOLD, DIM, center, fit, right


def balanced(widths: Sequence[int], room: int, tail: int) -> list[range]:
    """Consecutive columns in as few panels as ``room`` allows, the widest as narrow as can be.

    ``tail`` is what the last panel holds besides its columns. A column wider than the room has a panel of its own.
    """
    count, used = 1, tail
    for width in reversed(widths):  # from the end, so that the tail is there from the first
        if used > (tail if count == 1 else 0) and used + width > room:
            count, used = count + 1, 0
        used += width
    n, sums = len(widths), list(accumulate(widths, initial=0))

    @cache
    def best(begin: int, panels: int) -> tuple[int, int]:
        """The widest of so many panels with the columns from ``begin``, at its narrowest, and where the first ends."""
        if panels == 1:
            return sums[n] - sums[begin] + tail, n
        ends = range(begin + 1, n - panels + 2)  # a column at least for each panel that follows
        return min((max(sums[end] - sums[begin], best(end, panels - 1)[0]), end) for end in ends)

    found, begin = [], 0
    for panels in range(count, 0, -1):
        end = best(begin, panels)[1]
        found.append(range(begin, end))
        begin = end
    return found


def panels(
    rows: Sequence[str],
    columns: Sequence[str],
    cell: Callable[[int, int], tuple[str, str]],
    width: int,
    *,
    title: str = "",
    least: int = 0,
    widest: tuple[int, int] = (14, 13),
    split: int = 0,
    tails: Sequence[str] = (),
) -> list[list[Text]]:
    """Blocks of lines, none wider than ``width`` cells; ``cell`` gives what stands in a row and column, and its style.

    ``least`` is the width of a column, ``widest`` of a row's and a column's name; ``split`` is a rule before that row
    and column, ``tails`` end the rows of the last panel.
    """
    label = min(widest[0], max(map(cell_len, rows)))
    names = [fit(name, widest[1]) for name in columns]
    widths = [max(least, cell_len(name) + 1) for name in names]
    found = balanced(widths, width - label - 3, max(map(cell_len, tails), default=0))
    drawn = []
    for panel in found:
        lines = [Text(fit(title, width), BOLD)] if title else []
        if len(found) > 1:
            which = f"column {panel.stop}" if len(panel) == 1 else f"columns {panel.start + 1}–{panel.stop}"
            lines.append(Text(say(f"{which} of {len(names)}"), DIM))
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
    rows: list[list[tuple[Sequence[Text], int]]] = []  # of blocks with the room of each
    used = 0
    for block in drawn:
        wide = max(cell_len(line.plain) for line in block) + gap
        if not rows or used + wide - gap > width:
            rows.append([])
            used = 0
        rows[-1].append((block, wide))
        used += wide
    lines: list[Text] = []
    for row in rows:
        lines += [Text() for _ in range(apart if lines else 0)]
        for parts in zip_longest(*(block for block, _ in row), fillvalue=Text()):
            line = Text()
            for part, (_, wide) in zip(parts, row, strict=True):
                padded = part.copy()
                padded.pad_right(wide - cell_len(part.plain))
                line.append_text(padded)
            line.rstrip()
            lines.append(line)
    return lines
