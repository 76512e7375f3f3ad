"""A text's subword tokens as boxes, one a word: pieces above, ids below, flags under what is out of the ordinary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.grid import side_by_side
from translator.draw.text import DIM, fit, joined, wrapped

FLAGS = {"piece": "", "byte": "byte", "unknown": "unk!", "special": "special", "slot": "slot"}
_NEXT = "┆"  # between the pieces of one word
_KEY = {
    "byte": "byte: a character outside the vocabulary, spelled byte by byte",
    "unknown": "unk!: unknown to the model, its spelling is lost",
    "special": "special: added by the program, not in the text",
    "slot": "slot: stands for something carried over unchanged",
}


@dataclass(frozen=True)
class WordBox:
    """One word: its pieces, their ids, and a key of ``FLAGS`` for each."""

    text: str
    pieces: Sequence[str]
    ids: Sequence[int]
    kinds: Sequence[str]


def boxes(words: Sequence[WordBox], width: int) -> Text:
    """Boxes from left to right, as many a line as ``width`` (40 at least) holds; a long word goes on in the next."""
    width = max(40, width)
    drawn = side_by_side([box for word in words for box in _drawn(word, width)], width, gap=1)
    kinds = dict.fromkeys(kind for word in words for kind in word.kinds if FLAGS[kind])
    return joined([*drawn, *(line for kind in kinds for line in wrapped(_KEY[kind], width, DIM))])


def _drawn(word: WordBox, width: int) -> list[list[Text]]:
    """The word's box, or several where its pieces are wider than ``width``."""
    cells = [
        (fit(piece, width - 4), str(id), FLAGS[kind], kind)
        for piece, id, kind in zip(word.pieces, word.ids, word.kinds, strict=True)
    ]
    parts: list[list[tuple[str, str, str, str]]] = [[]]
    used = 1
    for cell in cells:
        wide = max(map(cell_len, cell[:3])) + 3
        if parts[-1] and used + wide > width:
            parts.append([])
            used = 1
        parts[-1].append(cell)
        used += wide
    name = word.text if "byte" in word.kinds else ""  # bytes do not spell it to the eye
    return [_box(part, name if k == 0 else "", k > 0, k < len(parts) - 1) for k, part in enumerate(parts)]


def _box(cells: list[tuple[str, str, str, str]], name: str, follows: bool, goes_on: bool) -> list[Text]:
    widths = [max(map(cell_len, cell[:3])) + 2 for cell in cells]
    inner = sum(widths) + len(widths) - 1
    left, right = (_NEXT if follows else "│"), (_NEXT if goes_on else "│")
    corner = ("┄" if follows else "┌", "┄" if goes_on else "┐", "┄" if follows else "└", "┄" if goes_on else "┘")
    above = f" {fit(name, inner - 3)} " if name else ""
    lines = [Text(corner[0] + "─" + above + "─" * (inner - 1 - cell_len(above)) + corner[1])]
    for k in range(3 if any(cell[2] for cell in cells) else 2):
        line = Text(left)
        for number, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            line.append(_NEXT if number else "", DIM)
            style = Style(bold=k == 0, dim=k == 1, reverse=bool(cell[2]) and cell[3] != "special" and k == 2)
            line.append(f" {cell[k]}{' ' * (wide - 1 - cell_len(cell[k]))}", style)
        lines.append(line.append(right))
    return [*lines, Text(corner[2] + "─" * inner + corner[3])]
