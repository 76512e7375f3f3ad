"""Marks around words, as ``**bold**`` and ``<a>links</a>`` have them, put where the words went.

The model carries a slot well that stands for a word. Two that belong together around words it often loses, and it
translates worse for them. So the sentence is translated without them, and cross-attention says which words of the
translation come from the words inside (as Bergamot does for HTML): the marks are put around those.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from translator.config import Direction
from translator.search.hypothesis import Engine
from translator.text.late import late
from translator.text.subwords import EOS, TAGS, Subwords
from translator.translation.prepare import Prepared

_MARK = late(r"(?:[*_~]+|!?\[|\]\([^()]*\)|\]\[[^\]]*\]|\]|</?[A-Za-z0-9][^<>]*>|\{\\[^{}]*\}|\\[a-z]+\{|\})+")
_QUOTED = late(r"""(?<!\w)(?:"[^"\s](?:[^"]*[^"\s])?"|'[^'\s](?:[^'"]*[^'"\s])?')(?!\w)""")
_NEVER = float("-inf")
_FAINT = 0.1  # links that tell nothing: small words that the other language has not
_FEW, _SHORT = 4, 14  # words of a quotation, and of the sentence around it


@dataclass(frozen=True)
class Lifted:
    """A sentence without its pairs of marks, and the characters that each pair stood around."""

    prepared: Prepared
    pairs: tuple[tuple[str, str, int, int], ...]  # what opens, what closes: a slot, a quotation mark; start, stop


def lift(prepared: Prepared) -> Lifted | None:
    """Take the pairs of marks and the quotation marks around a few words out of a sentence; ``None`` without any."""
    pairs = [*_slot_pairs(prepared), *_quoted(prepared.text)]
    if not pairs:
        return None
    marks = {place for pair in pairs for place in pair}
    text, places, skips = "", {}, False
    for place, character in enumerate(prepared.text):
        if place in marks:  # the space between a slot and the word it is joined to is there for the slot's sake
            if span := prepared.spans.get(character):
                text, skips = text.removesuffix(" ") if span.joins_left else text, span.joins_right
            places[place] = len(text)
        elif not (character == " " and (skips or text[-1:] in ("", " "))):
            text, skips = text + character, False
    gone = {prepared.text[place] for place in marks}
    kept = {slot: span for slot, span in prepared.spans.items() if slot not in gone}
    found = tuple((prepared.text[a], prepared.text[b], places[a], places[b]) for a, b in pairs)
    return Lifted(replace(prepared, text=text.rstrip(), spans=kept), found)


def _slot_pairs(prepared: Prepared) -> list[tuple[int, int]]:
    """Where slots of marks that open and of those that close them stand, the inner pairs first."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    if len(prepared.spans) < 2:
        return pairs
    for place, character in enumerate(prepared.text):
        span = prepared.spans.get(character)
        if span is None or not _MARK.fullmatch(span.source):
            continue
        if span.joins_right and not span.joins_left:
            opened.append(place)
        elif span.joins_left and opened:
            pairs.append((opened.pop(), place))
    return pairs


def _quoted(text: str) -> list[tuple[int, int]]:
    """Where quotation marks stand around a few words of a short ``text``, not around all of it; the model reads longer
    ones well with them."""
    if text.count('"') % 2 or len(text.split()) > _SHORT:
        return []
    found = [(m.start(), m.end() - 1) for m in _QUOTED.finditer(text)]
    few = [(a, b) for a, b in found if len(text[a:b].split()) <= _FEW]
    return [(a, b) for a, b in few if any(c.isalpha() for c in text[:a] + text[b:])]


Pair = tuple[Sequence[int], Sequence[int], Direction]  # a source with its tag and </s>, a target with neither


def linked(engine: Engine, pairs: Sequence[Pair], *, back: bool) -> list[list[list[float]]]:
    """(T, S) a pair, in [0, 1]: how strongly each piece of the target and each of the source belong together: what the
    target looks at and, with ``back``, what looks at it when it is translated back."""
    looks = engine.attention([source for source, _, _ in pairs], [target for _, target, _ in pairs])
    forth = [[row[1:-1] for row in rows] for rows in looks]
    if not back:
        return forth
    again = [[TAGS["pt-en" if way == "en-pt" else "en-pt"], *target, EOS] for _, target, way in pairs]
    return [
        [[math.sqrt(w * rows[s][t + 1]) for s, w in enumerate(row)] for t, row in enumerate(one)]
        for one, rows in zip(forth, engine.attention(again, [source[1:-1] for source, _, _ in pairs]), strict=True)
    ]


