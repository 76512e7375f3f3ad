# ruff: noqa: E501 an expression is read as a whole
"""What a translation must not touch: links, addresses, file names, code, emoji, and words the user owns.

A span says which characters of a text are taken out before translation and what stands in their place afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from translator.text.kinds import copied, foreign, piped, private, special
from translator.text.languages import NEIGHBOURS, language_probabilities, other_language
from translator.text.late import late
from translator.text.lists import is_given_name, word_list

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


_CODE = late(r"```.+?```|``.+?``|`[^`\n]+`")
_SAID = late(r"(?<=[\"“«])[^\s\"“”«»][^\"“”«»]*[^\s\"“”«».,!?](?=[.,!?]?[\"”»])")
_SLASHED = late(  # C:\new, \\nas\share, App\Models\User, \1, \newpage: whose \n is no line end
    r"(?<!\w)(?:[A-Za-z]:|\\)\\[^\s<>|\"*?]*\w|\b[A-Z]\w*(?:\\[A-Z]\w*){2,}|\b[A-Z]\w+\\(?!N)[A-Z]\w+|(?<!\w)\\\d\b"
    r"|\\(?:newpage|newline|noindent|clearpage|pagebreak|tableofcontents|maketitle|(?:begin|end|ref|cite|label|eqref|input|"
    r"include|usepackage|documentclass)(?:\[[^\]\n]*\])?\{[^{}\n]*\})"
)
_FOREIGN_WORD = 0.12  # probability that a word in quotation marks is of our languages; 0.5 % of theirs have less
_KEYS = late(r"<(?P<tag>kbd|code|samp|tt)>[^<>]*</(?P=tag)>(?:\s?\+\s?<(?P=tag)>[^<>]*</(?P=tag)>)*")
# What begins a line of a log or a list, and what parts two texts on one line.
_MARK = late(r"[*_~]+|!?\[|\]\([^()]*\)|\]\[[^\]]*\]|\]|</?[A-Za-z0-9][^<>]*>")  # around words
_TEMPLATE = late(r"\{\{[^{}\n]*\}\}")
_MESSAGE = late(r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal)\s*,")
_CHOICE = late(r"\{\s*\w+\s*,\s*choice\s*,[^{}]*\}")  # of Java: {0,choice,0#no files|1#one file}
_CASE = late(r"\{\s*\w+\s*,\s*choice\s*,\s*-?\d+[#<≤]|\|-?\d+[#<≤]|\}")
_BRACE = late(r"\{(?:\s*#\s)?|\}")
_OPENING = late(r"[*_~]+|!?\[|<[A-Za-z0-9][^<>]*>")
_CLOSING = late(r"[*_~]+|\]\([^()]*\)|\]\[[^\]]*\]|\]|</[A-Za-z0-9][^<>]*>")
_LEVEL = r"\[?\b(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|TRACE)\b\]?"
_PREFIX = late(
    rf"\s*(?:\[?(?:\d{{4}}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\]?\s+(?:\[[\w.:@/#-]+\]\s+)?(?:{_LEVEL}:?\s+)?"
    rf"|(?:<\d+>)?[A-Z][a-z]{{2}}\s+\d{{1,2}}\s\d\d:\d\d:\d\d\s(?:\S+\s)?[\w./-]+(?:\[\d+\])?:\s+|\[[A-Z]{{2,}}\]:?\s+"
    rf"|\[\s*\d+\.\d{{3,}}\]\s+(?:[\w./-]+(?:\s[\d.:-]+)?:\s+)?|\[[\w.:@/#-]+\]\s+(?={_LEVEL}:?\s)"
    r"|(?:feat|fix|docs|style|refactor|perf|test|build|ci|chore|revert)(?:\([\w./-]+\))?!?:\s+(?=\S)"  # commits
    r"|\S+\s\S+\s\S+\s\[\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]+ [+-]\d{4}\]\s"
    r"|(?:\[(?:DEBUG|INFO|WARN|TRACE)\]|(?:DEBUG|INFO|WARN|TRACE)\b):?\s+(?=\S)|(?:DEBUG|INFO|WARNING|ERROR):[\w.]+:\s?"
    r"|(?:>>|[=-]+>|--|[-–—•*·▪◦‣#>])\s+|\d{1,3}[.)]\s+(?=[A-ZÀ-Ý]))+"
)
_HEAD = late(r"(?<=[A-ZÀ-Ý]{4}):\s+(?=\S.{0,99}[a-zà-ÿ])")  # WARNING: it is late
_DRAWN = late(r"\A\s*([-=~*#_+])\1{2,}\s+(?=\w)|(?<=[\w.!?])\s+([-=~*#_+])\2{2,}\s*\Z")  # === Title ===
_SPEAKER = late(r"(?P<name>[A-ZÀ-Ý]{2,})(?:\s[A-ZÀ-Ý]{2,})?:\s+(?=\S)")  # JOHN: Hello
_LABELLED = late(r"\s*(?P<opens>[\[(])[^\W\d_]+(?: [^\W\d_]+){0,2}(?P<closes>[\])]\s+)(?=[A-ZÀ-Ý])")  # [Man] Hello
_HEADING = late(r"(?P<word>[A-ZÀ-Ý][a-zà-ÿ]+):\s+(?=\S)")  # Subject: hello
_CLOSING_LINE = late(  # Yours, Ana
    r"(?P<words>[A-ZÀ-Ý][a-zà-ÿ]+(?: [a-zà-ÿ]+)?),\s+(?P<name>[A-ZÀ-Ý][a-zà-ÿ]+)(?: [A-ZÀ-Ý][\w-]+)?[.!]?\s*\Z"
)
_MENU = late(  # File > Save
    r"(?<=[^\W\d_]{2})\s+(?:[>›»→▸]\s+(?=[A-ZÀ-Ý][^\W\d_])|[→➔➜⇒]\s+(?=[^\W\d_]{2}))"
)
_COUNTED = late(r"(?<!\S)(?P<number>\d{1,2})[.)]\s+(?=[^\W\d_])")  # 1. milk 2. bread
_CHAT = late(  # 14:02 - Ana: hello
    r"\[?(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? )?\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?\]? (?:- )?"
    r"(?P<name>[A-ZÀ-Ý][^\W\d_]+)(?: [A-ZÀ-Ý][^\W\d_]+){0,2}:\s+(?=\S)"
)
_LATEX = late(
    r"(?P<opens>\\(?:(?P<apart>(?:sub){0,2}section|chapter|part|title|caption|paragraph|footnote)\*?"
    r"|text(?:bf|it|tt|sc)|emph|underline)\{)[^{}\\$]+(?P<closes>\})"
)
_SYMBOLS = "(?:[\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff]\ufe0f?)+"
_AT_ENDS = late(rf"\A\s*{_SYMBOLS}\s+(?=\w)|(?<=[\w.!?])\s+{_SYMBOLS}\s*\Z")  # ✓ Done
_BREAK = late(
    r"\{\{[#/^][^{}\n]*\}\}|\{\{else\}\}|\{%-?\s*(?:if|elif|else|endif|for|endfor|unless|end)\b[^{}\n]*%\}|"
    r"<!--\s*|\s*-->|\t+|(?<=\w)\s+&&\s+(?=[A-ZÀ-Ý])|\s+\|\s+|\\[nNt](?!abla|eq|u\b|heta|imes|au\b|ext)"
)
_CHOICES = late(r"(?:[A-ZÀ-Ý][a-zà-ÿ]+(?: [a-zà-ÿ]+)?/)+[A-ZÀ-Ý][a-zà-ÿ]+(?: [a-zà-ÿ]+)?[.!?]?")  # Yes/No/Maybe
_ITEM = r"[^\W\d_][\w'’-]*(?: [\w'’-]+)?"
_LIST = late(rf"\s*{_ITEM}(?:,\s+{_ITEM}){{2,}}(?:,|,?\s(?:and|or|e|ou))\s+{_ITEM}[.!?…]?\s*")
_LINKED = late(r"\s(?:and|or|e|ou)\s")
_NUMBER = late(r"(?<![\w.,])[+-]?\d[\d.,:/%]*(?:(?<=[\d%])|$)(?!\w)")
_SIGN_BEFORE = late(r"(?:R\$|[A-Z]{0,2}\$|[£€¥])\s?\Z")
_SIGN_AFTER = late(r"\s?[£€¥$](?!\w)")
_LONGEST_SIGN = 5  # characters
_BETWEEN = frozenset("{&\t|\\>›»→▸➔➜⇒")  # what parts two texts on one line has one of these
_DRAWING = frozenset("-=~*#_+")
_PARTING = _BETWEEN | _DRAWING | {":", "/"}

# People: a title or a given name, and what follows it with a capital.
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-](?!s\b)[A-ZÀ-ÖØ-Þ]?[^\W\d_]+)*"
_NAMES = late(
    rf"(?P<title>(?<=\bMr\. )|(?<=\bMrs\. )|(?<=\bMs\. )|(?<=\bDr\. )|(?<=\b[Ss]r\. )|(?<=\b[Ss]ra\. )|(?<=\b[Dd]ra\. )"
    r"|(?<=\bProf\. )|(?<=\b[Pp]rofessor )|(?<=\bprofessora )|(?<=\b[Ee]ngenheir[oa] )|(?<=\bReverend )|(?<=\bCaptain )"
    r"|(?<=\bColonel )|(?<=\bLieutenant )|(?<=\bSergeant )|(?<=\bGovernor )|(?<=\bSenator )|(?<=\bJudge ))?"
    rf"(?<![\w-])(?P<first>{_CAPITALISED})(?P<rest>(?: (?:d[aeo]s? |van |von |del? )?(?:{_CAPITALISED}|[A-Z]\.(?= [A-Z])))*)"
)
_LONGEST_NAME = 40  # characters
_STRANGE = 4.2  # nats a byte, from which on a word before a foreign name is of the name
_PHONETIC = "\u0250"  # letters from here on stand in no word of ours, small or not
_NAME_AFTER = late(rf" (?P<word>{_CAPITALISED})(?![\w'’])")
_NAME_BEFORE = late(rf"(?P<inside>[\w,;:)'’\"] )?(?<!\w)(?P<word>{_CAPITALISED}) \Z")


def _is_name(match: re.Match[str]) -> bool:
    """Whether a run of capitalised words is a person: after a title, or a given name and a surname."""
    first, rest = match["first"], match["rest"]
    if match["title"] is not None:
        return first not in word_list("offices")
    if first == "Will" and match.start() == 0 and match.string.rstrip(" \"'").endswith("?"):  # Will Tom come?
        return False
    return bool(rest) and first in word_list("given names")


def find_spans(
    text: str,
    strangeness: Callable[[str], float] = lambda word: 0.0,
    extra: Sequence[tuple[int, int]] = (),
    *,
    keep: Iterable[str] = (),
    glossary: Glossary | None = None,
    protect: bool = True,
) -> list[Span]:
    """The spans of ``text``, in order, none overlapping: ``extra`` ranges first, then glossary and kept words, then
    what looks like something to copy, if ``protect``; private-use characters always. ``strangeness`` tells, in nats a
    byte, how little is known of a word."""
    is_given = extra or keep or glossary is not None
    if not is_given and not special(text) and text.isprintable() and text.count(",") < 2 and not _closing(text):
        return []  # of a list of words there are more commas
    taken = _Taken()
    characters = frozenset(text)
    if protect and not characters.isdisjoint("<\\"):  # with its tags, whose ranges may be given
        taken.add(_whole(m) for m in (*_KEYS.finditer(text), *_SLASHED.finditer(text)))
        taken.add(_around_arguments(text))
    for start, stop in extra:
        taken.add(Span(start + a, start + b, part, part) for a, b, part in _marks(text[start:stop]))
    if glossary is not None:
        taken.add(Span(m.start, m.stop, text[m.start : m.stop], m.target) for m in glossary.find(text))
    if keep:
        taken.add(keep_spans(text, keep))
    if protect and "`" in characters:
        taken.add(_whole(m) for m in _CODE.finditer(text))
    if protect and not characters.isdisjoint("|&"):
        taken.add(_whole(m) for m in (*_TEMPLATE.finditer(text), *piped(text)))
    if protect and "{" in characters:
        taken.add(_around_choices(text))
    taken.add(_breaks(text, characters))
    if not protect:
        taken.add(_whole(m) for m in private(text))
        return taken.spans
    taken.add(map(_whole, copied(text, characters)))
    if not characters.isdisjoint('"“«'):
        taken.add(_whole(m) for m in _SAID.finditer(text) if _is_foreign(m.group()))
    taken.add(_foreign_names(text, characters, strangeness))
    return _joined(taken.spans) if len(taken.spans) > 2 else taken.spans


def _around_choices(text: str) -> Iterator[Span]:
    """What stands around the words of the choices of ICU messages: "{n, plural, one {" file "} other {" files "}}"."""
    for message in _MESSAGE.finditer(text):
        depth, at, found = 1, len(text[: message.start()].rstrip(" ")), list[Span]()
        for brace in _BRACE.finditer(text, message.end()):
            if brace.group()[0] == "{" and depth == 1:
                found.append(Span(at, brace.end(), text[at : brace.end()], text[at : brace.end()], breaks=True))
            elif brace.group()[0] == "}" and depth == 2:
                at = brace.start()
            depth += 1 if brace.group()[0] == "{" else -1
            if depth == 0:
                stop = brace.start() + 1
                stop += len(text[stop:]) - len(text[stop:].lstrip(" "))
                yield from [*found, Span(at, stop, text[at:stop], text[at:stop], breaks=True)] if found else ()
                break
        else:  # what is not closed holds all that follows
            return


def _around_arguments(text: str) -> Iterator[Span]:
    """What stands around the words of LaTeX's commands; those of a heading are read apart."""
    for command in _LATEX.finditer(text):
        for part in ("opens", "closes"):
            at, stop = command.span(part)
            yield Span(at, stop, text[at:stop], text[at:stop], breaks=command["apart"] is not None)


