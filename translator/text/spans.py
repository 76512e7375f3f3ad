# ruff: noqa: E501 an expression is read as a whole
"""What a translation must not touch: links, addresses, file names, code, emoji, and words the user owns.

A span says which characters of a text are taken out before translation and what stands in their place afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from translator.text.languages import NEIGHBOURS, other_language
from translator.text.lists import word_list

if TYPE_CHECKING:
    from translator.text.glossary import Glossary


@dataclass(frozen=True)
class Span:
    """``text[start:stop]`` comes out as ``target``: itself, or what a glossary says."""

    start: int
    stop: int
    source: str
    target: str
    joins_left: bool = False  # to the word before it, as the mark that ends **bold** does
    joins_right: bool = False  # to the word after it
    breaks: bool = False  # what stands on both sides is translated apart, as the cells of a table are


# Each kind in the order of precedence. What a user may mean as prose must not match: "e.g.", "and/or", "5.5".
_ENDINGS = (
    "txt|md|rst|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|jsonl|ya?ml|toml|ini|cfg|conf|log|xml|html?|css|js|ts|tsx|jsx|"
    "py|ipynb|c|h|cc|cpp|hpp|rs|go|java|kt|rb|php|pl|sh|bat|ps1|sql|tex|bib|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|mkv|"
    "avi|mov|srt|vtt|zip|tar|gz|bz2|xz|zst|7z|rar|exe|dll|so|deb|rpm|iso|apk|whl"
)
_KEBAB_WORDS = (  # of compounds that are prose: state-of-the-art, six-year-old
    "a|an|the|of|to|in|on|at|by|for|and|or|as|up|de|do|da|e|em|year|month|week|day|hour|minute|mile|old|year-old|law|s"
)
_IDENTIFIER = r"(?:[A-Za-z_]\w*)"
_OPERAND = r"(?:\d+(?:[.,]\d+)*|[A-Za-z]{1,2}(?![A-Za-z]))(?:[²³¹⁰-⁹₀-₉]|\^\d+)*"
_CODE = re.compile(r"```.+?```|``.+?``|`[^`\n]+`")
_STRAIGHT = str.maketrans("“”«»", '""""')
_SAID = re.compile(r"(?<=[\"“«])[^\s\"“”«»][^\"“”«»]*[^\s\"“”«».,!?](?=[.,!?]?[\"”»])")
_DRIVE = re.compile(r"(?<!\w)[A-Za-z]:\\[^\s<>|\"*?]*\w")  # its \n is no line end
_KEYS = re.compile(r"<(?P<tag>kbd|code|samp|tt)>[^<>]*</(?P=tag)>(?:\s?\+\s?<(?P=tag)>[^<>]*</(?P=tag)>)*")
_PATTERNS = [
    r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|<%.*?%>",  # a template's commands
    r"\b(?:https?|ftp|file|ssh|git)://[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]|\bmailto:[^\s<>]*[^\s<>.,;:!?)]",  # links
    r"\bwww\.[^\s<>\"`]*[^\s<>\"`.,;:!?)\]}'…]",
    r"[\w.+-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.\w{2,}",  # e-mail
    r"(?<![\w@.])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|io|dev|br|pt|uk|eu|info)"  # domains
    r"(?:/[^\s<>\"]*[^\s<>\"`.,;:!?)\]}'…]|(?![\w.-]))",
    r"(?<![\w.])(?:~|\.{1,2})?/(?:[\w.@+-]+/)+[\w.@+-]*\w|(?<![\w.])~/[\w.@+-]*\w"  # paths
    r"|(?<![^\s(\"'])/[A-Za-z][\w.-]*\w(?=[\s,;:!?)\"']|\.?\s|\.?$)",
    r"\\\\\w[^\s<>|\"*?]*\w",
    rf"(?<![\w/])(?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?i:{_ENDINGS})\b(?!\.?\w)",  # file names
    r"\b(?:SELECT\s.+?\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|DROP|ALTER)\s+TABLE)\b[^;\n]*;?",  # SQL
    r"\b(?:sudo\s+)?(?:pip3?|npm|npx|yarn|git|docker|kubectl|apt(?:-get)?|brew|cargo|conda|systemctl|go)\s+"  # commands
    r"(?:install|uninstall|remove|run|clone|add|commit|push|pull|fetch|merge|checkout|update|upgrade|build|exec|start|"
    r"stop|restart|init|list|status|get|apply|create|test)\b"
    r"(?:\s+(?:--?[\w-]+(?:=\S+)?|[\w./@:~+-]*[=/@:~+_<>-][\w./@:~+=<>-]*\w))*(?:(?<=install)\s+[\w.-]*\w)?",
    r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal|number|date|time)\b(?:[^{}]|\{[^{}]*\})*\}",  # ICU messages
    r"[$#%]\{[\w.]+\}|\{\{\{?[^{}\n]{1,60}\}?\}\}|\{[\w.$@:#!-]*(?:[:!][^{}\s]*)?\}|\[\[[\w.-]+\]\]",  # placeholders
    r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%\d+\$[a-zA-Z@]|%[#0+-]*\d*(?:\.\d+)?(?:l{0,2}[sdifuxXoegc]|@)(?!\w)|%[A-Za-z_]\w*%",
    r"(?<![\w$])\$[A-Za-z_]\w*(?:\.\w+)*|(?<![\w:/]):[a-z_]\w*:?(?![\w:])|@:[\w.]+\w|(?<!\w)__\w+__(?!\w)",
    r"</?[A-Za-z0-9][^<>]{0,200}?/?>|&(?:[a-z]+|#\d+);",  # markup
    r"(?<![\w&])[#@][A-Za-z_]\w+",  # hashtags and handles
    r"(?<![\w-])--?[a-z][\w-]*(?![\w-])(?=[\s=,.;)]|$)(?<=\w)(?<!-[a-z]{2})",  # command-line options: -v, --help
    r"(?<!\w)/[^\s/]*[\u0250-\u02ff][^/\n]*/",  # how a word is pronounced
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?Z?)?\b|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b",  # stamps
    r"\b\d{1,2}(?P<sep>[./-])\d{1,2}(?P=sep)(?:\d{4}|\d\d)\b(?![./-]?\d)",  # dates
    r"\b(?=[0-9A-Fa-f:]*\d)(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{1,4}\b|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b",  # addresses
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b(?!\.\d)|\b(?!\d{1,3}(?:\.\d{3})+\b)[vV]?\d+(?:\.\d+){2,}[\w.-]*\b(?!,)|\b[vV]\d+(?:\.\d+)*\b",
    r"\b10\.\d{4,}/\S*\w|\b\d{2,3}\.\d{3}\.\d{3}(?:/\d{4})?-\d{2}\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    r"(?<![\w.,])\+\d[\d ()-]{6,}\d\b|\(\d{2,4}\)\s?\d{3,5}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b|\b\d{4,5}-\d{4}\b",  # telephones
    r"(?<![\w.])-?\d{1,3}\.\d{3,}°?,\s?-?\d{1,3}\.\d{3,}°?|\b\d{1,3}°(?:\d{1,2}[′'])?(?:\d{1,2}(?:\.\d+)?[″\"])?[NSEWLO]\b",
    r"\b\d+(?:\([a-z0-9]{1,4}\))+|§+\s?\d+[\w.-]*\w?|\[\^?[\w-]*\d(?:[\w,–-]|,\s)*\](?!\()|[©®™]\s?\d{4}(?:[–-]\d{4})?|[©®™]",
    rf"(?<![\w²³]){_OPERAND}(?:\s?(?!<3\b|</?[A-Za-z][^<>]*>)[=≥≤≠≈×÷±<>+*^−→←↔⇒]{{1,2}}\s?{_OPERAND})+(?![\w²³])",  # formulas
    r"(?<![\w.,])\d+\s[A-Za-zµ]{1,3}[²³](?!\w)|\b[A-Za-zµ]{0,3}\d*[₀-₉²³¹⁰-⁹][\w₀-₉²³¹⁰-⁹]*|(?<=[^\W\d_])[¹²³⁰-⁹]+|\b[A-Z]+\w*[₀-₉]\w*",
    rf"\b{_IDENTIFIER}(?:::{_IDENTIFIER})+(?:\(\))?|\b{_IDENTIFIER}(?:\.{_IDENTIFIER})*\(\)",  # names in programs
    r"\b[a-z][a-z\d]*[A-Z]\w*\b|\b[A-Z][a-z\d]+[A-Z]\w*[a-z]\w*\b|\b\w*[^\W_]_[^\W_]\w*\b|\b[\w-]+\[\d+\]",
    rf"(?<![\w-])(?!(?:\w+-)*(?:{_KEBAB_WORDS})(?:-|\b))[a-z]\w*(?:-[a-z]\w*){{2,}}(?![\w-])",
    r"(?<![\w.])(?=[\w+/-]*\d)(?=[\w+/-]*[A-Za-z])(?!\d+(?:st|nd|rd|th|s|am|pm|h|hs|min|º|ª|h\d+|m|k|km|kg|cm|mm|g|ml|l)\b)"
    r"[A-Za-z0-9][\w+/-]{3,}={0,2}(?<![+/-])(?!\w)",  # codes of letters and digits
    r"&&|\b(?i:\w*(?P<cried>[^\W\d_])(?P=cried){3,}\w*)",  # both of a doubled ampersand; a cry
    r"(?<!\w)(?:Ctrl|Alt|Shift|Cmd)(?:\s?\+\s?\w+)+",  # keys
]
_FOREIGN = re.compile(  # words with a letter that neither language has
    r"[^\W\d_]*[^\W\d_a-zA-ZáâãàäçéêíñóôõöúüïëèìòùîûÁÂÃÀÇÉÊÍÓÔÕÚÜºª\ue000-\uf8ff\U000f0000-\U0010ffff][^\W\d_]*(?:['’-][^\W\d_]+)*"
    r"|[A-ZÁÂÀÇÉÊÍÓÔÕÚÄÖÜÑ][^\W\d_]*[ñäöüïëèìòùîûÿ][^\W\d_]*|[ÄÖÜÑ][^\W\d_]+"
)
_EMOJI = (
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff]"
    "(?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2190-\u2bff\U0001f000-\U0001faff]|[\U000e0020-\U000e007f])*"
)
# What begins a line of a log or a list, and what parts two texts on one line.
_MARK = re.compile(r"[*_~]+|!?\[|\]\([^()]*\)|\]\[[^\]]*\]|\]|</?[A-Za-z0-9][^<>]*>")  # around words
_PREFIX = re.compile(
    r"\s*(?:(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\s+(?:\[?(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|"
    r"CRITICAL|TRACE)\]?:?\s+)?|[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d\s(?:\S+\s)?[\w./-]+(?:\[\d+\])?:\s+|\[[A-Z]{2,}\]:?\s+"
    r"|(?:>>|[-–—•*·▪◦‣#>])\s+|\d{1,3}[.)]\s+(?=[A-ZÀ-Ý]))+"
)
_BREAK = re.compile(r"\t+|\s+\|\s+|\\[nNt](?!abla|eq|u\b|heta|imes|au\b|ext)")
_ITEM = r"[^\W\d_][\w'’-]*(?: [\w'’-]+)?"
_LIST = re.compile(rf"\s*{_ITEM}(?:,\s+{_ITEM}){{2,}}(?:,|,?\s(?:and|or|e|ou))\s+{_ITEM}[.!?…]?\s*")
_PRIVATE = re.compile(
    "[\ue000-\uf8ff\U000f0000-\U0010ffff]+"
)  # slots are such characters: a user's own must not be taken for one
_NUMBER = re.compile(r"(?<![\w.,])[+-]?\d[\d.,:/%]*(?:(?<=[\d%])|$)(?!\w)")
_HINT = re.compile(
    r"[^\w\s.,;!?'\"()]|\.\w|\d|_|[a-z][A-Z]|\w\(|\binstall\b|[²³¹]|(?i:([^\W\d_])\1{3})|\b(?:SELECT|INSERT|DELETE)\b"
)  # nothing that is copied lacks this


