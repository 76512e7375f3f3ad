"""What translators exchange: XLIFF 1.2 and 2, TMX, and the strings of an Android program.

A unit without a translation is a passage, and its translation is written where the format wants it; the codes of the
source go with it. A unit that has one is kept, unless it says of itself that it is none.
https://docs.oasis-open.org/xliff/v1.2/os/xliff-core.html, https://docs.oasis-open.org/xliff/xliff-core/v2.0/,
https://www.gala-global.org/tmx-14b, https://developer.android.com/guide/topics/resources/string-resource
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from translator.documents.document import Border, Slot
from translator.documents.markup import Tag, names, tags_of, text_items, write
from translator.documents.passage import Item, passage_slot

_CODES = names("bpt ept ph it ut sub bx ex x sc ec cp xliff:g")  # what is inside is no text
_OPENING, _CLOSING = names("bpt bx sc"), names("ept ex ec")
_PARTNER = ("rid", "startRef", "i", "id")  # by what those two find each other
_UNTRANSLATED = names("new initial needs-translation needs-l10n needs-adaptation")
_LANGUAGE = "xml:lang|lang"
_ELSEWHERE = names("alt-trans seg-source note matches mtc:matches")  # hold sources and targets of their own


def _read(
    tags: Sequence[Tag],
    units: str,
    slots_of: Callable[[int], Iterator[Slot]],
    refusal: tuple[str, str] | None = None,
    state: Any = None,
) -> Iterator[Slot | Border]:
    """The slots of elements named so, outside those whose attribute refuses a translation; a border before each."""
    end, is_known = 0, True
    for index, tag in enumerate(tags):
        if tag.kind != "opens" or tag.start < end:
            continue
        is_kept = refusal is not None and tag.value(refusal[0]) == refusal[1]
        is_unit = tag.name in units.split() and not is_kept
        if is_known and is_unit:
            yield Border(tag.start, state)
        if tag.partner < 0:
            is_known = is_known and not is_kept  # where it ends: the text may break off here
        elif is_kept:
            end = tags[tag.partner].stop
        elif is_unit:
            yield from slots_of(index)


def xliff_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for the target of each unit that has none."""
    tags = tags_of(text)

    def slots_of(unit: int) -> Iterator[Slot]:
        source, target = (_child(tags, unit, name) for name in ("source", "target"))
        states = tags[unit].value("state"), tags[target].value("state")
        is_done = tags[unit].value("approved") == "yes" or not _UNTRANSLATED.intersection(states)
        if source and (not target or not is_done or not _content(text, tags, target).strip()):
            yield from _in_target(text, tags, source, target, ("<target>", "</target>"))

    return _read(tags, "trans-unit segment", slots_of, ("translate", "no"))


def tmx_slots(text: str, state: tuple[str, str] | None = None) -> Iterator[Slot | Border]:
    """A slot for the side that a unit lacks; the other one is in the memory's source language. ``state`` are the codes
    of both languages."""
    tags = tags_of(text)
    source_code, target_code = codes = state or _languages(tags)

    def slots_of(unit: int) -> Iterator[Slot]:
        sides = [i for i in range(tags[unit].partner, unit, -1) if tags[i].name == "tuv" and tags[i].partner > i]
        by_language = {_base(tags[i].value(_LANGUAGE)): i for i in sides}
        source, target = by_language.get(source_code, 0), by_language.get(_base(target_code), 0)
        seg, other = (_child(tags, side, "seg") if side else 0 for side in (source, target))
        if seg and target and other and not _content(text, tags, other).strip():
            yield from _in_target(text, tags, seg, other, ("<seg>", "</seg>"))
        elif seg and not target:
            new = (f'<tuv xml:lang="{target_code}"><seg>', "</seg></tuv>")
            yield from _in_target(text, tags, seg, 0, new, after=source)

    return _read(tags, "tu", slots_of, state=codes)


def _languages(tags: Sequence[Tag]) -> tuple[str, str]:
    """The language of the sources, as ``en`` or ``pt``, and the code of the other one, as the memory writes it."""
    codes = [tag.value(_LANGUAGE) for tag in tags if tag.name == "tuv" and tag.partner >= 0]
    header = "".join(tag.value("srclang") for tag in tags if tag.name == "header")
    source = next((_base(code) for code in [header, *codes] if _base(code) in ("en", "pt")), "en")
    other = "pt" if source == "en" else "en"
    return source, next((code for code in codes if _base(code) == other), other)