def _joined(spans: list[Span]) -> list[Span]:
    """``spans`` with marks that stand around another one, and nothing else, joined to it: <b>{key}</b>."""
    found: list[Span] = []
    for span in spans:
        found.append(span)
        if len(found) > 2 and _CLOSING.fullmatch(span.source):
            first, inner, _ = found[-3:]
            touching = first.stop == inner.start and inner.stop == span.start
            if touching and _OPENING.fullmatch(first.source) and not (inner.breaks or _MARK.fullmatch(inner.source)):
                whole = [one.source for one in found[-3:]], [one.target for one in found[-3:]]
                found[-3:] = [Span(first.start, span.stop, "".join(whole[0]), "".join(whole[1]))]
    return found


def _whole(match: re.Match[str]) -> Span:
    """What comes out as it is."""
    return Span(match.start(), match.end(), match.group(), match.group())


def _closing(text: str, start: int = 0) -> re.Match[str] | None:
    """The end of a letter, with the name of who signs it."""
    found = _CLOSING_LINE.match(text, start) if "," in text else None
    return found if found and is_given_name(found["name"]) else None


def _breaks(text: str, characters: frozenset[str]) -> list[Span]:
    """What parts texts on one line: the head of a line of a log, cells, a path through a menu, the numbers and commas
    of a list."""
    found = [prefix] if (prefix := _PREFIX.match(text)) else []
    if not text.isascii() and max(characters) >= "\u2190":
        found += _AT_ENDS.finditer(text)
    marks = characters & _PARTING
    if ":" in marks and (head := _HEAD.search(text)):
        word = text[: head.start()].strip()
        if word.isalpha() and word.isupper() and word.title() not in word_list("given names"):
            found.append(head)
    if marks & _DRAWING:
        found += (m for m in _DRAWN.finditer(text) if not prefix or m.start() >= prefix.end())
    start = prefix.end() if prefix else 0
    if (said := _CHAT.match(text, start)) and is_given_name(said["name"]):
        found, start = [*found, said], said.end()
    if label := _LABELLED.match(text, start):
        found += [*re.compile(r"[\[(]").finditer(text, label.start("opens"), label.end("opens"))]
        found += [*re.compile(r"[\])]\s+").finditer(text, label.start("closes"), label.end())]
    elif ":" in marks and (heading := _HEADING.match(text, start)):
        found += [*re.compile(r":\s+").finditer(text, heading.end("word"), heading.end())]
    elif closing := _closing(text, start):
        found += [*re.compile(r",\s+").finditer(text, closing.end("words"), closing.start("name"))]
    speaker = _SPEAKER.match(text, start) if ":" in marks else None
    if speaker and speaker["name"].title() in word_list("given names"):
        found.append(speaker)
    if marks & _BETWEEN:
        found += [*_BREAK.finditer(text), *_MENU.finditer(text)]
    if "{" in marks:
        found += (part for choice in _CHOICE.finditer(text) for part in _CASE.finditer(text, *choice.span()))
    if "/" in marks and _CHOICES.fullmatch(text):
        found += re.finditer("/", text)
    if text.count(".") + text.count(")") > 1:
        counted = list(_COUNTED.finditer(text))
        if [int(m["number"]) for m in counted] == list(range(1, len(counted) + 1)) and len(counted) > 1:
            found += counted
    if text.count(",") > 1 and _LIST.fullmatch(text):  # two by two: the model loses or repeats items of a longer one
        commas = [*re.finditer(r",\s+", text)]
        found += commas[1::2]
        if len(commas) % 2 and _LINKED.search(text, commas[-1].end()):
            found.append(commas[-1])
    return [replace(_whole(match), breaks=True) for match in found if match.end() > match.start()]


