"""Whether a translation denies what its source denies.

Denials are counted: in English one a word ("not", "never", "nobody"), in Portuguese one a clause where words of denial
go together ("não … nada a ninguém"). Words that deny without being denials ("impossible", "fail", "mal", "deixar de")
make a difference no fault: nothing is said then.
"""

from __future__ import annotations

import re
from typing import Literal

from translator.config import Direction
from translator.text.late import late
from translator.text.lists import word_list

Polarity = Literal["lost", "gained", "halved"]

_TOKEN = late(r"n't\b|cannot\b|[^\W\d_]+(?:-[^\W\d_]+)*?(?=n't\b)|[^\W\d_]+|[,.;:!?—–()\"]")
_STOPS = frozenset(',.;:!?—–()"')
_NO_DENIALS = {  # isn't it? no later than
    "en": late(
        r",\s+(?:\w+n't\s+\w+|\w+\s+\w+\s+not|no|right)\s*(?=\?)|\bno (?:later|sooner|less|doubt|wonder|matter)\b",
        re.IGNORECASE,
    ),
    "pt": late(r",\s+(?:não(?:\s+\w+)?|né|pois não)\s*(?=\?)|\bsem dúvida\b", re.IGNORECASE),
}
_OUTRIGHT = {"en": frozenset(["not", "n't", "cannot", "never"]), "pt": frozenset(["não"])}
_HINTS = {  # most sentences have none of these, and are done at once
    "en": (" no", "n't", " never", " neither", " without", "cannot", "(no", '"no', '"never'),
    "pt": ("não", "nunca", "ninguém", "nada", "nenhu", "nem", "sem", "jamais", "tampouco"),
}
# What can be said only by two denials, and what says the same with one or none.
_PLAINER: dict[Direction, list[tuple[re.Pattern[str], str]]] = {
    "en-pt": [
        (late(r"\b(I|you|we|they) can(?:not|'t| not) not\b", re.IGNORECASE), r"\1 have to"),
        (late(r"\bcan(?:not|'t| not) not\b", re.IGNORECASE), "must"),
        (late(r"\bcould(?:n't| not) not\b", re.IGNORECASE), "had to"),
    ],
    "pt-en": [
        (late(rf"\bnão {can} não\b", re.IGNORECASE), must)
        for can, must in (
            ("posso", "tenho que"), ("podes", "tens que"), ("pode", "tem que"), ("podemos", "temos que"),
            ("podem", "têm que"), ("podia", "tinha que"), ("podiam", "tinham que"), ("pude", "tive que"),
            ("pôde", "teve que"), ("poderia", "teria que"), ("poderiam", "teriam que"),
        )
    ],
}  # fmt: skip


def denials(text: str, language: str) -> int:
    """How often ``text``, in English ("en") or Portuguese ("pt"), denies something."""
    if not any(hint in f" {text.lower()}" for hint in _HINTS[language]):
        return 0
    outright, words = _OUTRIGHT[language], word_list(f"denials {language}")
    count, denied = 0, False  # in this clause
    tokens = _TOKEN.findall(_NO_DENIALS[language].sub("", text.lower()))
    for place, token in enumerate(tokens):
        if token in _STOPS:
            denied = False
        elif token in outright and not (denied and tokens[place + 1 : place + 2] == ["."] and language == "pt"):
            count, denied = count + 1, True  # "não vou não." denies once
        elif token in words:
            count, denied = count + (not denied), True
    return count


def turned(source: str, target: str, direction: Direction) -> Polarity | None:
    """How ``target`` differs from ``source`` in what is denied, as far as that can be told."""
    ours, theirs = direction.split("-")
    here, there = denials(source, ours), denials(target, theirs)
    if (here > 0) == (there > 0) and not here > there == 1:
        return None
    weaker = source if not here else target
    if any(_is_soft(word, ours if not here else theirs) for word in re.findall(r"[^\W\d_]+", weaker.lower())):
        return None
    return "lost" if not there else "gained" if not here else "halved"


def _is_soft(word: str, language: str) -> bool:
    return word in word_list(f"soft {language}") or (
        (len(word) > 5 and word.startswith(("un", "im", "in", "dis", "des", "ir", "anti"))) or word.endswith("less")
    )


def said_plainer(text: str, direction: Direction) -> str:
    """``text`` with a denial of a denial ("não posso não ir") put as what it says ("tenho que ir")."""
    for pattern, instead in _PLAINER[direction]:
        text = pattern.sub(lambda m, new=instead: _like(m, m.expand(new)), text)  # type: ignore[misc]
    return text


def _like(match: re.Match[str], text: str) -> str:
    return text[0].upper() + text[1:] if match.group()[0].isupper() else text
