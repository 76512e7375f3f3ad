"""BLEU, chrF2++ and TER, each with the signature that lets others get the same number (Post 2018).

A sentence's statistics are counted once. A score is made of their sum, and each resampled test set of the bootstrap is
another sum, so that a thousand of them cost one product of matrices, not a thousand scorings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from translator.search.native import cores

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    import numpy as np
    from sacrebleu.metrics.base import Metric

METRICS = ("BLEU", "chrF2++", "TER")
RESAMPLES = 1000
"""Test sets that an interval is drawn from: sacreBLEU's default."""
_SEED = 12345  # sacreBLEU's default
_MANY = 4000  # lines from which on other processes help to count; below, to start them takes longer
_ROWS = 50  # resampled test sets drawn at a time
Row = list[float]
Counted = dict[str, list[Row]]


@dataclass(frozen=True)
class Score:
    """One metric over a whole test set."""

    name: str
    value: float  # 0 to 100; for TER lower is better, and above 100 is possible
    signature: str
    margin: float | None = None  # half of the 95 % interval by bootstrap, around ``mean``
    mean: float | None = None  # of the resampled test sets

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval (Koehn 2004), where it was asked for."""
        return None if self.margin is None or self.mean is None else (self.mean - self.margin, self.mean + self.margin)


def metric_named(name: str) -> Metric:
    """sacreBLEU's metric of a name in ``METRICS``, with its default settings."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    made: Metric = BLEU() if name == "BLEU" else TER() if name == "TER" else CHRF(word_order=2)
    return made


def score_translations(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], resamples: int = 0
) -> list[Score]:
    """BLEU, chrF2++ and TER of ``hypotheses`` against one or more ``references``, each a list as long as they are;
    with ``resamples`` test sets drawn by bootstrap, as sacreBLEU draws them, the interval too."""
    with Statistics(len(hypotheses)) as statistics:
        size = -(-len(hypotheses) // (2 * cores()))
        for begin in range(0, len(hypotheses), size):
            cut = slice(begin, begin + size)
            statistics.add(hypotheses[cut], [side[cut] for side in references])
        return statistics.scores(resamples)


class Statistics:
    """The statistics of each sentence, a metric, counted as translations come in.

    Of many lines they are counted by other processes: while the one that translates prepares what the engine reads
    next, a core would have nothing to do.
    """

    def __init__(self, lines: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._parts: list[Counted | Future[Counted]] = []
        self._references = 0
        if lines >= _MANY and cores() > 1:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context = multiprocessing.get_context("spawn")  # safe beside threads
            self._pool = ProcessPoolExecutor(cores(), context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def add(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
        """The next translations, with their references."""
        self._references = len(references)
        if self._pool is None:
            self._parts.append(_count(hypotheses, references))
        else:
            self._parts.append(self._pool.submit(_count, list(hypotheses), [list(side) for side in references]))

    def scores(self, resamples: int = 0) -> list[Score]:
        """What :func:`score_translations` gives, of all that were added."""
        parts = [part if isinstance(part, dict) else part.result() for part in self._parts]
        counted = [[row for part in parts for row in part[name]] for name in METRICS]
        metrics = [metric_named(name) for name in METRICS]
        drawn = _resampled(counted, metrics, resamples) if resamples else None
        scores = []
        for k, metric in enumerate(metrics):
            result = metric._aggregate_and_compute(counted[k])
            metric.corpus_score(["."], [["."]] * self._references)  # it learns how many references
            margin = mean = None
            if drawn is not None:
                from sacrebleu.significance import estimate_ci

                mean, margin = map(float, estimate_ci(drawn[k]))
            scores.append(Score(result.name, float(result.score), str(metric.get_signature()), margin, mean))
        return scores


def _count(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Counted:
    return {name: metric_named(name)._extract_corpus_statistics(hypotheses, references) for name in METRICS}


def _resampled(counted: Sequence[list[Row]], metrics: Sequence[Metric], resamples: int) -> list[np.ndarray]:
    """(resamples,) scores a metric: the very draws of sacreBLEU's ``_bootstrap_resample``, some at a time."""
    import numpy as np

    lines = len(counted[0])
    random = np.random.default_rng(_SEED)
    tables = [np.asarray(rows, dtype=float) for rows in counted]
    scores: list[list[float]] = [[] for _ in metrics]
    for begin in range(0, resamples, _ROWS):
        rows = random.choice(lines, size=(min(_ROWS, resamples - begin), lines), replace=True)
        times = np.stack([np.bincount(row, minlength=lines) for row in rows]).astype(float)  # each line was drawn
        for found, table, metric in zip(scores, tables, metrics, strict=True):
            found += [_of(metric, total) for total in times @ table]
    return [np.asarray(found) for found in scores]


def _of(metric: Metric, total: Any) -> float:
    return float(metric._compute_score_from_stats(total).score)


def bleu(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """BLEU alone, 0 to 100."""
    return float(metric_named("BLEU").corpus_score(list(hypotheses), [list(references)]).score)


def sentence_chrf(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> list[float]:
    """chrF2++ of each sentence, 0 to 100: the metric of the three that means something for one alone."""
    metric = metric_named("chrF2++")
    return [_of(metric, row) for row in metric._extract_corpus_statistics(hypotheses, references)]
