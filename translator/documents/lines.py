"""Formats read line by line: plain text, gettext catalogues, Java properties and Apple strings.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from translator.documents.document import BOM, Border, Line, Slot, lines_of, on_one_line, says_something, trimmed
from translator.documents.tables import is_code, string_slot

_KEYWORD = re.compile(r'(?P<word>msgctxt|msgid_plural|msgid|msgstr(?:\[(?P<form>\d+)\])?)\s+(?=")')
_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*$')
_ESCAPES = {"t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_WRITTEN = {value: f"\\{key}" for key, value in _ESCAPES.items()}
_PROPERTY = re.compile(r"\s*(?![#!])(?:[^\s=:\\]|\\.)+\s*[=:]\s*")
_VALUE = re.compile(r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*")
_LINE_END = re.compile(r"\\(?:\r\n|\r|\n)[ \t\f]*")
_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_QUOTED = re.compile(r'\s*"(?:[^"\\]|\\.)*"\s*=\s*(?P<value>"(?:[^"\\\n]|\\.)*")')


def plain_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each line that is not blank: N lines in, N lines out."""
    for line in lines_of(text, len(BOM) * text.startswith(BOM)):
        yield Border(line.start)
        if line.text.strip():
            yield trimmed(line.start, line.text)


def property_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for the value of each line ``key = value``, which may go on after ``\\``, or ``"key" = "value";``."""
    goes_on = False
    for line in lines_of(text):
        if goes_on:
            goes_on = _GOES_ON.search(line.text) is not None
            continue
        yield Border(line.start)
        goes_on = _GOES_ON.search(line.text) is not None
        if quoted := _QUOTED.match(line.text):
            yield from string_slot(line.start + quoted.start("value"), quoted["value"])
        elif found := _PROPERTY.match(line.text):
            value = _VALUE.match(text, line.start + found.end())
            slot = trimmed(line.start + found.end(), value.group() if value else "")
            slot = replace(slot, passage=_LINE_END.sub("", slot.passage).strip())
            if says_something(slot.passage) and not is_code(slot.passage):
                yield slot


def po_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each ``msgstr`` that is empty; the first form of a plural has the singular's words."""
    lines = lines_of(text)
    singular = plural = ""
    for number, line in enumerate(lines):
        found = _KEYWORD.match(line.text)
        if found is None:
            continue
        strings = list(_strings(lines, number, found.end()))
        raw = "".join(string for _, _, string in strings)
        # a line end stays written out, as it parts what is translated
        value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), raw) if "\\\\n" not in raw else ""
        if found["word"] == "msgid":
            yield Border(line.start)
            singular, plural = value, ""
        elif found["word"] == "msgid_plural":
            plural = value
        elif found["word"].startswith("msgstr") and strings and not raw and singular:
            passage = (plural if int(found["form"] or 0) > 0 else singular).strip()
            if says_something(passage):
                yield Slot(strings[0][0], strings[-1][1], passage, render=_quoted)


def _strings(lines: Sequence[Line], number: int, skip: int) -> Iterator[tuple[int, int, str]]:
    """The quoted strings of a keyword, on its own line and on those that follow: start, stop, what is inside."""
    while number < len(lines) and (string := _STRING.match(lines[number].text, skip)):
        yield lines[number].start + skip, lines[number].stop, string[1]
        number, skip = number + 1, 0


def _quoted(translation: str) -> str:
    return '"' + re.sub(r'[\t\r"]|\\(?!n)', lambda m: _WRITTEN[m[0]], on_one_line(translation)) + '"'
