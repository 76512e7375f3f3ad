"""Words that a translation only copied, though they belong to the language of its source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from translator.config import Direction
from translator.text.checks import Problem
from translator.text.subwords import Subwords

__all__ = ["untranslated"]

_FOREIGN = 1.0  # log-odds, in nats, from which on a word belongs to one language
_SHORT = 12  # words; in longer sentences a wider beam took twice the time for 0.1 BLEU (news)
_LETTERS = re.compile(r"[^\W\d_]+")


def untranslated(
    source: str, target: str, direction: Direction, subwords: Subwords, log_odds: Sequence[float]
) -> list[Problem]:
    """Words of ``source`` that stand in ``target`` as they were, though by their pieces they are of its language alone.

    What both languages share, names above all, weighs for neither; a capital inside a sentence is taken for a name.
    """
    if len(_LETTERS.findall(source)) > _SHORT:
        return []
    sign = 1 if direction == "en-pt" else -1
    copied = []
    said = set(_LETTERS.findall(target.casefold()))
    for match in _LETTERS.finditer(source):
        word = match.group()
        if len(word) < 3 or word.casefold() not in said or (match.start() > 0 and word[0].isupper()):
            continue
        odds = sum(log_odds[i] for i in subwords.encode(word))
        if sign * odds > _FOREIGN:
            copied.append(word)
    return [Problem("untranslated", f"left untranslated: {', '.join(copied)}")] if copied else []
