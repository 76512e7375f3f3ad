"""A document as what is kept and, between it, slots for what is translated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["BOM", "Document", "Line", "Slot", "lines_of", "merged", "on_one_line", "says_something"]

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
    """A piece of a document that holds a passage."""

    start: int  # offsets in the document
    stop: int
    passage: str  # what is to be translated: one line, no white space at its ends
    protected: tuple[tuple[int, int], ...] = ()  # ranges of the passage that must come through unchanged
    render: Callable[[str], str] = on_one_line  # from a translation to what stands in the document


@dataclass(frozen=True)
class Document:
    """A text cut into what is kept and what is translated."""

    kept: tuple[str, ...]  # one more than there are slots
    originals: tuple[str, ...]  # what stood in each slot
    slots: tuple[Slot, ...]

    @classmethod
    def cut(cls, text: str, slots: Iterable[Slot]) -> Document:
        """Cut ``text`` at ``slots``, which are in order and do not overlap (``ValueError`` if they do)."""
        slots = tuple(slots)
        begins = [0, *(slot.stop for slot in slots)]
        ends = [*(slot.start for slot in slots), len(text)]
        if any(begin > end for begin, end in zip(begins, ends, strict=True)):
            raise ValueError("slots overlap or are out of order")
        kept = tuple(text[begin:end] for begin, end in zip(begins, ends, strict=True))
        return cls(kept, tuple(text[slot.start : slot.stop] for slot in slots), slots)

    @property
    def passages(self) -> list[str]:
        """The texts to translate, in order: each on one line, of one sentence or several."""
        return [slot.passage for slot in self.slots]

    def protected(self, index: int) -> list[tuple[int, int]]:
        """Ranges of passage ``index``, in characters and in order, that a translation must hold unchanged."""
        return list(self.slots[index].protected)

    def fill(self, translations: Sequence[str]) -> str:
        """The document with a translation in the place of each passage.

        A passage that comes back as it was, or blank, leaves its piece of the document as it was. Raises
        ``ValueError`` if there are more or fewer translations than passages.
        """
        parts = [self.kept[0]]
        rows = zip(self.slots, self.originals, self.kept[1:], translations, strict=True)
        for slot, original, after, translation in rows:
            same = translation == slot.passage or not translation.strip()
            parts += [original if same else slot.render(translation), after]
        return "".join(parts)
