"""Which pairs a model finds least likely to translate each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from translator.corpus.doctor.report import Example
from translator.corpus.pairs import Pair

UNLIKELY = "unlikely"
"""The reason that the worst pairs are dropped for."""
_TOGETHER = 2048  # pairs scored at once
_LISTED = 10


@dataclass(frozen=True)
class Judge:
    """``score`` takes N pairs and gives (N,) scores, the higher the likelier; the ``worst`` share is to be dropped."""

    score: Callable[[Sequence[Pair]], np.ndarray]
    worst: float = 0.0  # in [0, 1)


@dataclass(frozen=True)
class Likelihood:
    """What the scores of N pairs come to, in nats a piece."""

    median: float
    lowest_tenth: float  # the score that a tenth of the pairs are below
    dropped: np.ndarray  # (N,) bool
    examples: list[tuple[float, Example]]  # the least likely ones, the worst first


def judge(
    pairs: Iterable[Pair], origins: np.ndarray, files: Sequence[Path], by: Judge, tell: Callable[[int], None]
) -> Likelihood:
    """Score ``pairs``; ``origins`` (N, 2) says which of ``files`` each came from, and its line.

    In memory are kept the scores and the worst pairs. ``tell`` is given the number of pairs scored.
    """
    scores = np.zeros(len(origins), dtype=np.float32)
    listed: list[tuple[float, int, Pair]] = []
    done = 0
    rest = iter(pairs)
    while some := list(islice(rest, _TOGETHER)):
        found = by.score(some)
        scores[done : done + len(some)] = found
        listed += [(float(found[i]), done + i, some[i]) for i in np.argsort(found, kind="stable")[:_LISTED].tolist()]
        listed = sorted(listed)[:_LISTED]
        done += len(some)
        tell(done)
    dropped = np.zeros(len(scores), dtype=bool)
    dropped[np.argsort(scores, kind="stable")[: round(by.worst * len(scores))]] = True
    examples = [
        (score, Example(files[origins[place][0]], int(origins[place][1]), pair.en, pair.pt))
        for score, place, pair in listed
    ]
    median, tenth = np.quantile(scores, [0.5, 0.1]).tolist() if len(scores) else (0.0, 0.0)
    return Likelihood(median, tenth, dropped, examples)
