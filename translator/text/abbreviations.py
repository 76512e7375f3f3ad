# ruff: noqa: E501, SIM905 lists of words are read as such
"""Abbreviations: which full stops end no sentence, and which the model reads better written out.

The latter are in ``abbreviations.tsv``; a written century ("século XIX") is one too, as the model misreads it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path

from translator.config import Direction
from translator.text.late import late
from translator.text.times import durations_written_out

_BOTH = frozenset(
    "mr mrs ms dr prof st jr sr vs etc fig vol ed e.g i.e a.m p.m u.s p.ex cf approx aprox max incl".split()
)
_ENGLISH = _BOTH | frozenset(
    "gen col sgt lt cpl capt rev hon gov sen rep ave blvd dept est govt inc ltd corp co no nos jan feb mar apr jun jul aug sep sept "
    "oct nov dec pp ch sec ph.d u.k u.n a.k.a mt ft bldg rm misc asst mgr ref attn messrs ca c hrs mins lbs oz tbsp tsp sq "
    "mon tue tues wed thu thurs fri min".split()
)
_PORTUGUESE = _BOTH | frozenset(
    "sra srta dra profa exmo exma exmos eng arq cel gal gen ten dep cap sgt av pág págs pag art arts cap nº núm tel obs cód ex ref "
    "ltda cia fl fls inc séc sécs d.c a.c jan fev abr jun jul ago set out nov dez pe sto sta apto".split()
)
# What may also end a sentence counts only where a number follows: "No. 5", "art. 12", "12 out. 2020".
_BEFORE_NUMBERS = frozenset(
    "no nos mar art arts set out ago cap fig vol pp p pág págs jan feb apr jun jul aug sep sept oct nov dec fev abr dez "
    "bldg rm ref ca c apto min".split()
)
_WORD = late(r"[\w°]+[.)]?|/")
_ROMAN = "(?=[IVX])X{0,2}(?:I[XV]|V?I{0,3})"
_CENTURY = late(
    rf"(?<=\b[Ss]éculo )(?:{_ROMAN})\b|(?<=\b[Ss]éculos )(?:{_ROMAN})(?:(?:, | e | a | ao | ou )(?:{_ROMAN}))*\b"
)
_TIME = r"\d{1,2}(?:[:.]\d\d)?\s?"
_HOURS: dict[Direction, tuple[re.Pattern[str], str]] = {  # 9am-5pm, 9h-17h30
    "en-pt": (
        late(
            rf"(?:\b[Ff]rom )?(?<![\d:.,-])\b({_TIME}(?:[ap]\.?m\.?)?)\s?[–-]\s?(?=(?P<until>{_TIME})(?P<half>[ap]\.?m\b))"
        ),
        r"from \1 to ",
    ),
    "pt-en": (late(r"(?:\b[Dd]as )?\b(\d{1,2}h(?:\d\d)?)\s?(?:[–-]|às)\s?(?=\d{1,2}h)"), r"das \1 às "),
}
_HOUR_SAID_AGAIN = late(r"(?<=\dh\d\d)\s?min\b|(?<=\d:\d\d)\s?h(?:s|rs|oras)?\b")
_HOUR = late(r"\d\s?[Hh]")
_DIGITS = {"I": 1, "V": 5, "X": 10}


@cache
def _table() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """By direction and a word of the text, which the mark after it may be part of, or a stroke: what is found, and what
    is written instead. Few patterns are ever needed, so each is compiled when it is: all of them would take a twentieth
    of a first translation."""
    table: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for line in Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()[1:]:
        direction, words, found, written = line.split("\t")
        for word in words.split():
            table[direction][word].append((found, written))
    return {direction: dict(rows) for direction, rows in table.items()}


def _words(text: str) -> Iterator[str]:
    """The words of ``text`` in small letters, each with the mark after it and without."""
    for word in _WORD.findall(text.lower()):
        yield word
        if len(word) > 1 and word[-1] in ".)":
            yield word[:-1]


@cache
def abbreviations() -> frozenset[str]:
    """The words in small letters, some with the mark after them, of which a text has one where there is something to
    write out in one of the languages."""
    return frozenset(word for rows in _table().values() for word in rows)


def may_be_written_out(word: str) -> bool:
    """Whether a word with its marks may be an abbreviation of either language, or tell that one stands beside it."""
    return not abbreviations().isdisjoint(_words(word)) or "écul" in word


def ends_no_sentence(word: str, after: str, direction: Direction | None) -> bool:
    """Whether the full stop after ``word`` (in small letters) ends no sentence, ``after`` being what follows it."""
    known = _ENGLISH if direction == "en-pt" else _PORTUGUESE if direction == "pt-en" else _ENGLISH | _PORTUGUESE
    if word in _BEFORE_NUMBERS and word not in _BOTH:
        following = after.lstrip()[:1]
        return word in known and (following.isdigit() or following >= "\ue000")  # which stands for a code
    return word in known


def written_out(text: str, direction: Direction, among: Sequence[str] | None = None) -> str:
    """``text`` with the abbreviations that the model seldom met written out; titles begin with a capital. ``among`` has
    its words, in order, that may be such or have figures, where that is known."""
    rows = _table()[direction]
    for word in dict.fromkeys(_words(text if among is None else " ".join(among))):
        for pattern, written in rows.get(word, ()):
            text = re.sub(pattern, partial(_like, written), text)
    hours, form = _HOURS[direction]
    if direction == "en-pt" and ("-" in text or "–" in text):
        text = hours.sub(lambda m: _like(_with_half(m, m.expand(form)), m), text)
    if direction == "pt-en" and _HOUR.search(text):
        text = hours.sub(lambda m: _like(_with_half(m, m.expand(form)), m), text)
        text = durations_written_out(_HOUR_SAID_AGAIN.sub("", text))
    if direction == "pt-en" and "écul" in text:
        text = _CENTURY.sub(lambda m: re.sub("[IVX]+", _arabic, m.group()), text)
    return text


def _with_half(match: re.Match[str], written: str) -> str:
    """``written`` with the half of the day that "5–7 pm" says only once; "11–1 pm" begins in the morning."""
    since = match[1].strip()
    if "half" not in match.re.groupindex or since[-1:] in ("m", "."):
        return written
    first, last = (float(time.replace(":", ".")) for time in (since, match["until"].strip()))
    return written.replace(since, f"{since} {match['half']}") if first % 12 < last % 12 else written


def _like(word: str, match: re.Match[str]) -> str:
    if not word and match.group()[0].isalpha():
        return match.group()[0].upper() + match.group()[1:]
    first = match.group()[0]
    begins = first.isupper() or (match.start() == 0 and not first.islower())
    return word[:1].upper() + word[1:] if begins else word


def _arabic(match: re.Match[str]) -> str:
    values = [_DIGITS[letter] for letter in match.group()]
    return str(sum(-one if one < following else one for one, following in zip(values, [*values[1:], 0], strict=True)))
