"""A line of text → sentences as the model reads them best, and their translations → the text again.

What must come through unchanged goes out of the text first and stands there as one private-use character, a marker;
sentences are cut; in each, markers become slots, which the model knows, and capitals become ordinary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from translator.config import Direction
from translator.text.abbreviations import written_out
from translator.text.casing import Casing, casing_of, restore_casing, to_ordinary
from translator.text.kinds import special
from translator.text.late import late
from translator.text.lists import is_given_name
from translator.text.normalise import normalise, visible
from translator.text.polarity import said_plainer, turned
from translator.text.problems import Problem, problems
from translator.text.sentences import Sentence, split_chain, split_line, split_long
from translator.text.slots import SLOTS, fill, is_filled, slots_in
from translator.text.spans import Span, has_words, keep_spans, name_spans, number_spans, with_currency
from translator.text.times import in_other_way, numbers_in_other_way, spoons_in_other_way

_FIRST_MARKER, _FIRST_BREAK, _MARKERS = 0xF0000, 0xF8000, 0x7FFE
_MARKER = late("[\U000f0000-\U000ffffd]")
_SLOT = late(f"[{SLOTS[0]}-{SLOTS[-1]}]")
# A time in a slot says which half of the day it is; the model may say it again.
_TIMED = late(r"\d\s?(?:[ap]m|h\d*)$")
_HALF_AGAIN = late(rf"(?P<slot>{_SLOT.pattern})\s+(?:[ap]\.?m\b\.?|o'clock|h\b|horas\b)")
_QUOTES = late("[«»„]")  # which are as the model has met most of them
_HALF = late(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
_PRICE = late(r"(?<!\w)(?:R\$|US\$|C\$|A\$|USD|BRL|EUR|GBP)\s?\d[\d.,]*(?!\w)")
_DASH = late(r"(?<=[^\s\d—-])(?:\s*—\s*|\s*--\s*|\s–\s)(?=[^\s\d—-])")  # inside a sentence, as it is read best
# what a mark, as of bold type, belongs to: a word, and the punctuation around it
_JOINED_LEFT = late(r"[^\W_]\Z|\S[\"'”’»).,!?…:;]\Z")
_JOINED_RIGHT = late(r"[^\W_]|[\"“‘«(¿¡](?=[^\W_])|'(?!(?:s|t|re|ll|ve|d|m)\b)(?=[^\W_])")
# quotation marks that an apostrophe inside hides from the model, as double ones
_SINGLE = late(r"(?<!\w)‘([^‘’“”\"]+(?:’\w[^‘’“”\"]*)*)’(?!\w)|(?<!\w)'([A-ZÀ-Ý][^'\"]*'[^'\"]*[.,!?])'(?!\w)")
_SMALL_I = late(r"(?<![\w'’.-])i(?=\s|['’](?:m|ve|ll|d)\b|[,!?]|\Z)")
_SPOON = late(r"\bcolher(?:es)? de (?:sopa|chá)\Z")
_CRIED = late(r"[!?]{2,}\Z")
_CUT_OFF = late(r"(?<=\w)(?:--|—)(?=[\"')]*\Z)")
_BREAKS = late("([\U000f8000-\U000ffffd])")


@dataclass(frozen=True)
class Prepared:
    """A sentence as the model reads it."""

    text: str  # normalised, ordinary capitals, slots for spans
    source: str  # normalised, as the user wrote it
    after: str
    casing: Casing
    spans: dict[str, Span]  # by slot
    is_part: bool
    left_out: tuple[str, ...] = ()  # marks of the source that found no place


@dataclass(frozen=True)
class Line:
    """A line on its way: what stands before its first sentence, and its sentences."""

    before: str
    sentences: list[Prepared]
    note: str = ""  # why it was left as it is


def _space(text: str) -> str:
    """White space as it was, less the kinds that move a terminal's cursor."""
    if text in ("", " "):
        return text
    return "".join(c if c in " \t\n\u00a0" else "" if c == "\r" else " " for c in text)


