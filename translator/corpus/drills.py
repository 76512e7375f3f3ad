# ruff: noqa: E501 tables are read across
"""Pairs made up from a small grammar: numbers in words, times of day, dates, prices, lists, names.

What a corpus holds too few of for each to be learned, a grammar gives without end: a sentence of ``carriers.tsv`` with
something in its gaps that both languages write by a rule, or that both copy. The words of its lists are in
``lexicon.tsv``; both lie in the project's corpus folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from translator.corpus.foreign import amount, copied, name
from translator.corpus.pairs import Pair

Random = np.random.Generator
Both = tuple[str, str]  # English and Portuguese

_EN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_PT = ["zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze", "treze", "quatorze", "quinze", "dezesseis", "dezessete", "dezoito", "dezenove"]  # fmt: skip
_TENS_EN = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_TENS_PT = ["vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"]
_HUNDREDS_PT = ["cento", "duzentos", "trezentos", "quatrocentos", "quinhentos", "seiscentos", "setecentos", "oitocentos", "novecentos"]  # fmt: skip
_DAYS = [("Monday", "segunda-feira"), ("Tuesday", "terça-feira"), ("Wednesday", "quarta-feira"), ("Thursday", "quinta-feira"),
         ("Friday", "sexta-feira"), ("Saturday", "sábado"), ("Sunday", "domingo")]  # fmt: skip
_MONTHS = [("January", "janeiro"), ("February", "fevereiro"), ("March", "março"), ("April", "abril"), ("May", "maio"), ("June", "junho"),
           ("July", "julho"), ("August", "agosto"), ("September", "setembro"), ("October", "outubro"), ("November", "novembro"),
           ("December", "dezembro")]  # fmt: skip
_ORDINALS = [("first", "primeiro"), ("second", "segundo"), ("third", "terceiro"), ("fourth", "quarto"), ("fifth", "quinto"),
             ("sixth", "sexto"), ("seventh", "sétimo"), ("eighth", "oitavo"), ("ninth", "nono"), ("tenth", "décimo"),
             ("eleventh", "décimo primeiro"), ("twelfth", "décimo segundo"), ("twentieth", "vigésimo")]  # fmt: skip


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
        return _HUNDREDS_PT[n // 100 - 1] + (f" e {number_in_portuguese(n % 100)}" if n % 100 else "")
    size = 1_000_000 if n >= 1_000_000 else 1_000
    count, rest = divmod(n, size)
    head = "mil" if size == 1_000 else "milhões" if count > 1 else "milhão"
    if size == 1_000_000 or count > 1:
        head = f"{number_in_portuguese(count)} {head}"
    joint = " e " if rest < 100 or (rest < 1000 and rest % 100 == 0) else " "  # "e" before the last hundreds alone
    return head + (joint + number_in_portuguese(rest) if rest else "")


def _number(random: Random) -> Both:
    n = int(10 ** random.uniform(0, random.choice([2, 4, 6.5])))
    grouped, words = (f"{n:,}", f"{n:,}".replace(",", ".")), (number_in_english(n), number_in_portuguese(n))
    return ((str(n), str(n)), grouped, words, words)[int(random.integers(4))]


def _time(random: Random) -> Both:
    """A time of day in words, the hour from two to eleven: "half past three", "três e meia"."""
    hour = int(random.integers(2, 12))
    en, pt, next_en, next_pt = _EN[hour], "duas" if hour == 2 else _PT[hour], _EN[hour + 1], _PT[hour + 1]
    minutes = int(random.integers(2, 30))
    minutes_en = number_in_english(minutes) + (" minutes" if minutes % 5 else "")
    in_afternoon = hour <= 6 and int(random.integers(2))
    part_en, part_pt = ("in the afternoon", "da tarde") if in_afternoon else ("in the morning", "da manhã")
    ways = (
        (f"half past {en}", f"{pt} e meia"),
        (f"{en} thirty", f"{pt} e meia"),
        (f"a quarter past {en}", f"{pt} e quinze"),
        (f"a quarter to {next_en}", f"quinze para as {next_pt}"),
        (f"{minutes_en} past {en}", f"{pt} e {number_in_portuguese(minutes)}"),
        (f"{en} o'clock", f"{pt} horas"),
        (f"{en} {part_en}", f"{pt} {part_pt}"),
        (f"{en} {number_in_english(minutes + 9)}", f"{pt} e {number_in_portuguese(minutes + 9)}"),
        (f"ten to {next_en}", f"dez para as {next_pt}"),
    )
    return ways[int(random.integers(len(ways)))]


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
    month_en, month_pt = _MONTHS[int(random.integers(12))]
    day, year = int(random.integers(1, 29)), int(random.integers(1500, 2050))
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    day_pt = f"{'1º' if day == 1 else day} de {month_pt}"
    week_en, week_pt = _DAYS[int(random.integers(7))]
    figures = [f"{day:02d}", f"{1 + day % 12:02d}", str(year)]
    ways = (
        (f"{month_en} {day}, {year}", f"{day_pt} de {year}"),
        (f"{day} {month_en} {year}", f"{day_pt} de {year}"),
        (f"{month_en} {day}{ending}", day_pt),
        (f"{day} {month_en}", day_pt),
        (f"{week_en}, {month_en} {day}", f"{week_pt}, {day_pt}"),
        (".".join(figures), ".".join(figures)),
        ("/".join(figures), "/".join(figures)),
    )
    return ways[int(random.integers(len(ways)))]


def _copy(random: Random) -> Both:
    new = name(random) if random.random() < 0.5 else copied(random)
    return new, new


def _list(topics: list[list[Both]], random: Random) -> Both:
    topic = topics[int(random.integers(len(topics)))]
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


def _read(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def drills(folder: Path, random: Random) -> Iterator[Pair]:
    """Pairs without end, from the lexicon and the carriers in ``folder``."""
    short_days = [(en, pt.removesuffix("-feira")) for en, pt in _DAYS]
    topics = [_DAYS, _MONTHS, _MONTHS, _DAYS, list(zip(_EN, _PT, strict=True)), short_days]
    own: dict[str, list[Both]] = {}
    for topic, en, pt in _read(folder / "lexicon.tsv"):
        own.setdefault(topic, []).append((en, pt))
    topics += own.values()
    makers: dict[str, Callable[[Random], Both]] = {
        "number": _number,
        "time": _time,
        "clock": _clock,
        "date": _date,
        "day": lambda random: _DAYS[int(random.integers(5))],
        "money": amount,
        "list": lambda random: _list(topics, random),
        "ordinal": lambda random: _ORDINALS[int(random.integers(len(_ORDINALS)))],
        "copy": _copy,
    }
    carriers = _read(folder / "carriers.tsv")
    while True:
        kind, english, portuguese = carriers[int(random.integers(len(carriers)))]
        for _ in range(english.count("{}")):
            en, pt = makers[kind](random)
            english, portuguese = english.replace("{}", en, 1), portuguese.replace("{}", pt, 1)
            portuguese = portuguese.replace("{f}", " ".join(word[:-1] + "a" for word in pt.split()))
        if kind in ("list", "number", "time") and random.random() < 0.4:
            english, portuguese = english[0].upper() + english[1:], portuguese[0].upper() + portuguese[1:]
        yield Pair(english[:-1] if english.endswith(".m..") else english, portuguese)
