"""SubRip subtitles: the words of a cue are passages; index, timing, tags and everything odd are kept.

There is no standard. A cue is taken to be a timing line and the text after it, up to the next timing line and the
number before that; files that lack the blank line, the number, or both, read the same.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise

from translator.documents.document import Line, Slot, lines_of, merged, on_one_line, says_something
from translator.documents.inline import Mark, peel, tag_mark
from translator.text.sentences import split_line

LINE_WIDTH = 42  # characters; what subtitlers hold to be readable in one go

_CLOCK = r"(?:\d+\s?[:.]\s?)?\d+\s?[:.]\s?\d+(?:\s?[,.:;']\s?\d+)?"
_TIMING = re.compile(rf"\ufeff?\s*{_CLOCK}\s*(?:[-–—=]+\s?>+|>>+|[→⟶⇒➔])\s*{_CLOCK}")
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)\b")  # a block of WebVTT that nobody reads
_INDEX = re.compile(r"\s*\d+\s*\Z")
# <i>, </font>, {\an8}, {y:i}; and what frames a song or stands for one
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|\\h|\{\\[^{}]*\}|\{[A-Za-z]+:[^{}]*\}|\{/?[biuBIU]\}")
_MUSIC = re.compile(r"[♩♪♫♬]+")
_SOUND = re.compile(r"\s*(?:\[[^\[\]]*\]|\([^()]*\))\s*")  # [MUSIC], (a door closes): a line of its own
_SPEAKER = re.compile(r"(?:\s|<[^<>]*>|\{[^{}]*\})*[-–—‐](?!-)\s*")  # a dash that opens a speaker's line


def subtitle_slots(text: str) -> Iterator[Slot]:
    """A slot for each sentence or speaker of each cue."""
    for block in _text_blocks(lines_of(text)):
        if not _ASIDE.match(block[0].text):
            yield from cue_slots(text, block)


def cue_slots(text: str, block: Sequence[Line]) -> Iterator[Slot]:
    """A slot for each sentence or speaker of the lines of a cue, whose ends are what breaks lines of the format."""
    for group in _groups(block):
        if slot := _slot(text, group):
            yield slot


def _text_blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of text lines, no blank line inside: what is neither a timing, nor an index, nor before the first cue."""
    is_timing = [_TIMING.match(line.text) is not None for line in lines]
    block: list[Line] = []
    inside = False  # after a first timing
    for number, line in enumerate(lines):
        before_timing = number + 1 < len(lines) and is_timing[number + 1]
        is_text = inside and not is_timing[number] and not (before_timing and _INDEX.match(line.text))
        inside = inside or is_timing[number]
        if is_text and line.text.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _groups(block: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of a cue that make one passage: a new speaker or a new sentence begins another."""
    group: list[Line] = []
    for line in block:
        if group and (
            _SPEAKER.match(line.text) or _SOUND.fullmatch(group[-1].text) or _parts(group[-1].text, line.text)
        ):
            yield group
            group = []
        group.append(line)
    yield group


def _parts(above: str, below: str) -> bool:
    """Whether a sentence or a song ends with the line ``above``."""
    above, below = (_TAG.sub("", text).strip() for text in (above, below))
    if _MUSIC.search(above[-1:]) or _MUSIC.match(below):
        return True
    ends = accumulate(len(sentence.text + sentence.after) for sentence in split_line(f"{above} {below}"))
    return len(above) + 1 in ends


def _slot(text: str, group: Sequence[Line]) -> Slot | None:
    """The slot of one passage, its outer tags and speaker's dash left outside; ``None`` if it says nothing."""
    dash = _SPEAKER.match(group[0].text)
    first = group[0].start + (dash.end() if dash else 0)
    last = group[-1].stop
    joined = text[first:last]
    for above, below in pairwise(group):  # same offsets, so a line end of two characters becomes two spaces
        at = above.stop - first
        joined = joined[:at] + " " * (below.start - above.stop) + joined[below.start - first :]
    marks = sorted(
        [tag_mark(found.start(), found.end(), found.group()) for found in _TAG.finditer(joined)]
        + [Mark(found.start(), found.end(), "aside") for found in _MUSIC.finditer(joined)],
        key=lambda mark: mark.start,
    )
    start, stop = peel(joined, 0, len(joined), marks)
    passage, protected = _squeezed(joined[start:stop])
    if not says_something(passage, protected):
        return None
    lines = sum(line.stop > first + start and line.start < first + stop for line in group)
    render = partial(break_lines, lines=lines, end=group[0].end or "\n")
    return Slot(first + start, first + stop, passage, tuple(protected), render)


def _squeezed(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` with single spaces, and where its tags stand in it."""
    passage = " ".join(text.split())
    return passage, merged((found.start(), found.end()) for found in _TAG.finditer(passage))


def _visible(text: str) -> int:
    """Characters a viewer sees."""
    return len(_TAG.sub("", text))


def break_lines(text: str, lines: int, end: str = "\n", width: int = LINE_WIDTH) -> str:
    """``text`` on at most ``lines`` lines of like length, joined by ``end``: the widest as narrow as can be.

    Where nothing is wider than ``width`` characters, a line rather ends at a comma or a full stop than elsewhere.
    """
    words = _words(on_one_line(text))
    lines = min(lines, len(words))
    if lines < 2:
        return " ".join(words)
    ends = list(accumulate((_visible(word) + 1 for word in words), initial=0))  # offset at which each word begins
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


def _words(text: str) -> list[str]:
    """``text`` cut at spaces, but not inside a tag."""
    words: list[str] = []
    begin = 0
    inside = {i for found in _TAG.finditer(text) for i in range(found.start(), found.end())}
    for found in re.finditer(r"\s+", text):
        if found.start() not in inside:
            words.append(text[begin : found.start()])
            begin = found.end()
    return [*words, text[begin:]]
