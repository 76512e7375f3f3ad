"""A document as what is kept and, between it, slots for what is translated."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from translator.documents.inline import Piece, in_place

BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")  # whatever some program takes for a line's end


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


def lines_of(text: str) -> list[Line]:
    """The lines of ``text``, ended by newline, carriage return or both; the last may be empty."""
    lines = []
    begin = 0
    for match in _LINE_END.finditer(text):
        lines.append(Line(text[begin : match.start()], begin, match.group()))
        begin = match.end()
    return [*lines, Line(text[begin:], begin, "")]


def on_one_line(text: str) -> str:
    """``text`` with a space for each line break, none at its ends."""
    return _BREAKS.sub(" ", text).strip()


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Character ranges in order, those that touch or overlap made one, empty ones dropped."""
    result: list[tuple[int, int]] = []
    for start, stop in sorted(r for r in ranges if r[0] < r[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result


def says_something(text: str, protected: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether there is a letter to translate outside the protected ranges, which are in order."""
    begin = 0
    for start, stop in [*protected, (len(text), len(text))]:
        if any(c.isalpha() for c in text[begin:start]):
            return True
        begin = stop
    return False


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Document:
    """A text and the slots in it."""

    text: str
    slots: tuple[Slot, ...]

    @classmethod
    def cut(cls, text: str, slots: Iterable[Slot]) -> Document:
        """``text`` with ``slots``, which are in order and lie apart or one inside another (else ``ValueError``)."""
        slots = tuple(slots)
        around = [len(text)]  # where the slots end that the next one may lie in
        for before, slot in pairwise([Slot(0, 0, ""), *slots]):
            while len(around) > 1 and around[-1] <= slot.start:
                around.pop()
            if slot.start < before.start or not slot.start <= slot.stop <= around[-1]:
                raise ValueError("slots overlap or are out of order")
            around.append(slot.stop)
        return cls(text, slots)

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
