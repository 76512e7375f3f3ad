"""Marks around words, as ``**bold**`` and ``<a>links</a>`` have them, put where the words went.

The model carries a slot well that stands for a word. Two that belong together around words it often loses. Then the
sentence is translated without them, and cross-attention says which words of the translation come from the words inside
(as Bergamot does for HTML): the marks are put around those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from translator.text.subwords import Subwords
from translator.translation.prepare import Prepared

__all__ = ["Lifted", "lift", "put_back"]

_MARK = re.compile(r"(?:[*_~]+|!?\[|\]\([^()]*\)|\]\[[^\]]*\]|\]|</?[A-Za-z0-9][^<>]*>)+")


@dataclass(frozen=True)
class Lifted:
    """A sentence without its pairs of marks, and the characters that each pair stood around."""

    prepared: Prepared
    pairs: tuple[tuple[str, str, int, int], ...]  # slot that opens, slot that closes, start, stop


def lift(prepared: Prepared) -> Lifted | None:
    """Take the pairs of marks out of a sentence; ``None`` where it has none."""
    open_slots: list[str] = []
    partners: dict[str, str] = {}
    for character in prepared.text:
        span = prepared.spans.get(character)
        if span is None or not _MARK.fullmatch(span.source):
            continue
        if span.joins_right and not span.joins_left:
            open_slots.append(character)
        elif span.joins_left and open_slots:
            partners[open_slots.pop()] = character
    if not partners:
        return None
    marks = {*partners, *partners.values()}
    text, places = "", {}
    for character in prepared.text:
        if character in marks:
            places[character] = len(text)
        elif character != " " or text[-1:] not in ("", " "):
            text += character
    kept = {slot: span for slot, span in prepared.spans.items() if slot not in marks}
    pairs = tuple((opens, closes, places[opens], places[closes]) for opens, closes in partners.items())
    return Lifted(replace(prepared, text=text.rstrip(), spans=kept), pairs)


def put_back(
    lifted: Lifted, subwords: Subwords, source: Sequence[int], target: Sequence[int], weights: Sequence[Sequence[float]]
) -> str | None:
    """The translation with each pair around the words that look at the words it was around; ``None`` where two pairs
    would cross. ``weights`` (T, S): row t belongs to piece t of ``target``; ``source`` has its tag and ``</s>``."""
    text = subwords.decode(target)
    of_source, of_target = _spans(subwords, source[1:-1]), _spans(subwords, target)
    looks = [max(range(len(of_source)), key=lambda s: row[s + 1]) for row in weights[: len(target)]]
    found: list[tuple[str, str, int, int]] = []
    for opens, closes, start, stop in sorted(lifted.pairs, key=lambda pair: pair[3] - pair[2]):
        inside = {s for s, (a, b) in enumerate(of_source) if a < stop and start < b}
        own = [of_target[t] for t, s in enumerate(looks) if s in inside and _is_word(text, of_target[t])]
        if not own:
            best = max(range(len(of_target)), key=lambda t: sum(weights[t][s + 1] for s in inside))
            own = [of_target[best]]
        begin, end = _whole_words(text, min(a for a, _ in own), max(b for _, b in own))
        for _, _, a, b in found:
            if begin < b and a < end and not (begin <= a and b <= end):
                return None
        found.append((opens, closes, begin, end))
    marked = [(begin, 1, -(end - begin), opens) for opens, _, begin, end in found]
    marked += [(end, 0, end - begin, closes) for _, closes, begin, end in found]
    for place, _, _, slot in sorted(marked, reverse=True):
        text = text[:place] + slot + text[place:]
    return text


def _spans(subwords: Subwords, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Where each piece stands in the text that ``ids`` spell."""
    ends = [0, *(len(subwords.decode(ids[: k + 1])) for k in range(len(ids)))]
    return list(pairwise(ends))


def _is_word(text: str, span: tuple[int, int]) -> bool:
    return any(c.isalnum() or "\ue000" <= c <= "\uf8ff" for c in text[slice(*span)])


def _whole_words(text: str, begin: int, end: int) -> tuple[int, int]:
    """The range with its first and last word whole, without white space and marks at its ends."""
    while begin < end and not text[begin].isalnum() and not "\ue000" <= text[begin] <= "\uf8ff":
        begin += 1
    while end > begin and not text[end - 1].isalnum() and not "\ue000" <= text[end - 1] <= "\uf8ff":
        end -= 1
    while begin > 0 and (text[begin - 1].isalnum() or text[begin - 1] in "'-"):
        begin -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "'-"):
        end += 1
    return begin, end
