"""A word alignment on the terminal: words that belong together carry one number; colour comes on top of it."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.text import DIM, center, fit, left
from translator.explain.align import Alignment
from translator.explain.links import format_links
from translator.text.normalise import visible

_COLOURS = 6
_UNLINKED = "·"
_MARGIN = 4  # "EN  "
_BAR = 10  # cells of a full bar
CAPTION = (
    f"same number: linked; {_UNLINKED}: linked to nothing; bar: mean strength of a group's links, 0 to 1; "
    "found by where the decoder looked, not by meaning"
)


def links_view(alignment: Alignment, title: str, width: int) -> Text:
    """Both texts with their numbers, then a line a group, in ``width`` cells (40 at least)."""
    width = max(40, width)
    groups = alignment.groups
    lines: list[Text] = []
    names = alignment.direction.upper().split("-")
    for side, (name, words) in enumerate(zip(names, (alignment.source, alignment.target), strict=True)):
        number_of = {word: number for number, group in enumerate(groups) for word in group[side]}
        lines += _numbered(name, words, number_of, width)
    lines.append(Text())
    return framed(title, [*lines, *_table(alignment, groups, width)], [CAPTION], width)


def _style(number: int | None) -> str:
    return DIM if number is None else f"curve{number % _COLOURS + 1}"


def _numbered(name: str, words: list[str], number_of: dict[int, int], width: int) -> list[Text]:
    """Words, and under each its number, as many words a line as fit."""
    lines: list[Text] = []
    above, below = Text.assemble((f"{name}  ", "bold")), Text(" " * _MARGIN)
    used = 0
    for index, word in enumerate(words):
        number = number_of.get(index)
        shown = fit(visible(word) or " ", width - _MARGIN)
        mark = _UNLINKED if number is None else str(number + 1)
        cell = max(cell_len(shown), cell_len(mark))
        if used and _MARGIN + used + cell > width:
            lines += [above, below]
            above, below = Text(" " * _MARGIN), Text(" " * _MARGIN)
            used = 0
        above.append(center(shown, cell), _style(number)).append(" ")
        below.append(center(mark, cell), _style(number)).append(" ")
        used += cell + 1
    lines += [above, below]
    for line in lines:
        line.rstrip()
    return lines


def _table(alignment: Alignment, groups: list[tuple[list[int], list[int]]], width: int) -> list[Text]:
    """One line a group: number, source words, target words, mean strength."""
    rows: list[tuple[str, str, float]] = []
    for sources, targets in groups:
        weights = [link.weight for link in alignment.links if link.source in sources]
        names = (_phrase(alignment.source, sources), _phrase(alignment.target, targets))
        rows.append((*names, sum(weights) / len(weights)))
    room = width - 4 - 3 - 2 - _BAR - 5  # number, dash, gap, bar, strength
    widest = max((cell_len(source) for source, _, _ in rows), default=0)
    widest_target = max((cell_len(target) for _, target, _ in rows), default=0)
    source_room = min(widest, max(room // 2, room - widest_target))
    target_room = min(widest_target, room - source_room)
    lines = []
    for number, (source, target, weight) in enumerate(rows):
        line = Text.assemble((f"{number + 1:>3} ", _style(number)))
        line.append(left(source, source_room)).append(" ─ ", DIM).append(left(target, target_room))
        line.append(f"  {'█' * round(weight * _BAR):<{_BAR}}", _style(number)).append(f" {weight:.2f}")
        lines.append(line)
    return lines


def _phrase(words: list[str], chosen: list[int]) -> str:
    """The chosen words, with … where others stand between."""
    parts = []
    for place, index in enumerate(chosen):
        if place and index != chosen[place - 1] + 1:
            parts.append("…")
        parts.append(visible(words[index]))
    return " ".join(parts)


def links_plain(alignment: Alignment) -> dict[str, Any]:
    """An alignment as plain data; words count from 0."""
    linked = [{link[side] for link in alignment.links} for side in (0, 1)]
    return {
        "direction": alignment.direction,
        "source_words": alignment.source,
        "target_words": alignment.target,
        "links": [{"source": i, "target": j, "strength": round(weight, 6)} for i, j, weight in alignment.links],
        "pharaoh": format_links(alignment.links),
        "unlinked_source": [i for i in range(len(alignment.source)) if i not in linked[0]],
        "unlinked_target": [j for j in range(len(alignment.target)) if j not in linked[1]],
    }
