"""HTML and XML without a byte touched: where tags are, which belong together, and passages with tags in them.

A parser that builds a tree forgets how its file was written. Here a text is cut into tags with their places; what lies
between them is read where it is needed, and only what is translated is written anew.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from translator.documents.document import Slot, merged, says_something
from translator.documents.inline import Piece

_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z) | <!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z)
    | <![A-Za-z](?:[^<>\[\]"']++|"[^"]*"|'[^']*')*+(?:\[.*?\]\s*)?> | <![^>]*>
    | <(?P<close>/?)(?P<name>[^\W\d][^\s/<>"'=]*)(?:(?:[^<>"']++|"[^"]*"|'[^']*')*+|[^<>]*)(?P<empty>(?<=/))?>""",
    re.DOTALL | re.VERBOSE,
)


def names(text: str) -> frozenset[str]:
    """The names in ``text``, which spaces part."""
    return frozenset(text.split())


_RAW = names("script style textarea xmp iframe noembed noframes")  # of HTML: no tags inside
_VOID = names("area base br col embed hr img input link meta param source track wbr")
_ATTRIBUTE = r"""(?<=[\s"'])(?:%s)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'<>=]+))"""
_UNKNOWN = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)[\w.:-]+;")  # only the DTD knows these
_BREAK = re.compile(r" *[\t\r\n\f\v][ \t\r\n\f\v]*")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, a comment or the like, ``start <= i < stop``."""

    start: int
    stop: int
    kind: Literal["opens", "closes", "empty", "data", "other"]  # data: CDATA
    name: str = ""
    partner: int = -1  # index of the tag that closes or opens it


def tags_of(text: str, *, is_html: bool = False) -> list[Tag]:
    """The tags of ``text``, in order. Any text has some or none: what is no tag is text."""
    tags: list[Tag] = []
    open_tags: defaultdict[str, list[int]] = defaultdict(list)
    at = 0
    while found := _TAG.search(text, at):
        at = found.end()
        name = found["name"] or ""
        name = name.lower() if is_html else name
        if not name:
            tags.append(Tag(found.start(), at, "other" if found["data"] is None else "data"))
        elif found["close"]:
            partner = open_tags[name].pop() if open_tags[name] else -1
            if partner >= 0:
                tags[partner] = replace(tags[partner], partner=len(tags))
            tags.append(Tag(found.start(), at, "closes", name, partner))
        elif found["empty"] is not None or (is_html and name in _VOID):
            tags.append(Tag(found.start(), at, "empty", name))
        else:
            open_tags[name].append(len(tags))
            tags.append(Tag(found.start(), at, "opens", name))
            if is_html and name in _RAW:
                end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(text, at)
                at = end.start() if end else len(text)
    return tags


def value_of(tag: str, names: str) -> str:
    """The value of the first attribute of a tag whose name is one of ``names`` (a pattern), or nothing."""
    found = next(_attributes(tag, names), None)
    return read(found["double"] or found["single"] or found["bare"] or "") if found else ""


def _attributes(tag: str, names: str) -> Iterator[re.Match[str]]:
    return re.compile(_ATTRIBUTE % names, re.IGNORECASE).finditer(tag)


def attribute_slots(text: str, tag: Tag, names: str) -> Iterator[Slot]:
    """A slot for the value of each attribute of ``tag`` that is one of ``names`` and says something."""
    for found in _attributes(text[tag.start : tag.stop], names):
        group = next(name for name in ("double", "single", "bare") if found[name] is not None)
        value = "" if group == "bare" else found[group]  # without quotation marks it is one word, and often a key
        passage = _BREAK.sub(" ", read(value.strip())).strip()
        if says_something(passage):
            start = tag.start + found.start(group) + len(value) - len(value.lstrip())
            quote = "&quot;" if group == "double" else "&#39;"
            render = partial(write, quote=('"' if group == "double" else "'", quote))
            yield Slot(start, start + len(value.strip()), passage, render=render)


def read(text: str) -> str:
    """What characters and entities stand for."""
    return html.unescape(text)


def write(text: str, quote: tuple[str, str] = ("", "")) -> str:
    """``text`` as it stands between tags, or, with ``quote`` replaced by its entity, in an attribute."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace(*quote) if quote[0] else text