def prepare(
    text: str,
    spans: Sequence[Span],
    slots: Sequence[str],
    fits: Callable[[str], bool],
    direction: Direction | None = None,
) -> Line:
    """Cut ``text`` into sentences that ``fits`` accepts, each with as many spans at most as there are ``slots``."""
    marked, values = _mark(text, spans)

    def readable(part: str) -> bool:
        return (not values or len(_MARKER.findall(part)) <= len(slots)) and fits(part)

    body = marked.lstrip()
    before = [_space(marked[: len(marked) - len(body)])]
    sentences: list[Prepared] = []

    def copy(text: str, space: str = "") -> None:
        """What is not translated goes with what stands around the sentences."""
        copied = _MARKER.sub(lambda m: values[m.group()].target, visible(text)) + space
        if sentences:
            sentences[-1] = replace(sentences[-1], after=sentences[-1].after + copied)
        else:
            before.append(copied)

    for apart in _BREAKS.split(body) if values else [body]:
        if len(apart) == 1 and apart in values and values[apart].breaks:
            copy(apart)
            continue
        for sentence in split_line(apart, direction) if apart else []:
            parts = [sentence]
            if speaks := _speaks(sentence.text):
                parts = split_chain(sentence.text, readable) or split_long(sentence.text, readable)
                cut = len(parts) > 1 and not readable(sentence.text)
                parts[-1] = Sentence(parts[-1].text, parts[-1].after + sentence.after)
            for part in parts:
                if speaks if part.text == sentence.text else _speaks(part.text):
                    sentences.append(_prepared(part, values, slots, cut, direction))
                else:
                    copy(part.text, _space(part.after))
    return Line("".join(before), sentences)


def with_numbers(text: str, spans: Sequence[Span], direction: Direction, *, convert: bool) -> list[Span]:
    """``spans``, and beside them the numbers with separators, as the other language writes them or as they are."""
    found = numbers_in_other_way(text, direction)
    return _beside(text, spans, found if convert else [(start, stop, text[start:stop]) for start, stop, _ in found])


def with_measures(text: str, spans: Sequence[Span], direction: Direction) -> list[Span]:
    """``spans``, and beside them the spoons of recipes and numbers like "2,300+", as the other language writes them."""
    spoons = spoons_in_other_way(text, direction)
    if "+" in text:
        numbers = numbers_in_other_way(text, direction)
        spoons = [*spoons, *((start, stop + 1, f"{n}+") for start, stop, n in numbers if text[stop : stop + 1] == "+")]
    if not spoons:
        return list(spans)
    outside = [s for s in spans if not any(start <= s.start and s.stop <= stop for start, stop, _ in spoons)]
    return _beside(text, outside, spoons)


def _beside(text: str, spans: Sequence[Span], found: Sequence[tuple[int, int, str]]) -> list[Span]:
    more = [Span(start, stop, text[start:stop], written) for start, stop, written in found]
    free = [n for n in more if not any(n.start < span.stop and span.start < n.stop for span in spans)]
    return sorted([*spans, *free], key=lambda span: span.start)


def _speaks(text: str) -> bool:
    """Whether there are words in ``text`` beside its markers; "R$ 1.500" has none, and "Gabriela" none to translate."""
    if is_given_name(text.strip(' .,:;!?…()"')):
        return False
    return any(c.islower() for c in text) or has_words(_PRICE.sub("", _MARKER.sub("", text)))


def _mark(text: str, spans: Sequence[Span]) -> tuple[str, dict[str, Span]]:
    """``text`` with a marker for each span, as many as there are markers."""
    pieces: list[str] = []
    values: dict[str, Span] = {}
    if not spans and text.isascii():  # no marker of its own
        return text, values
    at = 0
    for number, span in enumerate(spans[:_MARKERS]):
        marker = chr((_FIRST_BREAK if span.breaks else _FIRST_MARKER) + number)
        shown = (lambda text: text) if span.breaks else visible  # tabs between columns stay
        values[marker] = replace(span, source=shown(span.source), target=shown(span.target))
        pieces += [text[at : span.start], marker]
        at = span.stop
    return "".join([*pieces, _MARKER.sub("", text[at:])]), values


