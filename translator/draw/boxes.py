"""A text's subword tokens as boxes, one a word: pieces above, ids below, flags under what is out of the ordinary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.grid import side_by_side
from translator.draw.language import say
from translator.draw.text import DIM, fit, joined, left, wrapped

_NEXT = "┆"  # between the pieces of one word
_FLAGS = {
    "byte": ("byte", "a character outside the vocabulary, spelled byte by byte"),
    "unknown": ("unk!", "unknown to the model, its spelling is lost"),
    "special": ("special", "added by the program, not in the text"),
    "slot": ("slot", "stands for something carried over unchanged"),
}
_Cell = tuple[str, str, str]  # a piece, its id, its flag


@dataclass(frozen=True)
class WordBox:
    """One word: its pieces, their ids, and for each "piece", or a key of ``_FLAGS``."""

    text: str
    pieces: Sequence[str]
    ids: Sequence[int]
    kinds: Sequence[str]


def boxes(words: Sequence[WordBox], width: int) -> Text:
    """Boxes from left to right, as many a line as ``width`` (40 at least) holds; a long word goes on in the next."""
    width = max(40, width)
    drawn = side_by_side([box for word in words for box in _drawn(word, width)], width, gap=1)
    kinds = dict.fromkeys(kind for word in words for kind in word.kinds if kind in _FLAGS)
    return joined(
        [*drawn, *(line for kind in kinds for line in wrapped(": ".join(map(say, _FLAGS[kind])), width, DIM))]
    )


def _drawn(word: WordBox, width: int) -> list[list[Text]]:
    """The word's box, or several where its pieces are wider than ``width``."""
    parts: list[list[_Cell]] = [[]]
    used = 1
    for piece, id, kind in zip(word.pieces, word.ids, word.kinds, strict=True):
        cell = (fit(piece, width - 4), str(id), say(_FLAGS[kind][0]) if kind in _FLAGS else "")
        wide = max(map(cell_len, cell)) + 3
        if parts[-1] and used + wide > width:
            parts.append([])
            used = 1
        parts[-1].append(cell)
        used += wide
    name = word.text if "byte" in word.kinds else ""  # bytes do not spell it to the eye
    return [_box(part, name if k == 0 else "", k > 0, k < len(parts) - 1) for k, part in enumerate(parts)]


def _box(cells: list[_Cell], name: str, follows: bool, goes_on: bool) -> list[Text]:
    widths = [max(map(cell_len, cell)) + 1 for cell in cells]
    inner = sum(widths) + 2 * len(widths) - 1
    top, side, bottom = ("┄", _NEXT, "┄") if follows else ("┌", "│", "└")
    top_end, side_end, bottom_end = ("┄", _NEXT, "┄") if goes_on else ("┐", "│", "┘")
    above = f" {fit(name, inner - 3)} " if name else ""
    lines = [Text(top + "─" + above + "─" * (inner - 1 - cell_len(above)) + top_end)]
    for k in range(3 if any(flag for _, _, flag in cells) else 2):
        line = Text(side)
        for number, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            is_warning = k == 2 and cell[2] not in ("", say("special"))
            line.append(_NEXT if number else "", DIM)
            line.append(f" {left(cell[k], wide)}", Style(bold=k == 0, dim=k == 1, reverse=is_warning))
        lines.append(line.append(side_end))
    return [*lines, Text(bottom + "─" * inner + bottom_end)]
