"""Lines → sentences → lines: what lies between the sentences is kept, so a line can be put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from translator.config import Direction
from translator.text.abbreviations import ends_no_sentence
from translator.text.late import late

# A sentence ends at . ! ? … and closing marks, before white space and something that can begin a sentence. Looked for
# at the first of several only: from each of 100,000 full stops it would take minutes to find none.
_END = late(
    r"""[.!?…](?<![.!?…]{2})[.!?…]*["')\]»]*(?=\s+["'(\[«¿¡—–-]*\s*[A-ZÀ-ÖØ-Þ0-9\ue000-\uf8ff\U000f0000-\U0010ffff])"""
)
_BREAKS = (
    late(r"[;:—–](?=\s)"),
    late(r",(?=\s)"),
    late(r"\S(?=\s(?:and|or|but|because|while|when|e|ou|mas|porque|enquanto|quando)\s)"),
    late(r"\S(?=\s)"),
)
# A long chain of short links: what the model repeats or leaves out, while it reads other sentences of that length well.
_LINK = late(r",\s|\s(?:and|or|e|ou)\s")
_JOINTS = (",", " and ", " or ", " e ", " ou ")
_LINKS, _WORDS_A_LINK, _WORDS_READ = 8, 5.5, 12


class Sentence(NamedTuple):
    """A piece of a line, with the white space that followed it."""

    text: str
    after: str


def split_line(line: str, direction: Direction | None = None) -> list[Sentence]:
    """Cut ``line`` into sentences of the language that ``direction`` comes from.

    ``"".join(s.text + s.after for s in …)`` gives it back.
    """
    cuts = []
    inside = line[:-1]  # most lines end with the only end of a sentence
    some = "." in inside or "?" in inside or "!" in inside or "…" in inside
    for match in _END.finditer(line) if some else ():
        before = line[max(0, match.start() - 24) : match.start()].split()
        word = (before[-1] if before else "").strip("\"'([«").lower()
        is_initial = match.group() == "." and len(word) == 1 and word.isalpha() and word not in {"i", "a", "e", "o"}
        following = line[match.end() :][:9]
        if not (match.group() == "." and (is_initial or ends_no_sentence(word, following, direction))):
            cuts.append(match.end())
    if not cuts:
        body = line.rstrip()
        return [Sentence(body, line[len(body) :])]
    sentences: list[Sentence] = []
    begin = 0
    for end in [*cuts, len(line)]:
        part = line[begin:end].lstrip()
        space = line[begin : end - len(part)]
        if sentences:
            sentences[-1] = Sentence(sentences[-1].text, sentences[-1].after + space)
        else:
            part = space + part
        body = part.rstrip()
        if body or not sentences:
            sentences.append(Sentence(body, part[len(body) :]))
        begin = end
    return sentences


def split_long(text: str, fits: Callable[[str], bool], longest: int = 2000) -> list[Sentence]:
    """Cut a sentence that does not fit into parts that do: after a semicolon, colon or dash if it can be, else after a
    comma, else between words, else inside a word. One part if it fits; the same join gives it back.

    ``fits`` is asked of at most ``longest`` characters at a time, so the work grows with the text, not with its square.
    """
    if len(text) <= longest and fits(text):
        body = text.rstrip()
        return [Sentence(body, text[len(body) :])]
    parts: list[Sentence] = []
    begin = 0
    while True:
        window = text[begin : begin + longest]
        whole = len(text) - begin <= longest and fits(window)
        end = begin + (len(window) if whole else _cut(window, fits))
        space = end
        while space < len(text) and text[space].isspace():
            space += 1
        body = text[begin:end].rstrip()
        parts.append(Sentence(body, text[begin + len(body) : space]))
        begin = space
        if begin >= len(text):
            return parts


def split_chain(text: str, fits: Callable[[str], bool]) -> list[Sentence]:
    """Cut a sentence that goes on and on ("a pear and two apples and a melon and …") into a few links each; [] where
    it is none."""
    if text.isprintable() and sum(map(text.count, _JOINTS)) < _LINKS:  # which is told sooner, of spaces
        return []
    links, words = len(_LINK.findall(text)), len(text.split())
    if links < _LINKS or words > _WORDS_A_LINK * links:
        return []
    return split_long(text, lambda part: len(part.split()) <= _WORDS_READ and fits(part))


def _cut(window: str, fits: Callable[[str], bool]) -> int:
    """Where the longest good part of ``window`` ends."""
    low, high = 1, len(window)  # the longest prefix that fits, by bisection: a longer prefix has more pieces
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(window[:middle]) else (low, middle - 1)
    for pattern in _BREAKS:
        ends = [match.end() for match in pattern.finditer(window, 0, low + 1) if match.end() <= low]
        if ends and ends[-1] > low // 3:
            return ends[-1]
    return low