def _as_read(
    written: str, values: dict[str, Span], slots: Sequence[str], direction: Direction | None
) -> tuple[str, str, dict[str, Span]]:
    """A sentence as the model reads it, but for its capitals; normalised, as the user wrote it; its spans by slot."""
    names = dict(zip(_MARKER.findall(written), slots, strict=False)) if values else {}
    apart, spans = _apart(written, {marker: values[marker] for marker in names})
    if '"' not in apart and "“" not in apart and ("'" in apart or "‘" in apart):
        apart = _SINGLE.sub(lambda m: f'"{m[1] or m[2]}"', apart)
    text = normalise(_MARKER.sub(lambda m: names[m.group()], apart) if names else apart)
    spans = {names[marker]: span for marker, span in spans.items()}
    source = text if apart == written else normalise(_MARKER.sub(lambda m: names[m.group()], written))
    source = fill(source, {slot: span.source for slot, span in spans.items()})
    if not text.isascii():
        text = _QUOTES.sub('"', text)
    if direction == "en-pt" and ("—" in text or "–" in text or "--" in text):
        text = _CUT_OFF.sub(" --", _DASH.sub(" - ", text))
    text = written_out(text, direction, special(text)) if direction else text
    for slot, span in spans.items():  # 1 tbsp. oil is read as a spoon of it
        if _SPOON.search(span.target):
            text = re.sub(f"{slot} (?!(?:of|and|or|each) )(?=[a-z])", f"{slot} of ", text)
    return text, source, spans


def _prepared(
    part: Sentence, values: dict[str, Span], slots: Sequence[str], is_part: bool, direction: Direction | None
) -> Prepared:
    if not special(part.text):
        text = source = normalise(part.text)
        spans = dict[str, Span]()
    else:
        text, source, spans = _as_read(part.text, values, slots, direction)
    casing = casing_of(text)
    return Prepared(to_ordinary(text, casing, direction), source, _space(part.after), casing, spans, is_part)


def _apart(text: str, spans: dict[str, Span]) -> tuple[str, dict[str, Span]]:
    """``text`` with a space between a marker and a word it is joined to, which it would spoil; each span knows it, and
    knows of words that are joined to it by other markers."""
    joined, whole = {}, text
    for marker, span in spans.items():
        before, after = (_MARKER.sub("", part) for part in whole.split(marker))
        is_mark = not any(map(str.isalnum, span.source[:1] + span.source[-1:]))
        before_it = _JOINED_LEFT.search(before) if is_mark else re.search(r"[^\W_]\Z", before)
        after_it = _JOINED_RIGHT.match(after) if is_mark else re.match(r"[^\W_]", after)
        joined[marker] = replace(span, joins_left=bool(before_it), joins_right=bool(after_it))
        at = text.index(marker)
        left, right = text[at - 1 : at], text[at + 1 : at + 2]
        text = f"{text[:at]}{' ' * left.isalnum()}{marker}{' ' * right.isalnum()}{text[at + 1 :]}"
    return text, joined


def finish(prepared: Prepared, text: str) -> str:
    """The model's ``text`` as the user gets it: written as the source was, and what was taken out put back."""
    text = restore_casing(text, prepared.casing)
    if not _SMALL_I.search(prepared.source):  # where it is a variable, or a number
        text = _SMALL_I.sub("I", text)
    if dash := _DASH.search(prepared.source):
        text = text.replace(" - ", f" {dash.group().strip()} ")
    if text.startswith(("sr. ", "sra. ", "dr. ", "dra. ")) and prepared.source[:1].isupper():
        text = text[0].upper() + text[1:]
    if cried := _CRIED.search(prepared.source):
        text = re.sub(r"[!?]+\Z", cried.group(), text)
    if "...." in text and "...." not in prepared.source:
        text = re.sub(r"\.{4,}", "...", text)
    for slot, span in prepared.spans.items():  # what was joined to a word is joined again
        text = re.sub(" +" + slot, slot, text) if span.joins_left else text
        text = re.sub(slot + " +", slot, text) if span.joins_right else text
    text = _HALF_AGAIN.sub(lambda m: m["slot"] if _TIMED.search(prepared.spans[m["slot"]].target) else m.group(), text)
    return fill(text, {slot: span.target for slot, span in prepared.spans.items()})


