"""Bars of text and shares in per cent: digits first, never wider than asked."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from translator.draw.cosines import fit

__all__ = ["bar", "left", "percent"]

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """``share`` from 0 to 1 as a bar in exactly ``width`` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    drawn = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    return drawn + " " * (width - len(drawn))


def percent(share: float) -> str:
    """Eight cells: ``"  12.34%"``; what would round to a false 0 or 100 says so."""
    text = f"{share:.2%}"
    if share > 0 and text == "0.00%":
        text = "<0.01%"
    if share < 1 and text == "100.00%":
        text = ">99.99%"
    return f"{text:>8}"


def left(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, cut with … if it is longer."""
    return set_cell_size(fit(text, width), width) if cell_len(text) != width else text
