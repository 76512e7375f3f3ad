"""Subtitles, SubRip, WebVTT and Advanced SubStation: the words of a cue are passages; index, timing, tags, styles and
everything odd are kept.

SubRip has no standard. A cue is taken to be a timing line and the text after it, up to the next timing line and the
number before that; files that lack the blank line, the number, or both, read the same.
https://www.w3.org/TR/webvtt1/, http://www.tcax.org/docs/ass-specs.htm
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise
from typing import Literal

from translator.documents.document import Border, Line, Slot, lines_of, on_one_line
from translator.documents.passage import Item, items_between, passage_slot, tag_item
from translator.text.sentences import split_line

LINE_WIDTH = 42  # characters; what subtitlers hold to be readable in one go

_CLOCK = r"(?:\d+\s?[:.]\s?)?\d+\s?[:.]\s?\d+(?:\s?[,.:;']\s?\d+)?"
_ARROW = r"(?:[-–—=]+\s?>+|>>+|[→⟶⇒➔])"
_TIMING = re.compile(
    rf"\ufeff?\s*(?:\[?-?{_CLOCK}\]?\s*{_ARROW}\s*\[?-?{_CLOCK}\]?"
    r"|[\[({]?\d+:\d\d:\d\d(?:[.,:]\d+)?[^\w\n]{1,7}\d+:\d\d:\d\d(?:[.,:]\d+)?[\])}]?\s*$)"
)
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)\b")  # a block of WebVTT that nobody reads
_INDEX = re.compile(r"\s*\d+\s*\Z")
# <i>, </font>, {\an8}, {y:i}; and what frames a song or stands for one
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|\\h|\{\\[^{}]*\}|\{[A-Za-z]+:[^{}]*\}|\{/?[biuBIU]\}")
_WRAPPED = re.compile(r"\s*<(?P<tag>\w)[^<>]*>[^<>]*</(?P=tag)>\s*")
_OVERRIDE = re.compile(r"\{\\(?P<style>[bius])(?P<on>[01])\}")
_TAGS = re.compile(f"(?:{_TAG.pattern})+")
_WORDS = re.compile(rf"(?:{_TAG.pattern}|\S)+")  # no tag is broken
_MUSIC = re.compile(r"[♩♪♫♬]+")
_SOUND = re.compile(r"\s*(?:\[[^\[\]]*\]|\([^()]*\))\s*")  # [MUSIC], (a door closes): a line of its own
_SPEAKER = re.compile(r"(?:\s|<[^<>]*>|\{[^{}]*\})*[-–—‐](?!-)\s*")  # a dash that opens a speaker's line
_BROKEN_OFF = re.compile(r"(?:--|[—–-])\Z")
_ROW_END = re.compile(r"\\[Nn]")
_NO_WORDS = re.compile(r"\{[^}]*\\(?:p[1-9]|[kK][fo]?\d)")  # a drawing, or syllables each with its time
_FIELDS = 10  # of a line of dialogue, where no line says what there is


def subtitle_slots(text: str, state: bool | None = None) -> Iterator[Slot | Border]:
    """A slot for each sentence or speaker of each cue: of each run of lines, no blank one inside, that are neither a
    timing, nor an index, nor before the first cue. ``state`` says whether that came before."""
    lines = lines_of(text)
    is_timing = [_TIMING.match(line.text) is not None for line in lines]
    block: list[Line] = []
    inside = bool(state)
    for line, timed, before_timing in zip(lines, is_timing, [*is_timing[1:], False], strict=True):
        inside = inside or timed
        if inside and not timed and line.text.strip() and not (before_timing and _INDEX.match(line.text)):
            block.append(line)
            continue
        yield from _block_slots(text, block)
        block = []
        yield Border(line.start, inside and not timed)
    yield from _block_slots(text, block)


def _block_slots(text: str, block: Sequence[Line]) -> Iterator[Slot]:
    if block and not _ASIDE.match(block[0].text):
        yield from _cue_slots(text, block)


def ass_slots(text: str, state: int | None = None) -> Iterator[Slot | Border]:
    """A slot for each sentence or speaker of each line of dialogue; ``state`` is how many fields such a line has."""
    fields = state or _FIELDS
    for line in lines_of(text):
        yield Border(line.start, fields)
        kind, _, rest = line.text.partition(":")
        if kind.strip() == "Format" and "Text" in rest:
            fields = rest.count(",") + 1
        elif kind.strip() == "Dialogue" and rest.count(",") >= fields - 1:
            begin = line.start + len(line.text) - len(rest.split(",", fields - 1)[-1])
            if not _NO_WORDS.search(text, begin, line.stop):
                yield from _cue_slots(text, list(_rows(text, begin, line.stop)))


def _rows(text: str, begin: int, stop: int) -> Iterator[Line]:
    """What a viewer sees as lines, each as a line that ends with the mark that breaks it."""
    for found in [*_ROW_END.finditer(text, begin, stop), None]:
        end = found.start() if found else stop
        yield Line(text[begin:end], begin, found.group() if found else "")
        begin = found.end() if found else stop


def _cue_slots(text: str, block: Sequence[Line]) -> Iterator[Slot]:
    """A slot for each sentence or speaker of the lines of a cue, whose ends are what breaks lines of the format."""
    group: list[Line] = []
    for line in block:
        last = group[-1].text if group else ""
        if group and (_SPEAKER.match(line.text) or _SOUND.fullmatch(last) or _parts(last, line.text)):
            yield from _group_slot(text, group)
            group = []
        group.append(line)
    yield from _group_slot(text, group)


def _parts(above: str, below: str) -> bool:
    """Whether a sentence or a song ends with the line ``above``."""
    if (one := _WRAPPED.fullmatch(above)) and (other := _WRAPPED.fullmatch(below)) and one["tag"] != other["tag"]:
        return True
    above, below = (_TAG.sub("", text).strip() for text in (above, below))
    if above.isupper() and not below.isupper() and " " in above:  # a heading
        return True
    if _MUSIC.search(above[-1:]) or _MUSIC.match(below) or (_BROKEN_OFF.search(above) and below[:1].isupper()):
        return True
    ends = accumulate(len(sentence.text + sentence.after) for sentence in split_line(f"{above} {below}"))
    return len(above) + 1 in ends


def _group_slot(text: str, group: Sequence[Line]) -> Iterator[Slot]:
    """The slot of one passage, its outer tags and speaker's dash left outside, if it says something."""
    dash = _SPEAKER.match(group[0].text)
    first = group[0].start + (dash.end() if dash else 0)
    joined = text[first : group[-1].stop]
    for above, below in pairwise(group):  # same offsets; a break is squeezed to one space later on
        at = above.stop - first
        joined = joined[:at] + "\n".rjust(below.start - above.stop) + joined[below.start - first :]
    tags = [_tag(found) for found in _TAG.finditer(joined)]
    for last, after in pairwise(list(tags)):  # <i>One line</i>, <i>and the next</i>: one run of words
        is_one_run = (last.kind, after.kind) == ("closes", "opens") and last.name == after.name
        if is_one_run and not joined[last.stop : after.start].strip():
            at = tags.index(last)
            tags[at : at + 2] = [Item(last.start, after.stop, "text", " ")]
    music = [Item(m.start(), m.end(), "alone", m.group()) for m in _MUSIC.finditer(joined)]
    marks = sorted([*tags, *music], key=lambda mark: mark.start)
    if slot := passage_slot(items_between(joined, marks, 0, len(joined))):
        start, stop = first + slot.start, first + slot.stop
        lines = sum(line.stop > start and line.start < stop for line in group)
        render = partial(break_lines, lines=lines, end=group[0].end or "\n")
        protected = tuple(found.span() for found in _TAGS.finditer(slot.passage))  # music is not
        yield replace(slot, start=start, stop=stop, protected=protected, render=render)


