"""Subwords in boxes, a box a word: pieces above, ids below."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

__all__ = ["boxes"]

Piece = tuple[str, int, bool]  # spelling, id, whether it is a single byte


def boxes(words: Sequence[Sequence[Piece]], width: int) -> Text:
    """Boxes side by side, as many a line as ``width`` cells hold; a word too wide for a line is cut into several."""
    lines: list[Text] = []
    row: list[list[str]] = []
    used = 0
    for word in words:
        for box in _cut(word, width):
            if row and used + cell_len(box[0]) > width:
                lines += _joined(row)
                row, used = [], 0
            row.append(box)
            used += cell_len(box[0])
    return Text("\n").join([*lines, *_joined(row)])


def _cut(word: Sequence[Piece], width: int) -> list[list[str]]:
    """The boxes of one word: one, unless it is wider than the terminal."""
    parts: list[list[Piece]] = [[]]
    for piece in word:
        if parts[-1] and cell_len(_box([*parts[-1], piece])[0]) > width:
            parts.append([])
        parts[-1].append(piece)
    return [_box(part) for part in parts]


def _box(pieces: Sequence[Piece]) -> list[str]:
    tops, bottoms = [], []
    for spelling, id, is_byte in pieces:
        top = _shown(spelling) + ("!" if is_byte else "")
        bottom = str(id)
        wide = max(cell_len(top), len(bottom))
        tops.append(top + " " * (wide - cell_len(top)))
        bottoms.append(bottom.ljust(wide))
    edges = ["─" * (cell_len(top) + 2) for top in tops]
    return [
        f"┌{'┬'.join(edges)}┐",
        f"│{'│'.join(f' {top} ' for top in tops)}│",
        f"│{'│'.join(f' {bottom} ' for bottom in bottoms)}│",
        f"└{'┴'.join(edges)}┘",
    ]


def _shown(piece: str) -> str:
    return "".join(c if c.isprintable() else "□" for c in piece)


def _joined(row: Sequence[Sequence[str]]) -> list[Text]:
    return [Text("".join(box[line] for box in row)) for line in range(4)] if row else []
