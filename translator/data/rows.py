"""Parallel files as they are: every line a row, sound or with its fault named; nothing is refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from translator.data.pairs import lines_of, open_bytes

__all__ = ["Row", "read_rows"]


class Row(NamedTuple):
    """One line of a parallel file; ``fault`` is empty where it holds two sides, and says what is wrong elsewhere."""

    number: int  # of the line, from 1
    en: str
    pt: str
    fault: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Yield every line of ``path`` that is not blank, in order.

    Bytes that are not UTF-8 come as U+FFFD, with a fault. Raises ``InputError`` when the file is missing, unreadable
    or a damaged archive.
    """
    with open_bytes(path) as file:
        for number, raw in enumerate(lines_of(path, file), start=1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not line.strip():
                continue
            columns = [column.strip() for column in line.split("\t")]
            fault = ""
            if len(columns) != 2:
                fault = f"{len(columns)} column{'s' * (len(columns) != 1)}, expected 2"
            elif not all(columns):
                fault = f"the {'Portuguese' if columns[0] else 'English'} side is empty"
            elif "\ufffd" in line and not _is_utf8(raw):
                fault = "not UTF-8"
            yield Row(number, columns[0], columns[1] if len(columns) > 1 else "", fault)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
