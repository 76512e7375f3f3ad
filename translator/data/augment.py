"""Pairs changed on purpose, both sides alike: as people type them, or with slots for words that both sides share.

Corpora are written neatly; what is typed into a terminal is not. A model that has seen only neat text guesses wildly at
"where is the bus stop". The same change is made on both sides, so that the translation follows the style of the source.
"""

from __future__ import annotations

import re

import numpy as np

from translator.data.pairs import Pair
from translator.text.slots import SLOTS

__all__ = ["as_typed", "with_slots"]

_FINAL = ".!?"
# What can stand for a thing to be copied: between white space, quotes, brackets and marks of its own.
_TOKEN = re.compile(r"""(?<![^\s("'\[«¿¡])[^\s("'\[«][^\s"]*?(?=[.,;:!?…)\]"'»]*(?:\s|$))""")
_MOST = 3  # slots a pair gets, at most


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


def with_slots(pair: Pair, random: np.random.Generator) -> Pair:
    """``pair`` with slots in place of up to three names, numbers and the like that both sides share; now and then one
    more slot at an end, as an emoji or a link would stand. The pair itself where there is nothing to replace."""
    en, pt = pair
    shared = sorted(_copied(en) & _copied(pt))
    slots = [SLOTS[i] for i in random.permutation(len(SLOTS)).tolist()]
    if shared:
        count = min(len(shared), int(random.integers(1, _MOST + 1)))
        for index in random.permutation(len(shared))[:count].tolist():
            slot, word = slots.pop(), re.escape(shared[index])
            en, pt = (re.sub(rf"(?<!\w){word}(?!\w)", slot, text) for text in (en, pt))
    if not shared or random.random() < 0.1:
        slot = slots.pop()
        if random.random() < 0.2:
            return Pair(f"{slot} {en}", f"{slot} {pt}")
        return Pair(f"{en} {slot}", f"{pt} {slot}")
    return Pair(en, pt)


def _copied(text: str) -> set[str]:
    """Words of ``text`` that stand there once and look like something to copy: a capital, a digit, a mark inside, or
    letters enough that both languages spelling it alike is no accident."""
    words = [match.group() for match in _TOKEN.finditer(text)]
    return {
        word
        for word in set(words)
        if len(word) > 1
        and (word[0].isupper() or not word.isalpha() or len(word) > 3)
        and any(c.isalnum() for c in word)
        and len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text)) == 1
    }
