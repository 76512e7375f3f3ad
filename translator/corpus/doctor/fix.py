"""The cleaned corpus: what is kept, in order and letter by letter, examined again until nothing more is to go."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from translator.corpus.doctor.exam import Plan, examine
from translator.corpus.doctor.kinds import NAMES
from translator.corpus.doctor.likelihood import UNLIKELY, Judge, Likelihood, judge
from translator.corpus.doctor.report import Examination
from translator.corpus.pairs import Pair
from translator.corpus.rows import Row

_BREAK = re.compile(r"[\t\n\r]+")


@dataclass(frozen=True)
class Fixed:
    """What was done: ``read`` = ``kept`` + the sum of ``dropped``."""

    examination: Examination  # of the corpus as it was
    read: int
    kept: int
    dropped: dict[str, int]  # rows by reason
    repaired: dict[str, int]  # rows kept with a repair
    rounds: int  # examinations, the last of which found nothing to drop
    likelihood: Likelihood | None = None  # of what was left after them, where a model was asked


def fix(
    paths: Sequence[Path],
    plan: Plan,
    put: Callable[[Pair], None],
    dropped: TextIO | None = None,
    *,
    by: Judge | None = None,
    folder: Path | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Fixed:
    """Give the pairs of ``paths`` worth keeping to ``put``, in order.

    Where lines go, those left have new neighbours, and may turn out to be shifted: what is kept is examined again,
    until nothing is dropped. In between it lies in ``folder``. Then ``by`` scores what is left, and drops the worst.
    ``dropped`` gets file, line, reason and the pair, for each one that goes. Raises ``InputError`` where a file cannot
    be read, ``OSError`` where one cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=folder) as own:
        first: Examination | None = None
        reasons: Counter[str] = Counter()
        origins: np.ndarray | None = None  # (kept, 2) int32: file and line each kept pair came from
        sources, rounds = list(paths), 0
        while True:
            rounds += 1
            kept = Path(own) / f"{rounds}.tsv"
            with kept.open("w", encoding="utf-8", newline="\n") as file:
                writer = _Writer(file, dropped, list(paths), origins)
                result = examine(sources, plan, writer, tell)
            first = first or result
            reasons.update(result.dropped)
            if rounds > 1:
                sources[0].unlink()
            sources, origins = [kept], np.concatenate(writer.origins or [np.zeros((0, 2), dtype=np.int32)])
            if result.kept == result.rows:
                break
        likelihood = None if by is None else judge(_pairs_of(kept), origins, list(paths), by, tell)
        bad = np.zeros(len(origins), dtype=bool) if likelihood is None else likelihood.dropped
        for pair, (path, line), drop in zip(_pairs_of(kept), origins.tolist(), bad.tolist(), strict=True):
            if not drop:
                put(pair)
            elif dropped is not None:
                dropped.write(_row(paths[path], line, UNLIKELY, pair))
    reasons[UNLIKELY] = int(bad.sum())
    return Fixed(
        first,
        first.rows,
        result.kept - reasons[UNLIKELY],
        {name: reasons[name] for name in (*NAMES, UNLIKELY) if reasons[name]},
        {name: first.found[name] for name in plan.repair},
        rounds,
        likelihood,
    )


def _pairs_of(path: Path) -> Iterator[Pair]:
    """The pairs of a file that :class:`_Writer` wrote."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            en, pt = line.rstrip("\n").split("\t")
            yield Pair(en, pt)


def _row(path: Path, line: int, reason: str, pair: Pair) -> str:
    """A line of what is dropped."""
    return f"{_flat(str(path))}\t{line}\t{reason}\t{_flat(pair.en)}\t{_flat(pair.pt)}\n"


class _Writer:
    """Takes chunks of an examination; writes what is kept, and what is dropped with its reason."""

    def __init__(self, kept: TextIO, dropped: TextIO | None, paths: list[Path], before: np.ndarray | None) -> None:
        self._kept, self._dropped, self._paths, self._before = kept, dropped, paths, before
        self._done = 0
        self.origins: list[np.ndarray] = []

    def __call__(self, path: Path, rows: Sequence[Row], pairs: Sequence[tuple[str, str]], reasons: np.ndarray) -> None:
        """Write one chunk."""
        origins = self._origins(path, rows)
        for row, pair, reason, (file, line) in zip(rows, pairs, reasons.tolist(), origins.tolist(), strict=True):
            if reason < 0:
                self._kept.write(f"{_flat(pair[0])}\t{_flat(pair[1])}\n")
            elif self._dropped is not None:
                self._dropped.write(_row(self._paths[file], line, NAMES[reason], Pair(row.en, row.pt)))
        self.origins.append(origins[reasons < 0])
        self._done += len(rows)

    def _origins(self, path: Path, rows: Sequence[Row]) -> np.ndarray:
        if self._before is not None:
            return self._before[self._done : self._done + len(rows)]
        file = self._paths.index(path)
        return np.array([(file, row.number) for row in rows], dtype=np.int32)


def _flat(text: str) -> str:
    """``text`` as one column of one line."""
    return " ".join(_BREAK.split(text)) if _BREAK.search(text) else text
