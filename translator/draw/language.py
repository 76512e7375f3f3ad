"""Which language the program speaks, English or Portuguese, and every sentence of it in the other.

``--lang`` says it, else the environment: the first that is set of LC_ALL, LC_MESSAGES and LANG, as POSIX has it. What
is written for other programs (JSON, TSV, names of options) is the same in both, and so is what a user types.

The sentences stand in ``portuguese.tsv``: English, tab, Portuguese; ``{}`` is what differs from one time to the next,
in the Portuguese ``{1}``, ``{2}`` where it stands in another order. The file is read when Portuguese is first spoken.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "pt")
PARTS = re.compile(r"( · |  +)")
"""What keeps the parts of a caption apart."""
_TABLE = Path(__file__).with_name("portuguese.tsv")
_PLACE = re.compile(r"\{(\d?)\}")
# 1,234.5 and 0.25, but no part of a version, a name or a setting
_FIGURES = r"(?<![\w.,:=/\\@#-])([-−+±]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![.,]?\w)"
_CODE = r"(--[\w-]+ \S+|`[^`]*`)"
_SWAPPED = str.maketrans(",.", ".,")
_asked: str | None = None


def speak(language: str | None) -> None:
    """Speak ``language`` from now on; ``None``: what the environment asks for."""
    global _asked
    _asked = language


def spoken() -> str:
    """``en`` or ``pt``."""
    if _asked:
        return _asked
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "pt" if named.casefold().startswith("pt") else "en"


def say(text: str, *, typed: bool = False) -> str:
    """``text``, written in English, in the language that is spoken; as it is where there is no other. The numbers in it
    are written as they are there, but for those that a user has ``typed``, or is to type."""
    return _in_portuguese(text, typed=typed) if spoken() == "pt" else text


def figure(number: str) -> str:
    """A ``number``, written as in English, as the language that is spoken writes it."""
    return number.translate(_SWAPPED) if spoken() == "pt" else number


def figures(text: str) -> str:
    """``text`` with its numbers, written as in English, as the language that is spoken writes them: 1,234.5 is 1.234,5
    in Portuguese. Options with their values, and what stands between backquotes, stay."""
    if spoken() != "pt":
        return text
    parts = re.split(_CODE, text)
    parts[::2] = [re.sub(_FIGURES, lambda m: m[1] + m[2].translate(_SWAPPED), part) for part in parts[::2]]
    return "".join(parts)


def told(caption: str, *, own: bool = True) -> str:
    """A caption or a title in the language that is spoken: its parts, which `` · `` or two spaces keep apart, each for
    itself. Where nothing in it is a user's ``own``, the numbers of what has no Portuguese are written as there too."""
    if spoken() != "pt":
        return caption
    parts = [(part, say(part)) for part in PARTS.split(caption)]
    return "".join(figures(said) if said == part and not own else said for part, said in parts)


def pattern(text: str) -> str:
    """A sentence, or a pattern with ``{}``, in the language that is spoken, for what puts the values in itself."""
    if spoken() != "pt":
        return text
    plain, patterns = _table()
    return plain.get(text) or dict(patterns).get(tuple(text.split("{}")), text)


def known(text: str) -> bool:
    """Whether there is Portuguese for ``text``: a sentence, or a pattern with ``{}``."""
    plain, patterns = _table()
    return text in plain or tuple(text.split("{}")) in {parts for parts, _ in patterns}


@cache
def _table() -> tuple[dict[str, str], list[tuple[tuple[str, ...], str]]]:
    """Sentences; and patterns cut at their places, those that say most first."""
    rows = [line.split("\t") for line in _TABLE.read_text("utf-8").splitlines()]
    patterns = [(tuple(english.split("{}")), portuguese) for english, portuguese in rows if "{}" in english]
    patterns.sort(key=lambda row: -len("".join(row[0])))
    return {english: portuguese for english, portuguese in rows if "{}" not in english}, patterns


def _in_portuguese(text: str, *, typed: bool = False) -> str:
    plain, patterns = _table()
    if text in plain:
        return plain[text]
    for parts, portuguese in patterns:
        if (values := _between(parts, text)) is not None:
            said = [_in_portuguese(v, typed=typed) if " " in v and v != text else v for v in values]
            said = said if typed else [figures(v) if re.fullmatch(f"{_FIGURES}[ %]*", v) else v for v in said]
            rest = iter(said)
            return _PLACE.sub(lambda place: said[int(place[1]) - 1] if place[1] else next(rest), portuguese)  # noqa: B023
    return text


def _between(parts: tuple[str, ...], text: str) -> list[str] | None:
    """What stands in ``text`` between the parts of a pattern, the shortest that fits; ``None`` if it does not fit."""
    first, *middle, last = parts
    if len(text) < sum(map(len, parts)) or not (text.startswith(first) and text.endswith(last)):
        return None
    values, at, end = [], len(first), len(text) - len(last)
    for part in middle:
        if (found := text.find(part, at, end)) < 0:
            return None
        values.append(text[at:found])
        at = found + len(part)
    return [*values, text[at:end]]
