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


def score_translations(hypotheses: Sequence[str], references: Sequence[str]) -> list[Score]:
    """BLEU, chrF2++ and TER of ``hypotheses`` against one reference each."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    scores = []
    for metric in (BLEU(), CHRF(word_order=2), TER()):
        result = metric.corpus_score(list(hypotheses), [list(references)])
        scores.append(Score(result.name, float(result.score), str(metric.get_signature())))
    return scores


def bleu(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """BLEU alone, 0 to 100."""
    from sacrebleu.metrics.bleu import BLEU

    return float(BLEU().corpus_score(list(hypotheses), [list(references)]).score)
