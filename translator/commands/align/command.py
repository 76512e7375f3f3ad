"""``translator align``: which word became which; a picture on a terminal, Pharaoh's format for files and pipes."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from translator.commands.console import json_line, open_output, read_lines, stderr, stdout, warn
from translator.commands.loaded import load
from translator.commands.options import Force, From, Json, Model, Target, To
from translator.commands.output import arrow, show
from translator.commands.progress import count_lines, translating
from translator.commands.requests import direction_from
from translator.config import Direction
from translator.draw.language import say
from translator.errors import InputError, UsageError
from translator.files import DEFAULT_MODEL
from translator.text.normalise import visible

if TYPE_CHECKING:
    from translator.explain.align import Alignment, TextPair
    from translator.translation import Translation, Translator

    _Line = tuple[Direction, list[TextPair | list[str]]]
    """Its sentence pairs, and the words between and around them, which are the same on both sides."""

_LINES_AT_ONCE = 64
_EXAMPLE = 'for example: translator align "I am happy." --target "Estou feliz."'


def align(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; none reads standard input, line by line, as --input does.")
    ] = None,
    target: Target = None,
    from_: From = None,
    to: To = None,
    model: Model = DEFAULT_MODEL,
    input: Annotated[
        Path | None, typer.Option("--input", "-i", help="A file of texts, or of text, tab, translation.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
    force: Force = False,
    picture: Annotated[
        bool | None,
        typer.Option("--picture/--pharaoh", help="Draw, or write i-j links; if not said, draw on a terminal."),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Before the links, source and translation, tabs between.")
    ] = False,
    split: Annotated[
        str | None, typer.Option(metavar="words|spaces", help="Marks apart (if drawn), or cut at spaces (else).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Align the words of texts with those of their translations. N lines in are N lines out.

    Links are written as in Pharaoh: 0-0 1-2, source first; words are what spaces separate, counted from 0. Which
    layer, heads and rule make them was chosen by `translator align-eval`.

    Example: translator align "The black cat sleeps." --picture
    """
    direction = direction_from(from_, to)
    style = _style(picture, as_json=as_json, output=output, with_text=with_text)
    _check(texts, target, input, split)
    typed = not texts and not input and sys.stdin.isatty()
    if typed:
        stderr().print(say("Type text, one line at a time; Ctrl-D ends."), style="dim")

    aligner = _Aligner(load(model), direction, split or ("words" if style == "picture" else "spaces"))
    requests = iter([(text, target) for text in texts] if texts else _requests(input))
    with open_output(output, force=force) as file, translating(output) as begun:
        progress = begun(count_lines(input)) if input else lambda _: None
        number = 0
        while chunk := list(itertools.islice(requests, 1 if typed else _LINES_AT_ONCE)):
            for alignment in aligner.align(chunk):
                number += 1
                if alignment is None:
                    message = f"too long to be aligned: this model reads {aligner.longest} pieces a side at most"
                    if texts:
                        raise UsageError(f"the text is {message}", "give it sentence by sentence")
                    warn(f"line {number}: {message}; it has no links")
                if style == "picture" and number > 1:
                    stdout().print()
                _write(alignment or aligner.nothing, style, with_text, aligner, file)
            progress(len(chunk))
        file.flush()


def _style(picture: bool | None, *, as_json: bool, output: Path | None, with_text: bool) -> str:
    """What is written: picture, pharaoh or json. Raises ``UsageError`` where two are asked for."""
    if as_json and (picture is not None or with_text):
        raise UsageError("--json goes without --picture, --pharaoh and --with-text", "it holds all of it")
    if picture and (output or with_text):
        raise UsageError("--picture draws on the screen: it goes without --output and --with-text")
    if as_json:
        return "json"
    drawn = picture if picture is not None else not (output or with_text) and sys.stdout.isatty()
    return "picture" if drawn else "pharaoh"


def _check(texts: list[str] | None, target: str | None, input: Path | None, split: str | None) -> None:
    if split not in (None, "words", "spaces"):
        raise UsageError(f"--split {split}: unknown way to split", "ways: words, spaces")
    if texts and input:
        raise UsageError("texts and --input are both given", "give one of them")
    if texts is not None and any(not text.strip() for text in texts):
        raise UsageError("there is no text to align: it is empty", _EXAMPLE)
    if target is not None and (input or len(texts or []) != 1):
        raise UsageError("--target goes with exactly one text", _EXAMPLE)
    if target is not None and not target.strip():
        raise UsageError("--target is empty", _EXAMPLE)


