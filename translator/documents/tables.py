"""YAML and CSV: values and cells that hold words are passages; keys, anchors, names of columns and codes are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import takewhile

from translator.documents.document import BOM, Line, Slot, lines_of, on_one_line, says_something
from translator.documents.string_tables import is_code

_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')"""
_KEY = rf"""(?:{_STRING}|[^\s#&*!|>'"%@`{{}}\[\],?:-](?:[^:#\n]|:(?!\s)|(?<!\s)\#)*?|-(?!\s)[^:\n]*?)"""
_ENTRY = re.compile(rf"(?P<indent>[ ]*(?:-[ ]+)*)(?P<key>{_KEY}[ ]*:(?:[ ]+|$))?(?:[&!]\S+(?:[ ]+|$))?")
_QUOTED = re.compile(rf"({_STRING})[ ]*(?:#.*)?")
_PLAIN = re.compile(r"""(?![&*!|>'"%@`{}\[\],#]|[?:-](?:\s|$))\S(?:\S|[ ](?!\#))*(?<!\s)(?=\s*$|\s+\#)""")
_BLOCK = re.compile(r"(?P<style>[|>])[-+\d]*[ ]*(?:#.*)?")
_NO_WORDS = re.compile(r"(?i:true|false|yes|no|on|off|null|y|n)|[-.\d:e+TZ ]+")
_NEEDS_QUOTES = re.compile(r"""[&*!|>'"%@`{}\[\],#]|[?:-](?:\s|$)|.*(?::(?:\s|$)|\s\#)""")
_CELL = {
    delimiter: re.compile(rf'"((?:[^"]|"")*)"(?=[{delimiter}\r\n]|\Z)|([^{delimiter}\r\n]*)') for delimiter in ",;\t"
}
_COLUMN = re.compile(r"[a-z][a-z\d_. -]*|\S*[_\d]\S*|")


def yaml_slots(text: str) -> Iterator[Slot]:
    """A slot for each scalar that holds words; of a literal block, for each line."""
    lines = lines_of(text)
    number = 0
    while number < len(lines):
        line, entry = lines[number], _ENTRY.match(lines[number].text)
        number += 1
        if (line.text[entry.end() :] if entry else line.text).lstrip().startswith(("{", "[")):
            number = _after_flow(lines, number)
            continue
        if entry is None or not (entry["key"] or entry["indent"].strip()):
            continue
        indent = (
            len(entry["indent"]) if entry["key"] else len(entry["indent"].rstrip()) - 1
        )  # of the key, of the last dash
        below = list(_below(lines, number, indent))
        at, value = line.start + entry.end(), line.text[entry.end() :]
        if block := _BLOCK.fullmatch(value):
            yield from _block_slots(below, is_folded=block["style"] == ">")
            number += len(below)
        elif quoted := _QUOTED.fullmatch(value):
            yield from _scalar(at, quoted[1])
        elif any(other.text.strip() for other in below):  # the value goes on below, or is a table of its own
            number += len(below) if value.strip() and not value.lstrip().startswith("#") else 0
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
    value, render = written, _plain
    try:
        if written.startswith('"'):
            value, render = json.loads(written), partial(json.dumps, ensure_ascii=False)
        elif written.startswith("'"):
            value, render = written[1:-1].replace("''", "'"), _single
    except ValueError:  # an escape that only YAML has
        return
    if says_something(value) and not is_code(value) and value == value.strip() and "\n" not in value:
        yield Slot(start, start + len(written), value, render=render)


def _single(text: str) -> str:
    return "'" + on_one_line(text).replace("'", "''") + "'"


def _plain(text: str) -> str:
    """``text`` as it is, or in quotation marks where it would be read as something else."""
    text = on_one_line(text)
    return json.dumps(text, ensure_ascii=False) if _NEEDS_QUOTES.match(text) or _NO_WORDS.fullmatch(text) else text


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


def csv_slots(text: str) -> Iterator[Slot]:
    """A slot for each line of each cell that holds words. A first row of small letters has the names of columns."""
    first = text[: min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=len(text))]
    delimiter = max(",;\t", key=first.count)
    at, cells = len(BOM) * text.startswith(BOM), list[list[re.Match[str]]]([[]])
    while found := _CELL[delimiter].match(text, at):
        cells[-1].append(found)
        at = found.end() + 1
        if at > len(text):
            break
        if text[at - 1] in "\r\n":
            at += text[at - 1 : at + 1] == "\r\n"
            cells.append([])
    names_columns = len(cells[0]) > 1 and all(_COLUMN.fullmatch(cell[1] or cell[2] or "") for cell in cells[0])
    for cell in (cell for row in cells[names_columns:] for cell in row):
        yield from _cell_slots(cell, delimiter)


def _cell_slots(cell: re.Match[str], delimiter: str) -> Iterator[Slot]:
    if cell[1] is None:
        if says_something(passage := cell[2].strip()) and not is_code(passage):
            yield Slot(cell.start(), cell.end(), passage, render=partial(_cell, delimiter=delimiter))
        return
    for line in lines_of(cell[1]):
        written = line.text.strip()
        passage = written.replace('""', '"')
        start = cell.start(1) + line.start + len(line.text) - len(line.text.lstrip())
        if says_something(passage) and not is_code(passage):
            yield Slot(start, start + len(written), passage, render=_doubled)


def _doubled(text: str) -> str:
    return on_one_line(text).replace('"', '""')


def _cell(text: str, delimiter: str) -> str:
    text = on_one_line(text).replace("\t", " ")
    return f'"{_doubled(text)}"' if delimiter in text or text.startswith('"') else text