def _base(code: str) -> str:
    return re.split("[-_]", code.lower())[0]


def _child(tags: Sequence[Tag], parent: int, name: str) -> int:
    """The index of an element's part of that name, 0 if it has none."""
    index = parent + 1
    while index < tags[parent].partner:
        if tags[index].name == name and tags[index].kind in ("opens", "empty"):
            return index
        index = tags[index].partner + 1 if tags[index].name in _ELSEWHERE and tags[index].partner > index else index + 1
    return 0


def _content(text: str, tags: Sequence[Tag], index: int) -> str:
    partner = tags[index].partner
    return text[tags[index].stop : tags[partner].start] if partner > index else ""


def _in_target(
    text: str, tags: Sequence[Tag], source: int, target: int, new: tuple[str, str], after: int = 0
) -> Iterator[Slot]:
    """The slot of the words of element ``source``, in element ``target`` or in a ``new`` one that comes ``after``."""
    slot = passage_slot(_items(text, tags, source), write)
    if slot is None:
        return
    begin, end = tags[source].stop, tags[tags[source].partner].start
    around = text[begin : slot.start] + slot.frame[0], slot.frame[1] + text[slot.stop : end]
    if not target:
        element = tags[after or source]
        start = stop = tags[element.partner].stop
        line = re.search(r"[\r\n]*[ \t]*\Z", text[max(0, element.start - 400) : element.start])
        new = ((line.group() if line else "") + new[0], new[1])
    elif tags[target].partner < target:  # <target/>
        start, stop = tags[target].start, tags[target].stop
        new = (tags[target].whole.rstrip("/> ") + ">", new[1])
    else:
        start, stop = tags[target].stop, tags[tags[target].partner].start
        new = ("", "")
    yield replace(slot, start=start, stop=stop, frame=(new[0] + around[0], around[1] + new[1]))


def _items(
    text: str, tags: Sequence[Tag], parent: int, words: Callable[[str], str] = lambda text: text
) -> Iterator[Item]:
    """What is inside an element: words, tags around them, and codes."""
    at, index = tags[parent].stop, parent + 1
    codes: dict[str, int] = {}
    while index <= tags[parent].partner:
        tag = tags[index]
        yield from (replace(item, words=words(item.words)) for item in text_items(text, at, tag.start))
        if index == tags[parent].partner:
            break
        first = min(index, tag.partner)
        is_kept = tag.name in _CODES or tag.value("translate") == "no" or tag.value("mtype") == "protected"
        if is_kept and tag.kind == "opens" and tag.partner > index:
            index = tag.partner
        at = tags[index].stop
        if tag.kind == "data":
            yield Item(tag.start, at, "text", words(tag.whole[9:-3]))
        elif tag.name in _OPENING | _CLOSING:
            name = next((value for name in _PARTNER if (value := tag.value(name))), "")
            code = -2 - codes.setdefault(name, len(codes))
            yield Item(tag.start, at, "opens" if tag.name in _OPENING else "closes", pair=code)
        elif is_kept or first < 0:
            yield Item(tag.start, at, "alone")
        else:
            yield Item(tag.start, at, "opens" if first == index else "closes", pair=first)
        index += 1


def android_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each string, and each item of a list or a plural."""
    tags = tags_of(text)

    def slots_of(unit: int) -> Iterator[Slot]:
        if not _content(text, tags, unit).lstrip().startswith(("@", "?")):  # a reference
            slot = passage_slot(_items(text, tags, unit, _android_words), _android)
            yield from [slot] if slot else []

    return _read(tags, "string item", slots_of, ("translatable", "false"))


def _android_words(text: str) -> str:
    """Text without the quotation marks that only keep white space, and without the backslashes before others."""
    return re.sub(r"""\\(['"@?])|(?<!\\)\"""", lambda found: found[1] or "", text)


def _android(text: str) -> str:
    return re.sub(r"""(?<!\\)(['"])|^(?=[@?])""", r"\\\g<0>", write(text))
