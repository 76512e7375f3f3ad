"""Sentence pairs of parallel files, every one of them sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from translator.corpus.files import Format, format_of
from translator.corpus.rows import read_rows
from translator.errors import InputError

T = TypeVar("T")
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


def evenly_spread(items: Sequence[T], count: int) -> list[T]:
    """``count`` of ``items``, or all where they are fewer, at even distances from the first to the last."""
    if count >= len(items):
        return list(items)
    if count == 1:
        return [items[len(items) // 2]]
    return [items[k * (len(items) - 1) // (count - 1)] for k in range(count)]


class LeftOut:
    """The records that were passed over, by file: how many, and the first with its line and its fault."""

    def __init__(self) -> None:
        self._found: dict[Path, list[tuple[int, str]]] = {}

    def of(self, path: Path) -> Callable[[int, str], None]:
        """What :func:`read_pairs` tells those of ``path`` to."""
        found = self._found.setdefault(path, [])
        return lambda line, fault: found.append((line, fault))

    def told(self) -> list[str]:
        """A sentence for each file that has some."""
        return [
            f"{path}: {len(found):,} record{'s' * (len(found) > 1)} left out, "
            f"{'the first at' if len(found) > 1 else 'at'} line {found[0][0]:,}: {found[0][1]}"
            for path, found in self._found.items()
            if found
        ]


def read_pairs(
    path: Path, format: Format | None = None, *, left_out: Callable[[int, str], None] | None = None
) -> Iterator[Pair]:
    """Yield the pairs of ``path`` in order: TSV, a Moses pair, TMX or JSONL by its name, plain, ``.gz`` or ``.zst``.

    Blank lines are passed over, a byte-order mark and CRLF are accepted. Raises ``InputError`` naming file and line
    where a line is not UTF-8, does not hold two texts, or has an empty side; also when the file is missing, unreadable,
    damaged or holds no pair at all. With ``left_out``, which hears its line and its fault, a unit of a translation
    memory that lacks a side is passed over, which is no mistake of the file, and so is any bad record of JSONL.
    """
    format = format or format_of(path)
    found = False
    for number, en, pt, fault in read_rows(path, format):
        lacking = format == "tmx" and ("empty" in fault or fault.startswith("no "))
        if fault and left_out is not None and (lacking or format == "jsonl"):
            left_out(number, fault)
            continue
        if fault:
            advice = next(text for key, text in _ADVICE.items() if key in fault)
            raise InputError(f"{path}, line {number}: {fault}", advice)
        found = True
        yield Pair(en, pt)
    if not found:
        hint = "each line is English<TAB>Portuguese" if format == "tsv" else ""
        raise InputError(f"{path} holds no sentence pair", hint)
