"""Markdown: paragraphs, headings, list items, quotes and table cells are passages; everything else is kept.

Blocks are found by markdown-it (CommonMark 0.31 with tables and strikethrough), which says on which lines they stand;
each line of a block is then looked up in the text itself, and a block that is not found there exactly as the parser
read it is kept as it is. Inside a block markdown-it's own inline rules say what is markup; they are wrapped so that
they also say where.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, pairwise, zip_longest
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from translator.documents.document import BOM, Border, Line, Slot, lines_of, on_one_line
from translator.documents.markup import attribute_slots, tags_of, words_on
from translator.documents.passage import BREAK, Item, items_between, passage_slot, tag_item
from translator.documents.tables import front_slots

_FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\r|\n)(?:.*?(?:\r\n|\r|\n))?\1[ \t]*(?=\r|\n|\Z)", re.DOTALL)
# What CommonMark does not know and many writers use: task boxes, alerts and footnotes at the beginning of a block, …
_LABEL = re.compile(r"\[[ xX]\](?=\s)|\[![A-Za-z]+\][ \t]*(?=\n|\Z)|\[\^[^\]\s]+\]:")
# … and footnote marks, mathematics and bare addresses inside it.
_WORDS = re.compile(
    r"""\[\^[^\]\s]+\] | \$\$[^$]+\$\$ | \$(?=[^\s$])[^$\n]*(?<=[^\s$\\])\$(?!\d)
    | (?:https?|ftp)://[^\s<>]*[^\s<>?!.,:;*_~'")\]] | \bwww\.[^\s<>]*[^\s<>?!.,:;*_~'")\]]
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+""",
    re.VERBOSE,
)
# Lines that many writers' programs read and CommonMark takes for words: fences of admonitions, imports, shortcodes; and
# what begins a line apart, a footnote's or a definition's.
_STRUCTURE = re.compile(
    r"^(?::{3,}[^\n]*|(?:!!!|\?\?\?\+?|===[!+]?[ \t])[^\n]*|(?:import|export)\s[^\n]*"
    r"|\{(?:\{[<%](?:(?!\}\}).)*[>%]\}|%(?:(?!%\}).)*%)\}[ \t]*"
    r"|\{:?[ \t]*[#.][^{}\n]*\}|\[(?!\^)[^\]\n]+\]:[ \t]+\S+(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*)$"
    r"|^(?:\[\^[^\]\s]+\]:|:)[ \t]+|^\*\*[^*\n\"]+\*\*\n",
    re.MULTILINE,
)
_DESCRIPTION = re.compile(r"[^\s*_`<\[]+(?:\s[^*_`<\[]*)")  # words that stand for a picture
_HARD_BREAK = "break"
_OPENS_BODY = re.compile(r"(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+\S")  # which lies four columns deeper
_TITLED = re.compile(
    r"^(?:(?:!!!|\?\?\?\+?|===[!+]?)[^\n\"]*\"|\*\*)(?P<title>[^\n\"*]+)(?:\"[ \t]*$|\*\*\n)", re.MULTILINE
)  # !!! note "Read this", and a bold line above others
_HTML_KEPT = re.compile(r"\s*<(?:script|style|pre|code|svg|textarea|!|\?)", re.IGNORECASE)
_READ = "alt|title|placeholder|aria-label"  # attributes of HTML
_TITLE = re.compile(
    r"""\s(?P<quote>["'])(?P<words>[^"'\\&<>`*_\[\]]+)(?P=quote)\s*\)?\Z"""
)  # of a link: (x.md "The title")
_DEFINITION = re.compile(r"""\s{0,3}\[[^\]\n]+\]:[ \t]+\S+[ \t]+(?:"[^"]*"|'[^']*')[ \t]*""")
# A translation that begins like this would become a list, a heading, a quotation, a fence or a rule.
_OPENS_BLOCK = re.compile(r"[-+*](?=\s|$)|#{1,6}(?=\s|$)|>|```|~~~|(?:[-=*_]\s*)+$|\d{1,9}(?=[.)](?:\s|$))")


@dataclass(frozen=True)
class _Block:
    """The words of one block: ``flat``, its lines joined by newlines, and where each lies in the document."""

    flat: str
    starts: tuple[int, ...]  # offset in ``flat`` of each line
    offsets: tuple[int, ...]  # offset in the document of each line
    render: Callable[[str], str] | None = None  # where it is not the beginning of a line

    def offset(self, position: int) -> int:
        """The place in the document of a character of ``flat``."""
        line = bisect_right(self.starts, position) - 1
        return self.offsets[line] + position - self.starts[line]


@dataclass(frozen=True)
class _State:
    """What a text is to know of all that stands elsewhere."""

    references: dict[str, Any]  # as markdown-it keeps them: what [words][name] may lead to
    is_begun: bool = True  # there is no front matter any more


def markdown_slots(text: str, state: _State | None = None) -> Iterator[Slot | Border]:
    """A slot for each passage of a Markdown text."""
    lines, tokens, references = _parsed(text, state)
    yield from front_slots(text[: lines[0].start if lines else len(text)])
    for begin in _beginnings(tokens, lines):
        yield Border(lines[begin].start, state and replace(state, is_begun=True))
    for block in _blocks(tokens, lines):
        yield from _block_slots(block, _marks(block.flat, references))
    yield from _around_blocks(tokens, lines)


def markdown_survey(text: str, state: _State | None = None) -> Iterator[Border]:
    """Borders, the last at the end: its state is that with which ``markdown_slots`` is to begin."""
    lines, tokens, references = _parsed(text, state)
    for begin in _beginnings(tokens, lines):
        yield Border(lines[begin].start, _State(references))
    yield Border(len(text), _State(references, is_begun=False))


def _parsed(text: str, state: _State | None) -> tuple[list[Line], list[Token], dict[str, Any]]:
    """Lines, blocks, and all that links may refer to."""
    begin = 0
    if state is None or not state.is_begun:
        begin = len(BOM) * text.startswith(BOM)
        front = _FRONT_MATTER.match(text, begin)
        begin = front.end() if front else begin
    lines = lines_of(text, begin)
    source = "\n".join(_without_indents(lines)).replace("\0", "\N{REPLACEMENT CHARACTER}")
    parser, tokens = _parser(), list[Token]()
    env: dict[str, Any] = {"references": dict(state.references) if state else {}}
    parser.block.parse(source, parser, env, tokens)
    return lines, tokens, env["references"]


def _without_indents(lines: Sequence[Line]) -> Iterator[str]:
    """The lines, those of the body of an admonition or a tab as if they stood at the margin: they are no code."""
    bodies: list[int] = []  # how deep the lines of each must lie
    for line in lines:
        depth = len(text := line.text) - len(line.text.lstrip(" "))
        while bodies and text.strip() and depth < bodies[-1]:
            bodies.pop()
        yield text[bodies[-1] :] if bodies else text
        if _OPENS_BODY.match(text, depth):
            bodies.append(depth + 4)


def _beginnings(tokens: Sequence[Token], lines: Sequence[Line]) -> Iterator[int]:
    """The lines on which blocks begin that stand in no other, and items of lists that do."""
    for token in tokens:
        is_outer = token.level == 0 or (token.level == 1 and token.type == "list_item_open")
        if token.map and is_outer and not lines[token.map[0]].text.startswith(" "):
            yield token.map[0]


def _blocks(tokens: Sequence[Token], lines: Sequence[Line]) -> Iterator[_Block]:
    row, cursor = -1, 0  # line of the table row being read, and how far
    for before, token in pairwise([Token("begin", "", 0), *tokens]):
        if token.type == "html_block" and token.map and not _HTML_KEPT.match(token.content):
            yield from _html_lines(lines[token.map[0] : token.map[1]])
        if token.type != "inline" or token.map is None or not token.content:
            continue
        line = lines[token.map[0]]
        if before.type in ("th_open", "td_open"):
            row, cursor = token.map[0], cursor if token.map[0] == row else 0
            raw = token.content.replace("|", "\\|")
            at = line.text.find(raw, cursor)
            if at >= 0:
                cursor = at + len(raw)
                yield _Block(raw, (0,), (line.start + at,), _render_cell)
        elif before.type == "heading_open" and before.markup.startswith("#"):
            at = line.text.find(token.content, line.text.find(before.markup) + len(before.markup))
            if at >= 0:
                yield _Block(token.content, (0,), (line.start + at,), on_one_line)
        else:
            contents = token.content.split("\n")
            if block := _paragraph(contents, lines[token.map[0] : token.map[0] + len(contents)]):
                yield block


def _html_lines(lines: Sequence[Line]) -> Iterator[_Block]:
    """The words that stand on lines of a block of HTML, tags at both ends left outside."""
    for line in lines:
        if found := words_on(line.text):
            yield _Block(line.text[found.start : found.stop], (0,), (line.start + found.start,))


def _around_blocks(tokens: Sequence[Token], lines: Sequence[Line]) -> Iterator[Slot]:
    """What is read in tags that stand around the words of a line of HTML, and the titles of links defined apart."""
    taken = {number for token in tokens if token.map and token.content for number in range(*token.map)}
    for number, line in enumerate(lines):
        if number not in taken and _DEFINITION.fullmatch(line.text):
            yield from _title_slot(line.text.rstrip(), line.start)
    for token in tokens:
        if token.type == "html_block" and token.map and not _HTML_KEPT.match(token.content):
            for line in lines[slice(*token.map)]:
                yield from _attributes(line.text, line.start, words_on(line.text))


def _attributes(text: str, start: int, but: range = range(0)) -> Iterator[Slot]:
    for tag in tags_of(text, is_html=True):
        if tag.start not in but:
            yield from attribute_slots(replace(tag, start=start + tag.start), _READ)


def _title_slot(link: str, start: int) -> Iterator[Slot]:
    """The title in the part of a link after its words, which stands at ``start``."""
    found = _TITLE.search(link)
    if found and any(map(str.isalpha, found["words"])):
        first, render = start + found.start("words"), partial(_in_quotes, found["quote"])
        yield Slot(first, first + len(found["words"]), found["words"], render=render)


def _in_quotes(quote: str, text: str) -> str:
    return on_one_line(text).replace(quote, "\\" + quote)


def _paragraph(contents: Sequence[str], lines: Sequence[Line]) -> _Block | None:
    """The block whose lines the parser read as ``contents``, if they end the document's ``lines`` one by one."""
    flat, starts, offsets = "", [], []
    for number, (content, line) in enumerate(zip(contents, lines, strict=True)):
        body, shown = content.strip(), line.text.replace("\0", "\N{REPLACEMENT CHARACTER}").rstrip()
        if not body or not shown.endswith(body):
            return None
        starts.append(len(flat))
        offsets.append(line.start + len(shown) - len(body))
        is_last = number == len(contents) - 1
        flat += body + ("" if is_last else "  \n" if content.endswith("  ") else "\n")
    return _Block(flat, tuple(starts), tuple(offsets))


def _block_slots(block: _Block, marks: Sequence[Item]) -> Iterator[Slot]:
    """A slot for each run of lines of ``block`` that no hard break parts."""
    first = label.end() if (label := _LABEL.match(block.flat)) else 0
    apart = [place for found in _STRUCTURE.finditer(block.flat, first) for place in _around_title(found)]
    apart = [place for place in apart if not any(m.start < place[0] < m.stop for m in marks)]  # no line inside code
    breaks = sorted([*apart, *((mark.start, mark.stop) for mark in marks if mark.name == _HARD_BREAK)])
    places = [mark.start for mark in marks]
    for begin, end in zip([first, *(b[1] for b in breaks)], [*(b[0] for b in breaks), len(block.flat)], strict=True):
        inside = marks[bisect_left(places, begin) : bisect_left(places, end)]
        items = list(items_between(block.flat, inside, begin, end)) if begin < end else []
        read = {item.start: list(_read_in(item, block)) for item in items if item.kind != "text"}
        yield from chain(*read.values())
        # a mark with words in it is a stand-in for what stands there, with those words translated
        pairs = {item.pair for item in items if item.pair >= 0 and read.get(item.start)}
        items = [replace(item, words="") if item.pair in pairs or read.get(item.start) else item for item in items]
        if slot := passage_slot(items):
            render = block.render or (_render_line if slot.start == begin else on_one_line)
            pieces = {name: [_range(block, *part) for part in piece] for name, piece in slot.pieces.items()}
            render = partial(_as_part, render) if pieces else render
            start, stop = _range(block, slot.start, slot.stop)
            yield replace(slot, start=start, stop=stop, render=render, pieces=pieces)


def _read_in(mark: Item, block: _Block) -> Iterator[Slot]:
    """What a reader reads in a mark: a link's title, what HTML says in attributes."""
    if "\n" not in (text := block.flat[mark.start : mark.stop]):
        start = block.offset(mark.start)
        yield from _title_slot(text, start) if text.startswith(("](", "![")) else ()
        yield from _attributes(text, start)


def _range(block: _Block, start: int, stop: int) -> tuple[int, int]:
    """Where a range of ``flat`` lies in the document."""
    return block.offset(start), block.offset(stop - 1) + 1


def _around_title(structure: re.Match[str]) -> list[tuple[int, int]]:
    """Where a line of structure stands, but for the words of its title, which are read."""
    if titled := _TITLED.match(structure.string, structure.start()):
        return [(structure.start(), titled.start("title")), (titled.end("title"), structure.end())]
    return [structure.span()]


def _render_line(translation: str) -> str:
    """On one line, which opens no block."""
    text = on_one_line(translation)
    found = _OPENS_BLOCK.match(text)
    if not found:
        return text
    at = found.end() if found.group().isdigit() else 0
    return f"{text[:at]}\\{text[at:]}"


def _as_part(render: Callable[[str], str], text: str) -> str:  # keeps white space at its ends
    body = (text := BREAK.sub(" ", text)).strip()
    return text.replace(body, render(body)) if body else text


def _render_cell(translation: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", on_one_line(translation))


@cache
def _parser() -> MarkdownIt:
    """markdown-it, whose inline rules note in ``env["marks"]`` what they found where."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.inline.ruler2.disable("fragments_join")  # it moves delimiters to other tokens
    active = dict(zip(parser.inline.ruler.get_active_rules(), parser.inline.ruler.getRules(""), strict=True))
    for name, note in _NOTES.items():
        parser.inline.ruler.at(name, _noting(active[name], note))
    return parser


_Rule = Callable[[StateInline, bool], bool]
_Note = Callable[[StateInline, int, list[Token]], None]


def _noting(rule: _Rule, note: _Note) -> _Rule:
    def noting(state: StateInline, silent: bool) -> bool:
        begin, count, marks = state.pos, len(state.tokens), len(state.env["marks"])
        delimiters = len(state.env["delimiters"])
        if not rule(state, silent):
            return False
        if not silent:
            if state.src[begin] == "!":  # the label of an image was parsed as a text of its own, with its own offsets
                del state.env["marks"][marks:], state.env["delimiters"][delimiters:]
            note(state, begin, state.tokens[count:])
        return True

    return noting


def _mark(text: str, start: int, stop: int, kind: Literal["opens", "closes", "alone", "word"], name: str = "") -> Item:
    if kind == "word":
        words = text[start:stop].rstrip()
        return Item(start, start + len(words), "text", words, name=name, kept=True)
    return Item(start, stop, kind, text[start:stop], name=name)


def _note_word(state: StateInline, begin: int, tokens: list[Token]) -> None:
    if tokens:  # an unmatched backtick makes none
        state.env["marks"].append(_mark(state.src, begin, state.pos, "word"))


def _note_tag(state: StateInline, begin: int, tokens: list[Token]) -> None:
    state.env["marks"].append(tag_item(begin, state.src[begin : state.pos]))


def _note_break(state: StateInline, begin: int, tokens: list[Token]) -> None:
    if tokens[-1].type == "hardbreak":
        state.env["marks"].append(_mark(state.src, begin, state.pos, "alone", _HARD_BREAK))
    elif tokens[-1].type == "text_special":  # \* and the like
        state.env["marks"].append(_mark(state.src, begin, state.pos, "word"))


def _note_link(state: StateInline, begin: int, tokens: list[Token]) -> None:
    """The words of a link, or those that stand for a picture, are read; where they are the name of a reference, other
    words would lead nowhere."""
    is_image = state.src[begin] == "!"
    words = begin + 1 + is_image
    label_end = state.md.helpers.parseLinkLabel(state, words - 1, not is_image)
    is_name = state.src[label_end : state.pos] in ("]", "][]")
    marks, stop = state.env["marks"], state.pos
    if is_image and (is_name or not _DESCRIPTION.fullmatch(state.src[words:label_end].strip())):
        marks.append(_mark(state.src, begin, stop, "alone"))
    elif is_name:
        marks.append(_mark(state.src, begin, stop, "word"))
    else:
        marks.append(_mark(state.src, begin, words, "opens", "link"))
        marks.append(_mark(state.src, label_end, stop, "closes", "link"))


def _note_delimiters(state: StateInline, begin: int, tokens: list[Token]) -> None:
    """Each delimiter with its token: only when the whole text has been read does it turn out what it is."""
    stop = state.pos
    for token in reversed(tokens):
        if stop <= begin:
            break
        state.env["delimiters"].append((stop - len(token.content), stop, token))
        stop -= len(token.content)


_NOTES: dict[str, _Note] = {
    "newline": _note_break,
    "escape": _note_break,
    "backticks": _note_word,
    "strikethrough": _note_delimiters,
    "emphasis": _note_delimiters,
    "link": _note_link,
    "image": _note_link,
    "autolink": _note_word,
    "html_inline": _note_tag,
    "entity": _note_word,
}


def _marks(flat: str, references: dict[str, Any]) -> list[Item]:
    """The markup in ``flat``, in order, none inside another."""
    parser = _parser()
    env: dict[str, Any] = {"references": references, "marks": [], "delimiters": []}
    parser.inline.parse(flat, parser, env, [])
    delimiters = sorted(env["delimiters"], key=lambda found: found[0])
    marks = [*env["marks"], *(_mark(flat, *found) for found in _delimiter_marks(delimiters))]
    marks += [_mark(flat, found.start(), found.end(), "word") for found in _WORDS.finditer(flat)]
    outermost: list[Item] = []
    at = 0
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.stop)):
        if mark.stop > at:
            begin = max(at, mark.start)
            outermost.append(replace(mark, start=begin, words=flat[begin : mark.stop]))
            at = mark.stop
    return outermost


def _delimiter_marks(
    delimiters: Sequence[tuple[int, int, Token]],
) -> Iterator[tuple[int, int, Literal["opens", "closes"], str]]:
    """Those delimiters that turned out to be markup."""
    following = [token for _, _, token in delimiters[1:]]
    for (start, stop, token), after in zip_longest(delimiters, following):
        if token.nesting:
            yield start, stop, "opens" if token.nesting > 0 else "closes", token.tag
        elif not token.content:  # the outer half of ** or __, whose inner half is the token: a pair of its own
            yield start, stop, "opens" if after is not None and after.type == "strong_open" else "closes", "half"
