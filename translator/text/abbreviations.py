# ruff: noqa: E501, SIM905 lists of words are read as such
"""Abbreviations: which full stops end no sentence, and which the model reads better written out."""

from __future__ import annotations

import re
from functools import partial

from translator.config import Direction

_BOTH = frozenset(
    "mr mrs ms dr prof st jr sr vs etc fig vol ed e.g i.e a.m p.m u.s p.ex cf approx aprox max incl".split()
)
_ENGLISH = _BOTH | frozenset(
    "gen col sgt lt capt rev hon gov sen rep ave blvd dept est govt inc ltd corp co no nos jan feb mar apr jun jul aug sep sept "
    "oct nov dec pp ch sec ph.d u.k u.n a.k.a".split()
)
_PORTUGUESE = _BOTH | frozenset(
    "sra srta dra profa exmo exma eng cel gal cap sgt av pág págs pag art arts cap nº núm tel obs ex ref ltda cia fl fls inc séc "
    "d.c a.c jan fev abr jun jul ago set out nov dez".split()
)
# What may also end a sentence counts only where a number follows: "No. 5", "art. 12", "12 out. 2020".
_BEFORE_NUMBERS = frozenset(
    "no nos mar art arts set out ago cap fig vol pp p pág págs jan feb apr jun jul aug sep oct nov dec fev abr dez".split()
)
_OUT: dict[Direction, list[tuple[re.Pattern[str], str]]] = {
    "en-pt": [
        (re.compile(r"\b[Nn]os?\.\s?(?=\d)"), "number "),
        (re.compile(r"\b[Aa]pprox\.(?=\s)"), "approximately"),
        (re.compile(r"\b[Dd]ept\.(?=\s)"), "department"),
        (re.compile(r"\b[Gg]ovt\.(?=\s)"), "government"),
        (re.compile(r"\b[Ff]ig\.\s?(?=\d)"), "figure "),
        (re.compile(r"\bpp?\.\s?(?=\d)"), "page "),
        (re.compile(r"\bvs\.?(?=\s)"), "versus"),
        (re.compile(r"\be\. ?g\.,?(?=\s)"), "for example"),
        (re.compile(r"\bi\. ?e\.,?(?=\s)"), "that is,"),
        (re.compile(r"\b[Mm]ax\.(?=\s)"), "maximum"),
        (re.compile(r"\b[Mm]in\.(?=\s[a-z])"), "minimum"),
        (re.compile(r"\b[Tt]el\. no\.?(?=\s)"), "telephone number"),
        (re.compile(r"\b[Tt]el\.(?=[\s:])"), "telephone"),
        (re.compile(r"(?<=[a-z] )[Nn]o\.(?=\s[a-z])"), "number"),
        (re.compile(r"\b[Ee]st\.(?=\s\d)"), "established in"),
        (re.compile(r"\b[Ii]ncl\.(?=\s)"), "including"),
        (re.compile(r"\b[Tt]emp\.(?=\s[a-z])"), "temperature"),
        (re.compile(r"\b[Aa]vg\.(?=\s)"), "average"),
        (re.compile(r"\b[Qq]ty\.?(?=[\s:])"), "quantity"),
        (re.compile(r"\b[Ee]x\.(?=\s\d)"), "exercise"),
        (re.compile(r"\b[Cc]h\.\s?(?=\d)"), "chapter "),
        (re.compile(r"\b[Ss]ec\.\s?(?=\d)"), "section "),
        (re.compile(r"\b[Vv]ol\.\s?(?=\d)"), "volume "),
        (re.compile(r"\b[Aa]pt\.\s?(?=\d)"), "apartment "),
    ],
    "pt-en": [
        (re.compile(r"\b[Aa]prox\.(?=\s)"), "aproximadamente"),
        (re.compile(r"\b[Nn](?:º|°|\.º|úm\.)\s?(?=\d)"), "número "),
        (re.compile(r"\b[Pp]ágs?\.\s?(?=\d)|\bp\.\s?(?=\d)"), "página "),
        (re.compile(r"\b[Tt]el\.(?=[\s:])"), "telefone"),
        (re.compile(r"\b[Pp]\. ?ex\."), "por exemplo"),
        (re.compile(r"\b[Ss]éc\.(?=\s)"), "século"),
        (re.compile(r"\b[Mm]áx\.(?=\s)"), "máximo"),
        (re.compile(r"\b[Mm]ín\.(?=\s)"), "mínimo"),
        (re.compile(r"\b[Aa]rt\.(?:º|o)?\s?(?=\d)"), "artigo "),
        (re.compile(r"\b[Cc]ap\.\s?(?=\d)"), "capítulo "),
        (re.compile(r"\b[Ff]ig\.\s?(?=\d)"), "figura "),
        (re.compile(r"\b[Vv]ol\.\s?(?=\d)"), "volume "),
        (re.compile(r"\b[Dd]epto?\.(?=\s)"), "departamento"),
        (re.compile(r"\b[Rr]ef\.(?=\s)"), "referência"),
        (re.compile(r"\b[Ee]x\.:"), "exemplo:"),
        (re.compile(r"\b[Qq]td\.?(?=[\s:])"), "quantidade"),
        (re.compile(r"\b[Mm]in\.(?=\s|$)"), "minutos"),
        (re.compile(r"\b([sd])(r|ra|rta)\.(?= [A-ZÀ-Ý])"), ""),
    ],
}


_SHORTENED = re.compile(r"\b(?:\w++(?=\.)|(?:vs|qt[yd])\b)|[º°]")  # first of all: few sentences have any
_WRITTEN = frozenset(
    "no nos approx dept govt fig p pp vs g e max min tel est incl temp avg qty ex ch sec vol apt aprox n nº núm pág págs séc "
    "máx mín art cap depto ref qtd sr sra srta dr dra º °".split()
)


def ends_no_sentence(word: str, after: str, direction: Direction | None) -> bool:
    """Whether the full stop after ``word`` (in small letters) ends no sentence, ``after`` being what follows it."""
    known = _ENGLISH if direction == "en-pt" else _PORTUGUESE if direction == "pt-en" else _ENGLISH | _PORTUGUESE
    if word in _BEFORE_NUMBERS and word not in _BOTH:
        return word in known and after.lstrip()[:1].isdigit()
    return word in known


def written_out(text: str, direction: Direction) -> str:
    """``text`` with the abbreviations that the model seldom met written out; titles begin with a capital."""
    if not any(word.lower() in _WRITTEN for word in _SHORTENED.findall(text)):
        return text
    for pattern, word in _OUT[direction]:
        text = pattern.sub(partial(_like, word), text)
    return text


def _like(word: str, match: re.Match[str]) -> str:
    if not word:
        return match.group()[0].upper() + match.group()[1:]
    begins = match.start() == 0 or match.group()[0].isupper()
    return word[0].upper() + word[1:] if begins else word
