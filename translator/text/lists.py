"""Lists of words that the grammar of texts needs, from ``lists.txt``."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _all() -> dict[str, frozenset[str]]:
    paragraphs = Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n\n")
    named = [paragraph.partition(":") for paragraph in paragraphs if not paragraph.startswith("#")]
    return {name.strip(): frozenset(words.split()) for name, _, words in named}


def word_list(name: str) -> frozenset[str]:
    """The words of the list of that name."""
    return _all()[name]


def is_given_name(word: str) -> bool:
    """Whether ``word`` is the given name of a person and nothing else; "Rose" and "Mark" are words too."""
    name = word.title() if word.isupper() else word
    return name in word_list("given names") and name not in word_list("names that are words")
