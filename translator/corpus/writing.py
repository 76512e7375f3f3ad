"""Pairs → parallel files of any format, which take their place only when they are whole."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from translator.corpus.files import STANDARD_STREAM, Format, format_of, halves
from translator.corpus.pairs import Pair
from translator.corpus.tmx import FOOT, HEAD, unit_text
from translator.errors import OutputError, UsageError
from translator.files import in_place_of

_BREAKS = {"tsv": re.compile(r"[\t\n\r]+"), "moses": re.compile(r"[\n\r]+")}  # what would end a column or a line there
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")  # XML 1.0, section 2.2


@dataclass
class Writer:
    """Takes pairs one by one; ``changed`` counts those that the format could not hold exactly as they were."""

    format: Format
    put: Callable[[Pair], None]
    written: int = 0
    changed: int = 0

    def write(self, pair: Pair) -> None:
        """Write a pair."""
        fitting = Pair(*(held(side, self.format) for side in pair))
        self.written += 1
        self.changed += fitting != pair
        self.put(fitting)


def held(text: str, format: Format) -> str:
    """``text`` as the format can hold it: breaks as spaces in lines, no control characters in XML."""
    if format == "tmx":
        return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if format == "jsonl":
        return text
    return _BREAKS[format].sub(" ", text)


def exact_in(text: str, format: Format) -> bool:
    """Whether ``format`` holds ``text`` as it is."""
    return held(text, format) == text


@contextmanager
def writing(path: Path, format: Format | None = None, *, force: bool = False) -> Iterator[Writer]:
    """A writer to ``path``, packed as its name says; the file takes its place when the block ends well.

    Raises ``UsageError`` if it exists and ``force`` is not given, ``OutputError`` if it cannot be written.
    """
    format = format or format_of(path)
    if path == STANDARD_STREAM and format == "moses":
        raise UsageError("Moses pairs are two files: they do not go through a pipe", "take tsv, jsonl or tmx")
    paths = halves(path) if format == "moses" else (path,)
    with ExitStack() as stack:
        files = [stack.enter_context(_in_place(one, force=force)) for one in paths]
        try:
            yield from _fill(format, files)
        except BrokenPipeError:  # standard output: its reader has seen enough
            raise
        except OSError as error:
            raise OutputError(f"{path} could not be written: {error.strerror}", "nothing was changed") from error


def _fill(format: Format, files: list[IO[bytes]]) -> Iterator[Writer]:
    def put(pair: Pair) -> None:
        if format == "moses":
            for file, side in zip(files, pair, strict=True):
                file.write(f"{side}\n".encode())
        elif format == "tmx":
            files[0].write(unit_text(*pair).encode())
        elif format == "jsonl":
            files[0].write(json.dumps(pair._asdict(), ensure_ascii=False).encode() + b"\n")
        else:
            files[0].write(f"{pair.en}\t{pair.pt}\n".encode())

    if format == "tmx":
        files[0].write(HEAD.encode())
    yield Writer(format, put)
    if format == "tmx":
        files[0].write(FOOT.encode())


@contextmanager
def _in_place(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``path`` when the block ends well; standard output for ``-``."""
    if path == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with (
        in_place_of(path, force=force) as descriptor,
        _packed(os.fdopen(descriptor, "wb"), path.suffix) as file,
    ):
        yield file


@contextmanager
def _packed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    with file:
        if suffix == ".gz":  # without name and time: the same pairs give the same bytes
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif suffix == ".zst":
            with zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file
