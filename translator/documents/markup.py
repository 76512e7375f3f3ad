"""HTML and XML without a byte touched: where tags are, which belong together, and passages with tags in them.

A parser that builds a tree forgets how its file was written. Here a text is cut into tags with their places; what lies
between them is read where it is needed, and only what is translated is written anew.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from translator.documents.document import Slot, says_something
from translator.documents.passage import BREAK, Item

_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z) | <!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z)
    | <![A-Za-z](?:[^<>\[\]"']++|"[^"]*"|'[^']*')*+(?:\[.*?\]\s*)?> | <![^>]*>
    | <(?P<close>/?)(?P<name>[^\W\d][^\s/<>"'=]*)(?:(?:[^<>"']++|"[^"]*"|'[^']*')*+|[^<>]*)(?P<empty>(?<=/))?>""",
    re.DOTALL | re.VERBOSE,
)


def names(text: str) -> frozenset[str]:
    """The names in ``text``, which spaces part."""
    return frozenset(text.split())


_LINE = re.compile(r"\s*(?:<[^<>]*>\s*)*(?P<words>[^\s<].*?)(?:\s*<[^<>]*>)*\s*")
_RAW = names("script style textarea xmp iframe noembed noframes")  # of HTML: no tags inside
_VOID = names("area base br col embed hr img input link meta param source track wbr")
_ATTRIBUTE = r"""(?<=[\s"'])(?:%s)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'<>=]+))"""
_UNKNOWN = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)[\w.:-]+;")  # only the DTD knows these


@dataclass(slots=True)
class Tag:
    """A tag, a comment or the like, ``start <= i < stop``."""

    start: int
    stop: int
    kind: Literal["opens", "closes", "empty", "data", "other"]  # data: CDATA
    name: str
    whole: str  # as it is written
    partner: int = -1  # index of the tag that closes or opens it

    def value(self, names: str) -> str:
        """The value of the first attribute whose name is one of ``names`` (a pattern), or nothing."""
        found = next(self.attributes(names), None)
        return read(found["double"] or found["single"] or found["bare"] or "") if found else ""

    def attributes(self, names: str) -> Iterator[re.Match[str]]:
        """Attributes whose names match a pattern."""
        return re.compile(_ATTRIBUTE % names, re.IGNORECASE).finditer(self.whole)


def words_on(line: str) -> range:
    """Where the words of a line of HTML stand, with the tags that stand around a part of them."""
    found = _LINE.fullmatch(line)
    if found is None:
        return range(0)
    start, stop = found.span("words")
    depth = lowest = 0
    for tag in tags_of(line[start:stop], is_html=True):
        depth += (tag.kind == "opens") - (tag.kind == "closes")
        lowest = min(lowest, depth)
    opening = [tag.start() for tag in re.finditer(r"<\w[^<>]*>", line[:start])]
    closing = [tag.end() for tag in re.compile(r"</[^<>]*>").finditer(line, stop)]
    start = opening[lowest] if 0 < -lowest <= len(opening) else start
    stop = closing[depth - lowest - 1] if 0 < depth - lowest <= len(closing) else stop
    return range(start, stop)


def tags_of(text: str, *, is_html: bool = False) -> list[Tag]:
    """The tags of ``text``, in order. Any text has some or none: what is no tag is text."""
    tags: list[Tag] = []
    open_tags: defaultdict[str, list[int]] = defaultdict(list)
    at = 0
    while found := _TAG.search(text, at):
        at = found.end()
        name = found["name"] or ""
        tag = Tag(found.start(), at, "other", name.lower() if is_html else name, found.group())
        if not name:
            tag.kind = "other" if found["data"] is None else "data"
        elif found["close"]:
            tag.kind = "closes"
            if open_tags[tag.name]:
                tag.partner = open_tags[tag.name].pop()
                tags[tag.partner].partner = len(tags)
        elif found["empty"] is not None or (is_html and tag.name in _VOID):
            tag.kind = "empty"
        else:
            tag.kind = "opens"
            open_tags[tag.name].append(len(tags))
            if is_html and tag.name in _RAW:
                end = re.compile(rf"</{tag.name}(?=[\s/>])", re.IGNORECASE).search(text, at)
                at = end.start() if end else len(text)
        tags.append(tag)
    return tags


def attribute_slots(tag: Tag, names: str) -> Iterator[Slot]:
    """A slot for the value of each attribute of ``tag`` that is one of ``names`` and says something."""
    for found in tag.attributes(names):
        group = next(name for name in ("double", "single", "bare") if found[name] is not None)
        value = "" if group == "bare" else found[group]  # without quotation marks it is one word, and often a key
        passage = BREAK.sub(" ", read(value.strip())).strip()
        if says_something(passage):
            start = tag.start + found.start(group) + len(value) - len(value.lstrip())
            quote = ('"', "&quot;") if group == "double" else ("'", "&#39;")
            yield Slot(start, start + len(value.strip()), passage, render=partial(write, quote=quote))


def read(text: str) -> str:
    """What characters and entities stand for."""
    return html.unescape(text)


def write(text: str, quote: tuple[str, str] = ("", "")) -> str:
    """``text`` as it stands between tags, or, with ``quote`` replaced by its entity, in an attribute."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace(*quote) if quote[0] else text


def text_items(text: str, start: int, stop: int, *, is_html: bool = False) -> Iterator[Item]:
    """The words between two tags; an entity whose meaning only the DTD knows stands alone."""
    at = start
    for found in () if is_html else _UNKNOWN.finditer(text, start, stop):
        yield from text_items(text, at, found.start(), is_html=True)
        yield Item(found.start(), found.end(), "alone")
        at = found.end()
    if at < stop:
        yield Item(at, stop, "text", read(text[at:stop]))