def _foreign_names(text: str, characters: frozenset[str], strangeness: Callable[[str], float]) -> list[Span]:
    """Each run of foreign names and of the capitalised words around them, which are of the names: Łukasz Nowak."""
    found: list[Span] = []
    for match in foreign(text, characters):
        least = found[-1].stop if found else 0
        if match.start() < least:
            continue
        start, stop = _with_neighbours(text, match, least, strangeness)
        if least and start == least + 1 and text[least] == " ":
            start = found.pop().start
        found.append(Span(start, stop, text[start:stop], text[start:stop]))
    return found


def _with_neighbours(
    text: str, match: re.Match[str], least: int, strangeness: Callable[[str], float]
) -> tuple[int, int]:
    """Where a foreign word and the capitalised ones around it begin, not before ``least``, and stop. A word that begins
    a sentence is only one of them if it is a given name, or strange."""
    start, stop = match.span()
    if match.group()[0].islower() and match.group()[0] < _PHONETIC:
        return start, stop
    while (after := _NAME_AFTER.match(text, stop)) and after["word"] not in word_list("offices"):
        stop = after.end()
    while before := _NAME_BEFORE.search(text, max(least, start - _LONGEST_NAME), start):
        word = before["word"]
        begins = not before["inside"] and word not in word_list("given names") and strangeness(word) < _STRANGE
        if begins or word in word_list("offices"):
            break
        start = before.start("word")
    return start, stop


