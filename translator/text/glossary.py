"""Words the user owns: a glossary of terms and their given translations.

A file of two tab-separated columns, ``term<TAB>translation``; ``#`` begins a comment. Each line works in both
directions: whichever side stands in the source text is replaced by the other.

A term is found whole, whatever its capitals, and also inflected: a plural (-s, -es; -ies for -y; -ões and -ães for -ão,
-is for -l, -ns for -m) or a Portuguese feminine (-a for -o). The translation is put in as written, its first letter a
capital where the term found begins with one and a sentence does; inflected it is not, except that the plural of a term
takes the plural of the translation where the file gives a line for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from translator.errors import InputError

_KEY = 3  # first letters that find a term; no inflection changes them where the word has more
_STARTS = re.compile(r"(?<!\w)\S")


@dataclass(frozen=True)
class Match:
    """A term of the glossary found in a text: ``text[start:stop]``, to come out as ``target``."""

    start: int
    stop: int
    target: str


def _inflections(word: str) -> list[str]:
    """What a word of a term may also look like; regular expressions."""
    stem = re.escape(word)
    forms = [f"{stem}(?:s|es)?"]
    for end, others in (("y", "ies"), ("ão", "ões|ães|ãos"), ("l", "is"), ("m", "ns"), ("o", "a|os|as")):
        if word.lower().endswith(end) and len(word) > len(end) + 2:
            forms.append(f"{re.escape(word[: -len(end)])}(?:{others})")
    return forms


@dataclass(frozen=True)
class Glossary:
    """Terms and their translations; each translation is a term too, for the way back."""

    terms: Mapping[str, str]

    @cached_property
    def _both(self) -> dict[str, str]:
        """Every term either way; a line read from left to right comes before one read from right to left."""
        both = dict(self.terms)
        for term, target in self.terms.items():
            both.setdefault(target, term)
        return both

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
        """Terms by the letters that a text's word must begin with: those of a term's first word that no inflection
        touches. The longest first, so that a term wins over its own part; an exact one over another's inflection."""
        found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for term in sorted(self._both, key=len, reverse=True):
            words = r"\s+".join(f"(?:{'|'.join(_inflections(word))})" for word in term.split(" "))
            pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
            found.setdefault(term[:_KEY].casefold(), []).append((term, pattern))
        return found

    def find(self, text: str) -> Iterator[Match]:
        """Every term in ``text``, from left to right; the work grows with the text, hardly with the glossary."""
        exact = {term.casefold(): target for term, target in self._both.items()} if self._both else {}
        end = 0
        for start in _STARTS.finditer(text):
            at = start.start()
            if at < end:
                continue
            keys = {text[at : at + size].casefold() for size in range(1, _KEY + 1)}
            terms = [entry for key in keys for entry in self._by_first.get(key, [])]
            for term, pattern in sorted(terms, key=lambda entry: -len(entry[0])):
                if match := pattern.match(text, at):
                    end = match.end()
                    yield self._match(match, term, exact)
                    break

    def _match(self, match: re.Match[str], term: str, exact: Mapping[str, str]) -> Match:
        found = re.sub(r"\s+", " ", match.group())
        target = exact.get(found.casefold(), self._both[term])
        if found[:1].isupper() and term[:1].islower():
            target = target.upper() if found.isupper() and len(found) > 1 else target[:1].upper() + target[1:]
        return Match(match.start(), match.end(), target)


def read_glossary(lines: Iterable[str], name: str | Path) -> Glossary:
    """Parse the lines of a glossary file. Raises ``InputError`` naming the line that is not ``term<TAB>translation``,
    or that gives a term another translation than before."""
    terms: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        line = unicodedata.normalize("NFC", line.removeprefix("\ufeff")).strip("\r\n")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        columns = [" ".join(column.split()) for column in line.split("\t")]
        if len(columns) != 2 or not all(columns):
            raise InputError(
                f"{name}, line {number}: not two columns",
                "each line is: term, a tab, its translation; # begins a comment",
            )
        term, target = columns
        if terms.get(term, target) != target:
            raise InputError(f"{name}, line {number}: {term!r} has another translation above: {terms[term]!r}")
        terms[term] = target
    return Glossary(terms)
