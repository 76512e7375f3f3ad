"""Another reading of a sentence whose translation is wrong, or may be: which, and when its translation is better."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from translator.config import Direction, SearchConfig
from translator.search.hypothesis import Engine, Hypothesis
from translator.text.casing import Casing
from translator.text.late import late
from translator.text.lists import is_given_name, word_list
from translator.translation.prepare import Prepared, plainer
from translator.translation.result import Segment

_WIDER = 4  # hypotheses of the second search, where the first went wrong
_UNSURE = -1.0  # score below which a single word is looked at again: greedy search errs most there
_SURER = 0.6  # of its score, by which several words, or a word that is cried, are rather read in small letters
_LONGEST_LIST = 8  # words
_NAMES = ("exonyms", "written large")
_BETWEEN = frozenset(["&", "+", "/", "and/or", "e/ou"])
_SPOKEN = late("[AEIOUÁÉÍÓÚÂÊÔÃÕ]")
_MONTHS = frozenset(["March", "May"])  # which are other words too
# What may be right: another translation must be about as likely, its score as near to the likeliest one's.
_DOUBTED, _NEAR = frozenset(["polarity", "missing"]), 1.0


def searched_wider(
    engine: Engine,
    sources: Sequence[Sequence[int]],
    config: SearchConfig,
    prefixes: Sequence[Sequence[int]] | None = None,
    *,
    is_short: bool,
) -> list[list[Hypothesis]]:
    """The hypotheses of a wider beam. Of short texts there is the greedy one too: a beam ends with its fourth, and
    unlikely words of one piece are complete before a likely one of four ("carrots" had no "cenouras" among them)."""
    wider = replace(config, beam=max(_WIDER, config.beam), n_best=max(_WIDER, config.beam))
    found = engine.search(sources, wider, prefixes=prefixes)
    if not is_short:
        return found
    greedy = engine.search(sources, replace(config, beam=1, n_best=1), prefixes=prefixes)
    return [
        sorted([*first, *(h for h in hypotheses if h.ids != first[0].ids)], key=lambda h: -h.score)
        for first, hypotheses in zip(greedy, found, strict=True)
    ]


def in_small_letters(prepared: Prepared, _: Direction, segment: Segment) -> Prepared | None:
    """A word alone without its capital: with it, it may be a name, and the model errs on it ten times as often (of 300
    nouns half were right, and 95 % without it). The likelier reading is taken."""
    copied = any(problem.kind == "untranslated" for problem in segment.problems)
    is_word = sum(map(str.isalpha, re.split(r"\W+", prepared.text))) == 1 and not prepared.text.islower()
    if not (is_word and copied) and not is_label(prepared):
        return None
    casing: Casing = "upper" if prepared.source.isupper() else "first" if prepared.casing != "lower" else "ordinary"
    return replace(prepared, text=prepared.text.lower(), casing=casing)


def is_label(prepared: Prepared) -> bool:
    """Whether it is a word in capitals, a word or three of which the first has one, or a list of words; no name that is
    known, and no sentence."""
    words = prepared.text.rstrip(" .:!?…" if is_alone(prepared.text) else " :…").split(" ")
    is_capitals = len(words) == 1 and words[0].isupper() and _SPOKEN.search(words[0]) is not None
    is_capitals = is_capitals and len(words[0]) > 2 and words[0] not in word_list("acronyms")
    if len(words) > _LONGEST_LIST or not (words[0].rstrip(",;").istitle() or is_capitals):
        return False
    plain = [word.rstrip(",;") for word in words]
    is_plain = all(word.isalpha() or word in _BETWEEN for word in plain) and plain[0].isalpha()
    is_plain = is_plain and all(word.islower() or word in _BETWEEN for word in plain[1:])
    is_list = all(word.endswith((",", ";")) for word in words[:-3])
    is_name = is_given_name(plain[0]) or any(plain[0] in word_list(name) for name in _NAMES)
    return is_plain and is_list and not is_name and plain[0] not in _MONTHS


def as_it_was(prepared: Prepared, _: Direction, segment: Segment) -> Prepared | None:
    """For a wider beam, which does not know how a name is spelled either."""
    return None if {problem.kind for problem in segment.problems} == {"spelling"} else prepared


def said_plainer(prepared: Prepared, direction: Direction, segment: Segment) -> Prepared | None:
    """What a doubled denial says, where the translation denies only once."""
    return plainer(prepared, direction) if any(p.kind == "polarity" for p in segment.problems) else None


def is_unsure(segment: Segment) -> bool:
    """Whether it is one word, whose translation is not likely."""
    return is_alone(segment.source) and segment.hypotheses[0].score < _UNSURE


def is_alone(source: str) -> bool:
    """Whether it is one word."""
    return " " not in source


def is_wanting(segment: Segment) -> bool:
    """Whether another search may help: marks that found no place are no fault of the words."""
    return is_unsure(segment) or any(problem.kind != "marks" for problem in segment.problems)


def only_doubted(segment: Segment) -> bool:
    """Whether nothing is wrong but what may be right: a denial or a day that may be said in other words."""
    return {problem.kind for problem in segment.problems} <= _DOUBTED


def least_score(segment: Segment, others: Sequence[Hypothesis], reading: Prepared) -> float:
    """The score above which one of ``others``, of that ``reading``, may take a translation's place."""
    if not segment.problems:
        return segment.hypotheses[0].score + (0.0 if reading.text.isalpha() else _SURER)
    return max((h.score for h in others), default=0.0) - _NEAR if only_doubted(segment) else -math.inf
