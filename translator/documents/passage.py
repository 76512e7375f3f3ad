"""Passages with markup in them: what need not be in one, and what in it must not be touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from translator.documents.document import Piece, Slot, on_one_line, says_something

BREAK = re.compile(r" *[\t\r\n\f\v][ \t\r\n\f\v]*")
_TAG_NAME = re.compile(r"</?\s*([A-Za-z][\w:-]*)")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_EDGES = re.compile(r"\s+|\S(?:.*\S)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a passage as it stands in the document: words, or what goes around them or between them.

    ``opens`` and ``closes`` come in pairs around words (emphasis, a link, a tag); what stands ``alone`` is no part of
    the sentence (an image, ``<br>``). In a passage of HTML or XML each is a short stand-in, elsewhere it is as it was.
    """

    start: int
    stop: int
    kind: Literal["text", "opens", "closes", "alone"]
    words: str = ""  # as a reader reads them; of markup, what stands in the passage, if that is no stand-in
    pair: int = -1  # the same for what opens and what closes
    name: str = ""  # of a tag
    idle: bool = False  # of a pair that may be left out
    piece: Piece | None = None  # what to write for it, if that is not what stands there
    kept: bool = False  # words that no translation may change: code, an address


def tag_item(start: int, tag: str) -> Item:
    """The item of an HTML tag that stands at ``start`` and stays as it is."""
    found = _TAG_NAME.match(tag)
    name = found[1].lower() if found else ""
    if not name or name in _VOID or tag.endswith("/>"):
        return Item(start, start + len(tag), "alone", tag)
    return Item(start, start + len(tag), "closes" if tag.startswith("</") else "opens", tag, name=f"<{name}>")


def items_between(text: str, marks: Sequence[Item], start: int, stop: int) -> Iterator[Item]:
    """``marks``, which are in order, and the words around them in ``text[start:stop]``; marks of the same name are
    pairs if they are well nested."""
    at = start
    stack: list[int] = []
    for number, mark in enumerate([*marks, Item(stop, stop, "alone")]):
        for part in _EDGES.finditer(text, at, mark.start):
            yield Item(part.start(), part.end(), "text", part.group())
        if mark.start == stop:
            return
        if mark.kind == "opens":
            stack.append(number)
            mark = replace(mark, pair=number)
        elif mark.kind == "closes" and stack and marks[stack[-1]].name == mark.name:
            mark = replace(mark, pair=stack.pop())
        yield mark
        at = mark.stop


def partners_of(items: Sequence[Item]) -> dict[int, int]:
    """Indices of what opens → of what closes it, and back, where they are well nested."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    for index, item in enumerate(items):
        if item.kind == "opens":
            stack.append(index)
        elif item.kind == "closes" and any(items[other].pair == item.pair for other in stack):
            while items[opening := stack.pop()].pair != item.pair:
                pass
            partners |= {opening: index, index: opening}
    return partners


def _says_nothing(item: Item) -> bool:
    return item.kind == "alone" or (item.kind == "text" and not item.words.strip())


def _wordless(items: Sequence[Item]) -> list[Item]:
    """``items`` without idle pairs, each pair without words made one that stands alone, and with no half pairs."""
    partners = partners_of(items)
    items = [item for index, item in enumerate(items) if not (item.idle and index in partners)]
    partners = partners_of(items)
    result: list[Item] = []
    places: dict[int, int] = {}
    for index, item in enumerate(items):
        places[index] = len(result)
        if item.kind in ("opens", "closes") and index not in partners:
            item = replace(item, kind="alone")
        result.append(item)
        if item.kind == "closes":
            begin = places[partners[index]]
            pair = result[begin:]
            if all(map(_says_nothing, pair[1:-1])):
                whole = [part for i in pair for part in (i.piece or [(i.start, i.stop)])]
                words = "".join(i.words for i in pair) if item.words else ""
                result[begin:] = [Item(pair[0].start, item.stop, "alone", words, piece=whole)]
    return result


def _peeled(items: Sequence[Item]) -> Sequence[Item]:
    """``items`` without what says nothing at either end, and without a pair around all of it."""
    partners = partners_of(items)
    first, last = 0, len(items)
    while first < last:
        if _says_nothing(items[first]):
            first += 1
        elif _says_nothing(items[last - 1]):
            last -= 1
        elif items[first].kind == "opens" and partners.get(first) == last - 1:
            first, last = first + 1, last - 1
        else:
            break
    return items[first:last]


def passage_slot(
    items: Iterable[Item],
    render: Callable[[str], str] = on_one_line,
    frame: Callable[[Item, Item], tuple[str, str]] = lambda first, last: ("", ""),
) -> Slot | None:
    """The slot of one passage; ``frame`` says what is written around it, by its first and last item. ``None`` if it
    says nothing."""
    items = _peeled(_wordless([item for item in items if item.start < item.stop or item.piece]))
    if not items:
        return None
    first, last = items[0], items[-1]
    lead = first.words[: len(first.words) - len(first.words.lstrip())] if first.kind == "text" else ""
    trail = last.words[len(last.words.rstrip()) :] if last.kind == "text" else ""
    passage, protected, pieces = _joined(items, lead, trail)
    if not says_something(passage, protected):
        return None
    around = frame(first, last)
    around = (around[0] + render(lead) if lead else around[0], render(trail) + around[1] if trail else around[1])
    return Slot(first.start, last.stop, passage, tuple(protected), render, pieces, around)


def _joined(items: Sequence[Item], lead: str, trail: str) -> tuple[str, list[tuple[int, int]], Mapping[str, Piece]]:
    """A passage on one line without ``lead`` and ``trail``, what is protected of it, and its stand-ins."""
    all_words = "".join(item.words for item in items)
    partners = partners_of(items)
    passage, waiting, number = "", "", 0
    names: dict[int, str] = {}
    protected: list[tuple[int, int]] = []
    pieces: dict[str, Piece] = {}
    for index, item in enumerate(items):
        if item.kind == "text" and not item.kept:
            words = item.words.removeprefix(lead) if index == 0 else item.words
            waiting += words.removesuffix(trail) if trail and index == len(items) - 1 else words
            continue
        name = BREAK.sub(" ", item.words)
        if not name and item.kind == "closes":
            name = f"</{names[partners[index]]}>"
        elif not name:
            number = _free(number + 1, all_words)
            names[index] = str(number)
            name = f"<{number}>" if item.kind == "opens" else f"<{number}/>"
        if not item.words:
            pieces[name] = item.piece or [(item.start, item.stop)]
        passage += BREAK.sub(" ", waiting)
        waiting = ""
        if protected and protected[-1][1] == len(passage):
            protected[-1] = (protected[-1][0], len(passage) + len(name))
        else:
            protected.append((len(passage), len(passage) + len(name)))
        passage += name
    return passage + BREAK.sub(" ", waiting), protected, pieces


def _free(number: int, words: str) -> int:
    """The first number from ``number`` on that no stand-in-like text of the document's own has."""
    while re.search(rf"</?{number}/?>", words):
        number += 1
    return number