def _tag(found: re.Match[str]) -> Item:
    """A tag as an item; {\\i1} and {\\i0} go around words as <i> and </i> do."""
    if override := _OVERRIDE.fullmatch(found.group()):
        kind: Literal["opens", "closes"] = "opens" if override["on"] == "1" else "closes"
        return Item(found.start(), found.end(), kind, found.group(), name=f"{{{override['style']}}}")
    return tag_item(found.start(), found.group())


def break_lines(text: str, lines: int, end: str = "\n", width: int = LINE_WIDTH) -> str:
    """``text`` on at most ``lines`` lines of like length, joined by ``end``: the widest as narrow as can be.

    Where nothing is wider than ``width`` characters, a line rather ends at a comma or a full stop than elsewhere.
    """
    words = _WORDS.findall(on_one_line(text))
    lines = min(lines, len(words))
    if lines < 2:
        return " ".join(words)
    ends = list(
        accumulate((len(_TAG.sub("", word)) + 1 for word in words), initial=0)
    )  # offset at which each word begins
    no_subtitle = lines * len(words) > 500
    cuts = _equal_cuts(ends, lines) if no_subtitle else _best_cuts(words, ends, lines, width)
    return end.join(" ".join(words[a:b]) for a, b in pairwise([0, *cuts, len(words)]))


def _equal_cuts(ends: Sequence[int], lines: int) -> tuple[int, ...]:
    """Before which words to break for lines of about one length, each with a word at least."""
    cuts = [0]
    for i in range(1, lines):
        nearest = bisect_left(ends, i * ends[-1] // lines)
        cuts.append(min(max(nearest, cuts[-1] + 1), len(ends) - 1 - (lines - i)))
    return tuple(cuts[1:])


def _best_cuts(words: Sequence[str], ends: Sequence[int], lines: int, width: int) -> tuple[int, ...]:
    """Before which words to break: the cheapest over all ways, found line by line."""

    def cost(begin: int, stop: int) -> float:
        length = ends[stop] - ends[begin] - 1
        at_pause = begin > 0 and words[begin - 1].endswith((",", ".", ";", ":", "!", "?", "…"))
        return length**2 + 1000 * max(0, length - width) - (200 if at_pause else 0)

    # for each number of words: the cost of the lines so far, and their cuts
    best: dict[int, tuple[float, tuple[int, ...]]] = {count: (cost(0, count), ()) for count in range(1, len(words) + 1)}
    for _ in range(lines - 1):
        best = {
            count: min((so_far + cost(cut, count), (*cuts, cut)) for cut, (so_far, cuts) in best.items() if cut < count)
            for count in range(min(best) + 1, len(words) + 1)
        }
    return best[len(words)][1]
