"""Capitals: how a sentence is written, the same sentence as the model reads best, and the way back.

A model learns from ordinary sentences. On ALL CAPITALS and on Title Case it fails (the model card has the figures), so
such a sentence is written in the ordinary way, translated, and its translation written as the sentence was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from translator.config import Direction
from translator.text.late import late
from translator.text.lists import word_list
from translator.text.spans import name_spans

Casing = Literal["ordinary", "lower", "first", "title", "upper"]

_WORD = late(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Words that a title writes small.
# fmt: off
_SMALL = frozenset([
    "a", "an", "the", "and", "or", "but", "nor", "of", "in", "on", "at", "to", "for", "from", "by", "with",
    "as", "vs", "o", "os", "um", "uma", "e", "ou", "mas", "de", "do", "da", "dos", "das", "em", "no", "na",
    "nos", "nas", "ao", "à", "aos", "às", "por", "pelo", "pela", "para", "com", "que", "se",
])
# fmt: on
_FEWEST = 3  # words from which on Title Case is told from a name, and a sentence from a word


def casing_of(text: str) -> Casing:
    """How ``text`` is written. One word in capitals may be an acronym and counts as ``upper`` from five letters on."""
    # a sentence as most are: a capital, and further on a word in small letters that a title writes large
    if "A" <= text[:1] <= "Z" and any(w.islower() and w.isalpha() and w not in _SMALL for w in text.split()[1:]):
        return "ordinary"
    words = _WORD.findall(text)
    letters = "".join(words)
    if not letters or not letters[0].isalpha():
        return "ordinary"
    if letters.isupper() and (len(letters) > 4 if len(words) == 1 else len(letters) > 2):
        return "upper"
    if words[0][0].islower():
        if len(words) < _FEWEST:  # a word or two is no sentence, and is best read as it stands
            return "ordinary"
        begins = re.search(r"[\w\ue000-\uf8ff]", text)  # a number or a slot at the head is no small letter
        return "lower" if letters.islower() and begins and begins.group().isalpha() else "ordinary"
    if len(words) >= _FEWEST and _all_large(words) and _all_large(_WORD.findall(_without_names(text))):
        return "title"
    return "ordinary"


def to_ordinary(text: str, casing: Casing, direction: Direction | None = None) -> str:
    """``text`` as an ordinary sentence: its first letter a capital, and where all were, no others; ``I`` stays."""
    if casing == "ordinary":
        return text
    if casing != "lower":
        # of a run of capitals two words are the name: Will Smith Wins The Prize
        names = {word for span in name_spans(text) for word in span.source.split(" ")[:2]}
        kept = word_list("acronyms") | names | ({"EU"} if direction == "en-pt" else set())
        days = word_list("written large") if direction == "en-pt" else frozenset()

        def ordinary(match: re.Match[str]) -> str:
            word = match.group()
            return word if word in kept else word.title() if word.title() in days else word.lower()

        text = _WORD.sub(ordinary, text)
    text = re.sub(r"(?<![\w'’-])i(?![\w-])", "I", text)
    return _first(text, str.upper)


def restore_casing(text: str, casing: Casing) -> str:
    """A translation written as its source was."""
    if casing == "upper":
        return text.upper()
    if casing == "first":  # a label that is read in small letters
        return _first(text, str.upper)
    if casing == "title":
        return _first(
            _WORD.sub(lambda m: m.group() if m.group() in _SMALL else _first(m.group(), str.upper), text), str.upper
        )
    if casing == "lower" and not re.match(r"\W*I(?:\W|$)", text):
        return _first(text, str.lower)
    return text


def _all_large(words: Sequence[str]) -> bool:
    known, large = word_list("given names"), 0
    for word in words[1:]:
        if word.lower() in _SMALL or word.isupper() or word in known:
            continue
        if not word[0].isupper():
            return False
        large += 1
    return large > 1


def _without_names(text: str) -> str:
    """``text`` less the people in it: Mr. John Young is no headline."""
    for span in reversed(name_spans(text)):
        if span.source.count(" ") < _FEWEST:
            text = text[: span.start] + text[span.stop :]
    return text


def _first(text: str, change: Callable[[str], str]) -> str:
    """``text`` with its first letter changed, unless more capitals follow it (an acronym)."""
    match = re.search(r"[^\W\d_]", text)
    if match is None or text[match.end() : match.end() + 1].isupper():
        return text
    return text[: match.start()] + change(match.group()) + text[match.end() :]
