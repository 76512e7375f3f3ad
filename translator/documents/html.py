"""HTML: words between tags, and what a reader reads in attributes; scripts, code and ``translate="no"`` are kept.

The walk through a text of tags serves other formats of that kind too, by a grammar that says what its tags mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from translator.documents.document import Border, Slot
from translator.documents.markup import Tag, attribute_slots, names, tags_of, text_items, write
from translator.documents.passage import Item, partners_of, passage_slot


@dataclass(frozen=True)
class Grammar:
    """What the tags of a format mean to a translator. A tag that is neither inline nor aside parts passages."""

    inline: frozenset[str] = frozenset()  # stand in a sentence
    kept: frozenset[str] = frozenset()  # nobody translates what is inside; in a sentence it is a word
    aside: frozenset[str] = frozenset()  # stand in a sentence, and hold passages of their own
    within: frozenset[str] = frozenset()  # the only ones that hold words, if any is named
    idle: frozenset[str] = frozenset()  # start tags that change nothing
    attributes: str = ""  # a pattern of names
    is_html: bool = False


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


def html_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each passage of an HTML text."""
    return walk(text, _HTML)


def walk(text: str, grammar: Grammar) -> Iterator[Slot | Border]:
    """The slots of a text of tags, and borders between its blocks; not in order."""
    tags = tags_of(text, is_html=grammar.is_html)
    end = Tag(len(text), len(text), "other", "", "")
    return _walk(text, [*tags, end], grammar, 0, len(tags), at=0, is_whole=True)


def _walk(
    text: str, tags: Sequence[Tag], grammar: Grammar, index: int, last: int, *, at: int, is_whole: bool = False
) -> Iterator[Slot | Border]:
    """The slots of what stands between offset ``at`` and tag ``last``, ``index`` being the first tag."""
    depth = base = int(not grammar.within)
    words = (grammar.inline | grammar.kept) - _BLOCKS  # elements that can be a word of a sentence
    items: list[Item] = []
    while index <= last:
        tag = tags[index]
        if depth:
            items += text_items(text, at, tag.start, is_html=grammar.is_html)
        if index == last:
            break
        at, following = tag.stop, index + 1
        kept, aside = _is_kept(tag, grammar), tag.kind == "opens" and tag.name in grammar.aside
        if kept or aside:
            is_whole = is_whole and (tag.partner >= 0 or tag.kind == "empty")  # where it ends is not known
            following = _after(tags, index, last)
            at = tags[following - 1].stop
        if tag.kind == "data" and depth and not grammar.is_html:
            items.append(Item(tag.start, tag.stop, "text", tag.whole[9:-3]))
        elif tag.kind in ("other", "data") or aside or (kept and tag.name in words):
            items.append(Item(tag.start, at, "alone"))
        elif tag.name in grammar.inline:
            first = min(index, tag.partner)
            kind: Literal["opens", "closes", "alone"] = (
                "alone" if first < 0 else "opens" if first == index else "closes"
            )
            idle = first >= 0 and tags[first].whole in grammar.idle
            items.append(Item(tag.start, tag.stop, kind, pair=first, name=tag.name, idle=idle))
        else:
            yield from _slots(items)
            items = []
            if is_whole and depth == base:
                yield Border(tag.start)
            depth += (tag.name in grammar.within) * {"opens": 1, "closes": -1}.get(tag.kind, 0)
        if aside:
            yield from _walk(text, tags, grammar, index + 1, following - 1, at=tag.stop)
        elif not kept and tag.kind in ("opens", "empty"):
            yield from _attributes(tag, grammar)
        index = following
    yield from _slots(items)


def _after(tags: Sequence[Tag], index: int, last: int) -> int:
    """The index after an element; one that is never closed goes to the end if it is of the kind that must be."""
    if tags[index].partner >= 0:
        return tags[index].partner + 1
    return last if tags[index].kind == "opens" and tags[index].name in _BLOCKS | _RAW else index + 1


def _is_kept(tag: Tag, grammar: Grammar) -> bool:
    if tag.kind not in ("opens", "empty"):
        return False
    if tag.name in grammar.kept:
        return True
    return grammar.is_html and (tag.value("translate").lower() == "no" or "notranslate" in tag.value("class").split())


def _attributes(tag: Tag, grammar: Grammar) -> Iterator[Slot]:
    wanted = grammar.attributes
    if tag.name in ("meta", "link"):
        wanted = "content" if re.fullmatch(_DESCRIBES, tag.value("name|property")) else ""
    elif tag.name == "input" and tag.value("type") in ("submit", "button", "reset"):
        wanted += "|value"
    if wanted:
        yield from attribute_slots(tag, wanted)


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
        if slot := passage_slot(group, write):
            yield slot
