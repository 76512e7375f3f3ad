"""The one normalisation every text goes through before it is cut into subwords.

NFC, white space folded, quotation marks made straight, and what no reader sees (control and bidirectional-layout
characters, soft hyphens) removed. NFC rather than NFKC, because NFKC also rewrites what a reader does see
(² → 2, ½ → 1⁄2, full-width letters). SentencePiece itself is trained with ``identity``, so nothing else changes a text
behind our back and ``decode(encode(x)) == normalise(x)`` is exact.
"""

from __future__ import annotations

import unicodedata

from translator.text.late import late

_ESCAPE = late(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")

# Zero-width joiners (200C, 200D) and variation selectors stay: emoji and several scripts are built with them.
_INVISIBLE = {
    0x00AD,  # soft hyphen
    0x061C,  # Arabic letter mark
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
_TO_REWRITE = late(  # controls, surrogates, and the keys of both tables: most texts have none
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2018\u2019\u201b-\u201d\u201f\u202a-\u202e\u2060-\u206f\u2581"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


class _Table(dict[int, str]):
    """What each character becomes, found when it is first met: a text uses a hundred of a million."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Cc":
            character = " " if character.isspace() else ""
        elif kind == "Cs":
            character = "\N{REPLACEMENT CHARACTER}"  # a lone surrogate has no UTF-8
        return self.setdefault(code, character)


_TABLE = _Table({ord(old): new for old, new in _REWRITTEN.items()} | dict.fromkeys(_INVISIBLE, "") | {0x200B: " "})


def normalise(text: str) -> str:
    """``text`` in NFC, on one line, single spaces, none at either end. ``normalise(normalise(x)) == normalise(x)``."""
    if text.isascii() and text.isprintable():  # most lines: nothing but spaces can need folding
        return " ".join(text.split())
    if _TO_REWRITE.search(text):
        text = text.translate(_TABLE)
    return " ".join(unicodedata.normalize("NFC", text).split())


def most_bytes(text: str) -> int:
    """Bytes of UTF-8 that ``normalise(text)`` has at most, soon told of Latin-1, of which nothing becomes longer."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return len(normalise(text).encode())
    return len(text.encode())


def visible(text: str) -> str:
    """``text`` as it is, less what no reader sees: fit for a terminal, otherwise unchanged."""
    return "".join(c if c in _REWRITTEN else _TABLE[ord(c)] for c in text)


def without_escapes(text: str) -> str:
    """``text`` without a terminal's commands, colours above all: their letters are no words."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text
