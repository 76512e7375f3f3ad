"""The one normalisation every text goes through before it is cut into subwords.

NFC, white space folded, quotation marks made straight, and what no reader sees (control and bidirectional-layout
characters, soft hyphens) removed. NFC rather than NFKC, because NFKC also rewrites what a reader does see
(² → 2, ½ → 1⁄2, full-width letters). SentencePiece itself is trained with ``identity``, so nothing else changes a text
behind our back and ``decode(encode(x)) == normalise(x)`` is exact.
"""

from __future__ import annotations

import sys
import unicodedata

__all__ = ["normalise", "visible"]

# Zero-width joiners (200C, 200D) and variation selectors stay: emoji and several scripts are built with them.
_INVISIBLE = {
    0x00AD,  # soft hyphen
    0x061C,  # Arabic letter mark
    0x200B,  # zero-width space
    0x200E,  # left-to-right mark
    0x200F,  # right-to-left mark
    *range(0x202A, 0x202F),  # embeddings and overrides
    *range(0x2060, 0x2070),  # word joiner, invisible operators, isolates
    0xFEFF,  # byte-order mark
    *range(0xFFF9, 0xFFFC),  # interlinear annotation
}
_REWRITTEN = {
    "‘": "'",
    "’": "'",
    "‛": "'",
    "“": '"',
    "”": '"',
    "‟": '"',
    "▁": "_",  # SentencePiece's own mark for a space
}


def _table() -> dict[int, str]:
    table = dict.fromkeys(_INVISIBLE, "")
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind == "Cc":
            table[code] = " " if chr(code).isspace() else ""
        elif kind == "Cs":
            table[code] = "\N{REPLACEMENT CHARACTER}"  # a lone surrogate has no UTF-8
    table.update({ord(old): new for old, new in _REWRITTEN.items()})
    return table


_TABLE: dict[int, str] = {}


def normalise(text: str) -> str:
    """``text`` in NFC, on one line, single spaces, none at either end. ``normalise(normalise(x)) == normalise(x)``."""
    if text.isascii() and text.isprintable():  # most lines: nothing but spaces can need folding
        return " ".join(text.split())
    if not _TABLE:
        _TABLE.update(_table())
    return " ".join(unicodedata.normalize("NFC", text.translate(_TABLE)).split())


def visible(text: str) -> str:
    """``text`` as it is, less what no reader sees: fit for a terminal, otherwise unchanged."""
    if not _TABLE:
        _TABLE.update(_table())
    return "".join(c if _TABLE.get(ord(c), c) == c or c in _REWRITTEN else str(_TABLE[ord(c)]) for c in text)
