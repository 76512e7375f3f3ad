"""Things that a translation copies, made up from character tables: names, numbers, codes, placeholders, emoji.

No corpus holds enough of them: a model that has never met a foreign letter, a bracket or a placeholder invents one. So
pairs get some that nobody has written, the same in both sides, and what is learned is to copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")


def table(path: Path) -> dict[str, list[list[str]]]:
    """The rows of a file, tabs between their cells, under what stands in their first."""
    rows: dict[str, list[list[str]]] = {}
    for line in path.read_text("utf-8").splitlines():
        key, *cells = line.split("\t")
        rows.setdefault(key, []).append(cells)
    return rows


# latin: onsets, vowels and codas of names, by the letters that a language has and English and Portuguese have not;
# script: first and last code point of letters, and how many make a name; the rest are lists, some of templates.
_TABLE = table(Path(__file__).with_name("foreign.tsv"))
# What a field of a template is made of, by its letter.
_PARTS: dict[str, Sequence[str]] = {
    "a": ascii_lowercase,
    "A": ascii_uppercase,
    "d": digits,
    "h": digits + "abcdef",
    "i": ascii_lowercase + "_",
    "m": ascii_lowercase + ascii_uppercase + digits,
    "p": ascii_lowercase + "." + digits,
    "e": _TABLE["emoji"][0][0],
    "w": _TABLE["words"][0],
}
_FIELD = re.compile(r"\{(?:(?P<part>[\w:])(?P<least>-?\d+)(?:\.\.(?P<most>\d+))?|(?P<ways>[^{}]*))\}")


def pick(random: Random, items: Sequence[T]) -> T:
    """One of ``items``, each as likely."""
    return items[int(random.integers(len(items)))]


def _one(random: Random, key: str) -> str:
    return _filled(random, pick(random, _TABLE[key][0]))


def _words(random: Random, least: int, most: int) -> list[str]:
    return [pick(random, _PARTS["w"]) for _ in range(int(random.integers(least, most + 1)))]


def _filled(random: Random, template: str) -> str:
    """``template`` with its fields drawn, from left to right.

    ``{a3..9}`` is three to nine of what ``_PARTS`` has under that letter, ``{n01..12}`` a number in that range with as
    many digits as the first has at least, ``{:4..8}`` so many groups of hexadecimal digits, ``{x|y}`` one of the two.
    """

    def drawn(field: re.Match[str]) -> str:
        part, least, most = field["part"], field["least"], field["most"]
        if not part:
            return pick(random, str(field["ways"]).split("|"))
        count = int(random.integers(int(least), int(most) + 1)) if most else int(least)
        if part == "n":
            return str(count).zfill(len(least)) if least.startswith("0") else str(count)
        if part == ":":
            return ":".join(_filled(random, "{h1..4}") for _ in range(count))
        return "".join(pick(random, _PARTS[part]) for _ in range(count))

    return _FIELD.sub(drawn, template)


def name(random: Random) -> str:
    """A person's or a place's name as no language has it, in a script that some language has."""
    if random.random() < 0.3:
        first, last, most = (int(cell, 16) for cell in pick(random, _TABLE["script"]))
        word = "".join(chr(int(random.integers(first, last + 1))) for _ in range(int(random.integers(2, most + 1))))
        return word.capitalize() if word.islower() and first < 0x250 + 0x200 else word
    onsets, vowels, codas = (part.split() for part in pick(random, _TABLE["latin"]))
    word = "".join(pick(random, onsets) + pick(random, vowels) for _ in range(int(random.integers(1, 4))))
    word += pick(random, codas) if random.random() < 0.7 else ""
    word = (pick(random, vowels) if random.random() < 0.2 else "") + word
    return word[0].upper() + word[1:]


def _names(random: Random) -> str:
    return " ".join(name(random) for _ in range(int(random.integers(1, 4))))


def _identifier(random: Random) -> str:
    words = _words(random, 2, 3)
    pascal, snake, dotted = "".join(map(str.capitalize, words)), "_".join(words), ".".join(words)
    camel = words[0] + pascal[len(words[0]) :]
    return pick(random, (camel, snake, snake.upper(), "-".join(words), "::".join(words), f"{dotted}()", pascal))


def _placeholder(random: Random) -> str:
    word, other, number = (_filled(random, field) for field in ("{w1}", "{w1}", "{n0..4}"))
    way = pick(random, _TABLE["unnamed" if random.random() < 0.3 else "named"][0])
    return way.replace("N", number).replace("W", word).replace("X", other)


def _path(random: Random) -> str:
    words, ending = _words(random, 1, 3), _filled(random, "{txt|py|pdf|json|md|csv|html|jpg|tar.gz|log}")
    path, file = "/".join(words), f"{words[0]}.{ending}"
    return pick(random, (f"/{path}", "C:\\" + "\\".join(words), f"./{path}.{ending}", f"~/{file}", file))


def _address(random: Random) -> str:
    host = _filled(random, "{a3..9}.{com|org|net|com.br|pt|io|gov}")
    return _one(random, "addresses").replace("HOST", host)


def _mark(random: Random) -> str:
    mark = _one(random, "marks")
    if mark == "#":
        word, number, other = (_filled(random, field) for field in ("{w1}", "{d2}", "{w1}"))
        mark += word + pick(random, ("", number, other.capitalize()))
    return mark


def _formula(random: Random) -> str:
    letter, number, other = pick(random, "xyznkabc"), int(random.integers(1, 100)), int(random.integers(1, 30))
    sign = pick(random, "≥≤≠≈=<>±×÷+−")
    ways = [f"{letter} {sign} {number}", f"{number} {sign} {other} = {number + other}", f"{letter}² + {number}"]
    ways += [f"{number}{unit}" for unit in (" m²", " °C", " µm")] + [f"H{pick(random, '₂₃₄')}O", "CO₂"]
    ways += [f"{number} km/h", f"{number}%", f"{letter}₁", _filled(random, "{a1} → {a1}")]
    return pick(random, [*ways, f"10{pick(random, '²³⁴⁶')}", f"{number}½", f"√{number}"])


KINDS: dict[str, tuple[float, Callable[[Random], str]]] = {
    "names": (0.34, _names),
    "identifiers": (0.1, _identifier),
    "placeholders": (0.16, _placeholder),
    "paths": (0.06, _path),
    "addresses": (0.08, _address),
    "codes": (0.12, lambda random: _one(random, "codes")),
    "marks": (0.08, _mark),
    "formulas": (0.06, _formula),
}
"""What is made up, with its share."""
_MAKERS = [make for _, make in KINDS.values()]
_SHARES = np.cumsum([share for share, _ in KINDS.values()])


def copied(random: Random) -> str:
    """One thing of a kind drawn by its share."""
    return _MAKERS[min(int(np.searchsorted(_SHARES, random.random())), len(_MAKERS) - 1)](random)


def amount(random: Random) -> tuple[str, str]:
    """A sum of money as English and as Portuguese write it: £1,234.56, £ 1.234,56; the currency stays what it is."""
    whole = int(10 ** random.uniform(0, 6))
    cents = f".{int(random.integers(100)):02d}" if random.random() < 0.5 else ""
    english = f"{whole:,}{cents}"
    portuguese = english.translate(str.maketrans(",.", ".,"))
    symbol = pick(random, _TABLE["currencies"][0])
    if symbol in ("$", "US$"):
        return f"${english}", f"US$ {portuguese}"
    if symbol in ("zł", "Kč", "kr") or (symbol == "€" and random.random() < 0.4):
        return f"{english} {symbol}", f"{portuguese} {symbol}"
    space = " " if symbol.isalpha() or symbol == "R$" else ""
    return f"{symbol}{space}{english}", f"{symbol} {portuguese}"
