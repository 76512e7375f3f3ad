"""Parallel files by name: which format, how packed, and their bytes.

``name.tsv``, ``name.tmx``, ``name.jsonl``, or a Moses pair ``name.en`` + ``name.pt``, named by either file or by the
stem; each plain, ``.gz`` or ``.zst``.
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Literal, cast

from translator.errors import InputError, UsageError

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd

Format = Literal["tsv", "moses", "tmx", "jsonl"]
STANDARD_STREAM = Path("-")  # standard input or output
_PACKED = (".gz", ".zst")
_BLOCK = 1 << 17  # bytes
_FOREIGN = (".bz2", ".xz", ".zip", ".7z", ".lzma")
_DAMAGE = (OSError, EOFError, zlib.error, zstd.ZstdError)  # a file cut short, or not what its name says
_ENDINGS: dict[str, Format] = {".tmx": "tmx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".en": "moses", ".pt": "moses"}


def format_of(path: Path) -> Format:
    """The format by the name; TSV where the name says nothing and no Moses pair has this stem.

    Raises ``UsageError`` on a name that promises another packing.
    """
    if path.suffix.lower() in _FOREIGN or (path.suffix != path.suffix.lower() and path.suffix.lower() in _PACKED):
        raise UsageError(f"{path}: files packed so are not read or written", f"by their names: {', '.join(_PACKED)}")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _PACKED]
    if suffixes and suffixes[-1] in _ENDINGS:
        return _ENDINGS[suffixes[-1]]
    return "moses" if not path.exists() and _pair(path) else "tsv"


def files_of(path: Path, format: Format, *, to_write: bool = False) -> tuple[Path, ...]:
    """The files that ``path`` names, to be read or ``to_write``: one, or English and Portuguese of a Moses pair.

    Raises ``UsageError`` for a pair through a pipe, ``InputError`` where one that is to be read is not there.
    """
    if format != "moses":
        return (path,)
    if path == STANDARD_STREAM:
        raise UsageError("Moses pairs are two files: they do not go through a pipe", "take tsv, jsonl or tmx")
    en, pt = _halves(path)
    found = (en, pt) if to_write else _pair(path)
    if found is None:
        raise InputError(f"no Moses pair {en} and {pt}", "both files must be there, packed alike or not")
    return found


def _halves(path: Path) -> tuple[Path, Path]:
    """The two names of a Moses pair, by either or by the stem: ``a.en.gz`` → ``a.en.gz`` and ``a.pt.gz``."""
    packed = path.suffix if path.suffix in _PACKED else ""
    stem = re.sub(r"\.(en|pt)$", "", path.name.removesuffix(packed))
    return path.with_name(f"{stem}.en{packed}"), path.with_name(f"{stem}.pt{packed}")


def _pair(path: Path) -> tuple[Path, Path] | None:
    """The two files of a Moses pair, if both are there."""
    packed = path.suffix if path.suffix in _PACKED else ""
    bare = path.name.removesuffix(packed)
    pairs = (_halves(path.with_name(bare + ending)) for ending in (packed, "", *_PACKED))
    return next(((en, pt) for en, pt in pairs if en.is_file() and pt.is_file()), None)


def open_bytes(path: Path) -> IO[bytes]:
    """``path`` open for reading, unpacked on the way. Raises ``InputError`` where it cannot be opened."""
    if path == STANDARD_STREAM:
        return sys.stdin.buffer
    if path.is_dir():
        raise InputError(f"{path} is a folder", "name a file with one English<TAB>Portuguese pair a line")
    try:
        if path.suffix == ".gz":
            return cast(IO[bytes], gzip.open(path))
        if path.suffix == ".zst":
            return cast(IO[bytes], zstd.open(path))
        return path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"no such file: {path}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def lines_of(path: Path, file: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of ``file``. Raises ``InputError`` naming ``path`` where it breaks off."""
    try:
        yield from file
    except _DAMAGE as error:
        raise InputError(f"{path} cannot be read to its end: {error}", "is it a complete file?") from error


def blocks_of(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """``file`` in blocks. Raises as :func:`lines_of` does."""
    return lines_of(path, iter(lambda: file.read(_BLOCK), b""))
