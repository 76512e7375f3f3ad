"""Word's paragraphs: runs joined to sentences before, their looks put back after.

Word cuts a paragraph into runs wherever a look begins, and often where none does. A passage is what stands between two
tabs or line breaks; the look of most of it is that of the paragraph, and another one goes around its words as a pair.
ECMA-376, part 1, 17.3.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from typing import Any

from translator.documents.document import Border, Piece, Slot
from translator.documents.markup import Tag, names, read, tags_of, write
from translator.documents.passage import Item, passage_slot

_WRAPPERS = names("w:hyperlink w:ins w:moveTo w:smartTag")
_BREAKS = names("w:br w:cr w:tab w:ptab w:sdt w:sdtContent")
_SKIPPED = names("w:pPr w:rPr w:sdtPr w:sdtEndPr w:proofErr w:lastRenderedPageBreak w:softHyphen")
_NO_LOOK = re.compile(r"<w:(?:lang|noProof)\b[^>]*/>|<w:rPr>\s*</w:rPr>|<w:rPr/>")
_OPEN, _CLOSE = '<w:t xml:space="preserve">', "</w:t>"


@dataclass(frozen=True)
class _State:
    """Where one is in a paragraph: inside which tags, and in a run of which look, if in one."""

    wrappers: tuple[str, ...] = ()  # start tags
    look: str | None = None


@dataclass(frozen=True)
class _Part:
    """Words, or something that is none, or a break."""

    kind: str  # text, alone, break
    start: int
    stop: int
    state: _State
    before: _State  # at start
    after: _State  # at stop
    words: str = ""


def word_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each passage of a part of a Word document; those in text boxes and notes too."""
    tags = tags_of(text)
    end = 0  # of the paragraphs read, which may hold others
    for index, tag in enumerate(tags):
        if tag.name != "w:p" or tag.kind != "opens":
            continue
        if tag.start >= end >= 0:
            yield Border(tag.start)
            end = tags[tag.partner].stop if tag.partner > index else -1  # the text breaks off here
        if tag.partner > index:
            parts = _Reader(text, tags).read(index + 1, tag.partner)
            for is_break, group in groupby(parts, key=lambda part: part.kind == "break"):
                if not is_break and (slot := _slot(list(group))):
                    yield slot


class _Reader:
    """Reads the parts of a paragraph."""

    def __init__(self, text: str, tags: Sequence[Tag]) -> None:
        self.text, self.tags = text, tags
        self.state = _State()
        self.begun: tuple[int, _State] | None = None  # the outermost tag opened since the last part
        self.parts: list[_Part] = []

    def read(self, first: int, last: int) -> list[_Part]:
        """The parts between tag ``first`` and tag ``last``."""
        index = first
        while index < last:
            tag = self.tags[index]
            end = tag.partner if tag.kind == "opens" and tag.partner > index else index
            if tag.name in _WRAPPERS or tag.name == "w:r":
                end = self._run_or_wrapper(index, last)
            elif tag.name in _BREAKS:
                self._add("break", tag.start, tag.stop)
                end = index
            elif tag.name == "w:t" and tag.kind == "opens":
                self._add("text", tag.start, self.tags[end].stop, read(self.text[tag.stop : self.tags[end].start]))
            elif tag.kind != "closes" and tag.name not in _SKIPPED:
                self._add("alone", tag.start, self.tags[end].stop)
            index = end + 1
        return self.parts

    def _run_or_wrapper(self, index: int, last: int) -> int:
        """The index of the last tag that was read."""
        tag, before = self.tags[index], self.state
        if tag.kind == "opens":
            if tag.name != "w:r":
                self.state = replace(before, wrappers=(*before.wrappers, tag.whole))
            elif end := self._field(index, last):
                self._add("alone", tag.start, self.tags[end].stop)
                return end
            else:
                look = self.tags[index + 1]
                written = self.text[look.start : self.tags[look.partner].stop] if look.partner > index else ""
                self.state = replace(
                    before, look=_NO_LOOK.sub("", _NO_LOOK.sub("", written)) if look.name == "w:rPr" else ""
                )
            self.begun = self.begun or (tag.start, before)
        elif tag.kind == "closes":
            changed = {"look": None} if tag.name == "w:r" else {"wrappers": before.wrappers[:-1]}
            self.state = replace(before, **changed)
            if self.begun is None and self.parts:
                self.parts[-1] = replace(self.parts[-1], stop=tag.stop, after=self.state)
            self.begun = None
        return index

    def _field(self, index: int, last: int) -> int:
        """Where the run ends that ends the field which run ``index`` begins; 0 if it begins none, or none that ends in
        this paragraph and in the same link."""
        if not any(_field_part(tag) == "begin" for tag in self.tags[index : max(index, self.tags[index].partner)]):
            return 0
        depth = wrappers = 0
        for number in range(index, last):
            tag = self.tags[number]
            depth += {"begin": 1, "end": -1}.get(_field_part(tag), 0)
            if tag.name in _WRAPPERS:
                wrappers += {"opens": 1, "closes": -1}.get(tag.kind, 0)
            if wrappers < 0:
                return 0
            if tag.name == "w:r" and tag.kind == "closes" and depth <= 0:
                return 0 if wrappers else number
        return 0

    def _add(self, kind: str, start: int, stop: int, words: str = "") -> None:
        start, before = self.begun or (start, self.state)
        self.begun = None
        self.parts.append(_Part(kind, start, stop, self.state, before, self.state, words))


