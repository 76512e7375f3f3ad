# ruff: noqa: E501 tables are read across
"""Things that a translation copies, made up from character tables: names, numbers, codes, placeholders, emoji.

No corpus holds enough of them: a model that has never met a foreign letter, a bracket or a placeholder invents one. So
pairs get some that nobody has written, the same in both sides, and what is learned is to copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")

# Onsets, vowels and codas of names, by the letters that a language has and English and Portuguese have not.
_LATIN = [
    ("b d f g h k l m n r s sch st w z br fr gr kr tr", "a e i o u ä ö ü ei ie au äu", "n r l ch tz ß ng rt ck mm"),  # German
    ("b c d g k l ł m n p r s sz cz w z ż ź dz prz", "a ą e ę i o ó u y", "ń ś ć sz cz k w ski rz ł n"),  # Polish
    ("b c č d h j k l m n p r ř s š t v z ž", "a á e é ě i í o u ů ý", "k ř š č n l c ň d v"),  # Czech
    ("b d f g h j k l m n r s sk st t v þ ð", "a e i o u å ä ö ø æ y", "n r s sen ström ð g gaard rd ss"),  # Nordic
    ("b c ç d g h k l m n p r s ş t y z", "a e ı i o ö u ü", "k l m n r ş z ğ lu oğlu t"),  # Turkish
    ("b cs d f g gy h k l m n ny p r s sz t v z zs", "a á e é i í o ó ö ő u ú ü ű", "s k n r l gy th sz"),  # Hungarian
    ("b c d f g l m n p r s ș t ț v z", "a ă â e i î o u ia", "scu n r ț ș t l ne"),  # Romanian
    ("b d g j k l m n p r s š t v z ž", "a ā e ē ė i ī o u ū ų", "s is as us ņš ņa ks ns"),  # Baltic
    ("b c d f g l m n p r s t v gu ch ll br tr", "a e i o u á é í ó ú è ê ï ë ü", "n s z l ñez ñ r x ux ès ard"),  # Romance
    ("b c đ g h l m n ng nh ph q t th tr v x", "a ă â e ê i o ô ơ u ư ế ạ ờ ủ ị", "n ng nh c t m p i"),  # Vietnamese
    ("b c d f g h j k l m n p r s t v w y z br ch kl sh th", "a e i o u y ee oa ai", "n r l s x ck th m d ton sky ng"),
]  # fmt: skip
# First and last code point of letters, and how many make a name: Cyrillic, Greek, Han, hiragana, katakana, hangul,
# Arabic, Hebrew, Devanagari, Thai, phonetic.
_OTHER = [(0x430, 0x44F, 8), (0x3B1, 0x3C9, 8), (0x4E00, 0x9FA5, 3), (0x3042, 0x3093, 4), (0x30A2, 0x30F3, 4), (0xAC00, 0xD7A3, 3),
          (0x627, 0x64A, 6), (0x5D0, 0x5EA, 5), (0x915, 0x939, 4), (0xE01, 0xE2E, 4), (0x250, 0x2A0, 4)]  # fmt: skip
_EMOJI = [*range(0x1F600, 0x1F64A), *range(0x1F300, 0x1F320), *range(0x1F330, 0x1F394), *range(0x1F400, 0x1F4FD),
          *range(0x1F680, 0x1F6C0), *range(0x1F910, 0x1F93B), *range(0x2600, 0x2610), 0x2705, 0x2714, 0x2728, 0x2764]  # fmt: skip
_CURRENCIES = ["£", "€", "¥", "₹", "R$", "$", "US$", "₽", "₩", "₺", "zł", "Kč", "kr", "CHF", "USD", "EUR", "BRL"]  # fmt: skip
_WORDS = ["user", "file", "order", "item", "page", "name", "total", "count", "first", "last", "date", "price", "path", "link", "text", "size", "list", "value", "id", "key", "address", "email", "title", "status", "message", "error", "line", "node", "server", "buffer", "report", "image", "token", "index"]  # fmt: skip

# What a field of a template is made of, by its letter.
_PARTS: dict[str, Sequence[str]] = {
    "a": ascii_lowercase,
    "A": ascii_uppercase,
    "d": digits,
    "h": digits + "abcdef",
    "i": ascii_lowercase + "_",
    "m": ascii_lowercase + ascii_uppercase + digits,
    "p": ascii_lowercase + "." + digits,
    "e": "".join(map(chr, _EMOJI)),
    "w": _WORDS,
}
_FIELD = re.compile(r"\{(?:(?P<part>[\w:])(?P<least>-?\d+)(?:\.\.(?P<most>\d+))?|(?P<ways>[^{}]*))\}")
_PLAIN = ["%s", "%d", "%@", "%i", "%.2f", "%1$s", "%2$d", "{}", "{0}", "{1}", "{2}", "$N", "{N}"]  # fmt: skip  # placeholders; N is a number
_NAMED = ["{W}", "{{W}}", "${W}", "$W", "%W%", "%(W)s", "%(W)d", ":W", "[[W]]", "{W.X}", "<W>", "#{W}", "@:W.X", "{{ W }}", "__W__"]  # fmt: skip
_ADDRESSES = ["{a2..8}{|.|_}{a2..6}@HOST"] * 2 + ["https://HOST/{w1}?{w1}={d2}", "https://www.HOST/{w1}/{w1}", "www.HOST"]  # fmt: skip
_CODES = ["{h8..32}", "{m8..24}{|==|=}", "{n0..255}.{n0..255}.{n0..255}.{n0..255}", "{:4..8}", "{v||V}{n0..19}.{n0..19}.{n0..19}",
          "{d3}.{d3}.{d3}-{d2}", "+{n1..399} {d2} {d4}-{d4}", "({d2}) {d5}-{d4}", "{n1950..2039}-{n01..12}-{n01..28}",
          "{n01..28}/{n01..12}/{n1950..2039}", "{A1..4}-{d1..4}", "{A2..6}", "10.{d4}/{p3..12}", "{n-90..90}.{d4}, {n-180..180}.{d4}"]  # fmt: skip
_MARKS = ["#", "@{i3..12}", "[{n1..99}]", "§ {n1..199}", "{e1..3}", "{e1..3}"]


def _pick(random: Random, items: Sequence[T]) -> T:
    return items[int(random.integers(len(items)))]


def _words(random: Random, least: int, most: int) -> list[str]:
    return [_pick(random, _WORDS) for _ in range(int(random.integers(least, most + 1)))]


def _filled(random: Random, template: str) -> str:
    """``template`` with its fields drawn, from left to right.

    ``{a3..9}`` is three to nine of what ``_PARTS`` has under that letter, ``{n01..12}`` a number in that range with as
    many digits as the first has at least, ``{:4..8}`` so many groups of hexadecimal digits, ``{x|y}`` one of the two.
    """

    def drawn(field: re.Match[str]) -> str:
        part, least, most = field["part"], field["least"], field["most"]
        if not part:
            return _pick(random, str(field["ways"]).split("|"))
        count = int(random.integers(int(least), int(most) + 1)) if most else int(least)
        if part == "n":
            return str(count).zfill(len(least)) if least.startswith("0") else str(count)
        if part == ":":
            return ":".join(_filled(random, "{h1..4}") for _ in range(count))
        return "".join(_pick(random, _PARTS[part]) for _ in range(count))

    return _FIELD.sub(drawn, template)


def name(random: Random) -> str:
    """A person's or a place's name as no language has it, in a script that some language has."""
    if random.random() < 0.3:
        first, last, most = _pick(random, _OTHER)
        word = "".join(chr(int(random.integers(first, last + 1))) for _ in range(int(random.integers(2, most + 1))))
        return word.capitalize() if word.islower() and first < 0x250 + 0x200 else word
    onsets, vowels, codas = (part.split() for part in _pick(random, _LATIN))
    word = "".join(_pick(random, onsets) + _pick(random, vowels) for _ in range(int(random.integers(1, 4))))
    word += _pick(random, codas) if random.random() < 0.7 else ""
    word = (_pick(random, vowels) if random.random() < 0.2 else "") + word
    return word[0].upper() + word[1:]


def _names(random: Random) -> str:
    return " ".join(name(random) for _ in range(int(random.integers(1, 4))))


def _identifier(random: Random) -> str:
    words = _words(random, 2, 3)
    pascal, snake = "".join(map(str.capitalize, words)), "_".join(words)
    ways = (words[0] + pascal[len(words[0]) :], snake, snake.upper(), "-".join(words), "::".join(words), ".".join(words) + "()", pascal)  # fmt: skip
    return _pick(random, ways)


def _placeholder(random: Random) -> str:
    word, other, number = _pick(random, _WORDS), _pick(random, _WORDS), int(random.integers(0, 5))
    if random.random() < 0.3:
        return _pick(random, _PLAIN).replace("N", str(number))
    return _pick(random, _NAMED).replace("W", word).replace("X", other)


def _path(random: Random) -> str:
    words, ending = _words(random, 1, 3), _filled(random, "{txt|py|pdf|json|md|csv|html|jpg|tar.gz|log}")
    path, file = "/".join(words), f"{words[0]}.{ending}"
    return _pick(random, (f"/{path}", "C:\\" + "\\".join(words), f"./{path}.{ending}", f"~/{file}", file))


def _address(random: Random) -> str:
    host = _filled(random, "{a3..9}.{com|org|net|com.br|pt|io|gov}")
    return _filled(random, _pick(random, _ADDRESSES)).replace("HOST", host)


def _mark(random: Random) -> str:
    mark = _filled(random, _pick(random, _MARKS))
    if mark == "#":
        word, number, other = (_filled(random, field) for field in ("{w1}", "{d2}", "{w1}"))
        mark += word + _pick(random, ("", number, other.capitalize()))
    return mark


def _formula(random: Random) -> str:
    letter, number, other = _pick(random, "xyznkabc"), int(random.integers(1, 100)), int(random.integers(1, 30))
    sign = _pick(random, "≥≤≠≈=<>±×÷+−")
    ways = (f"{letter} {sign} {number}", f"{number} {sign} {other} = {number + other}", f"{letter}² + {number}", f"{number} m²",
            f"{number} °C", f"{number} µm", f"H{_pick(random, '₂₃₄')}O", "CO₂", f"{number} km/h", f"{number}%", f"{letter}₁",
            _filled(random, "{a1} → {a1}"), f"10{_pick(random, '²³⁴⁶')}", f"{number}½", f"√{number}")  # fmt: skip
    return _pick(random, ways)


KINDS: dict[str, tuple[float, Callable[[Random], str]]] = {
    "names": (0.34, _names),
    "identifiers": (0.1, _identifier),
    "placeholders": (0.16, _placeholder),
    "paths": (0.06, _path),
    "addresses": (0.08, _address),
    "codes": (0.12, lambda random: _filled(random, _pick(random, _CODES))),
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
    symbol = _pick(random, _CURRENCIES)
    if symbol in ("$", "US$"):
        return f"${english}", f"US$ {portuguese}"
    if symbol in ("zł", "Kč", "kr") or (symbol == "€" and random.random() < 0.4):
        return f"{english} {symbol}", f"{portuguese} {symbol}"
    space = " " if symbol.isalpha() or symbol == "R$" else ""
    return f"{symbol}{space}{english}", f"{symbol} {portuguese}"