# People: a title or a given name, and what follows it with a capital.
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-](?!s\b)[A-ZÀ-ÖØ-Þ]?[^\W\d_]+)*"
_NAMES = re.compile(
    rf"(?P<title>(?<=\bMr\. )|(?<=\bMrs\. )|(?<=\bMs\. )|(?<=\bDr\. )|(?<=\b[Ss]r\. )|(?<=\b[Ss]ra\. )|(?<=\b[Dd]ra\. ))?"
    rf"(?<![\w-])(?P<first>{_CAPITALISED})(?P<rest>(?: (?:d[aeo]s? |van |von |del? )?(?:{_CAPITALISED}|[A-Z]\.(?= [A-Z])))*)"
)


def _is_name(match: re.Match[str]) -> bool:
    """Whether a run of capitalised words is a person: after a title, or a given name and a surname."""
    first, rest = match["first"], match["rest"]
    if match["title"] is not None:
        return first not in word_list("offices")
    return bool(rest) and first in word_list("given names")


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
    if protect:  # with its tags, whose ranges may be given
        taken.add(
            Span(m.start(), m.end(), m.group(), m.group()) for m in (*_KEYS.finditer(text), *_DRIVE.finditer(text))
        )
    for start, stop in extra:
        taken.add(Span(start + a, start + b, part, part) for a, b, part in _marks(text[start:stop]))
    if glossary is not None:
        taken.add(Span(m.start, m.stop, text[m.start : m.stop], m.target) for m in glossary.find(text))
    taken.add(keep_spans(text, keep))
    if protect:
        taken.add(Span(m.start(), m.end(), m.group(), m.group()) for m in _CODE.finditer(text))
    if prefix := _PREFIX.match(text):
        taken.add([Span(*prefix.span(), prefix.group(), prefix.group(), breaks=True)])
    taken.add(Span(m.start(), m.end(), m.group(), m.group(), breaks=True) for m in _BREAK.finditer(text))
    if _LIST.fullmatch(text):  # two by two: the model leaves out or repeats items of a longer one
        commas = [*re.finditer(r",\s+", text)][1::2]
        taken.add(Span(m.start(), m.end(), m.group(), m.group(), breaks=True) for m in commas)
    if _HINT.search(text):
        pattern = _any() if protect else _PRIVATE
        taken.add(Span(m.start(), m.end(), m.group(), m.group()) for m in pattern.finditer(text))
    if protect and '"' in text.translate(_STRAIGHT):
        taken.add(
            Span(m.start(), m.end(), m.group(), m.group()) for m in _SAID.finditer(text) if _is_foreign(m.group())
        )
    if protect and not text.isascii():
        taken.add(Span(m.start(), m.end(), m.group(), m.group()) for m in _FOREIGN.finditer(text))
    return taken.spans


