"""Words that a translation only copied though they are of its source's language, and names that it should have."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from difflib import SequenceMatcher

from translator.config import Direction
from translator.text.languages import language_probabilities
from translator.text.late import late
from translator.text.lists import is_given_name, word_list
from translator.text.problems import Problem
from translator.translation.prepare import Prepared
from translator.translation.result import Segment

_FOREIGN = 3.0  # times likelier, from which on a word belongs to one language
_SHORT = 12  # words; in longer sentences a wider beam took twice the time for 0.1 BLEU (news)
_LIKE = 0.7  # of two spellings, from which on one is a slip of the other
_RARE, _UNKNOWN, _ODD = 3.5, 4.2, 4.6  # strangeness from which on a word may be, must be, and is a name of its own
_LIKELY = -1.5  # score of the copy of a name that has no other in the other language
_NAME = late(  # a capital inside a sentence, or before a slot
    r"(?:(?<=[\w,;] )|(?<=[\w\ue000-\ue009] \()|\A(?=\w+ [\ue000-\ue009]))[A-ZÀ-Þ][^\W\d_]{3,}(?![\w.-])"
    r"(?<!ans)(?<!an)(?<!ese)(?<!sh)(?<!is[tm])(?<!is[tm]s)(?<!ty)"
    r"(?<!ness)(?<!ion)(?<!ics)(?<!ic)(?<!al)(?<!an[oa])(?<!an[oa]s)(?<!ês)(?<!esa)(?<!eses)(?<!ista)(?<!istas)(?<!ismo)"
    r"(?<!dade)(?<!ção)(?<!ic[oa])(?<!ic[oa]s)(?<!ais)"  # who belongs to a place or a creed is no name
)
_LETTERS = late(r"[^\W\d_]+")
_TYPES = frozenset(
    ["type", "Type", "run", "Run", "execute", "Execute", "launch", "Launch", "digite", "Digite", "rode", "Rode"]
)
_TYPED = late(r"\b(?:[Tt]ype|[Rr]un|[Ee]xecute|[Ll]aunch|[Dd]igite|[Rr]ode) ([a-z][a-z\d]{2,})(?![\w.-])")
# A name and nothing else: one to three words or slots, each with its capital. Chosen on 14,000 short texts of
# interfaces and 1,000 made-up names: half of the names that were lost are kept, 0.3 % of the texts are no longer right.
_LONE = late(r"(?:[^\W\d_]+|[\ue000-\ue009])(?: (?:[^\W\d_]+|[\ue000-\ue009])){0,2}[.!?…]?")
_SURER = 0.5  # of its score: what replaces a name that was copied may be so much less likely
_DOUBTFUL = -1.8  # score below which a translation of a name is made up
_NUMERAL = late(r"X{0,3}(?:I[XV]|V?I{0,3})")
_CAPITALS = late(r"(?<![\w.'’-])(?:[IVX]{2}|[A-Z][A-Z\d]{2})[A-Z\d]*(?![\w'’-]|\.\w)")


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
        is_name = is_name or (is_given_name(word) and " " in source)
        if len(word) < 3 or word.casefold() not in said or is_name or word.lower() in word_list("in both"):
            continue
        found = language_probabilities(word)
        if found[ours] > _FOREIGN * found[theirs]:
            copied.append(word)
    return [Problem("untranslated", f"left untranslated: {', '.join(copied)}")] if copied else []


def misspelled(
    source: str, target: str, strangeness: Callable[[str], float], copied: Callable[[str], float]
) -> list[str]:
    """Names of ``source``, rare words, of which ``target`` has not the spelling but one much like it; strange ones
    that it lacks though they are likely to be copied, by the score that ``copied`` gives a name as its own translation;
    given names in whose place is no other; and strange words that are to be typed.

    Names that have one of their own in each language (Singapore, Singapura) are no slips.
    """
    found = []
    ours, theirs = set(_LETTERS.findall(source)), set(_LETTERS.findall(target))
    others = [word for word in theirs - ours if word[0].isupper()]
    for name in set(_NAME.findall(source)) - theirs - word_list("exonyms"):
        if name.isupper() or (how := strangeness(name)) < _RARE:
            continue
        likes = (SequenceMatcher(None, name.lower(), word.lower(), autojunk=False).ratio() for word in others)
        if max(likes, default=0) > _LIKE or (how > _ODD and copied(name) > _LIKELY):
            found.append(name)
    found += [name for name in _lost_given_names(ours, theirs) if name not in found]
    if not (_TYPES.isdisjoint(ours) or theirs >= ours):
        found += [word for word in _TYPED.findall(source) if word not in theirs and strangeness(word) >= _UNKNOWN]
    return [*found, *_changed_capitals(source, target, lambda word: strangeness(word) >= _RARE)]


def _lost_given_names(ours: set[str], theirs: set[str]) -> list[str]:
    """Given names of the source's words that the target's lack, unless it has one instead: John, João."""
    lost = [word for word in ours - theirs if word[0].isupper() and is_given_name(word)]
    known = ("given names", "exonyms") if lost else ()
    return [] if any(not word_list(name).isdisjoint(theirs - ours) for name in known) else sorted(lost)


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


def is_lone_name(prepared: Prepared) -> bool:
    """Whether a sentence may be a name and nothing else: "Phep.", "Gudyrz Doa"."""
    text = _as_written(prepared)
    return bool(_LONE.fullmatch(text)) and all(w[0].isupper() and not w.isupper() for w in _LETTERS.findall(text))


def least_likely(prepared: Prepared, segment: Segment) -> float:
    """The score above which anything may take the place of a name that was only copied, as it may have to be."""
    copied = {problem.kind for problem in segment.problems} == {"untranslated"} and segment.target == segment.source
    return segment.hypotheses[0].score - _SURER if copied and is_lone_name(prepared) else -math.inf


def carried(prepared: Prepared, text: str, score: float, strangeness: Callable[[str], float]) -> Prepared | None:
    """What to put in place of the model's ``text``, and of its ``score``: the source as it is, where it may be a name,
    ``text`` is doubtful, and what it lacks of the source is of neither language; else ``None``."""
    if score >= _DOUBTFUL or not is_lone_name(prepared):
        return None
    source = _as_written(prepared)
    lost = set(_LETTERS.findall(source)) - set(_LETTERS.findall(text))
    if not lost or min(map(strangeness, lost)) < _UNKNOWN:
        return None
    return replace(prepared, text=source, casing="ordinary")


def _as_written(prepared: Prepared) -> str:
    """The sentence with its capitals, which that of a title has lost."""
    return prepared.text if prepared.spans else prepared.source
