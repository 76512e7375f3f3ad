"""Pairs → parallel files of any format, which take their place only when they are whole."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from translator.corpus.files import STANDARD_STREAM, Format, files_of, format_of, zstd
from translator.corpus.pairs import Pair
from translator.corpus.tmx import FOOT, HEAD, unit_text
from translator.errors import OutputError
from translator.files import in_place_of

_BREAKS = {"tsv": re.compile(r"[\t\n\r]+"), "moses": re.compile(r"[\n\r]+")}  # what would end a column or a line there
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")  # XML 1.0, section 2.2


def held(text: str, format: Format) -> str:
    """``text`` as the format can hold it: breaks as spaces in lines, no control characters in XML."""
    if format == "tmx":
        return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _BREAKS[format].sub(" ", text) if format in _BREAKS else text


@dataclass
class Writer:
    """Takes pairs one by one; ``changed`` counts those that the format could not hold exactly as they were."""

    format: Format
    files: list[IO[bytes]]
    written: int = 0
    changed: int = 0

    def write(self, pair: Pair) -> None:
        """Write a pair."""
        fitting = Pair(*(held(side, self.format) for side in pair))
        self.written += 1
        self.changed += fitting != pair
        match self.format:
            case "moses":
                texts = [f"{side}\n" for side in fitting]
            case "tmx":
                texts = [unit_text(*fitting)]
            case "jsonl":
                texts = [json.dumps(fitting._asdict(), ensure_ascii=False) + "\n"]
            case _:
                texts = ["\t".join(fitting) + "\n"]
        for file, text in zip(self.files, texts, strict=True):
            file.write(text.encode())


@contextmanager
def writing(path: Path, format: Format | None = None, *, force: bool = False) -> Iterator[Writer]:
    """A writer to ``path``, packed as its name says; the file takes its place when the block ends well.

    Raises ``UsageError`` if it exists and ``force`` is not given, ``OutputError`` if it cannot be written.
    """
    format = format or format_of(path)
    with ExitStack() as stack:
        files = [stack.enter_context(_in_place(one, force=force)) for one in files_of(path, format, to_write=True)]
        try:
            files[0].write(HEAD.encode() if format == "tmx" else b"")
            yield Writer(format, files)
            files[0].write(FOOT.encode() if format == "tmx" else b"")
        except BrokenPipeError:  # standard output: its reader has seen enough
            raise
        except OSError as error:
            raise OutputError(f"{path} could not be written: {error.strerror}", "nothing was changed") from error


@contextmanager
def _in_place(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``path`` when the block ends well; standard output for ``-``."""
    if path == STANDARD_STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with in_place_of(path, force=force) as descriptor, os.fdopen(descriptor, "wb") as file:
        if path.suffix == ".gz":  # without name and time: the same pairs give the same bytes
            packed: IO[bytes] = cast(IO[bytes], gzip.GzipFile("", "wb", 6, file, mtime=0))
        elif path.suffix == ".zst":
            packed = cast(IO[bytes], zstd.open(file, "wb", options={zstd.CompressionParameter.checksum_flag: 1}))
        else:
            packed = file
        with packed:
            yield packed