def _is_foreign(quotation: str) -> bool:
    """Whether a quotation of three words and more is in a neighbours' language: "La vie en rose" is no rose."""
    return quotation.count(" ") >= 2 and other_language(quotation) in NEIGHBOURS


def _marks(run: str) -> list[tuple[int, int, str]]:
    """A run of marks ("[**") one by one, as each goes with its own words; anything else whole."""
    found = [(m.start(), m.end(), m.group()) for m in _MARK.finditer(run)]
    whole = "".join(part for *_, part in found) == run
    return found if whole else [(0, len(run), run)]


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


def name_spans(text: str) -> list[Span]:
    """The people whom ``text`` names: what follows a title, and a given name with a surname."""
    return [Span(m.start(), m.end(), m.group(), m.group()) for m in _NAMES.finditer(text) if _is_name(m)]


def number_spans(text: str) -> list[Span]:
    """The numbers of ``text`` as they are written."""
    return [Span(m.start(), m.end(), m.group(), m.group()) for m in _NUMBER.finditer(text)]


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a letter outside of slots and other private-use characters."""
    return any(c.isalpha() for c in text)


def without_spans(text: str, spans: Sequence[Span]) -> str:
    """``text`` without its spans, to tell the language by; all of it where nothing else is left."""
    kept = []
    at = 0
    for span in spans:
        kept.append(text[at : span.start])
        at = span.stop
    rest = "".join([*kept, text[at:]])
    return rest if re.search(r"[^\W\d_]", rest) else text
