"""Tables of strings: JSON, Java properties and Apple strings. Values are passages, keys and all else are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from translator.documents.document import Slot, lines_of, says_something

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# No words: no white space, and a sign that codes have; a locale; a constant; a colour or a hash.
_CODE = re.compile(r"\S*[|:/_.=#\d]\S*[\w}]\S*|[a-z\d]+(?:-[a-zA-Z\d]+)+|[A-Z0-9_]+|#?[0-9a-fA-F]{6,}|[a-z]{2}")
_COLON = re.compile(r"\s*:")
_PROPERTY = re.compile(r"\s*(?![#!])(?:[^\s=:\\]|\\.)+\s*[=:]\s*")


def is_code(value: str) -> bool:
    """Whether ``value`` is no words but a path, a constant, a locale, a colour or the like."""
    return _CODE.fullmatch(value) is not None


def json_slots(text: str) -> Iterator[Slot]:
    """A slot for each string that is no key and holds words."""
    for match in _STRING.finditer(text):
        if _COLON.match(text, match.end()):
            continue
        if slot := _slot(match.start(), match.group()):
            yield slot


def property_slots(text: str) -> Iterator[Slot]:
    """A slot for the value of each line ``key = value`` or ``"key" = "value";``."""
    for line in lines_of(text):
        quoted = re.match(r'\s*"(?:[^"\\]|\\.)*"\s*=\s*', line.text)
        if quoted and (value := _STRING.match(line.text, quoted.end())):
            if slot := _slot(line.start + value.start(), value.group()):
                yield slot
            continue
        found = _PROPERTY.match(line.text)
        if found is None or line.text.endswith("\\"):
            continue
        passage = line.text[found.end() :].rstrip()
        if says_something(passage) and not is_code(passage):
            start = line.start + found.end()
            yield Slot(start, start + len(passage), passage)


def _slot(start: int, string: str) -> Slot | None:
    try:
        value = json.loads(string)
    except ValueError:
        return None
    if not says_something(value) or is_code(value) or "\n" in value or value != value.strip():
        return None
    return Slot(start, start + len(string), value, render=lambda text: json.dumps(text, ensure_ascii=False))
