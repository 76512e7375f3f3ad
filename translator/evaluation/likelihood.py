"""How likely a model finds the pairs of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from translator.corpus.pairs import Pair
from translator.evaluation.testset import sides
from translator.translation import Translator


def pair_scorer(translator: Translator) -> Callable[[Sequence[Pair]], np.ndarray]:
    """A function of N pairs that gives (N,) float32 scores, in nats a piece: the higher, the better they go together.

    The mean of both directions' length-normalised log-probabilities, the dual cross-entropy of Junczys-Dowmunt 2018
    without its term for their difference; of a model of one direction, that one. A pair too long for the model has the
    score of the middle one: it is neither good nor bad.
    """

    def score(pairs: Sequence[Pair]) -> np.ndarray:
        rows = [translator.log_probabilities(*sides(pairs, way), way) for way in translator.folder.directions]
        scores = np.array(rows, dtype=np.float32).mean(axis=0)  # None is NaN
        known = scores[~np.isnan(scores)]
        return np.where(np.isnan(scores), np.median(known) if len(known) else 0.0, scores).astype(np.float32)

    return score
