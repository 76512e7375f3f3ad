"""The cleaned corpus: what is kept, in order and letter by letter, examined again until nothing more is to go."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from translator.corpus.doctor.exam import Examination, Plan, example
from translator.corpus.doctor.kinds import NAMES
from translator.corpus.pairs import Pair

UNLIKELY = "unlikely"
"""The reason that the pairs a model finds least likely are dropped for."""
Score = Callable[[Sequence[Pair]], np.ndarray]
"""Takes N pairs and gives (N,) scores, in nats a piece: the higher, the likelier they translate each other."""
_TOGETHER = 2048  # pairs scored at once
_LISTED = 10
_BREAK = re.compile(r"[\t\n\r]+")


def fix(
    paths: Sequence[Path],
    plan: Plan,
    put: Callable[[Pair], None] | None,
    dropped: TextIO | None = None,
    *,
    score: Score | None = None,
    worst: float = 0.0,
    folder: Path | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Examination:
    """Give the pairs of ``paths`` worth keeping to ``put``, in order.

    Where lines go, those left have new neighbours, and may turn out to be shifted: what is kept is examined again,
    until nothing is dropped. In between it lies in ``folder``. Then ``score`` is asked of what is left, and the
    ``worst`` share, in [0, 1), dropped. ``dropped`` gets file, line, reason and the pair, for each one that goes;
    ``tell`` the number of rows done, now and then. Returns the examination of the corpus as it was, and in it what was
    done. Raises ``InputError`` where a file cannot be read, ``OSError`` where one cannot be written.
    """

    def drop(origin: Sequence[int], reason: str, en: str, pt: str) -> None:
        if dropped is not None:
            file, line = origin
            dropped.write(f"{_flat(str(paths[file]))}\t{line}\t{reason}\t{_flat(en)}\t{_flat(pt)}\n")

    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=folder) as own:
        examinations: list[Examination] = []
        sources = tuple(paths)
        origins: np.ndarray | None = None
        while True:
            result = Examination(sources)
            examinations.append(result)
            kept = Path(own) / f"{len(examinations)}.tsv"
            origins = _examined(result, plan, kept, origins, drop, tell)
            if len(examinations) > 1:
                sources[0].unlink()
            if result.kept == result.rows:
                break
            sources = (kept,)
        first = examinations[0]
        bad = np.zeros(len(origins), dtype=bool)
        if score:
            first.likelihood, bad = _judged(kept, origins, paths, score, worst, tell)
        for pair, origin, is_bad in zip(_pairs_of(kept), origins.tolist(), bad.tolist(), strict=True):
            if is_bad:
                drop(origin, UNLIKELY, *pair)
            elif put is not None:
                put(pair)
    reasons = sum((one.dropped for one in examinations), Counter({UNLIKELY: int(bad.sum())}))
    if put is not None:
        first.fixed = {
            "read": first.rows,
            "kept": int((~bad).sum()),
            "dropped": {name: reasons[name] for name in (*NAMES, UNLIKELY) if reasons[name]},
            "repaired": {name: first.found[name] for name in NAMES if name in plan.repair},
            "rounds": len(examinations),  # the last of which found nothing to drop
        }
    return first


def _examined(
    result: Examination,
    plan: Plan,
    kept: Path,
    before: np.ndarray | None,
    drop: Callable[[Sequence[int], str, str, str], None],
    tell: Callable[[int], None],
) -> np.ndarray:
    """Write to ``kept`` what an examination leaves, and give what it does not to ``drop``.

    Returns (kept, 2) int32: number of the file and line that each kept pair came from, by that of its line ``before``.
    """
    origins = [np.zeros((0, 2), dtype=np.int32)]
    with kept.open("w", encoding="utf-8", newline="\n") as file:
        for path, rows, pairs, reasons in result.run(plan):
            if before is None:
                own = np.array([(result.files.index(path), row.number) for row in rows], dtype=np.int32)
            else:
                own = before[result.rows - len(rows) : result.rows]
            for row, (en, pt), reason, origin in zip(rows, pairs, reasons.tolist(), own.tolist(), strict=True):
                if reason < 0:
                    file.write(f"{_flat(en)}\t{_flat(pt)}\n")
                else:
                    drop(origin, NAMES[reason], row.en, row.pt)
            origins.append(own[reasons < 0])
            tell(result.rows)
    return np.concatenate(origins)


def _pairs_of(path: Path) -> Iterator[Pair]:
    """The pairs of a file that :func:`_examined` wrote."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield Pair(*line.rstrip("\n").split("\t"))


def _flat(text: str) -> str:
    """``text`` as one column of one line."""
    return _BREAK.sub(" ", text)


def _judged(
    kept: Path, origins: np.ndarray, paths: Sequence[Path], score: Score, worst: float, tell: Callable[[int], None]
) -> tuple[dict[str, Any], np.ndarray]:
    """What the scores of the pairs of ``kept`` come to, and (N,) bool: the worst. Only these are kept."""
    scores = np.zeros(len(origins), dtype=np.float32)
    listed: list[tuple[float, int, Pair]] = []
    done = 0
    pairs = _pairs_of(kept)
    while some := list(islice(pairs, _TOGETHER)):
        found = score(some)
        scores[done : done + len(some)] = found
        listed += [(float(found[i]), done + i, some[i]) for i in np.argsort(found, kind="stable")[:_LISTED].tolist()]
        listed = sorted(listed)[:_LISTED]
        done += len(some)
        tell(done)
    bad = np.zeros(len(scores), dtype=bool)
    bad[np.argsort(scores, kind="stable")[: round(worst * len(scores))]] = True
    examples = []
    for value, place, pair in listed:
        file, line = origins[place].tolist()
        examples.append({"score": value} | example(paths[file], line, pair))
    median, tenth = np.quantile(scores, [0.5, 0.1]).tolist() if len(scores) else (0.0, 0.0)
    return {"median": median, "lowest_tenth": tenth, "dropped": int(bad.sum()), "examples": examples}, bad
