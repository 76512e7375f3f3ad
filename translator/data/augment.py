"""Pairs as people type them: without the final full stop, without capitals, or all in capitals.

Corpora are written neatly; what is typed into a terminal is not. A model that has seen only neat text guesses wildly at
"where is the bus stop". The same change is made on both sides, so that the translation follows the style of the source.
"""

from __future__ import annotations

import numpy as np

from translator.data.pairs import Pair

__all__ = ["as_typed"]

_FINAL = ".!?"


def as_typed(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` changed in one of four ways, drawn at random; a way that does not apply leaves it as it is."""
    way = random.choice(["no full stop", "no first capital", "lower", "upper"], p=[0.5, 0.2, 0.2, 0.1])
    if way == "upper":
        return Pair(pair.en.upper(), pair.pt.upper())
    en, pt = pair
    if en[-1] in _FINAL and pt[-1] in _FINAL and len(en) > 1 < len(pt):
        en, pt = en[:-1], pt[:-1]
    if way == "no first capital":
        en, pt = en[0].lower() + en[1:], pt[0].lower() + pt[1:]
    if way == "lower":
        en, pt = en.lower(), pt.lower()
    return Pair(en, pt)
