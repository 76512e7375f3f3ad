"""Times of day and numbers as each language writes them: found, compared, written in the other's way."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from translator.config import Direction
from translator.text.late import late

_TIME = late(
    r"(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?P<mark>[:.h]|\sh\s?)(?P<minute>[0-5]\d)(?:\s?min)?|(?P<alone>\s?h(?:oras|rs)?\b))?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?|\s(?:horas\s)?d?[ae]\s(?P<part>manhã|tarde|noite|madrugada)|\s(?:in\sthe|at)\s"
    r"(?P<of>morning|afternoon|evening|night)|\s(?P<clock>o'clock))?(?![\w:/]|[.,]\d)",
    re.IGNORECASE,
)
_LATE = frozenset(["p", "tarde", "noite", "afternoon", "evening", "night"])
# How long something takes, which is no time of day: "dormi 7h", "8h por dia".
_HOURS_LONG = r"(?P<hours{0}>\d{{1,3}})\s?h(?:oras?|rs?|s)?(?:(?: e )?(?P<minutes{0}>[0-5]\d)(?:\s?min(?:utos)?)?)?\b"
_DURATION = late(
    r"\b(?:demor\w+|dur\w+|lev\w+|dorm\w+|trabalh\w+|falt\w+|esper\w+|pass\w+|gast\w+|perd\w+|estud\w+|viaj\w+|por|há|em|"
    rf"cada|(?<!antes )(?<!depois )(?<!partir )(?<!perto )de|após|quase|apenas|só|umas?|mais|menos)"
    rf"\s{_HOURS_LONG.format(1)}(?!\s(?:às?|as?|até|da)\b)|{_HOURS_LONG.format(2)}"
    r"(?=\s(?:por (?:dia|semana|mês|noite)|seguidas|diárias|semanais|consecutivas|atrás|antes|depois|de (?:viagem|voo|"
    r"sono|trabalho|aulas?|duração|atraso|espera|carro|avião|ônibus|comboio|trem|caminhada|estudo|filme|prova))\b)",
    re.IGNORECASE,
)
_NUMBER = late(
    r"(?<![\w.,])\d{1,3}(?:(?P<group>[.,])\d{3})+(?:(?!(?P=group))[.,]\d+)?(?![\w.,]?\d)|(?<![\w.,])\d+(?P<point>[.,])\d+(?![\w.,]?\d)"
)


_COUNT = r"(?<![\w.,/])(?P<count>\d+(?:[.,/]\d+)?(?:\s?[½¼¾⅓⅔])?|[½¼¾⅓⅔])\s?"
_SPOONS: dict[Direction, re.Pattern[str]] = {
    "en-pt": late(rf"{_COUNT}(?P<kind>t(?:bs|sp|ablespoon|easpoon)p?)(?:fuls?|s)?\b(?:\.(?=\s+[a-z(]|,))?(?P<of>)"),
    "pt-en": late(
        rf"{_COUNT}colher(?:es)?\s+\(?(?:de\s+)?(?P<kind>sopa|chá|café|sobremesa)\b\)?(?P<of>\s+de\b(?=\s+[a-zà-ÿ]))?"
    ),
}
_SPOON_NAMES = {"sopa": "tablespoon", "chá": "teaspoon", "café": "coffee spoon", "sobremesa": "dessert spoon"}


@dataclass(frozen=True)
class Time:
    """A time of day: minutes after midnight, and whether that is sure or may be twelve hours later."""

    minutes: int
    sure: bool
    start: int
    stop: int
    by_h: bool = False  # as Portuguese writes it: 20h30


def times_in(text: str, *, portuguese: bool) -> list[Time]:
    """The times of day that ``text`` gives in figures."""
    found = []
    long = [match.span() for match in _DURATION.finditer(text)] if portuguese else []
    for match in _TIME.finditer(text):
        if any(start <= match.start() < stop for start, stop in long):
            continue
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        half = (match["half"] or match["part"] or match["of"] or "").lower()
        if not (half or match["alone"] or match["clock"] or (match["mark"] and match["mark"] != ".")):
            continue
        if match["half"] and hour > 12:  # "18 am" is none
            continue
        if half:
            hour = hour % 12 + 12 * (half in _LATE) if hour <= 12 else hour
        sure = bool(half) or hour > 12 or bool(portuguese and (match["alone"] or "h" in (match["mark"] or "")))
        by_h = "h" in (match["alone"] or match["mark"] or "").lower()
        ends = match.group().endswith(".") and match.end() == len(text)  # the sentence too
        found.append(Time(hour % 24 * 60 + minute, sure, match.start(), match.end() - ends, by_h))
    return found


def durations_written_out(text: str) -> str:
    """A Portuguese ``text`` with "dormi 7h30" as "dormi 7 horas e 30 minutos": to the model, h is of the clock."""

    def written(match: re.Match[str]) -> str:
        hours, minutes = (match[f"{part}1"] or match[f"{part}2"] for part in ("hours", "minutes"))
        before = match.group()[: match.start("hours1") - match.start()] if match["hours1"] else ""
        return f"{before}{hours} hora{'s' * (hours != '1')}" + (f" e {int(minutes)} minutos" if minutes else "")

    return _DURATION.sub(written, text)


def times_apart(source: str, target: str, direction: Direction) -> bool | None:
    """Whether ``target`` gives other times than ``source``; ``None`` where there is none to compare."""
    ours = times_in(source, portuguese=direction == "pt-en")
    theirs = times_in(target, portuguese=direction == "en-pt")
    if not ours:
        return None
    if len(ours) != len(theirs):
        return True
    if direction == "pt-en" and any(t.by_h for t in theirs):  # left as it was: 20h30 is no English
        return True
    late = Counter(t.minutes % 720 for t in ours if t.sure and t.minutes >= 13 * 60)
    if late - Counter(t.minutes % 720 for t in theirs if t.sure):  # 20:30 is not just any half past eight
        return True
    alike = Counter(t.minutes % 720 for t in ours) == Counter(t.minutes % 720 for t in theirs)
    sure = all(t.sure for t in [*ours, *theirs])
    return not alike or (sure and Counter(t.minutes for t in ours) != Counter(t.minutes for t in theirs))


def in_other_way(text: str, direction: Direction) -> list[tuple[int, int, str]]:
    """The times and the numbers with separators of ``text``, each with what the other language writes: "7 pm" is
    "19h", 1,234.56 is 1.234,56."""
    found = [
        (time.start, time.stop, _written(time, text, direction))
        for time in times_in(text, portuguese=direction == "pt-en")
    ]
    times = [range(start, stop) for start, stop, _ in found]
    numbers = numbers_in_other_way(text, direction)
    return sorted([*found, *(n for n in numbers if not any(n[0] in time or n[1] - 1 in time for time in times))])


def numbers_in_other_way(text: str, direction: Direction) -> list[tuple[int, int, str]]:
    """The numbers with separators of ``text``, each with what the other language writes."""
    found = []
    for match in _NUMBER.finditer(text):
        mark = match["group"] or match["point"]
        native = (mark == ",") == (direction == "en-pt") if match["group"] else (mark == ".") == (direction == "en-pt")
        swapped = match.group().translate(str.maketrans(",.", ".,"))
        found.append((match.start(), match.end(), swapped if native else match.group()))
    return found


def spoons_in_other_way(text: str, direction: Direction) -> list[tuple[int, int, str]]:
    """The spoons of a recipe in ``text``, each with what the other language writes: "2 tbsp. oil" is "2 colheres de
    sopa de óleo". The model knows no such words."""
    if not any(word in text for word in (("tsp", "tbs", "spoon") if direction == "en-pt" else ("colher",))):
        return []
    found = []
    for match in _SPOONS[direction].finditer(text):
        many = re.match(r"[2-9]|1\d|1\s?[½¼¾⅓⅔]", match["count"]) is not None and "/" not in match["count"]
        if direction == "en-pt":
            written = f"{'colheres' if many else 'colher'} de {'sopa' if match['kind'][1] in 'ab' else 'chá'}"
        else:
            written = _SPOON_NAMES[match["kind"]] + "s" * many
        found.append((match.start(), match.end(), f"{match['count']} {written}{' of' * bool(match['of'])}"))
    return found


def _written(time: Time, text: str, direction: Direction) -> str:
    hour, minute = divmod(time.minutes, 60)
    if direction == "en-pt":
        return f"{hour}h{minute:02d}" if minute else f"{hour}h"
    if not time.sure:
        return f"{hour}:{minute:02d}"
    twelve = f"{hour % 12 or 12}" + (f":{minute:02d}" if minute else "")
    return f"{twelve} {'pm' if hour >= 12 else 'am'}"
