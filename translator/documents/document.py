"""A document as what is kept and, between it, slots for what is translated."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from translator.text.late import late

BOM = "\ufeff"
Piece = Sequence[str | tuple[int, int]]
"""What a stand-in stands for: texts, and ranges of the document."""
_LINE_END = late(r"\r\n|\r|\n")
_BREAKS = late(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")  # whatever some program takes for a line's end


@dataclass(frozen=True)
class Line:
    """A line of a text without its end, and where it lies."""

    text: str
    start: int  # offset of its first character
    end: str  # "\n", "\r\n", "\r", or "" at the end of the text

    @property
    def stop(self) -> int:
        """Offset after its last character, its end not counted."""
        return self.start + len(self.text)


def lines_of(text: str, begin: int = 0) -> list[Line]:
    """The lines of ``text`` from ``begin`` on, ended by newline, carriage return or both; the last may be empty."""
    lines = []
    for match in _LINE_END.finditer(text, begin):
        lines.append(Line(text[begin : match.start()], begin, match.group()))
        begin = match.end()
    return [*lines, Line(text[begin:], begin, "")]


def on_one_line(text: str) -> str:
    """``text`` with a space for each line break, none at its ends."""
    return _BREAKS.sub(" ", text).strip()


def says_something(text: str, protected: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether there is a letter to translate outside the protected ranges, which are in order."""
    begin = 0
    for start, stop in [*protected, (len(text), len(text))]:
        if any(c.isalpha() for c in text[begin:start]):
            return True
        begin = stop
    return False


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a document that holds a passage. Slots may lie inside a piece of another one's, as the words that
    stand for a picture do."""

    start: int  # offsets in the document
    stop: int
    passage: str  # what is to be translated: one line, no white space at its ends
    protected: tuple[tuple[int, int], ...] = ()  # ranges of the passage that must come through unchanged
    render: Callable[[str], str] = on_one_line  # from a translation to what stands in the document
    pieces: Mapping[str, Piece] = field(default_factory=dict)  # what each stand-in of the passage stands for
    frame: tuple[str, str] = ("", "")  # what is written around a translation


@dataclass(frozen=True, slots=True)
class Border:
    """A place where a long document may be cut: read apart, both sides hold the slots that they hold together."""

    at: int
    state: Any = None  # what the reader of this format wants to know of what stands before


Reader = Callable[[str, Any], Iterable[Slot | Border]]
"""Finds the slots of a text of one format, and borders between them. It is given the state of the border where the
text begins, ``None`` at the beginning of a document; any text may come, also one that breaks off anywhere."""


def trimmed(start: int, text: str, render: Callable[[str], str] = on_one_line) -> Slot:
    """The slot of ``text``, which stands at ``start``; white space at its ends stays outside."""
    passage = text.strip()
    start += len(text) - len(text.lstrip())
    return Slot(start, start + len(passage), passage, render=render)


def in_place(translation: str, pieces: Mapping[str, Piece]) -> list[str]:
    """``translation`` cut at its stand-ins, ``<1>…</1>`` around words and ``<2/>`` alone: each is there once, well
    nested, whatever the translation did to them. What it lost, or what crosses another, comes to the end.

    >>> in_place("um <1>barco", {"<1>": ["<b>"], "</1>": ["</b>"], "<2/>": ["<img>"]})
    ['um ', 'barco', '<1>', '</1>', '<2/>']
    """
    if not pieces:
        return [translation]
    parts = [part for part in re.split("(" + "|".join(map(re.escape, pieces)) + ")", translation) if part]
    sound: set[int] = set()
    found: set[str] = set()
    stack: list[int] = []
    for number, part in enumerate(parts):
        if part in found or part not in pieces:
            continue
        if part.endswith("/>"):
            sound.add(number)
            found.add(part)
        elif not part.startswith("</"):
            stack.append(number)
        elif opening := [n for n in stack if parts[n] == f"<{part[2:]}"]:
            sound |= {opening[-1], number}
            found |= {parts[opening[-1]], part}
            del stack[stack.index(opening[-1]) :]
    kept = [part for number, part in enumerate(parts) if number in sound or part not in pieces]
    return [*kept, *(stand_in for stand_in in pieces if stand_in not in found)]


@dataclass(frozen=True)
class Document:
    """A text and the slots in it."""

    text: str
    slots: tuple[Slot, ...]

    @classmethod
    def cut(cls, text: str, slots: Iterable[Slot]) -> Document:
        """``text`` with ``slots``, which lie apart or one inside another (else ``ValueError``)."""
        ordered = tuple(sorted(slots, key=lambda slot: (slot.start, -slot.stop)))
        around = [len(text)]  # where the slots end that the next one may lie in
        for before, slot in pairwise([Slot(0, 0, ""), *ordered]):
            while len(around) > 1 and around[-1] <= slot.start:
                around.pop()
            if slot.start < before.start or not slot.start <= slot.stop <= around[-1]:
                raise ValueError("slots overlap")
            around.append(slot.stop)
        return cls(text, ordered)

    @property
    def passages(self) -> list[str]:
        """The texts to translate, in order: each on one line, of one sentence or several."""
        return [slot.passage for slot in self.slots]

    def protected(self, index: int) -> list[tuple[int, int]]:
        """Ranges of passage ``index``, in characters and in order, that a translation must hold unchanged."""
        return list(self.slots[index].protected)

    def plain(self, index: int, text: str) -> str:
        """Passage ``index`` or its translation with the words that its stand-ins stand for, and without tags."""
        for stand_in, piece in self.slots[index].pieces.items():
            meant = "".join(self.text[slice(*part)] for part in piece if not isinstance(part, str))
            text = text.replace(stand_in, re.sub(r"<[^<>]*>", "", meant))
        return text

    def fill(self, translations: Sequence[str]) -> str:
        """The document with a translation in the place of each passage.

        A passage that comes back as it was, or blank, leaves its piece of the document as it was. Raises
        ``ValueError`` if there are more or fewer translations than passages.
        """
        rows = [
            (slot, None if new == slot.passage or not new.strip() else new)
            for slot, new in zip(self.slots, translations, strict=True)
        ]
        return self._filled(rows, 0, len(self.text))

    def _filled(self, rows: Sequence[tuple[Slot, str | None]], start: int, stop: int) -> str:
        """``text[start:stop]`` with the slots filled that lie in it."""
        parts: list[str] = []
        at = start
        for number in range(bisect_left(rows, start, key=lambda row: row[0].start), len(rows)):
            slot, new = rows[number]
            if slot.start >= stop:
                break
            if new is None or slot.start < at or slot.stop > stop:
                continue
            parts += [self.text[at : slot.start], slot.frame[0]]
            for part in in_place(new, slot.pieces):
                for piece in slot.pieces.get(part, ()):
                    parts.append(piece if isinstance(piece, str) else self._filled(rows, *piece))
                if part not in slot.pieces:
                    parts.append(slot.render(part))
            parts.append(slot.frame[1])
            at = slot.stop
        return "".join([*parts, self.text[at:stop]])
