"""HTML: words between tags, and what a reader reads in attributes; scripts, code and ``translate="no"`` are kept.

The walk through a text of tags serves other formats of that kind too, by a grammar that says what its tags mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from translator.documents.document import Slot
from translator.documents.markup import (
    Item,
    Tag,
    attribute_slots,
    names,
    partners_of,
    passage_slot,
    tags_of,
    text_items,
    value_of,
)


@dataclass(frozen=True)
class Grammar:
    """What the tags of a format mean to a translator. A tag that is neither inline nor aside parts passages."""

    inline: frozenset[str]  # stand in a sentence
    kept: frozenset[str] = frozenset()  # nobody translates what is inside; in a sentence it is a word
    aside: frozenset[str] = frozenset()  # stand in a sentence, and hold passages of their own
    within: frozenset[str] = frozenset()  # the only ones that hold words, if any is named
    idle: frozenset[str] = frozenset()  # start tags that change nothing
    attributes: str = ""  # a pattern of names
    is_html: bool = False

    @property
    def words(self) -> frozenset[str]:
        """Elements that can be a word of a sentence."""
        return self.inline | self.kept


_HTML = Grammar(
    inline=names(
        "a abbr acronym b bdi bdo big cite data del dfn em font i img input ins label mark nobr q ruby rp rt s small"
        " span strike strong sub sup time tt u wbr"
    ),
    kept=names("code kbd math pre samp script style svg template textarea var xmp iframe noembed noframes"),
    attributes="alt|title|placeholder|aria-label|aria-description|label",
    is_html=True,
)
_BLOCKS = names("pre textarea template iframe")  # kept, and no word of a sentence
_RAW = names("script style")
_DESCRIBES = r"(?i:description|(?:og|twitter):(?:title|description))"


def html_slots(text: str) -> list[Slot]:
    """A slot for each passage of an HTML text, in order."""
    return sorted(walk(text, tags_of(text, is_html=True), _HTML), key=lambda slot: (slot.start, -slot.stop))


def walk(text: str, tags: Sequence[Tag], grammar: Grammar, first: int = 0, last: int | None = None) -> Iterator[Slot]:
    """The slots of what stands between tag ``first`` and tag ``last``, or in all of ``text``; not in order."""
    is_whole, last = last is None, len(tags) if last is None else last
    at = 0 if is_whole else tags[first - 1].stop
    depth = int(not grammar.within)
    items: list[Item] = []
    index = first
    while index <= last:
        tag = tags[index] if index < len(tags) else Tag(len(text), len(text), "other")
        if depth:
            items += text_items(text, at, tag.start, is_html=grammar.is_html)
        if index == last:
            break
        at, following = tag.stop, index + 1
        kept, aside = _is_kept(text, tag, grammar), tag.kind == "opens" and tag.name in grammar.aside
        if kept or aside:
            following = _after(tags, index, last)
            at = tags[following - 1].stop
        if tag.kind == "data" and depth and not grammar.is_html:
            items.append(Item(tag.start, tag.stop, "text", text[tag.start + 9 : tag.stop - 3]))
        elif tag.kind in ("other", "data") or aside or (kept and tag.name not in _BLOCKS and tag.name in grammar.words):
            items.append(Item(tag.start, at, "alone"))
        elif tag.name in grammar.inline:
            items.append(_inline(text, tags, index, grammar))
        else:
            yield from _slots(items)
            items = []
            depth += (tag.name in grammar.within) * {"opens": 1, "closes": -1}.get(tag.kind, 0)
        if aside:
            yield from walk(text, tags, grammar, index + 1, following - 1)
        elif not kept and tag.kind in ("opens", "empty"):
            yield from _attributes(text, tag, grammar)
        index = following
    yield from _slots(items)


def _inline(text: str, tags: Sequence[Tag], index: int, grammar: Grammar) -> Item:
    tag = tags[index]
    if tag.partner < 0:
        return Item(tag.start, tag.stop, "alone")
    kind: Literal["opens", "closes"] = "opens" if tag.kind == "opens" else "closes"
    opening = tags[first := min(index, tag.partner)]
    idle = text[opening.start : opening.stop] in grammar.idle
    return Item(tag.start, tag.stop, kind, pair=first, name=tag.name, idle=idle)


def _after(tags: Sequence[Tag], index: int, last: int) -> int:
    """The index after an element; one that is never closed goes to the end if it is of the kind that must be."""
    if tags[index].partner >= 0:
        return tags[index].partner + 1
    return last if tags[index].kind == "opens" and tags[index].name in _BLOCKS | _RAW else index + 1


def _is_kept(text: str, tag: Tag, grammar: Grammar) -> bool:
    if tag.kind not in ("opens", "empty") or not (grammar.is_html or grammar.kept):
        return False
    if tag.name in grammar.kept:
        return True
    whole = text[tag.start : tag.stop]
    return grammar.is_html and (
        value_of(whole, "translate").lower() == "no" or "notranslate" in value_of(whole, "class").split()
    )


def _attributes(text: str, tag: Tag, grammar: Grammar) -> Iterator[Slot]:
    whole, wanted = text[tag.start : tag.stop], grammar.attributes
    if tag.name in ("meta", "link"):
        wanted = "content" if re.fullmatch(_DESCRIBES, value_of(whole, "name|property")) else ""
    elif tag.name == "input" and value_of(whole, "type") in ("submit", "button", "reset"):
        wanted += "|value"
    if wanted:
        yield from attribute_slots(text, tag, wanted)


def _slots(items: Sequence[Item]) -> Iterator[Slot]:
    """The passage of ``items``; links with nothing but signs between them, as in a menu, are one each."""
    partners = partners_of(items)
    links, index = [], 0
    while index < len(items):
        begin, item = index, items[index]
        if item.kind == "opens" and item.name == "a" and index in partners:
            index = partners[index]
            links.append(items[begin : index + 1])
        elif any(c.isalnum() for c in item.words):
            links = []
            break
        index += 1
    for group in links or [items]:
        if slot := passage_slot(group):
            yield slot
