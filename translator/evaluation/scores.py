"""BLEU, chrF2++ and TER, each with the signature that lets others get the same number (Post 2018); COMET where it is.

A sentence's statistics are counted once. A score is made of their sum, and each resampled test set of the bootstrap is
another sum, so that a thousand of them cost one product of matrices, not a thousand scorings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translator.corpus.prefetch import in_order
from translator.errors import InputError, TranslatorError, UsageError
from translator.search.native import cores

if TYPE_CHECKING:
    import numpy as np
    from sacrebleu.metrics.base import Metric

METRICS = ("BLEU", "chrF2++", "TER")
RESAMPLES = 1000
"""Test sets that an interval is drawn from: sacreBLEU's default."""
_SEED = 12345  # sacreBLEU's default
_MANY = 4000  # lines from which on other processes help to count; below, to start them takes longer
_ROWS = 50  # resampled test sets drawn at a time
_KILLED = TranslatorError("a process that counts for the scores was killed, perhaps for want of memory")
Rows = list[list[float]]
Part = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Translations, and one or more references, each a list as long as they are."""


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
    """The scores of translations that are all there, as :func:`score_parts` gives them."""
    size = -(-len(hypotheses) // (2 * cores()))
    cuts = (slice(begin, begin + size) for begin in range(0, len(hypotheses), size))
    parts = ((hypotheses[cut], [side[cut] for side in references]) for cut in cuts)
    return score_parts(parts, len(hypotheses), resamples)


def score_parts(parts: Iterable[Part], lines: int, resamples: int = 0) -> list[Score]:
    """BLEU, chrF2++ and TER of translations that come in part by part, ``lines`` in all; with ``resamples`` test sets
    drawn by bootstrap, as sacreBLEU draws them, the interval too.

    The statistics of many lines are counted by other processes: while the one that translates prepares what the engine
    reads next, a core would have nothing to do.
    """
    workers = cores() if lines >= _MANY and cores() > 1 else 0
    done = list(in_order(_count, iter(parts), workers, "spawn", _KILLED))
    scores = []
    for name, rows in zip(METRICS, zip(*(counted for _, counted in done), strict=True), strict=True):
        metric, table = metric_named(name), list(chain.from_iterable(rows))
        result = metric._aggregate_and_compute(table)
        metric.num_refs = len(done[0][0][1])
        margin = mean = None
        if resamples:
            from sacrebleu.significance import estimate_ci

            mean, margin = map(float, estimate_ci(_resampled(table, metric, resamples)))
        scores.append(Score(result.name, float(result.score), str(metric.get_signature()), margin, mean))
    return scores


def _count(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> list[Rows]:
    return [metric_named(name)._extract_corpus_statistics(hypotheses, references) for name in METRICS]


def _resampled(rows: Rows, metric: Metric, resamples: int) -> np.ndarray:
    """(resamples,) scores: the very draws of sacreBLEU's ``_bootstrap_resample``, some at a time."""
    import numpy as np

    lines, table = len(rows), np.asarray(rows, dtype=float)
    random = np.random.default_rng(_SEED)
    scores: list[float] = []
    for begin in range(0, resamples, _ROWS):
        drawn = random.choice(lines, size=(min(_ROWS, resamples - begin), lines), replace=True)
        times = np.stack([np.bincount(row, minlength=lines) for row in drawn]).astype(float)  # each line was drawn
        scores += [_of(metric, total) for total in times @ table]
    return np.asarray(scores)


def _of(metric: Metric, total: Any) -> float:
    return float(metric._compute_score_from_stats(total).score)


def bleu(hypotheses: Sequence[str], *references: Sequence[str]) -> float:
    """BLEU alone, 0 to 100."""
    return float(metric_named("BLEU").corpus_score(list(hypotheses), [list(side) for side in references]).score)


def sentence_chrf(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> list[float]:
    """chrF2++ of each sentence, 0 to 100: the metric of the three that means something for one alone."""
    metric = metric_named("chrF2++")
    return [_of(metric, row) for row in metric._extract_corpus_statistics(hypotheses, references)]


def load_comet(name: str) -> Callable[[Sequence[str], Sequence[str], Sequence[str]], Score]:
    """COMET (Rei et al. 2020) of sources, hypotheses and references: the mean over the sentences, times 100.

    The model goes by the path of its checkpoint, or by its name if it was fetched before; nothing is fetched here.
    Raises ``UsageError`` without the package, ``InputError`` without the model.
    """
    try:
        import comet
    except ImportError as error:
        raise UsageError("--comet needs COMET, which is not installed", "pip install 'translator[comet]'") from error
    path = name
    if not Path(name).is_file():
        try:
            path = comet.download_model(name, local_files_only=True)
        except Exception as error:  # of the hub's own kinds, which change
            raise InputError(
                f"the COMET model {name} is not at hand",
                f"fetch it once, with a network: python -c \"import comet; comet.download_model('{name}')\"; "
                "or name its checkpoint file",
            ) from error
    model = comet.load_from_checkpoint(path)

    def score(sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> Score:
        rows = zip(sources, hypotheses, references, strict=True)
        data = [{"src": source, "mt": hypothesis, "ref": reference} for source, hypothesis, reference in rows]
        told = model.predict(data, batch_size=8, gpus=0, progress_bar=False)
        return Score("COMET", 100 * float(told.system_score), f"model:{name}|version:{version('unbabel-comet')}")

    return score
