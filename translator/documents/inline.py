"""Markup inside a passage: where it stands, what must not be touched, and what need not be in the passage at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Piece = Sequence[str | tuple[int, int]]
"""What a stand-in stands for: texts, and ranges of the document."""


_TAG_NAME = re.compile(r"</?\s*([A-Za-z][\w:-]*)")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Mark:
    """A run of markup, ``start <= i < stop``.

    ``opens`` and ``closes`` come in pairs around words (emphasis, a link, a tag); ``aside`` stands alone and is no part
    of the sentence (an image, ``<br>``); ``word`` is one (code, an address); ``break`` ends a line for good.
    """

    start: int
    stop: int
    kind: Literal["opens", "closes", "aside", "word", "break"]
    name: str = ""  # of a tag: pairs have the same


def tag_mark(start: int, stop: int, tag: str) -> Mark:
    """The mark of an HTML tag that stands at ``start``."""
    found = _TAG_NAME.match(tag)
    name = found.group(1).lower() if found else ""
    if not name or name in _VOID or tag.endswith("/>"):
        return Mark(start, stop, "aside")
    return Mark(start, stop, "closes" if tag.startswith("</") else "opens", f"<{name}>")


def _partners(marks: Sequence[Mark]) -> dict[Mark, Mark]:
    """For each opening mark that is closed again, well nested, the mark that closes it."""
    partners = {}
    stack: list[Mark] = []
    for mark in marks:
        if mark.kind == "opens":
            stack.append(mark)
        elif mark.kind == "closes" and stack and stack[-1].name == mark.name:
            partners[stack.pop()] = mark
    return partners


def wordless(text: str, marks: Sequence[Mark]) -> list[Mark]:
    """``marks`` with each pair that holds no words made one aside: an image that is a link, an empty tag."""
    result: list[Mark] = []
    partners = {closing: opening for opening, closing in _partners(marks).items()}
    place: dict[Mark, int] = {}
    for mark in marks:
        place[mark] = len(result)
        if opening := partners.get(mark):
            begin = place[opening]
            inner = result[begin + 1 :]
            gaps = zip([opening.stop, *(m.stop for m in inner)], [*(m.start for m in inner), mark.start], strict=True)
            if all(m.kind == "aside" for m in inner) and not any(text[a:b].strip() for a, b in gaps):
                result[begin:] = [Mark(opening.start, mark.stop, "aside")]
                continue
        result.append(mark)
    return result


def peel(text: str, start: int, stop: int, marks: Sequence[Mark]) -> tuple[int, int]:
    """What is left of ``start <= i < stop`` without white space and markup around all of it.

    A pair goes when it holds everything, as in ``**Note**`` or ``[Start](#start)``; an aside goes from either end. What
    a sentence needs to be one stays. ``marks`` are in order.
    """
    inside = [mark for mark in marks if start <= mark.start and mark.stop <= stop]
    partners = _partners(inside)
    first, last = 0, len(inside)  # marks still inside: first <= i < last
    while start < stop:
        if text[start].isspace():
            start += 1
        elif text[stop - 1].isspace():
            stop -= 1
        elif first < last and inside[first].start == start and inside[first].kind == "aside":
            start = inside[first].stop
            first += 1
        elif first < last and inside[last - 1].stop == stop and inside[last - 1].kind == "aside":
            stop = inside[last - 1].start
            last -= 1
        elif first + 1 < last and inside[first].start == start and partners.get(inside[first]) == inside[last - 1]:
            if inside[last - 1].stop != stop:
                break
            start, stop = inside[first].stop, inside[last - 1].start
            first, last = first + 1, last - 1
        else:
            break
    return start, stop


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
