# ruff: noqa: E501 tables are read across
"""Things that a translation copies, made up from character tables: names, numbers, codes, placeholders, emoji.

No corpus holds enough of them: a model that has never met a foreign letter, a bracket or a placeholder invents one. So
pairs get some that nobody has written, the same in both sides, and what is learned is to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Random = np.random.Generator

_ASCII = "abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
# Onsets, vowels and codas of names, by the letters that a language has and English and Portuguese have not.
_LATIN = {
    "german": ("b d f g h k l m n r s sch st w z br fr gr kr tr", "a e i o u ä ö ü ei ie au äu", "n r l ch tz ß ng rt ck mm"),
    "polish": ("b c d g k l ł m n p r s sz cz w z ż ź dz prz", "a ą e ę i o ó u y", "ń ś ć sz cz k w ski rz ł n"),
    "czech": ("b c č d h j k l m n p r ř s š t v z ž", "a á e é ě i í o u ů ý", "k ř š č n l c ň d v"),
    "nordic": ("b d f g h j k l m n r s sk st t v þ ð", "a e i o u å ä ö ø æ y", "n r s sen ström ð g gaard rd ss"),
    "turkish": ("b c ç d g h k l m n p r s ş t y z", "a e ı i o ö u ü", "k l m n r ş z ğ lu oğlu t"),
    "hungarian": ("b cs d f g gy h k l m n ny p r s sz t v z zs", "a á e é i í o ó ö ő u ú ü ű", "s k n r l gy th sz"),
    "romanian": ("b c d f g l m n p r s ș t ț v z", "a ă â e i î o u ia", "scu n r ț ș t l ne"),
    "baltic": ("b d g j k l m n p r s š t v z ž", "a ā e ē ė i ī o u ū ų", "s is as us ņš ņa ks ns"),
    "romance": ("b c d f g l m n p r s t v gu ch ll br tr", "a e i o u á é í ó ú è ê ï ë ü", "n s z l ñez ñ r x ux ès ard"),
    "vietnamese": ("b c đ g h l m n ng nh ph q t th tr v x", "a ă â e ê i o ô ơ u ư ế ạ ờ ủ ị", "n ng nh c t m p i"),
    "plain": ("b c d f g h j k l m n p r s t v w y z br ch kl sh th", "a e i o u y ee oa ai", "n r l s x ck th m d ton sky ng"),
}  # fmt: skip
_OTHER = {  # first and last code point of letters, and how many make a name
    "cyrillic": (0x430, 0x44F, 8),
    "greek": (0x3B1, 0x3C9, 8),
    "han": (0x4E00, 0x9FA5, 3),
    "hiragana": (0x3042, 0x3093, 4),
    "katakana": (0x30A2, 0x30F3, 4),
    "hangul": (0xAC00, 0xD7A3, 3),
    "arabic": (0x627, 0x64A, 6),
    "hebrew": (0x5D0, 0x5EA, 5),
    "devanagari": (0x915, 0x939, 4),
    "thai": (0xE01, 0xE2E, 4),
    "ipa": (0x250, 0x2A0, 4),
}
_EMOJI = [*range(0x1F600, 0x1F64A), *range(0x1F300, 0x1F320), *range(0x1F330, 0x1F394), *range(0x1F400, 0x1F4FD),
          *range(0x1F680, 0x1F6C0), *range(0x1F910, 0x1F93B), *range(0x2600, 0x2610), 0x2705, 0x2714, 0x2728, 0x2764]  # fmt: skip
_CURRENCIES = ("£", "€", "¥", "₹", "R$", "$", "US$", "₽", "₩", "₺", "zł", "Kč", "kr", "CHF", "USD", "EUR", "BRL")
_WORDS = ["user", "file", "order", "item", "page", "name", "total", "count", "first", "last", "date", "price", "path", "link", "text", "size", "list", "value", "id", "key", "address", "email", "title", "status", "message", "error", "line", "node", "server", "buffer", "report", "image", "token", "index"]  # fmt: skip


def _pick(random: Random, items: Sequence[str]) -> str:
    return items[int(random.integers(len(items)))]


def _some(random: Random, letters: str, least: int, most: int) -> str:
    return "".join(_pick(random, letters) for _ in range(int(random.integers(least, most + 1))))


def _digits(random: Random, count: int) -> str:
    return "".join(str(int(d)) for d in random.integers(0, 10, count))


def name(random: Random) -> str:
    """A person's or a place's name as no language has it, in a script that some language has."""
    if random.random() < 0.3:
        first, last, most = _OTHER[_pick(random, list(_OTHER))]
        word = "".join(chr(int(random.integers(first, last + 1))) for _ in range(int(random.integers(2, most + 1))))
        return word.capitalize() if word.islower() and first < 0x250 + 0x200 else word
    onsets, vowels, codas = (part.split() for part in _LATIN[_pick(random, list(_LATIN))])
    word = "".join(_pick(random, onsets) + _pick(random, vowels) for _ in range(int(random.integers(1, 4))))
    word += _pick(random, codas) if random.random() < 0.7 else ""
    word = (_pick(random, vowels) if random.random() < 0.2 else "") + word
    return word[0].upper() + word[1:]


def _names(random: Random) -> str:
    return " ".join(name(random) for _ in range(int(random.integers(1, 4))))


def _identifier(random: Random) -> str:
    words = [_pick(random, _WORDS) for _ in range(int(random.integers(2, 4)))]
    match int(random.integers(7)):
        case 0:
            return words[0] + "".join(word.capitalize() for word in words[1:])
        case 1:
            return "_".join(words)
        case 2:
            return "_".join(words).upper()
        case 3:
            return "-".join(words)
        case 4:
            return "::".join(words)
        case 5:
            return ".".join(words) + "()"
        case _:
            return "".join(word.capitalize() for word in words)


def _placeholder(random: Random) -> str:
    word, other = _pick(random, _WORDS), _pick(random, _WORDS)
    number = str(int(random.integers(0, 5)))
    ways = ("{%s}", "{{%s}}", "${%s}", "$%s", "%%%s%%", "%%(%s)s", "%%(%s)d", ":%s", "[[%s]]", "{%s.X}", "<%s>", "#{%s}",
            "@:%s.X", "{{ %s }}", "__%s__")  # fmt: skip
    if random.random() < 0.3:
        plain = (
            "%s",
            "%d",
            "%@",
            "%i",
            "%.2f",
            "%1$s",
            "%2$d",
            "{}",
            "{0}",
            "{1}",
            "{2}",
            f"${number}",
            f"{{{number}}}",
        )
        return _pick(random, plain)
    return (_pick(random, ways) % word).replace("X", other)


def _path(random: Random) -> str:
    words = [_pick(random, _WORDS) for _ in range(int(random.integers(1, 4)))]
    ending = _pick(random, ("txt", "py", "pdf", "json", "md", "csv", "html", "jpg", "tar.gz", "log"))
    match int(random.integers(5)):
        case 0:
            return f"/{'/'.join(words)}"
        case 1:
            return "C:\\" + "\\".join(words)
        case 2:
            return f"./{'/'.join(words)}.{ending}"
        case 3:
            return f"~/{words[0]}.{ending}"
        case _:
            return f"{words[0]}.{ending}"


def _address(random: Random) -> str:
    host = f"{_some(random, _ASCII, 3, 9)}.{_pick(random, ('com', 'org', 'net', 'com.br', 'pt', 'io', 'gov'))}"
    match int(random.integers(5)):
        case 0 | 1:
            return f"{_some(random, _ASCII, 2, 8)}{_pick(random, ('', '.', '_'))}{_some(random, _ASCII, 2, 6)}@{host}"
        case 2:
            return f"https://{host}/{_pick(random, _WORDS)}?{_pick(random, _WORDS)}={_digits(random, 2)}"
        case 3:
            return f"https://www.{host}/{_pick(random, _WORDS)}/{_pick(random, _WORDS)}"
        case _:
            return f"www.{host}"


def _code(random: Random) -> str:
    match int(random.integers(14)):
        case 0:
            return _some(random, _HEX, 8, 32)
        case 1:
            return _some(random, _ASCII + _ASCII.upper() + "0123456789", 8, 24) + _pick(random, ("", "==", "="))
        case 2:
            return ".".join(str(int(n)) for n in random.integers(0, 256, 4))
        case 3:
            return ":".join(_some(random, _HEX, 1, 4) for _ in range(int(random.integers(4, 9))))
        case 4:
            return f"{_pick(random, ('v', '', 'V'))}{'.'.join(str(int(n)) for n in random.integers(0, 20, 3))}"
        case 5:
            return f"{_digits(random, 3)}.{_digits(random, 3)}.{_digits(random, 3)}-{_digits(random, 2)}"
        case 6:
            return f"+{int(random.integers(1, 400))} {_digits(random, 2)} {_digits(random, 4)}-{_digits(random, 4)}"
        case 7:
            return f"({_digits(random, 2)}) {_digits(random, 5)}-{_digits(random, 4)}"
        case 8:
            return f"{int(random.integers(1950, 2040))}-{int(random.integers(1, 13)):02d}-{int(random.integers(1, 29)):02d}"
        case 9:
            return f"{int(random.integers(1, 29)):02d}/{int(random.integers(1, 13)):02d}/{int(random.integers(1950, 2040))}"
        case 10:
            return f"{_some(random, _ASCII.upper(), 1, 4)}-{_digits(random, int(random.integers(1, 5)))}"
        case 11:
            return f"{_some(random, _ASCII.upper(), 2, 6)}"
        case 12:
            return f"10.{_digits(random, 4)}/{_some(random, _ASCII + '.0123456789', 3, 12)}"
        case _:
            return f"{int(random.integers(-90, 91))}.{_digits(random, 4)}, {int(random.integers(-180, 181))}.{_digits(random, 4)}"


def _mark(random: Random) -> str:
    match int(random.integers(6)):
        case 0:
            return (
                "#"
                + _pick(random, _WORDS)
                + _pick(random, ("", _digits(random, 2), _pick(random, _WORDS).capitalize()))
            )
        case 1:
            return "@" + _some(random, _ASCII + "_", 3, 12)
        case 2:
            return f"[{int(random.integers(1, 100))}]"
        case 3:
            return f"§ {int(random.integers(1, 200))}"
        case _:
            return "".join(chr(_EMOJI[int(i)]) for i in random.integers(0, len(_EMOJI), int(random.integers(1, 4))))


def _formula(random: Random) -> str:
    letter, number, other = _pick(random, "xyznkabc"), int(random.integers(1, 100)), int(random.integers(1, 30))
    sign = _pick(random, "≥≤≠≈=<>±×÷+−")
    ways = (f"{letter} {sign} {number}", f"{number} {sign} {other} = {number + other}", f"{letter}² + {number}", f"{number} m²",
            f"{number} °C", f"{number} µm", f"H{_pick(random, '₂₃₄')}O", "CO₂", f"{number} km/h", f"{number}%", f"{letter}₁",
            f"{_pick(random, _ASCII)} → {_pick(random, _ASCII)}", f"10{_pick(random, '²³⁴⁶')}", f"{number}½", f"√{number}")  # fmt: skip
    return _pick(random, ways)


KINDS: dict[str, tuple[float, Callable[[Random], str]]] = {
    "names": (0.34, _names),
    "identifiers": (0.1, _identifier),
    "placeholders": (0.16, _placeholder),
    "paths": (0.06, _path),
    "addresses": (0.08, _address),
    "codes": (0.12, _code),
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
    if symbol in ("zł", "Kč", "kr") or (symbol in "€" and random.random() < 0.4):
        return f"{english} {symbol}", f"{portuguese} {symbol}"
    return (
        f"{symbol} {english}" if symbol.isalpha() or symbol == "R$" else f"{symbol}{english}"
    ), f"{symbol} {portuguese}"
