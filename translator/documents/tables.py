"""JSON, YAML and CSV: values and cells that hold words are passages; keys, names of columns and codes are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from translator.documents.document import BOM, Border, Line, Slot, lines_of, on_one_line, says_something, trimmed

# No words: no white space, and a sign that codes have; a locale; a constant; a colour or a hash.
_CODE = re.compile(r"\S*[|:/_.=#\d]\S*[\w}]\S*|[a-z\d]+(?:-[a-zA-Z\d]+)+|[A-Z0-9_]+|#?[0-9a-fA-F]{6,}|[a-z]{2}")
_JSON_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_COLON = re.compile(r"\s*:")
_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')"""
_KEY = rf"""(?:{_STRING}|[^\s#&*!|>'"%@`{{}}\[\],?:-](?:[^:#\n]|:(?!\s)|(?<!\s)\#)*?|-(?!\s)[^:\n]*?)"""
_ENTRY = re.compile(rf"(?P<indent>[ ]*(?:-[ ]+)*)(?P<key>{_KEY}[ ]*:(?:[ ]+|$))?(?:[&!]\S+(?:[ ]+|$))?")
_QUOTED = re.compile(rf"({_STRING})[ ]*(?:#.*)?")
_PLAIN = re.compile(r"""(?![&*!|>'"%@`{}\[\],#]|[?:-](?:\s|$))\S(?:\S|[ ](?!\#))*(?<!\s)(?=\s*$|\s+\#)""")
_BLOCK = re.compile(r"(?P<style>[|>])[-+\d]*[ ]*(?:#.*)?")
_READ = re.compile(
    r"^(?:title|subtitle|description|summary|caption|tagline|lead|(?:nav|link|page|short)_?[tT]itle|sidebar_label)\s*[:=]\s*",
    re.MULTILINE,
)
_NO_WORDS = re.compile(r"(?i:true|false|yes|no|on|off|null|y|n)|[-.\d:e+TZ ]+")
_NEEDS_QUOTES = re.compile(r"""[&*!|>'"%@`{}\[\],#]|[?:-](?:\s|$)|.*(?::(?:\s|$)|\s\#)""")
_CELL = {
    delimiter: re.compile(rf'"((?:[^"]|"")*)"(?=[{delimiter}\r\n]|\Z)|([^{delimiter}\r\n]*)') for delimiter in ",;\t"
}
_KEYS = frozenset(["key", "keys", "id", "identifier", "code", "sku", "slug", "msgid", "chave", "id.", "código"])
_COLUMN = re.compile(r"[a-z][a-z\d_. -]*|\S*[_\d]\S*|")


def is_code(value: str) -> bool:
    """Whether ``value`` is no words but a path, a constant, a locale, a colour or the like."""
    return _CODE.fullmatch(value) is not None


_in_json = partial(json.dumps, ensure_ascii=False)
_LINE_END = re.compile(r"(?<!\\)(?:\\\\)*(?P<end>(?:\\r)?\\n)")


def string_slot(start: int, string: str) -> Iterator[Slot]:
    """A slot for each line of a string in quotation marks, as JSON writes it, if it holds words."""
    begin = 1
    for end in [*_LINE_END.finditer(string), None]:
        stop = end.start("end") if end else len(string) - 1
        line = string[begin:stop].strip(" ")
        begin = string.index(line, begin) if line else begin
        try:
            value = json.loads(f'"{line}"')
        except ValueError:  # an escape that only other formats have
            value = ""
        if says_something(value) and not is_code(value) and value == value.strip():
            yield Slot(start + begin, start + begin + len(line), value, render=_inside_json)
        begin = end.end() if end else begin


def _inside_json(text: str) -> str:
    return _in_json(text)[1:-1]