def check(prepared: Prepared, text: str, direction: Direction) -> list[Problem]:
    """What is wrong with the model's ``text``."""
    found = problems(_SLOT.sub(" ", prepared.text), _SLOT.sub(" ", text), direction)
    if not is_filled(text, list(prepared.spans)):
        lost = [span.source for slot, span in prepared.spans.items() if slots_in(text).count(slot) != 1]
        found.append(Problem("lost", f"it is not sure where this belongs: {', '.join(lost) or 'nothing'}"))
    if direction == "en-pt" and _HALF.search(text):  # 5 pm is no Portuguese
        found.append(Problem("spelling", "a time is written as in English"))
    if how := turned(prepared.text, text, direction):
        found.append(Problem("polarity", f"a denial may be {how} in the translation"))
    if marks := emptied(prepared, text):
        told = "…".join(prepared.spans[slot].source for slot in marks)
        found.append(Problem("lost", f"the words inside {told} are not there in the translation"))
    return found


def emptied(prepared: Prepared, text: str) -> list[str]:
    """Slots of a mark that opens and one that closes, between which ``text`` has nothing, though the source has."""
    order = list(prepared.spans)
    if len(order) < 2:
        return []
    for one, other in pairwise(re.finditer(r"\S", text)):
        first, second = one.group(), other.group()
        opens, closes = prepared.spans.get(first), prepared.spans.get(second)
        if opens and closes and opens.joins_right and closes.joins_left and order.index(first) < order.index(second):
            return [first, second]
    return []


def without_marks(prepared: Prepared, slots: Sequence[str]) -> Prepared:
    """The same sentence with the marks of ``slots`` left out, as words matter more than how they look."""
    text = normalise("".join(c for c in prepared.text if c not in slots))
    spans = {slot: span for slot, span in prepared.spans.items() if slot not in slots}
    return replace(prepared, text=text, spans=spans, left_out=tuple(prepared.spans[slot].source for slot in slots))


def plainer(prepared: Prepared, direction: Direction) -> Prepared | None:
    """The same sentence with a denial of a denial put as what it says; ``None`` where there is none."""
    text = said_plainer(prepared.text, direction)
    return replace(prepared, text=text) if text != prepared.text else None


def repair(prepared: Prepared, text: str) -> str:
    """``text`` with each slot exactly once: a second one goes, a lost one comes to the end, before the last mark."""
    if not prepared.spans and not slots_in(text):
        return " ".join(text.split())
    seen: set[str] = set()
    kept = []
    for character in text:
        if slots_in(character):
            if character in seen or character not in prepared.spans:
                continue
            seen.add(character)
        kept.append(character)
    lost = [slot for slot in prepared.spans if slot not in seen]
    mended = " ".join("".join(kept).split())
    if lost:
        body = mended.rstrip(".!?… ")
        mended = " ".join([body, *lost]) + mended[len(body) :].lstrip()
    return mended.strip()


def protect_more(
    prepared: Prepared, slots: Sequence[str], direction: Direction, names: Sequence[str] = ()
) -> Prepared | None:
    """The same sentence with its times, numbers and people, and the ``names`` given, in slots too, the first two as the
    other language writes them; ``None`` if there are none, or not slots enough."""
    free = [slot for slot in slots if slot not in prepared.spans]
    numbers = [
        Span(start, stop, prepared.text[start:stop], written)
        for start, stop, written in in_other_way(prepared.text, direction)
    ]
    taken = [range(number.start, number.stop) for number in numbers]
    numbers += [
        n
        for n in [*number_spans(prepared.text), *name_spans(prepared.text), *keep_spans(prepared.text, names)]
        if not any(n.start in t or n.stop - 1 in t for t in taken)
    ]
    if not numbers or len(numbers) > len(free):
        return None
    pieces: list[str] = []
    at = 0
    spans = dict(prepared.spans)
    priced = [with_currency(prepared.text, number) for number in numbers]
    for slot, span in zip(free, sorted(priced, key=lambda n: n.start), strict=False):
        spans[slot] = span
        pieces += [prepared.text[at : span.start], slot]
        at = span.stop
    return replace(prepared, text="".join([*pieces, prepared.text[at:]]), spans=spans)
