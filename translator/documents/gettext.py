"""gettext catalogues: a message that has no translation yet, or a fuzzy one, is a passage; all else is kept.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from translator.documents.document import Line, Slot, lines_of, says_something

_KEYWORD = re.compile(r'(?P<obsolete>#~\s*)?(?P<word>msgctxt|msgid_plural|msgid|msgstr(?:\[(?P<form>\d+)\])?)\s+(?=")')
_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*$')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_WRITTEN = {value: f"\\{key}" for key, value in _ESCAPES.items()}


def po_slots(text: str) -> Iterator[Slot]:
    """A slot for each ``msgstr`` that is empty; the first form of a plural has the singular's words."""
    lines = lines_of(text)
    singular = plural = ""
    for number, line in enumerate(lines):
        found = _KEYWORD.match(line.text)
        if found is None or found["obsolete"]:
            continue
        strings = _strings(lines, number, found.end())
        value = "".join(_read(string) for _, _, string in strings)
        if found["word"] == "msgid":
            singular, plural = value, ""
        elif found["word"] == "msgid_plural":
            plural = value
        elif found["word"].startswith("msgstr") and strings and not value and singular:
            passage = (plural if int(found["form"] or 0) > 0 else singular).strip()
            if says_something(passage) and "\n" not in passage:
                yield Slot(strings[0][0], strings[-1][1], passage, render=_quoted)


def _strings(lines: Sequence[Line], number: int, skip: int) -> list[tuple[int, int, str]]:
    """The quoted strings of a keyword, on its own line and on those that follow: start, stop, what is inside."""
    first = _STRING.match(lines[number].text, skip)
    if first is None:
        return []
    found = [(lines[number].start + skip, lines[number].stop, first[1])]
    following = map(lines.__getitem__, range(number + 1, len(lines)))
    for line in takewhile(lambda line: _STRING.match(line.text), following):
        string = _STRING.match(line.text)
        assert string is not None
        found.append((line.start, line.stop, string[1]))
    return found


def _read(string: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), string)


def _quoted(translation: str) -> str:
    return '"' + re.sub(r'[\n\t\r"\\]', lambda m: _WRITTEN[m[0]], translation) + '"'
