"""Sentence pairs of parallel files, every one of them sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from translator.corpus.files import Format, format_of
from translator.corpus.rows import read_rows
from translator.errors import InputError

__all__ = ["Pair", "corpus_name", "read_pairs"]

_ADVICE = {
    "not UTF-8": "convert it, for example with: iconv -f latin1 -t utf-8",
    "side is empty": "fill it or remove the line",
    "column": "each line is an English sentence, one tab, its Portuguese translation",
    "": "translator corpus doctor shows all that is wrong with it",
}


class Pair(NamedTuple):
    """A sentence and its translation."""

    en: str
    pt: str


def corpus_name(path: Path) -> str:
    """The short name of a corpus file: ``news.tsv.gz`` → ``news``."""
    return path.name.split(".")[0]


def read_pairs(
    path: Path, format: Format | None = None, *, left_out: Callable[[int, str], None] | None = None
) -> Iterator[Pair]:
    """Yield the pairs of ``path`` in order: TSV, a Moses pair, TMX or JSONL by its name, plain, ``.gz`` or ``.zst``.

    Blank lines are passed over, a byte-order mark and CRLF are accepted. Raises ``InputError`` naming file and line
    where a line is not UTF-8, does not hold two texts, or has an empty side; also when the file is missing, unreadable,
    damaged or holds no pair at all. A unit of a translation memory that lacks a side is no mistake of the file: with
    ``left_out``, which hears its line and what it lacks, such a one is passed over.
    """
    is_memory = (format or format_of(path)) == "tmx"
    found = False
    for number, en, pt, fault in read_rows(path, format):
        if fault and is_memory and left_out is not None and ("empty" in fault or fault.startswith("no ")):
            left_out(number, fault)
            continue
        if fault:
            advice = next(text for key, text in _ADVICE.items() if key in fault)
            raise InputError(f"{path}, line {number}: {fault}", advice)
        found = True
        yield Pair(en, pt)
    if not found:
        hint = "each line is English<TAB>Portuguese" if (format or format_of(path)) == "tsv" else ""
        raise InputError(f"{path} holds no sentence pair", hint)