def _field_part(tag: Tag) -> str:
    return tag.value("w:fldCharType") if tag.name == "w:fldChar" else ""


def _shared(wrappers: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all of them begin with."""
    return tuple(row[0] for row in takewhile(lambda row: len(set(row)) == 1, zip(*wrappers, strict=False)))


def _way(here: _State, there: _State) -> str:
    """The tags that lead from one state to another."""
    if here == there:
        return ""
    same = len(_shared([here.wrappers, there.wrappers]))
    closed = "".join(f"</{re.match('<([^ />]+)', tag)[1]}>" for tag in reversed(here.wrappers[same:]))  # type: ignore[index]
    leave = "" if here.look is None else "</w:r>"
    enter = "" if there.look is None else f"<w:r>{there.look}"
    return leave + closed + "".join(there.wrappers[same:]) + enter


def _slot(parts: Sequence[_Part]) -> Slot | None:
    """The slot of parts that no break parts."""
    spoken = [part for part in parts if part.words.strip()]
    if not spoken:
        return None
    wrappers = _shared([part.state.wrappers for part in spoken])
    looks = Counter[str | None]()
    for part in spoken:
        looks[part.state.look] += len(part.words) * (part.state.wrappers == wrappers)
    base = _State(wrappers, looks.most_common(1)[0][0])
    items: list[Item] = []
    # words of one look are one pair, and so are all words of a link, of whatever look
    for number, (key, group) in enumerate(groupby(parts, key=lambda part: _pair_of(part, base))):
        alike = list(group)
        is_pair = key and any(part.words.strip() for part in alike)
        items += _pair(number, alike, base) if is_pair else [_item(part, base) for part in alike]
    before = {part.start: part.before for part in parts}
    after = {part.stop: part.after for part in parts}

    def frame(first: Item, last: Item) -> tuple[str, str]:
        return _way(before[first.start], base) + _OPEN, _CLOSE + _way(base, after[last.stop])

    return passage_slot(items, write, frame)


def _pair_of(part: _Part, base: _State) -> object:
    if part.state.wrappers != base.wrappers:
        return part.state.wrappers
    return part.state if part.kind == "text" and part.state != base else None


def _item(part: _Part, base: _State) -> Item:
    if part.kind == "text":
        return Item(part.start, part.stop, "text", part.words)
    return Item(part.start, part.stop, "alone", piece=_between([part], base, base))


def _pair(number: int, parts: Sequence[_Part], base: _State) -> Iterator[Item]:
    """Words of another look or in a link; what stands at their ends and is no words goes with what opens or closes."""
    first = next(i for i, part in enumerate(parts) if part.words.strip())
    last = next(i for i in range(len(parts), 0, -1) if parts[i - 1].words.strip())
    state = parts[first].state
    start, stop = parts[first].start, parts[last - 1].stop
    yield Item(start, start, "opens", pair=number, piece=_between(parts[:first], base, state))
    yield from (_item(part, state) for part in parts[first:last])
    yield Item(stop, stop, "closes", pair=number, piece=_between(parts[last:], state, base))


def _between(parts: Sequence[_Part], here: _State, there: _State) -> Piece:
    """What leads from the words of one state to those of another, with ``parts`` as they stand."""
    if not parts:
        return (_CLOSE + _way(here, there) + _OPEN,)
    first, last = parts[0], parts[-1]
    return (_CLOSE + _way(here, first.before), (first.start, last.stop), _way(last.after, there) + _OPEN)
