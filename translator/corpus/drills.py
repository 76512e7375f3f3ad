"""Pairs made up from a small grammar: numbers in words, times of day, dates, prices, lists, names.

What a corpus holds too few of for each to be learned, a grammar gives without end: a sentence of ``carriers.tsv`` with
something in its gaps that both languages write by a rule, or that both copy. The words of its lists are in
``lexicon.tsv``; both lie in the project's corpus folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from translator.corpus.foreign import amount, copied, name, pick, table
from translator.corpus.pairs import Pair

Random = np.random.Generator
Both = tuple[str, str]  # English and Portuguese

_TABLE = {key: [(en, pt) for en, pt in rows] for key, rows in table(Path(__file__).with_name("drills.tsv")).items()}
_EN, _PT = ([pair[side] for pair in _TABLE["number"]] for side in (0, 1))
_TENS_EN, _TENS_PT = ([pair[side] for pair in _TABLE["tens"]] for side in (0, 1))


def number_in_english(n: int) -> str:
    """``n`` below a thousand million in words: 123 → one hundred and twenty-three."""
    if n < 20:
        return _EN[n]
    if n < 100:
        return _TENS_EN[n // 10 - 2] + (f"-{_EN[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{_EN[n // 100]} hundred" + (f" and {number_in_english(n % 100)}" if n % 100 else "")
    size, word = (1_000_000, "million") if n >= 1_000_000 else (1_000, "thousand")
    rest = n % size
    joint = " and " if rest < 100 else " "
    return f"{number_in_english(n // size)} {word}" + (joint + number_in_english(rest) if rest else "")


def number_in_portuguese(n: int) -> str:
    """``n`` below a thousand million in words: 123 → cento e vinte e três."""
    if n < 20:
        return _PT[n]
    if n < 100:
        return _TENS_PT[n // 10 - 2] + (f" e {_PT[n % 10]}" if n % 10 else "")
    if n == 100:
        return "cem"
    if n < 1000:
        return _TABLE["hundreds"][n // 100 - 1][1] + (f" e {number_in_portuguese(n % 100)}" if n % 100 else "")
    size = 1_000_000 if n >= 1_000_000 else 1_000
    count, rest = divmod(n, size)
    head = "mil" if size == 1_000 else "milhões" if count > 1 else "milhão"
    if size == 1_000_000 or count > 1:
        head = f"{number_in_portuguese(count)} {head}"
    joint = " e " if rest < 100 or (rest < 1000 and rest % 100 == 0) else " "  # "e" before the last hundreds alone
    return head + (joint + number_in_portuguese(rest) if rest else "")


def _in_words(n: int) -> Both:
    return number_in_english(n), number_in_portuguese(n)


def _number(random: Random) -> Both:
    n = int(10 ** random.uniform(0, random.choice([2, 4, 6.5])))
    grouped = f"{n:,}", f"{n:,}".replace(",", ".")
    return pick(random, ((str(n), str(n)), grouped, _in_words(n), _in_words(n)))


def _said(random: Random, kind: str, **values: Both) -> Both:
    """One of the ways to say something of that kind, with these values in its gaps."""
    en, pt = pick(random, _TABLE[kind])
    sides = ({name: both[side] for name, both in values.items()} for side in (0, 1))
    return en.format(**next(sides)), pt.format(**next(sides))


def _time(random: Random) -> Both:
    """A time of day in words, the hour from two to eleven: "half past three", "três e meia"."""
    n, minutes = int(random.integers(2, 12)), int(random.integers(2, 30))
    in_afternoon = n <= 6 and int(random.integers(2))
    part = ("in the afternoon", "da tarde") if in_afternoon else ("in the morning", "da manhã")
    hour = _EN[n], "duas" if n == 2 else _PT[n]
    en, pt = _in_words(minutes)
    passed = en + (" minutes" if minutes % 5 else ""), pt
    following, later = _in_words(n + 1), _in_words(minutes + 9)
    return _said(random, "time", hour=hour, following=following, passed=passed, later=later, part=part)


def _clock(random: Random) -> Both:
    """A time of day in figures: "7:45 pm", "19h45"."""
    hour, minute = int(random.integers(24)), int(random.choice([0, 0, 15, 30, 45, int(random.integers(60))]))
    half = "am" if hour < 12 else "pm"
    mark = (half, f" {half}", f" {half[0]}.m.", half.upper(), f" {half.upper()}")[int(random.integers(5))]
    twelve = hour % 12 or 12
    if random.random() < 0.25:
        return f"{hour}:{minute:02d}", f"{hour}:{minute:02d}" if random.random() < 0.5 else f"{hour}h{minute:02d}"
    if minute == 0 and random.random() < 0.8:
        return f"{twelve}{mark}", f"{hour}h"
    dot = ":" if random.random() < 0.8 else "."
    return f"{twelve}{dot}{minute:02d}{mark}", f"{hour}h{minute:02d}"


def _date(random: Random) -> Both:
    month, day, year = pick(random, _TABLE["month"]), int(random.integers(1, 29)), str(random.integers(1500, 2050))
    week = pick(random, _TABLE["day"])
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    figures = {"dd": f"{day:02d}", "mm": f"{1 + day % 12:02d}", "year": year, "ending": ending}
    same = {name: (text, text) for name, text in figures.items()}
    return _said(random, "date", month=month, week=week, day=(str(day), "1º" if day == 1 else str(day)), **same)


def _copy(random: Random) -> Both:
    new = name(random) if random.random() < 0.5 else copied(random)
    return new, new


def _list(topics: list[list[Both]], random: Random) -> Both:
    topic = pick(random, topics)
    longest = min(len(topic), int(random.choice([3, 5, 8, 14])))
    count = int(random.integers(min(2, longest), longest + 1))
    begin = int(random.integers(len(topic) - count + 1))
    chosen = range(begin, begin + count) if random.random() < 0.3 else random.permutation(len(topic))[:count].tolist()
    en, pt = ([topic[i][side] for i in chosen] for side in (0, 1))
    style = int(random.integers(5))
    if style == 0:
        return " and ".join(en), " e ".join(pt)
    if style < 3 and count > 1:
        joint = ", and " if style == 1 and count > 2 else " and "
        return ", ".join(en[:-1]) + joint + en[-1], ", ".join(pt[:-1]) + " e " + pt[-1]
    return ", ".join(en), ", ".join(pt)


def drills(folder: Path, random: Random) -> Iterator[Pair]:
    """Pairs without end, from the lexicon and the carriers in ``folder``."""
    days, months = _TABLE["day"], _TABLE["month"]
    short_days = [(en, pt.removesuffix("-feira")) for en, pt in days]
    own = table(folder / "lexicon.tsv").values()
    topics = [days, months, months, days, _TABLE["number"], short_days, *([(en, pt) for en, pt in one] for one in own)]
    makers: dict[str, Callable[[Random], Both]] = {
        "number": _number,
        "time": _time,
        "clock": _clock,
        "date": _date,
        "day": lambda random: pick(random, days[:5]),
        "money": amount,
        "list": lambda random: _list(topics, random),
        "ordinal": lambda random: pick(random, _TABLE["ordinal"]),
        "copy": _copy,
    }
    lines = (folder / "carriers.tsv").read_text("utf-8").splitlines()
    while True:
        kind, english, portuguese = pick(random, lines).split("\t")
        for _ in range(english.count("{}")):
            en, pt = makers[kind](random)
            english, portuguese = english.replace("{}", en, 1), portuguese.replace("{}", pt, 1)
            portuguese = portuguese.replace("{f}", " ".join(word[:-1] + "a" for word in pt.split()))
        if kind in ("list", "number", "time") and random.random() < 0.4:
            english, portuguese = english[0].upper() + english[1:], portuguese[0].upper() + portuguese[1:]
        yield Pair(english[:-1] if english.endswith(".m..") else english, portuguese)
