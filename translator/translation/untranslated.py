"""Words that a translation only copied, though they belong to the language of its source."""

from __future__ import annotations

import re

from translator.config import Direction
from translator.text.checks import Problem
from translator.text.languages import language_probabilities

_FOREIGN = 3.0  # times likelier, from which on a word belongs to one language
_SHORT = 12  # words; in longer sentences a wider beam took twice the time for 0.1 BLEU (news)
_LETTERS = re.compile(r"[^\W\d_]+")


def untranslated(source: str, target: str, direction: Direction) -> list[Problem]:
    """Words of ``source`` that stand in ``target`` as they were, though by their letters they are of its language.

    What both languages share weighs for neither; a capital inside a sentence is taken for a name.
    """
    if len(_LETTERS.findall(source)) > _SHORT:
        return []
    ours, theirs = direction.split("-")
    copied = []
    said = set(_LETTERS.findall(target.casefold()))
    for match in _LETTERS.finditer(source):
        word = match.group()
        if len(word) < 3 or word.casefold() not in said or (match.start() > 0 and word[0].isupper()):
            continue
        found = language_probabilities(word)
        if found[ours] > _FOREIGN * found[theirs]:
            copied.append(word)
    return [Problem("untranslated", f"left untranslated: {', '.join(copied)}")] if copied else []