def put_back(
    lifted: Lifted,
    subwords: Subwords,
    source: Sequence[int],
    target: Sequence[int],
    strengths: Sequence[Sequence[float]],
) -> str:
    """The translation with each pair around the words that come from the words it was around.

    ``strengths`` (T, S): how strongly piece t of ``target`` and piece s of ``source`` belong together. Pairs that lie
    in each other, or apart, do so again; one that cannot is left out, which the check of the translation finds.
    """
    text = subwords.decode(target)
    of_source, of_target = _spans(subwords, source), _spans(subwords, target)
    # of each source piece, the target piece it belongs to most counts fully: others look at it for want of their own;
    # what is no word is looked at from everywhere
    read = subwords.decode(source)
    silent = [not re.search(r"[^\W_]|[\ue000-\uf8ff]", read[a:b]) for a, b in of_source]
    most = [max(column) or 1.0 for column in zip(*strengths, strict=True)]
    strengths = [
        [0.0 if no_word else value / top for value, top, no_word in zip(row, most, silent, strict=True)]
        for row in strengths
    ]
    found: list[tuple[tuple[str, str, int, int], int, int]] = []
    for pair in sorted(lifted.pairs, key=lambda pair: pair[3] - pair[2]):
        _, _, start, stop = pair
        within = [(begin, end) for (_, _, a, b), begin, end in found if start <= a and b <= stop]
        taken = [(begin, end) for _, begin, end in found if (begin, end) not in within]
        inside = {s for s, (a, b) in enumerate(of_source) if a < stop and start < b}
        values = [
            _NEVER if any(a < end and begin < b for begin, end in taken) else _share(row, inside)
            for row, (a, b) in zip(strengths, of_target, strict=True)
        ]
        first, last = _best_run(values)
        if sum(values[first : last + 1]) <= 0:  # nothing belongs there most of all: what does more than the rest
            first = last = max(
                range(len(values)), key=lambda t: (values[t] > _NEVER, sum(strengths[t][s] for s in inside))
            )
        begin, end = _whole_words(text, of_target[first][0], of_target[last][1])
        if pair[1] in "'\"" and start == 0:  # what opens a sentence opens its translation
            begin, _ = _whole_words(text, 0, end)
        begin, end = min([begin, *(a for a, _ in within)]), max([end, *(b for _, b in within)])
        if read[start:stop].rstrip()[-1:] in "?!…":  # "Run!" he said: what is cried is cried inside
            end += len(text[end:]) - len(text[end:].lstrip("?!…"))
        if begin < end and not any(begin < b and a < end for a, b in taken):
            found.append((pair, begin, end))
    # at one place what ends comes before what begins, the inner one first; the first found is the inner one
    marked = [(begin, 1, -rank, pair[0]) for rank, (pair, begin, _) in enumerate(found)]
    marked += [(end, 0, rank, pair[1]) for rank, (pair, _, end) in enumerate(found)]
    for place, _, _, slot in sorted(marked, reverse=True):
        text = text[:place] + slot + text[place:]
    return text


def _share(row: Sequence[float], inside: set[int]) -> float:
    """How far a piece's links lie ``inside`` rather than outside, from -1/2 to 1/2; less than 0 for one with few."""
    return sum(row[s] for s in inside) - sum(row) / 2 - _FAINT


def _best_run(values: Sequence[float]) -> tuple[int, int]:
    """First and last place of the run with the largest sum (Kadane)."""
    best, run, begin, found = float("-inf"), 0.0, 0, (0, 0)
    for place, value in enumerate(values):
        if run <= 0:
            run, begin = 0.0, place
        run += value
        if run > best:
            best, found = run, (begin, place)
    return found


def _spans(subwords: Subwords, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Where each piece stands in the text that ``ids`` spell."""
    ends = [0, *(len(subwords.decode(ids[: k + 1])) for k in range(len(ids)))]
    return list(pairwise(ends))


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
