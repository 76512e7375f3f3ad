"""How sure the model is of a word, as a probability that means what it says.

A word's confidence is the probability that the word stands in a human translation of the sentence; a sentence's is the
share of its words expected to. Both come from the model's own probabilities by a logistic curve whose few numbers are
fitted on dev text and kept in the checkpoint (`translator calibrate`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from translator.text.subwords import Word
from translator.translation.result import WordConfidence

FEATURES = ("bias", "word", "weakest", "sentence", "length")
"""What a word's confidence is computed from, in the order of the weights; see :func:`features`."""
_UNCALIBRATED = (0.0, 1.0, 0.0, 1.0, 0.0)  # before a fit: falls with the probability, promises nothing


def calibration(info: Mapping[str, Any]) -> tuple[float, ...]:
    """The weights kept in a checkpoint, one a feature; without them a curve that is not calibrated."""
    kept = info.get("confidence", {}).get("weights")
    return tuple(float(w) for w in kept) if kept and len(kept) == len(FEATURES) else _UNCALIBRATED


def features(word: Word, log_ps: Sequence[float]) -> list[float]:
    """A word's features: 1, log p of the word, log p of its weakest neighbour, mean log p, log of the length.

    ``log_ps`` holds the log-probability of each piece of the sentence, ``</s>`` last.
    """
    around = log_ps[max(0, word.start - 1) : word.stop + 1]
    return [
        1.0,
        sum(log_ps[word.start : word.stop]),
        min(around),
        sum(log_ps) / len(log_ps),
        math.log(len(log_ps)),
    ]


def word_confidences(
    words: Sequence[Word], log_ps: Sequence[float], weights: Sequence[float]
) -> tuple[list[WordConfidence], float]:
    """The confidence of each word, and of the sentence: their mean over words, marks left out where there are words."""
    told = []
    for word in words:
        z = sum(w * f for w, f in zip(weights, features(word, log_ps), strict=True))
        told.append(WordConfidence(word.text, 1 / (1 + math.exp(-max(-50.0, min(50.0, z))))))
    counted = [w.confidence for w in told if any(c.isalnum() for c in w.text)] or [w.confidence for w in told]
    return told, sum(counted) / len(counted) if counted else 0.0
