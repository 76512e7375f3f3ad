"""A word alignment on the terminal: words that belong together carry one number; colour comes on top of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from translator.draw.grid import side_by_side
from translator.draw.heatmap import framed
from translator.draw.language import figure, told
from translator.draw.text import DIM, center, fit, left
from translator.explain.align import Alignment
from translator.explain.links import format_links
from translator.text.normalise import visible

_COLOURS = 6
_BAR = 10  # cells of a full bar
_CAPTION = (
    "same number: linked; ·: linked to nothing; bar: mean strength of a group's links, 0 to 1; found by where the "
    "decoder looked and how alike the encoder finds two words, not by meaning"
)


def links_view(alignment: Alignment, title: str, width: int) -> Text:
    """Both texts with their numbers, then a line a group, in ``width`` cells (40 at least)."""
    width, groups, lines = max(40, width), alignment.groups, []
    names = alignment.direction.upper().split("-")
    for side, (name, words) in enumerate(zip(names, (alignment.source, alignment.target), strict=True)):
        number_of = {word: number for number, group in enumerate(groups) for word in group[side]}
        blocks = []
        for index, word in enumerate(words):
            number = number_of.get(index)
            shown, mark = fit(visible(word) or " ", width - 4), "·" if number is None else str(number + 1)
            wide = max(cell_len(shown), cell_len(mark))
            blocks.append([Text.assemble((center(part, wide), _style(number))) for part in (shown, mark)])
        for k, line in enumerate(side_by_side(blocks, width - 4, gap=1) or [Text(), Text()]):
            head = Text.assemble((f"{name}  ", "bold")) if k == 0 else Text("    ")
            line = head.append_text(line)
            line.rstrip()
            lines.append(line)
    return framed(told(title), [*lines, Text(), *_table(alignment, groups, width)], [_CAPTION], width)


def _style(number: int | None) -> str:
    return DIM if number is None else f"curve{number % _COLOURS + 1}"


def _table(alignment: Alignment, groups: list[tuple[list[int], list[int]]], width: int) -> list[Text]:
    """One line a group: number, source words, target words, mean strength."""
    sources, targets = (
        [_phrase(words, group[side]) for group in groups]
        for side, words in enumerate((alignment.source, alignment.target))
    )
    room = width - 4 - 3 - 2 - _BAR - 5  # number, dash, gap, bar, strength
    widest, widest_target = (max(map(cell_len, side), default=0) for side in (sources, targets))
    source_room = min(widest, max(room // 2, room - widest_target))
    target_room = min(widest_target, room - source_room)
    lines = []
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        weights = [link.weight for link in alignment.links if link.source in groups[number][0]]
        weight = sum(weights) / len(weights)
        line = Text.assemble((f"{number + 1:>3} ", _style(number)))
        line.append(left(source, source_room)).append(" ─ ", DIM).append(left(target, target_room))
        line.append(f"  {'█' * round(weight * _BAR):<{_BAR}}", _style(number)).append(figure(f" {weight:.2f}"))
        lines.append(line)
    return lines


def _phrase(words: list[str], chosen: list[int]) -> str:
    """The chosen words, with … where others stand between."""
    gaps = [b - a > 1 for a, b in pairwise([*chosen[:1], *chosen])]
    return " ".join(
        f"… {visible(words[index])}" if gap else visible(words[index]) for index, gap in zip(chosen, gaps, strict=True)
    )


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
