"""Parallel text files: one pair a line, ``en<TAB>pt``, plain or ``.gz``."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from translator.errors import InputError
from translator.text.normalise import normalise

__all__ = ["Pair", "corpus_name", "lines_of", "open_bytes", "read_pairs"]


class Pair(NamedTuple):
    """A sentence and its translation."""

    en: str
    pt: str


def corpus_name(path: Path) -> str:
    """The short name of a corpus file: ``news.tsv.gz`` → ``news``."""
    return path.name.split(".")[0]


def open_bytes(path: Path) -> IO[bytes]:
    """``path`` open for reading, unpacked on the way. Raises ``InputError`` where it cannot be opened."""
    if path.is_dir():
        raise InputError(f"{path} is a folder", "name a file with one English<TAB>Portuguese pair a line")
    try:
        return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"no such file: {path}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of ``path`` in order; blank lines are passed over, a byte-order mark and CRLF are accepted.

    Raises ``InputError`` naming file and line where a line is not UTF-8, has not exactly two columns, or has an empty
    side; also when the file is missing, unreadable, damaged (``.gz``) or holds no pair at all.
    """
    found = False
    with open_bytes(path) as file:
        for number, raw in enumerate(lines_of(path, file), start=1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            try:
                line = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{path}, line {number}: not UTF-8 (byte 0x{raw[error.start]:02X} at column {error.start + 1})",
                    "convert it, for example with: iconv -f latin1 -t utf-8",
                ) from error
            if not line.strip():
                continue
            columns = line.split("\t")
            if len(columns) != 2:
                raise InputError(
                    f"{path}, line {number}: {len(columns)} column{'s' * (len(columns) != 1)}, expected 2",
                    "each line is an English sentence, one tab, its Portuguese translation",
                )
            pair = Pair(columns[0].strip(), columns[1].strip())
            if _is_empty(pair.en) or _is_empty(pair.pt):
                side = "English" if _is_empty(pair.en) else "Portuguese"
                raise InputError(f"{path}, line {number}: the {side} side is empty", "fill it or remove the line")
            found = True
            yield pair
    if not found:
        raise InputError(f"{path} holds no sentence pair", "each line is English<TAB>Portuguese")


def _is_empty(text: str) -> bool:
    """Whether nothing of ``text`` is left for a reader; a letter at its front settles it at once."""
    return not text or (not text[0].isalnum() and not normalise(text))


def lines_of(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """The lines of ``file``. Raises ``InputError`` naming ``path`` where it breaks off."""
    try:
        yield from file
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read to its end: {error}", "is it a complete file?") from error
