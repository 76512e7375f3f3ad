"""Parallel files as they are: every line a row, sound or with its fault named; nothing is refused."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from translator.corpus.files import Format, files_of, format_of, lines_of, open_bytes
from translator.corpus.tmx import read_units
from translator.errors import InputError
from translator.text.normalise import normalise

_HALF = re.compile("[\ud800-\udfff]")  # of a character beyond U+FFFF, as only JSON can spell it; no file can hold it


class Row(NamedTuple):
    """One line of a parallel file. ``fault`` says what is wrong with it and is empty if it holds two sides."""

    number: int  # of the line, from 1
    en: str
    pt: str
    fault: str = ""


def read_rows(path: Path, format: Format | None = None) -> Iterator[Row]:
    """Yield every line of ``path`` that is not blank, in order; of a TMX file, every translation unit.

    Bytes that are not UTF-8 come as U+FFFD, with a fault. The format goes by the name where none is given. Raises
    ``InputError`` when a file is missing, unreadable or a damaged archive, when the files of a Moses pair are not
    equally long, or when TMX is not XML.
    """
    format = format or format_of(path)
    files = files_of(path, format)
    if format == "moses":
        yield from _moses(*files)
    elif format == "tmx":
        for unit in read_units(path):
            yield _row(unit.line, unit.en, unit.pt, unit.fault)
    else:
        read = _json_row if format == "jsonl" else _tsv_row
        for number, line, fault in read_lines_of(path):
            if line.strip():
                yield Row(number, *_columns(line), fault) if fault else read(number, line)


def read_lines_of(path: Path) -> Iterator[tuple[int, str, str]]:
    """Number, text and fault of every line of a plain or packed file, the blank ones too."""
    with open_bytes(path) as file:
        for number, raw in enumerate(lines_of(path, file), start=1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            try:
                yield number, raw.decode("utf-8").rstrip("\r\n"), ""
            except UnicodeDecodeError as error:
                fault = f"not UTF-8 (byte 0x{raw[error.start]:02X} at column {error.start + 1})"
                yield number, raw.decode("utf-8", "replace").rstrip("\r\n"), fault


def _moses(en_file: Path, pt_file: Path) -> Iterator[Row]:
    en_lines = pt_lines = 0
    for en, pt in zip_longest(read_lines_of(en_file), read_lines_of(pt_file)):
        en_lines, pt_lines = en[0] if en else en_lines, pt[0] if pt else pt_lines
        if en is None or pt is None:
            continue  # only to count how long the longer one is
        if en_lines == pt_lines and (en[1].strip() or pt[1].strip() or en[2] or pt[2]):
            fault = en[2] or pt[2]
            yield Row(en[0], en[1].strip(), pt[1].strip(), fault) if fault else _row(en[0], en[1], pt[1])
    if en_lines != pt_lines:
        raise InputError(
            f"{en_file} has {en_lines:,} lines, {pt_file} has {pt_lines:,}",
            "line n of one must translate line n of the other",
        )


def _columns(line: str) -> tuple[str, str]:
    en, _, pt = line.partition("\t")
    return en.strip(), pt.strip()


def _tsv_row(number: int, line: str) -> Row:
    columns = line.split("\t")
    if len(columns) != 2:
        return Row(number, *_columns(line), f"{len(columns)} column{'s' * (len(columns) != 1)}, expected 2")
    return _row(number, *columns)


def _json_row(number: int, line: str) -> Row:
    """``{"en": …, "pt": …}``, or the same inside ``"translation"``, as many collections have it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, "", "", f"not JSON ({error})")
    if isinstance(record, dict) and isinstance(record.get("translation"), dict):
        record = record["translation"]
    sides = [record.get(side) for side in ("en", "pt")] if isinstance(record, dict) else [None, None]
    if not all(isinstance(side, str) for side in sides):
        return Row(number, "", "", 'not a record with the texts "en" and "pt"')
    en, pt = map(str, sides)
    if half := _HALF.search(en + pt):
        fault = f"half a surrogate pair (\\u{ord(half[0]):x}), which UTF-8 cannot hold"
        return Row(number, _HALF.sub("\ufffd", en).strip(), _HALF.sub("\ufffd", pt).strip(), fault)
    return _row(number, en, pt)


def _row(number: int, en: str, pt: str, fault: str = "") -> Row:
    en, pt = en.strip(), pt.strip()
    if not fault and (_is_empty(en) or _is_empty(pt)):
        fault = f"the {'English' if _is_empty(en) else 'Portuguese'} side is empty"
    return Row(number, en, pt, fault)


def _is_empty(text: str) -> bool:
    """Whether ``text`` has nothing visible. A letter at its front answers that at once."""
    return not text or (not text[0].isalnum() and not normalise(text))
