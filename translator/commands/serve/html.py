"""HTML → passages, for as long as ``documents`` knows no HTML: what stands between two tags of blocks is a passage.

Tags inside a passage are carried over and put around the words they were around (``translation.marks``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from translator.documents.document import Slot, on_one_line, says_something
from translator.documents.inline import peel, tag_mark, wordless

__all__ = ["html_slots"]

_SILENT = r"<(?P<silent>script|style|pre|code|textarea|svg|math)\b.*?</(?P=silent)\s*>"
_TAG = r"</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_MARKUP = re.compile(rf"<!--.*?-->|<![^>]*>|<\?.*?>|{_SILENT}|{_TAG}", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|"
    r"time|tt|u|var|wbr)\b",
    re.IGNORECASE,
)


def html_slots(text: str) -> Iterator[Slot]:
    """A slot for each run of words and inline tags."""
    marks: list[re.Match[str]] = []
    start = 0
    for match in _MARKUP.finditer(text):
        if _INLINE.match(match.group()):
            marks.append(match)
            continue
        yield from _slot(text, start, match.start(), marks)
        marks, start = [], match.end()
    yield from _slot(text, start, len(text), marks)


def _slot(text: str, start: int, stop: int, tags: list[re.Match[str]]) -> Iterator[Slot]:
    marks = wordless(text, [tag_mark(tag.start(), tag.end(), tag.group()) for tag in tags])
    start, stop = peel(text, start, stop, marks)
    inside = [mark for mark in marks if start <= mark.start and mark.stop <= stop]
    passage, protected, at = "", [], start
    for mark in inside:
        passage += html.unescape(text[at : mark.start])
        protected.append((len(passage), len(passage) + mark.stop - mark.start))
        passage += text[mark.start : mark.stop]
        at = mark.stop
    passage += html.unescape(text[at:stop])
    verbatim = {passage[a:b] for a, b in protected}
    if start < stop and says_something(passage, protected):
        flat = re.sub(r"\s", " ", passage)  # as long as before
        yield Slot(start, stop, flat, tuple(protected), lambda told: _escaped(told, verbatim))


def _escaped(text: str, tags: set[str]) -> str:
    """``text`` as HTML, the ``tags`` in it as they are."""
    if not tags:
        return html.escape(on_one_line(text), quote=False)
    flat = {re.sub(r"\s", " ", tag): tag for tag in tags}
    parts = re.split("(" + "|".join(map(re.escape, flat)) + ")", on_one_line(text))
    return "".join(flat[part] if part in flat else html.escape(part, quote=False) for part in parts)
