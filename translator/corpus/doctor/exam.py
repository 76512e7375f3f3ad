"""The examination: files in, rows in chunks through processes, findings out, memory flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from translator.corpus.doctor.chunks import CHUNK, NOTHING, Chunk, HeldOut, look_at
from translator.corpus.doctor.kinds import BIT, DROPPED, NAMES
from translator.corpus.doctor.pair import LONGEST
from translator.corpus.pairs import Row, read_rows
from translator.corpus.prefetch import in_order
from translator.errors import TranslatorError, UsageError

LENGTHS = (1, 2, 3, 5, 8, 12, 17, 25, 40, 60, 100)
"""Lower ends of the bins of length, in words; the last has no upper end."""
RATIOS = (0.0, 1 / 3, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Lower ends of the bins of Portuguese words for an English one."""
_REPAIRS = frozenset(["mojibake", "swapped"])
_ALONE = 5  # chunks up to which one process is faster than starting others
_EXAMPLES = 3  # of a kind
_KILLED = TranslatorError("a process that examines was killed, perhaps for want of memory", "take fewer --jobs")


@dataclass(frozen=True)
class Plan:
    """What is looked for and what is done about it."""

    longest: int = LONGEST  # words of a side
    held_out: HeldOut = NOTHING
    drop: frozenset[str] = DROPPED  # names of kinds
    repair: frozenset[str] = _REPAIRS
    jobs: int = 1  # processes


def plan_for(drop: Sequence[str], keep: Sequence[str], held_out: HeldOut, longest: int, jobs: int) -> Plan:
    """The usual plan with some kinds dropped besides, and some kept. Raises ``UsageError`` for what cannot be."""
    must, never = {"columns", "empty"}, {"translations"}
    for names, option, barred in ((drop, "--drop", never), (keep, "--keep", must)):
        can = [kind for kind in NAMES if kind not in barred]
        for name in names:
            if name not in can:
                raise UsageError(
                    f"{option} {name}: no such kind, or not one for {option}", f"it takes {', '.join(can)}"
                )
    for name in set(drop) & set(keep):
        raise UsageError(f"{name} is to be dropped and kept", "name it once")
    return Plan(longest, held_out, (DROPPED | {*drop}) - {*keep}, _REPAIRS - {*keep, *drop}, jobs)


Example = dict[str, str | int]
"""A line with a finding, as it stands in the file: ``file``, ``line``, ``en`` and ``pt``."""


def example(file: Path, line: int, pair: Sequence[str]) -> Example:
    """An example of a finding."""
    return {"file": str(file), "line": line, "en": pair[0], "pt": pair[1]}


@dataclass
class Examination:
    """The result, growing as chunks come in. ``rows`` = ``kept`` + the sum of ``dropped``."""

    files: tuple[Path, ...]
    rows: int = 0
    kept: int = 0
    sizes: np.ndarray = field(default_factory=lambda: np.zeros((2, 2), dtype=np.int64))  # as those of a chunk, summed
    found: Counter[str] = field(default_factory=Counter)  # rows with a finding
    dropped: Counter[str] = field(default_factory=Counter)  # by the first reason
    lengths: np.ndarray = field(default_factory=lambda: np.zeros((2, len(LENGTHS)), dtype=np.int64))
    ratios: np.ndarray = field(default_factory=lambda: np.zeros(len(RATIOS), dtype=np.int64))
    examples: dict[str, list[Example]] = field(default_factory=lambda: {name: [] for name in NAMES})
    likelihood: dict[str, Any] | None = None  # what a model says of what is left
    fixed: dict[str, Any] | None = None  # what was dropped and repaired

    def run(self, plan: Plan) -> Iterator[tuple[Path, list[Row], list[tuple[str, str]], np.ndarray]]:
        """Examine the files. Gives each chunk when it is counted: its file, its rows, their pairs as they are to be
        written, and for each (N,) the index in ``KINDS`` of what it is dropped for, or -1.

        The first of two equal pairs is the one kept, and a pair that is dropped for another reason makes no other a
        duplicate. Raises ``InputError`` where a file cannot be read.
        """
        seen = [HashSet() for _ in range(4)]
        as_it_is = sum(BIT[name] for name in _REPAIRS - plan.repair)
        chunks = ((path, rows) for path in self.files for rows in _chunks(path))
        first = list(islice(chunks, _ALONE + 1)) if plan.jobs > 1 else []
        jobs = plan.jobs if len(first) > _ALONE else 0
        work = partial(_look_at, plan.longest, plan.held_out)
        for (path, rows), chunk in in_order(work, chain(first, chunks), jobs, "spawn", _KILLED):
            reasons = _judge(chunk, plan.drop, seen)
            self._count(path, rows, chunk, reasons)
            pairs = [(row.en, row.pt) for row in rows]
            for index, pair in chunk.repaired.items():
                if not int(chunk.bits[index]) & as_it_is:
                    pairs[index] = pair
            yield path, rows, pairs, reasons

    def _count(self, path: Path, rows: Sequence[Row], chunk: Chunk, reasons: np.ndarray) -> None:
        self.rows += len(rows)
        self.kept += int((reasons < 0).sum())
        for index, name in enumerate(NAMES):
            hits = np.flatnonzero(chunk.bits & np.uint32(BIT[name]))
            self.found[name] += len(hits)
            self.dropped[name] += int((reasons == index).sum())
            for hit in hits[: _EXAMPLES - len(self.examples[name])].tolist():
                self.examples[name].append(example(path, rows[hit].number, (rows[hit].en, rows[hit].pt)))
        self.sizes += chunk.sizes.sum(axis=0)
        words = chunk.sizes[:, 0]
        for side in (0, 1):
            self.lengths[side] += _binned(words[words[:, side] > 0, side], LENGTHS)
        en, pt = words[(words > 0).all(axis=1)].T
        self.ratios += _binned(pt / en, RATIOS)


