"""BLEU, chrF2++ and TER, each with the signature that lets others get the same number (Post 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Score", "bleu", "score_translations"]


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


def score_translations(hypotheses: Sequence[str], references: Sequence[str], resamples: int = 0) -> list[Score]:
    """BLEU, chrF2++ and TER of ``hypotheses`` against one reference each; with ``resamples`` test sets drawn from it
    by bootstrap, as sacreBLEU draws them, the interval too."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    scores = []
    for metric in (BLEU(), CHRF(word_order=2), TER()):
        result = metric.corpus_score(list(hypotheses), [list(references)])
        signature, margin, mean = str(metric.get_signature()), None, None
        if resamples:
            drawn = metric.corpus_score(list(hypotheses), [list(references)], n_bootstrap=resamples)
            margin, mean = float(drawn._ci), float(drawn._mean)
        scores.append(Score(result.name, float(result.score), signature, margin, mean))
    return scores


def bleu(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """BLEU alone, 0 to 100."""
    from sacrebleu.metrics.bleu import BLEU

    return float(BLEU().corpus_score(list(hypotheses), [list(references)]).score)
