"""Text on a grid of cells: cut, wrapped, set left, right or in the middle, and bars; never wider than asked."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from translator.draw.language import figure

BOLD, DIM = "bold", "dim"
_EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]


def fit(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, with … where something is cut off."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def left(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, cut with … if it is longer."""
    return set_cell_size(fit(text, width), width)


def right(text: str, width: int) -> str:
    """``text`` at the right of ``width`` cells, cut with … if it is longer."""
    text = fit(text, width)
    return " " * (width - cell_len(text)) + text


def center(text: str, width: int) -> str:
    """``text`` in the middle of ``width`` cells."""
    before = (width - cell_len(text)) // 2
    return " " * before + text + " " * (width - cell_len(text) - before)


def wrap(text: str, width: int) -> list[str]:
    """``text`` broken at spaces into lines of at most ``width`` cells; a word longer than that is cut."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(fit(word, width))
        else:
            lines[-1] = fit(f"{lines[-1]} {word}".lstrip(), width)
    return lines


def wrapped(text: str, width: int, style: str = "") -> list[Text]:
    """:func:`wrap`, in one style."""
    return [Text(line.rstrip(), style) for line in wrap(text, width)]


def hanging(head: str, text: str, width: int) -> list[Text]:
    """``text`` after ``head``, further lines indented as far."""
    indent = " " * cell_len(head)
    return [Text((indent if k else head) + line) for k, line in enumerate(wrap(text, width - len(indent)))]


def joined(lines: list[Text]) -> Text:
    """Lines as one text."""
    return Text("\n").join(lines)


def bar(share: float, width: int) -> str:
    """``share`` from 0 to 1 as a bar in exactly ``width`` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).ljust(width)


def percent(share: float) -> str:
    """Eight cells: ``"  12.34%"``; what would round to a false 0 or 100 says so."""
    text = f"{share:.2%}"
    if share > 0 and text == "0.00%":
        text = "<0.01%"
    if share < 1 and text == "100.00%":
        text = ">99.99%"
    return f"{figure(text):>8}"
