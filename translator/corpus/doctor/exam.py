"""The examination: files in, rows in chunks through processes, findings out, memory flat."""

from __future__ import annotations

import itertools
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from translator.corpus.doctor.chunks import CHUNK, Chunk, HeldOut, look_at
from translator.corpus.doctor.kinds import BIT, DROPPED, KINDS, NAMES
from translator.corpus.doctor.pair import Rules
from translator.corpus.doctor.report import Examination
from translator.corpus.doctor.seen import HashSet
from translator.corpus.rows import Row, read_rows
from translator.errors import UsageError

Sink = Callable[[Path, Sequence[Row], Sequence[tuple[str, str]], np.ndarray], None]
"""Takes a file, rows of it, their pairs after repair, and for each the index of the kind it is dropped for, or -1."""
Looked = tuple[Path, list[Row], Chunk]
_ALONE = 5  # chunks up to which one process is faster than starting others


@dataclass(frozen=True)
class Plan:
    """What is looked for and what is done about it."""

    rules: Rules = field(default_factory=Rules)
    held_out: HeldOut = field(default_factory=HeldOut)
    drop: frozenset[str] = DROPPED  # names of kinds
    repair: frozenset[str] = frozenset(["mojibake", "swapped"])
    jobs: int = 1  # processes


def plan_for(drop: Sequence[str], keep: Sequence[str], held_out: HeldOut, longest: int, jobs: int) -> Plan:
    """The usual plan with some kinds dropped besides, and some kept. Raises ``UsageError`` for what cannot be."""
    must, never = {"columns", "empty"}, {"translations"}
    for names, option, barred in ((drop, "--drop", never), (keep, "--keep", must)):
        for name in names:
            if name not in NAMES or name in barred:
                can = ", ".join(kind for kind in NAMES if kind not in barred)
                raise UsageError(f"{option} {name}: no such kind, or not one for {option}", f"it takes {can}")
    for name in set(drop) & set(keep):
        raise UsageError(f"{name} is to be dropped and kept", "name it once")
    repair = frozenset(kind.name for kind in KINDS if kind.cure == "repair") - {*keep, *drop}
    return Plan(Rules(longest=longest), held_out, (DROPPED | {*drop}) - {*keep}, repair, jobs)


def hold_out(paths: Iterable[Path]) -> HeldOut:
    """The sentences of dev and test files. Raises ``InputError`` where one cannot be read."""
    held_out = HeldOut()
    for path in paths:
        for row in read_rows(path):
            for text in (row.en, row.pt):
                if text:
                    held_out.add(text)
    return held_out


def examine(
    paths: Sequence[Path], plan: Plan, sink: Sink | None = None, tell: Callable[[int], None] | None = None
) -> Examination:
    """Examine parallel files. ``tell`` is given the number of rows done, now and then.

    The first of two equal pairs is the one kept, and a pair that is dropped for another reason makes no other a
    duplicate. Raises ``InputError`` where a file cannot be read.
    """
    result = Examination(tuple(paths))
    seen = _Seen()
    for path, rows, chunk in _looked(paths, plan):
        bits, reasons = _judge(chunk, plan, seen)
        result.add(path, rows, chunk, bits, reasons)
        if sink is not None:
            sink(path, rows, _pairs(rows, chunk, bits, plan), reasons)
        if tell is not None:
            tell(result.rows)
    return result


class _Seen:
    """Pairs and sides that stood before."""

    def __init__(self) -> None:
        self.pairs, self.near, self.en, self.pt = HashSet(), HashSet(), HashSet(), HashSet()


def _judge(chunk: Chunk, plan: Plan, seen: _Seen) -> tuple[np.ndarray, np.ndarray]:
    """The bits (N,) with those of duplicates, and the reason (N,) each row is dropped for, or -1."""
    bits = chunk.bits.copy()
    reasons = _reasons(bits, plan.drop)
    fresh = np.flatnonzero(reasons < 0)
    exact = seen.pairs.add(chunk.hashes[0][fresh])
    bits[fresh[exact]] |= BIT["duplicate"]
    if "duplicate" in plan.drop:
        fresh, exact = fresh[~exact], exact[~exact]
    near = seen.near.add(chunk.hashes[1][fresh])
    bits[fresh[near & ~exact]] |= BIT["near-duplicate"]
    fresh = fresh[~near]
    again = seen.en.add(chunk.hashes[2][fresh]) | seen.pt.add(chunk.hashes[3][fresh])
    bits[fresh[again]] |= BIT["translations"]
    return bits, _reasons(bits, plan.drop)


def _reasons(bits: np.ndarray, drop: frozenset[str]) -> np.ndarray:
    reasons = np.full(len(bits), -1, dtype=np.int8)
    for index in reversed(range(len(KINDS))):
        if KINDS[index].name in drop:
            reasons[(bits & np.uint32(1 << index)) != 0] = index
    return reasons


def _pairs(rows: Sequence[Row], chunk: Chunk, bits: np.ndarray, plan: Plan) -> list[tuple[str, str]]:
    """The pairs as they are to be written: repaired where that is wanted."""
    pairs = [(row.en, row.pt) for row in rows]
    kept_as_is = sum(BIT[name] for name in ("mojibake", "swapped") if name not in plan.repair)
    for index, pair in chunk.repaired.items():
        if not int(bits[index]) & kept_as_is:
            pairs[index] = pair
    return pairs


def _chunks(paths: Sequence[Path]) -> Iterator[tuple[Path, list[Row]]]:
    for path in paths:
        rows = iter(read_rows(path))
        while chunk := list(itertools.islice(rows, CHUNK)):
            yield path, chunk


def _looked(paths: Sequence[Path], plan: Plan) -> Iterator[Looked]:
    """The chunks in order, each looked at: here while they are few, then by ``plan.jobs`` processes."""
    chunks = _chunks(paths)
    work = partial(look_at, rules=plan.rules, held_out=plan.held_out)
    first = list(itertools.islice(chunks, _ALONE + 1)) if plan.jobs > 1 else []
    if len(first) <= _ALONE:
        for path, rows in itertools.chain(first, chunks):
            yield path, rows, work(rows)
        return
    context = multiprocessing.get_context("spawn")  # the same on every system, and safe beside threads
    with ProcessPoolExecutor(plan.jobs, context, _start, (plan,)) as pool:
        pending: deque[tuple[Path, list[Row], Future[Chunk]]] = deque()
        for path, rows in itertools.chain(first, chunks):
            pending.append((path, rows, pool.submit(_work, [(row.number, row.en, row.pt, row.fault) for row in rows])))
            if len(pending) > 2 * plan.jobs:
                yield _done(*pending.popleft())
        while pending:
            yield _done(*pending.popleft())


def _done(path: Path, rows: list[Row], future: Future[Chunk]) -> Looked:
    return path, rows, future.result()


_plan = Plan()  # of a worker process


def _start(plan: Plan) -> None:
    global _plan
    _plan = plan


def _work(rows: list[tuple[int, str, str, str]]) -> Chunk:
    return look_at([Row(*row) for row in rows], _plan.rules, _plan.held_out)