def examine(paths: Sequence[Path], plan: Plan, tell: Callable[[int], None] = lambda rows: None) -> Examination:
    """Examine parallel files; ``tell`` is given the number of rows done, now and then. Raises ``InputError``."""
    result = Examination(tuple(paths))
    for _ in result.run(plan):
        tell(result.rows)
    return result


class HashSet:
    """A set of hashes as a few sorted arrays, each at least twice as long as the next (O'Neil et al. 1996, in short).

    Ten million take 80 MB, and as much again while the longest two are merged.
    """

    def __init__(self) -> None:
        self._levels: list[np.ndarray] = []

    def add(self, hashes: np.ndarray) -> np.ndarray:
        """Add ``hashes`` (N,) uint64; returns (N,) bool: which were there, or stand earlier in ``hashes``."""
        unique, first = np.unique(hashes, return_index=True)
        known = np.zeros(len(unique), dtype=bool)
        for level in self._levels:  # looked up in order, for the processor's cache
            places = np.minimum(np.searchsorted(level, unique), len(level) - 1)
            known |= level[places] == unique
        fresh = np.zeros(len(hashes), dtype=bool)
        fresh[first[~known]] = True
        new = unique[~known]
        while len(new) and self._levels and len(self._levels[-1]) < 2 * len(new):
            new = np.concatenate([self._levels.pop(), new])
            new.sort(kind="stable")  # two sorted runs: radix or timsort, one pass
        if len(new):
            self._levels.append(new)
        return ~fresh


def _chunks(path: Path) -> Iterator[list[Row]]:
    rows = read_rows(path)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _look_at(longest: int, held_out: HeldOut, _: Path, rows: list[Row]) -> Chunk:
    return look_at(rows, longest, held_out)


def _binned(values: np.ndarray, lows: Sequence[float]) -> np.ndarray:
    return np.bincount(np.searchsorted(lows, values, side="right") - 1, minlength=len(lows))


def _judge(chunk: Chunk, drop: frozenset[str], seen: Sequence[HashSet]) -> np.ndarray:
    """The reason (N,) each row is dropped for, or -1; the bits of duplicates are added."""
    seen_pairs, seen_near, seen_en, seen_pt = seen
    bits = chunk.bits
    fresh = np.flatnonzero(_reasons(bits, drop) < 0)
    exact = seen_pairs.add(chunk.hashes[0][fresh])
    bits[fresh[exact]] |= BIT["duplicate"]
    if "duplicate" in drop:
        fresh, exact = fresh[~exact], exact[~exact]
    near = seen_near.add(chunk.hashes[1][fresh])
    bits[fresh[near & ~exact]] |= BIT["near-duplicate"]
    fresh = fresh[~near]
    again = seen_en.add(chunk.hashes[2][fresh]) | seen_pt.add(chunk.hashes[3][fresh])
    bits[fresh[again]] |= BIT["translations"]
    return _reasons(bits, drop)


def _reasons(bits: np.ndarray, drop: frozenset[str]) -> np.ndarray:
    reasons = np.full(len(bits), -1, dtype=np.int8)
    for index, name in reversed([*enumerate(NAMES)]):
        if name in drop:
            reasons[(bits & np.uint32(1 << index)) != 0] = index
    return reasons
