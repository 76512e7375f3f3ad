"""Words that a translation only copied though they are of its source's language, and names it spelled otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher

from translator.config import Direction
from translator.text.languages import language_probabilities
from translator.text.lists import word_list
from translator.text.problems import Problem

_FOREIGN = 3.0  # times likelier, from which on a word belongs to one language
_SHORT = 12  # words; in longer sentences a wider beam took twice the time for 0.1 BLEU (news)
_LIKE = 0.7  # of two spellings, from which on one is a slip of the other
_NAME = re.compile(  # a capital inside a sentence, or before a slot
    r"(?:(?<=\w )|(?<=, )|\A(?=\w+ [\ue000-\ue009]))[A-ZÀ-Þ][^\W\d_]{3,}(?![\w.-])"
    r"(?<!ans)(?<!an)(?<!ese)(?<!sh)(?<!is[tm])(?<!is[tm]s)(?<!ty)"
    r"(?<!ness)(?<!ion)(?<!ics)(?<!ic)(?<!al)(?<!an[oa])(?<!an[oa]s)(?<!ês)(?<!esa)(?<!eses)(?<!ista)(?<!istas)(?<!ismo)"
    r"(?<!dade)(?<!ção)(?<!ic[oa])(?<!ic[oa]s)(?<!ais)"  # who belongs to a place or a creed is no name
)
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMERAL = re.compile(r"X{0,3}(?:I[XV]|V?I{0,3})")
_CAPITALS = re.compile(r"(?<![\w.'’-])(?:[IVX]{2}|[A-Z][A-Z\d]{2})[A-Z\d]*(?![\w'’-]|\.\w)")


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
        is_first = not _LETTERS.search(source, 0, match.start())
        is_name = word[0].isupper() and (not is_first or (word.isupper() and match.start() > 0))
        if len(word) < 3 or word.casefold() not in said or is_name:
            continue
        found = language_probabilities(word)
        if found[ours] > _FOREIGN * found[theirs]:
            copied.append(word)
    return [Problem("untranslated", f"left untranslated: {', '.join(copied)}")] if copied else []


def misspelled(source: str, target: str, is_rare: Callable[[str], bool]) -> list[str]:
    """Names of ``source``, words that ``is_rare``, of which ``target`` has not the spelling but one much like it.

    Names that have one of their own in each language (Singapore, Singapura) are no slips.
    """
    found = []
    for name in set(_NAME.findall(source)):
        if name in target or name.isupper() or name in word_list("exonyms") or not is_rare(name):
            continue
        others = [word for word in _LETTERS.findall(target) if word[0].isupper() and word not in source]
        likes = [SequenceMatcher(None, name.lower(), word.lower(), autojunk=False).ratio() for word in others]
        if max(likes, default=0) > _LIKE:
            found.append(name)
    return [*found, *_changed_capitals(source, target, is_rare)]


def _changed_capitals(source: str, target: str, is_rare: Callable[[str], bool]) -> list[str]:
    """Codes in capitals and Roman numbers that are lost or changed; an acronym may have become another."""
    there = _CAPITALS.findall(target)
    new = [word for word in there if word not in source]
    found = []
    for word in set(_CAPITALS.findall(source)) - set(there):
        if _NUMERAL.fullmatch(word):
            found.append(word)
            continue
        likes = [SequenceMatcher(None, word, other, autojunk=False).ratio() for other in new]
        if word in word_list("acronyms") or word in word_list("exonyms"):
            is_lost = any(other.startswith(word) for other in new)
        else:
            is_lost = is_rare(word) and max(likes, default=1) > _LIKE
        if is_lost:
            found.append(word)
    return found
