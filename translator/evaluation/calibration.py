"""Confidence that means what it says: fitted on dev text, and measured on text it was not fitted on.

A word of a translation counts as right if it stands in the human translation, as often as it does there, whatever its
capitals. A logistic curve over a few features of the model's own probabilities (translation/confidence.py) is fitted to
that; the expected calibration error (Naeini et al. 2015, section 2) is measured by cross-validation in two halves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import Pair
from translator.errors import InputError
from translator.evaluation.testset import sides
from translator.explain.occlusion import rank_correlation
from translator.translation import TranslateOptions, Translator
from translator.translation.confidence import features

_BINS = 10
_RIDGE = 1e-3  # keeps the fit finite on separable data


@dataclass(frozen=True)
class Observed:
    """Words of translations: ``x`` (N, features), ``right`` (N,) bool, and the sentence of each (N,) int."""

    x: np.ndarray
    right: np.ndarray
    sentence: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """The fit, and how well the one kind of fit did on words it had not seen."""

    weights: list[float]  # one a feature, fitted on everything
    words: int
    share_right: float  # of words that stand in the reference
    word_error: float  # expected calibration error, words, 0 to 1
    sentence_error: float  # expected calibration error, sentences
    rank_correlation: float  # of a sentence's confidence with its share of right words (Spearman)


def observe(
    translator: Translator, pairs: Sequence[Pair], directions: Sequence[Direction], config: SearchConfig
) -> Observed:
    """Translate ``pairs`` and see which words are right. Raises ``InputError`` if there is not one word."""
    found: list[tuple[list[float], bool, int]] = []
    subwords, numbers = translator.subwords, count()
    for direction in directions:
        sources, references = sides(pairs, direction)
        translations = translator.translate_batch(sources, direction, config, TranslateOptions(retry=False))
        scored = iter(translator.score([segment for translation in translations for segment in translation.segments]))
        for translation, reference, number in zip(translations, references, numbers, strict=False):
            left = Counter(word.text.casefold() for word in subwords.words(subwords.encode(reference)))
            for segment in translation.segments:
                log_ps = next(scored)
                for word in subwords.words(segment.hypotheses[0].ids):
                    if any(c.isalnum() for c in word.text):
                        found.append((features(word, log_ps), left[word.text.casefold()] > 0, number))
                        left[word.text.casefold()] -= 1
    if not found:
        raise InputError("there is no word in these translations to learn from")
    return Observed(*map(np.array, zip(*found, strict=True)))


def _curve(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ weights, -50, 50))))


def fit(x: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights of the logistic curve of highest likelihood, by Newton's method with a little ridge."""
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = _curve(x, weights)
        gradient = x.T @ (right - p) - _RIDGE * weights
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return weights


@dataclass(frozen=True)
class Reliability:
    """What was told against what was true, in ten bins of equal width; empty bins are left out."""

    told: list[float]  # mean of each bin, 0 to 1
    true: list[float]
    counts: list[int]

    @property
    def error(self) -> float:
        """Expected calibration error: the gaps between the two, weighted by their counts."""
        gaps = (abs(a - b) * n for a, b, n in zip(self.told, self.true, self.counts, strict=True))
        return float(sum(gaps) / sum(self.counts))


def reliability(told: Sequence[float] | np.ndarray, true: Sequence[float] | np.ndarray) -> Reliability:
    """Compare probabilities with what came true, 0 or 1 or a share."""
    x, y = np.asarray(told, dtype=float), np.asarray(true, dtype=float)
    bins = np.minimum((x * _BINS).astype(int), _BINS - 1)
    filled = [bins == b for b in np.unique(bins)]
    means = [[float(side[b].mean()) for b in filled] for side in (x, y)]
    return Reliability(means[0], means[1], [int(b.sum()) for b in filled])


def calibrate(observed: Observed) -> Calibration:
    """Fit on everything; measure each half of the sentences by a fit on the other half."""
    x, right, owner = observed.x, observed.right.astype(float), observed.sentence
    told = np.zeros(len(x))
    for half in (0, 1):
        here = owner % 2 == half
        if here.all() or not here.any():
            raise InputError("there are not sentences enough to measure by", "give two at least")
        told[here] = _curve(x[here], fit(x[~here], right[~here]))
    means = np.array([[told[owner == s].mean(), right[owner == s].mean()] for s in np.unique(owner)])
    return Calibration(
        weights=[round(float(w), 6) for w in fit(x, right)],
        words=len(x),
        share_right=float(right.mean()),
        word_error=reliability(told, right).error,
        sentence_error=reliability(*means.T).error,
        rank_correlation=rank_correlation(*means.T.tolist()) or 0.0,
    )