def _requests(path: Path | None) -> Iterator[tuple[str, str | None]]:
    """Text and translation, or text alone, of each line. Raises ``InputError`` naming a line with more columns."""
    for number, line in enumerate(read_lines(path), start=1):
        columns = line.split("\t")
        if len(columns) > 2 and line.strip():
            raise InputError(
                f"{path or 'standard input'}, line {number}: {len(columns)} columns, expected 2 at most",
                "each line is a text, or a text, one tab, its translation",
            )
        yield columns[0], columns[1] if len(columns) == 2 and line.strip() else None


class _Aligner:
    """Aligns requests, (text, translation or ``None``), with one model and one choice."""

    def __init__(self, translator: Translator, direction: Direction | None, split: str) -> None:
        from translator.explain.align import Alignment, alignment_choice, default_choice, spaced, worded

        self.translator, self.folder, self.direction = translator, translator.folder, direction
        self.choice = alignment_choice(self.folder) or default_choice(self.folder.shape)
        self.nothing = Alignment([], [], direction or self.folder.directions[0], [])
        self.longest = self.folder.shape.max_length - 2
        self._cut = partial(spaced if split == "spaces" else worded, translator.subwords)

    def title(self, direction: Direction) -> str:
        """What a picture is of."""
        shape, head = self.folder.shape, self.choice.head
        which = f"mean of {shape.heads} heads" if head is None else f"head {head + 1}/{shape.heads}"
        ways = "both directions" if len(self.folder.directions) > 1 else "one direction"
        layer = f"layer {self.choice.layer + 1}/{shape.decoder_layers}"
        return f"{arrow(direction)}  word alignment  {layer}  {which}  {ways}"

    def align(self, requests: Sequence[tuple[str, str | None]]) -> list[Alignment | None]:
        """One result a request; ``None`` where a side is too long for the model."""
        from translator.explain.align import Alignment, TextPair, align, fits, join, read_passes

        alone = [text for text, given in requests if given is None]
        translations = iter(self.translator.translate_batch(alone, self.direction))
        lines = [
            self._translated(next(translations)) if given is None else self._given(text, given)
            for text, given in requests
        ]
        pairs = [[part for part in parts if isinstance(part, TextPair)] for _, parts in lines]
        fitting = [all(fits(pair, self.folder.shape) for pair in of_line) for of_line in pairs]
        read = [pair for of_line, is_fit in zip(pairs, fitting, strict=True) if is_fit for pair in of_line]
        passes = iter(read_passes(self.translator.checkpoint.model, read, self.folder.directions))

        def aligned(part: TextPair | list[str], direction: Direction) -> Alignment:
            if isinstance(part, TextPair):
                return align(next(passes), self.choice)
            return Alignment(part, part, direction, [])

        return [
            join([aligned(part, direction) for part in parts], direction) if is_fit else None
            for (direction, parts), is_fit in zip(lines, fitting, strict=True)
        ]

    def _given(self, text: str, given: str) -> _Line:
        """The language of the one side is told by both."""
        from translator.explain.align import TextPair
        from translator.text.languages import log_odds

        source, target = self._cut(text), self._cut(given)
        told: Direction = "en-pt" if log_odds(text) >= log_odds(given) else "pt-en"
        direction = self.direction or told
        return direction, [TextPair(source, target, direction)]

    def _translated(self, translation: Translation) -> _Line:
        """Sentence by sentence; between them stands what was copied."""
        from translator.explain.align import TextPair

        body = "".join(segment.target + segment.after for segment in translation.segments)
        parts: list[TextPair | list[str]] = [self._cut(translation.target[: len(translation.target) - len(body)]).words]
        for segment in translation.segments:
            pair = TextPair(self._cut(segment.source), self._cut(segment.target), translation.direction)
            parts += [pair, self._cut(segment.after).words]
        return translation.direction, parts


def _write(alignment: Alignment, style: str, with_text: bool, aligner: _Aligner, file: TextIO) -> None:
    from translator.commands.align.view import links_plain, links_view
    from translator.explain.links import format_links

    if style == "json":
        file.write(json_line(links_plain(alignment)) + "\n")
    elif style == "pharaoh":
        sides = (alignment.source, alignment.target) if with_text else ()
        columns = [*(visible(" ".join(words)) for words in sides), format_links(alignment.links)]
        file.write(("\t".join(columns) if alignment.source else "") + "\n")
    elif alignment.source:
        show(links_view(alignment, aligner.title(alignment.direction), stdout().width))
