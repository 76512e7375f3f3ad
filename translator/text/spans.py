"""What a translation must not touch: links, addresses, file names, code, emoji, and words the user owns.

A span says which characters of a text are taken out before translation and what stands in their place afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from translator.text.glossary import Glossary

__all__ = ["Span", "find_spans", "has_words", "keep_spans", "number_spans"]


@dataclass(frozen=True)
class Span:
    """``text[start:stop]`` comes out as ``target``: itself, or what a glossary says."""

    start: int
    stop: int
    source: str
    target: str
    joins_left: bool = False  # to the word before it, as the mark that ends **bold** does
    joins_right: bool = False  # to the word after it


# Each kind in the order of precedence. What a user may mean as prose must not match: "e.g.", "and/or", "5.5".
_ENDINGS = (
    "txt|md|rst|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|jsonl|ya?ml|toml|ini|cfg|conf|log|xml|html?|css|js|ts|tsx|jsx|"
    "py|ipynb|c|h|cc|cpp|hpp|rs|go|java|kt|rb|php|pl|sh|bat|ps1|sql|tex|bib|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|mkv|"
    "avi|mov|srt|vtt|zip|tar|gz|bz2|xz|zst|7z|rar|exe|dll|so|deb|rpm|iso|apk|whl"
)
_PATTERNS = [
    r"```.+?```|``.+?``|`[^`\n]+`",  # code
    r"\b(?:https?|ftp|file|ssh|git)://[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]|\bmailto:[^\s<>]*[^\s<>.,;:!?)]",  # links
    r"\bwww\.[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]",
    r"[\w.+-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.\w{2,}",  # e-mail
    r"(?<![\w@.])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|io|dev|br|pt|uk|eu|info)"  # domains
    r"(?:/[^\s<>\"]*[^\s<>\"`.,;:!?)\]}'…]|(?![\w.-]))",
    r"(?<![\w.])(?:~|\.{1,2})?/(?:[\w.@+-]+/)+[\w.@+-]*\w|(?<![\w.])~/[\w.@+-]*\w",  # paths
    r"\b[A-Za-z]:\\[^\s<>|\"*?]*\w",
    rf"(?<![\w/])(?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?i:{_ENDINGS})\b(?!\.?\w)",  # file names
    r"\$\{\w+\}|\{\{\s*[\w.]+\s*\}\}|\{\w*(?::[^{}\s]*)?\}|%\(\w+\)[sdif]|%[sdif]\b|%\d+\$[sd]",  # placeholders
    r"</?[A-Za-z][^<>]{0,200}?/?>|&(?:[a-z]+|#\d+);",  # markup
    r"(?<![\w&])[#@][A-Za-z_]\w+",  # hashtags and handles
    r"(?<![\w-])--?[a-z][\w-]*(?![\w-])(?=[\s=,.;)]|$)(?<=\w)(?<!-[a-z]{2})",  # command-line options: -v, --help
]
_EMOJI = (
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff]"
    "(?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2190-\u2bff\U0001f000-\U0001faff]|[\U000e0020-\U000e007f])*"
)
_PRIVATE = re.compile(
    "[\ue000-\uf8ff\U000f0000-\U0010ffff]+"
)  # slots are such characters: a user's own must not be taken for one
_NUMBER = re.compile(r"(?<![\w.,])[+-]?\d[\d.,:/%]*(?:(?<=[\d%])|$)(?!\w)")
_HINT = re.compile(r"[^\w\s.,;!?'\"()]|\.\w")  # nothing that is copied lacks this


@cache
def _any() -> re.Pattern[str]:
    """All kinds at once; compiled when first needed, which takes longer than most sentences."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in [*_PATTERNS, rf"(?:{_EMOJI})+", _PRIVATE.pattern]))


def find_spans(
    text: str,
    *,
    keep: Iterable[str] = (),
    glossary: Glossary | None = None,
    extra: Sequence[tuple[int, int]] = (),
    protect: bool = True,
) -> list[Span]:
    """The spans of ``text``, in order, none overlapping: ``extra`` ranges first, then glossary and kept words, then
    what looks like something to copy, if ``protect``; private-use characters always."""
    taken = _Taken()
    taken.add(Span(start, stop, text[start:stop], text[start:stop]) for start, stop in extra if start < stop)
    if glossary is not None:
        taken.add(Span(m.start, m.stop, text[m.start : m.stop], m.target) for m in glossary.find(text))
    taken.add(keep_spans(text, keep))
    if _HINT.search(text):
        pattern = _any() if protect else _PRIVATE
        taken.add(Span(m.start(), m.end(), m.group(), m.group()) for m in pattern.finditer(text))
    return taken.spans


class _Taken:
    """Spans in order; one that overlaps an earlier comer is not let in."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, spans: Iterable[Span]) -> None:
        for span in spans:
            place = bisect(self.spans, span.start, key=lambda other: other.start)
            free_before = place == 0 or self.spans[place - 1].stop <= span.start
            if free_before and (place == len(self.spans) or span.stop <= self.spans[place].start):
                self.spans.insert(place, span)


def keep_spans(text: str, words: Iterable[str]) -> list[Span]:
    """Every place where one of ``words`` stands as a whole word, capitals as given or not."""
    spans: list[Span] = []
    for word in sorted(set(words), key=len, reverse=True):
        found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
        spans += [Span(match.start(), match.end(), match.group(), match.group()) for match in found]
    return spans


def number_spans(text: str) -> list[Span]:
    """The numbers of ``text`` as they are written."""
    return [Span(m.start(), m.end(), m.group(), m.group()) for m in _NUMBER.finditer(text)]


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a letter outside of slots and other private-use characters."""
    return any(c.isalpha() for c in text)
