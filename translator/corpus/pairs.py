"""Parallel files as rows, every line sound or with its fault named; and as sentence pairs, every one of them sound."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple, TypeVar

from translator.corpus.files import Format, files_of, format_of, lines_of, open_bytes
from translator.corpus.tmx import read_units
from translator.errors import InputError
from translator.text.normalise import normalise

T = TypeVar("T")
_HALF = re.compile("[\ud800-\udfff]")  # of a character beyond U+FFFF, as only JSON can spell it; no file can hold it
_LACKING = re.compile("^no |empty")  # faults of a unit that lacks a side
_ADVICE = {
    "not UTF-8": "convert it, for example with: iconv -f latin1 -t utf-8",
    "side is empty": "fill it or remove the line",
    "column": "each line is an English sentence, one tab, its Portuguese translation",
    "": "translator corpus doctor shows all that is wrong with it",
}


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
        yield from (_row(*unit) for unit in read_units(path))
    else:
        read = _json_row if format == "jsonl" else _tsv_row
        yield from (read(*line) for line in read_lines_of(path) if line[1].strip())


def read_lines_of(path: Path) -> Iterator[tuple[int, str, str]]:
    """Number, text and fault of every line of a plain or packed file, the blank ones too."""
    with open_bytes(path) as file:
        for number, raw in enumerate(lines_of(path, file), start=1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            fault = ""
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                fault = f"not UTF-8 (byte 0x{raw[error.start]:02X} at column {error.start + 1})"
                text = raw.decode("utf-8", "replace")
            yield number, text.rstrip("\r\n"), fault


def _moses(en_file: Path, pt_file: Path) -> Iterator[Row]:
    en_lines = pt_lines = 0
    for en, pt in zip_longest(read_lines_of(en_file), read_lines_of(pt_file)):
        en_lines, pt_lines = en[0] if en else en_lines, pt[0] if pt else pt_lines
        if en and pt and (en[1].strip() or pt[1].strip()):  # else only to count how long the longer one is
            yield _row(en[0], en[1], pt[1], en[2] or pt[2])
    if en_lines != pt_lines:
        raise InputError(
            f"{en_file} has {en_lines:,} lines, {pt_file} has {pt_lines:,}",
            "line n of one must translate line n of the other",
        )


def _tsv_row(number: int, line: str, fault: str) -> Row:
    columns = line.count("\t") + 1
    if columns != 2:
        fault = fault or f"{columns} column{'s' * (columns != 1)}, expected 2"
    en, _, pt = line.partition("\t")
    return _row(number, en, pt, fault)


def _json_row(number: int, line: str, fault: str) -> Row:
    """``{"en": …, "pt": …}``, or the same inside ``"translation"``, as many collections have it."""
    if fault:
        return _tsv_row(number, line, fault)
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
        en, pt = (_HALF.sub("\ufffd", side) for side in (en, pt))
    return _row(number, en, pt, fault)


def _row(number: int, en: str, pt: str, fault: str) -> Row:
    en, pt = en.strip(), pt.strip()
    if not fault and (is_empty(en) or is_empty(pt)):
        fault = f"the {'English' if is_empty(en) else 'Portuguese'} side is empty"
    return Row(number, en, pt, fault)


def is_empty(text: str) -> bool:
    """Whether ``text`` has nothing visible. A letter at its front answers that at once."""
    return not text or (not text[0].isalnum() and not normalise(text))


class Pair(NamedTuple):
    """A sentence and its translation."""

    en: str
    pt: str


def corpus_name(path: Path) -> str:
    """The short name of a corpus file: ``news.tsv.gz`` → ``news``."""
    return path.name.split(".")[0]


def evenly_spread(items: Sequence[T], count: int) -> list[T]:
    """``count`` of ``items``, or all where they are fewer, at even distances from the first to the last."""
    if count >= len(items):
        return list(items)
    if count == 1:
        return [items[len(items) // 2]]
    return [items[k * (len(items) - 1) // (count - 1)] for k in range(count)]


def read_pairs(path: Path, format: Format | None = None, *, left_out: list[str] | None = None) -> Iterator[Pair]:
    """Yield the pairs of ``path`` in order: TSV, a Moses pair, TMX or JSONL by its name, plain, ``.gz`` or ``.zst``.

    Blank lines are passed over, a byte-order mark and CRLF are accepted. Raises ``InputError`` naming file and line
    where a line is not UTF-8, does not hold two texts, or has an empty side; also when the file is missing, unreadable,
    damaged or holds no pair at all. With ``left_out``, which is given a sentence on them in the end, units of a
    translation memory that lack a side are passed over, which is no mistake of the file, and so are bad records of
    JSONL.
    """
    format = format or format_of(path)
    found = False
    passed: list[Row] = []
    for row in read_rows(path, format):
        if not row.fault:
            found = True
            yield Pair(row.en, row.pt)
        elif left_out is not None and (format == "jsonl" or (format == "tmx" and _LACKING.search(row.fault))):
            passed.append(row)
        else:
            advice = next(text for key, text in _ADVICE.items() if key in row.fault)
            raise InputError(f"{path}, line {row.number}: {row.fault}", advice)
    if not found:
        hint = "each line is English<TAB>Portuguese" if format == "tsv" else ""
        raise InputError(f"{path} holds no sentence pair", hint)
    if passed and left_out is not None:
        several = len(passed) > 1
        left_out.append(
            f"{path}: {len(passed):,} record{'s' * several} left out, {'the first at' if several else 'at'} "
            f"line {passed[0].number:,}: {passed[0].fault}"
        )