def _is_foreign(quotation: str) -> bool:
    """Whether a quotation is in another language: "La vie en rose" is no rose, "gracias" no misspelling. Two words tell
    too little."""
    if quotation[0] in "¡¿":
        return True
    if " " in quotation:
        return quotation.count(" ") >= 2 and other_language(quotation) in NEIGHBOURS
    if quotation.lower() in word_list("foreign words"):
        return True
    found = language_probabilities(quotation) if quotation.islower() and len(quotation) > 4 else {}
    return bool(found) and found["en"] + found["pt"] < _FOREIGN_WORD


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
    if text[1:].islower():  # no name goes without a capital, or another one
        return []
    return [Span(m.start(), m.end(), m.group(), m.group()) for m in _NAMES.finditer(text) if _is_name(m)]


def number_spans(text: str) -> list[Span]:
    """The numbers of ``text`` as they are written."""
    return [Span(m.start(), m.end(), m.group(), m.group()) for m in _NUMBER.finditer(text)]


def with_currency(text: str, number: Span) -> Span:
    """``number`` with the sign of a currency that stands beside it."""
    before = _SIGN_BEFORE.search(text, max(0, number.start - _LONGEST_SIGN), number.start)
    after = _SIGN_AFTER.match(text, number.stop)
    start, stop = before.start() if before else number.start, after.end() if after else number.stop
    return replace(
        number,
        start=start,
        stop=stop,
        source=text[start:stop],
        target=text[start : number.start] + number.target + text[number.stop : stop],
    )


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a letter outside of slots and other private-use characters."""
    return any(c.isalpha() for c in text)


def telling_nothing(spans: Sequence[Span]) -> Sequence[Span]:
    """Those of ``spans`` that tell no language: all, but for several words with foreign letters and no capital, which
    are no names: they are of a sentence in a third language."""
    abroad = [span for span in spans if re.fullmatch(r"[^\W\d_]{2,}(?: [^\W\d_]{2,})*", span.source)]
    abroad = [span for span in abroad if span.source.islower()]
    several = sum(len(span.source.split()) for span in abroad) > 2
    return [span for span in spans if span not in abroad] if several else spans


def without_spans(text: str, spans: Sequence[Span]) -> str:
    """``text`` without its spans, to tell the language by; all of it where nothing else is left."""
    kept = []
    at = 0
    for span in spans:
        kept.append(text[at : span.start])
        at = span.stop
    rest = "".join([*kept, text[at:]])
    return rest if re.search(r"[^\W\d_]", rest) else text