@dataclass(frozen=True)
class Item:
    """A part of a passage as it stands in the document: words, or what goes around them or between them."""

    start: int
    stop: int
    kind: Literal["text", "opens", "closes", "alone"]
    words: str = ""  # as a reader reads them
    pair: int = -1  # the same for what opens and what closes
    name: str = ""  # of a tag
    idle: bool = False  # of a pair that may be left out
    piece: Piece | None = None  # what to write for it, if that is not what stands there


def text_items(text: str, start: int, stop: int, *, is_html: bool = False) -> Iterator[Item]:
    """The words between two tags; an entity whose meaning only the DTD knows stands alone."""
    at = start
    for found in () if is_html else _UNKNOWN.finditer(text, start, stop):
        yield from text_items(text, at, found.start(), is_html=True)
        yield Item(found.start(), found.end(), "alone")
        at = found.end()
    if at < stop:
        yield Item(at, stop, "text", read(text[at:stop]))


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
            if all(i.kind == "alone" or (i.kind == "text" and not i.words.strip()) for i in pair[1:-1]):
                whole = [part for i in pair for part in (i.piece or [(i.start, i.stop)])]
                result[begin:] = [Item(pair[0].start, item.stop, "alone", piece=whole)]
    return result


def _peeled(items: Sequence[Item]) -> list[Item]:
    """``items`` without what says nothing at either end, and without a pair around all of it."""
    partners = partners_of(items)
    first, last = 0, len(items)

    def idle(item: Item) -> bool:
        return item.kind == "alone" or (item.kind == "text" and not item.words.strip())

    while first < last:
        if idle(items[first]):
            first += 1
        elif idle(items[last - 1]):
            last -= 1
        elif items[first].kind == "opens" and partners.get(first) == last - 1:
            first, last = first + 1, last - 1
        else:
            break
    return list(items[first:last])


def passage_slot(
    items: Iterable[Item],
    render: Callable[[str], str] = write,
    frame: Callable[[Item, Item], tuple[str, str]] = lambda first, last: ("", ""),
) -> Slot | None:
    """The slot of one passage; ``frame`` says what is written around it, by its first and last item."""
    items = _peeled(_wordless([item for item in items if item.start < item.stop or item.piece]))
    if not items:
        return None
    all_words = "".join(item.words for item in items)
    partners = partners_of(items)
    passage, number = "", 0
    names: dict[int, str] = {}
    protected: list[tuple[int, int]] = []
    pieces: dict[str, Piece] = {}
    for index, item in enumerate(items):
        if item.kind == "text":
            passage += item.words
            continue
        if item.kind == "closes":
            name = f"</{names[partners[index]]}>"
        else:
            number = _free(number + 1, all_words)
            names[index] = str(number)
            name = f"<{number}>" if item.kind == "opens" else f"<{number}/>"
        protected.append((len(passage), len(passage) + len(name)))
        passage += name
        pieces[name] = item.piece or [(item.start, item.stop)]
    return _squeezed(items, passage, protected, pieces, render, frame(items[0], items[-1]))


def _free(number: int, words: str) -> int:
    """The first number from ``number`` on that no stand-in-like text of the document's own has."""
    while re.search(rf"</?{number}/?>", words):
        number += 1
    return number


def _squeezed(
    items: Sequence[Item],
    passage: str,
    protected: Sequence[tuple[int, int]],
    pieces: dict[str, Piece],
    render: Callable[[str], str],
    frame: tuple[str, str],
) -> Slot | None:
    """The slot of a passage on one line, the white space at its ends kept outside."""
    lead, trail = len(passage) - len(passage.lstrip()), len(passage) - len(passage.rstrip())
    before, after = render(passage[:lead]), render(passage[len(passage) - trail :])
    shift = [0] * (len(passage) + 1)  # where each character comes to lie
    flat, at = "", lead
    for found in [*_BREAK.finditer(passage, lead, len(passage) - trail), None]:
        stop = found.start() if found else len(passage) - trail
        for i in range(at, stop + 1):
            shift[i] = len(flat) + i - at
        flat += passage[at:stop] + (" " if found else "")
        at = found.end() if found else stop
    ranges = tuple(merged((shift[a], shift[b]) for a, b in protected))
    if not says_something(flat, ranges):
        return None
    around = (frame[0] + before, after + frame[1])
    return Slot(items[0].start, items[-1].stop, flat, ranges, render, pieces, around)