def json_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each string that is no key and holds words."""
    for match in _JSON_STRING.finditer(text):
        yield Border(match.start())
        if not _COLON.match(text, match.end()):
            yield from string_slot(match.start(), match.group())


def front_slots(front: str) -> Iterator[Slot]:
    """What a reader reads of the front matter of a page, in YAML or TOML: its title and what it says of itself."""
    begins = {match.start(): match for match in _READ.finditer(front)}
    for slot in yaml_slots(front) if begins else ():
        if isinstance(slot, Slot) and front.rfind("\n", 0, slot.start) + 1 in begins:
            yield slot
    for match in begins.values():
        if "=" in match.group() and (string := _JSON_STRING.match(front, match.end())):
            yield from string_slot(string.start(), string.group())


def yaml_slots(text: str, state: Any = None) -> Iterator[Slot | Border]:
    """A slot for each scalar that holds words; of a literal block, for each line."""
    lines = lines_of(text)
    number = 0
    while number < len(lines):
        line, entry = lines[number], _ENTRY.match(lines[number].text)
        number += 1
        yield Border(line.start)
        if (line.text[entry.end() :] if entry else line.text).lstrip().startswith(("{", "[")):
            number = _after_flow(lines, number)
            continue
        if entry is None or not (entry["key"] or entry["indent"].strip()):
            continue
        # of the key, of the last dash
        indent = len(entry["indent"]) if entry["key"] else len(entry["indent"].rstrip()) - 1
        at, value = line.start + entry.end(), line.text[entry.end() :]
        if block := _BLOCK.fullmatch(value):
            below = list(_below(lines, number, indent))
            yield from _block_slots(below, is_folded=block["style"] == ">")
            number += len(below)
        elif quoted := _QUOTED.fullmatch(value):
            yield from _scalar(at, quoted[1])
        elif any(other.text.strip() for other in _below(lines, number, indent)):
            # the value goes on below, or is a table of its own
            if value.strip() and not value.lstrip().startswith("#"):
                number += sum(1 for _ in _below(lines, number, indent))
        elif (plain := _PLAIN.match(value)) and not _NO_WORDS.fullmatch(plain.group()):
            yield from _scalar(at, plain.group())


def _below(lines: Sequence[Line], number: int, indent: int) -> Iterator[Line]:
    """The lines from ``number`` on that are blank or lie deeper than ``indent``."""
    following = map(lines.__getitem__, range(number, len(lines)))
    return takewhile(lambda line: not line.text.strip() or _depth(line) > indent, following)


def _after_flow(lines: Sequence[Line], number: int) -> int:
    """The number after the line that closes what the line before ``number`` opens with a bracket."""
    depth = 0
    for at in range(number - 1, len(lines)):
        depth += sum((c in "{[") - (c in "}]") for c in lines[at].text)
        if depth <= 0:
            return at + 1
    return len(lines)


def _depth(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip(" "))


def _scalar(start: int, written: str) -> Iterator[Slot]:
    if written.startswith('"'):
        yield from string_slot(start, written)
        return
    is_quoted = written.startswith("'")
    value = written[1:-1].replace("''", "'") if is_quoted else written
    if says_something(value) and not is_code(value) and value == value.strip():
        yield Slot(start, start + len(written), value, render=_single if is_quoted else _plain)


def _single(text: str) -> str:
    return "'" + on_one_line(text).replace("'", "''") + "'"


def _plain(text: str) -> str:
    """``text`` as it is, or in quotation marks where it would be read as something else."""
    text = on_one_line(text)
    return _in_json(text) if _NEEDS_QUOTES.match(text) or _NO_WORDS.fullmatch(text) else text


def _block_slots(lines: Sequence[Line], *, is_folded: bool) -> Iterator[Slot]:
    """Of folded lines, those that lie together are one passage."""
    group: list[Line] = []
    for line in [*lines, Line("", 0, "")]:
        if group and not (is_folded and line.text.strip() and _depth(line) == _depth(group[0])):
            start, stop = group[0].start + _depth(group[0]), group[-1].start + len(group[-1].text.rstrip())
            passage = " ".join(line.text.strip() for line in group)
            if says_something(passage):
                yield Slot(start, stop, passage)
            group = []
        if line.text.strip():
            group.append(line)


def csv_slots(text: str, state: str | None = None) -> Iterator[Slot | Border]:
    """A slot for each line of each cell that holds words. A first row of small letters has the names of columns.

    The first column may be of keys. ``state`` is the sign between two cells, which the first line tells, and "k" if so.
    """
    first = lines_of(text[: 1 << 16])[0].text
    delimiter, is_keyed = (state[0], state[1:] == "k") if state else (max(",;\t", key=first.count), False)
    if state is None:
        is_keyed = first.lstrip(BOM).split(delimiter)[0].strip(' "').lower() in _KEYS
    at, row, is_head = len(BOM) * text.startswith(BOM), list[re.Match[str]](), state is None
    while found := _CELL[delimiter].match(text, at):
        row.append(found)
        at = found.end() + 1
        if at > len(text) or text[at - 1] in "\r\n":
            if not (is_head and len(row) > 1 and all(_COLUMN.fullmatch(cell[1] or cell[2] or "") for cell in row)):
                named = row[1:] if is_keyed and not is_head else row
                yield from (slot for cell in named for slot in _cell_slots(cell, delimiter))
            if at > len(text):
                return
            at += text[at - 1 : at + 1] == "\r\n"
            row, is_head = [], False
            yield Border(at, delimiter + "k" * is_keyed)


def _cell_slots(cell: re.Match[str], delimiter: str) -> Iterator[Slot]:
    if cell[1] is None:
        if says_something(passage := cell[2].strip()) and not is_code(passage):
            yield Slot(cell.start(), cell.end(), passage, render=partial(_cell, delimiter=delimiter))
        return
    for line in lines_of(cell[1]):
        written = trimmed(cell.start(1) + line.start, line.text, _doubled)
        passage = written.passage.replace('""', '"')
        if says_something(passage) and not is_code(passage):
            yield Slot(written.start, written.stop, passage, render=_doubled)


def _doubled(text: str) -> str:
    return on_one_line(text).replace('"', '""')


def _cell(text: str, delimiter: str) -> str:
    text = on_one_line(text).replace("\t", " ")
    return f'"{_doubled(text)}"' if delimiter in text or text.startswith('"') else text
