"""``translator align``: which word became which; a picture on a terminal, Pharaoh's format for files and pipes."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO, cast

import typer

from translator.commands.console import json_line, open_output, read_lines, stderr, stdout, warn
from translator.commands.loaded import load
from translator.commands.options import Force, From, Json, Model, Target, To
from translator.commands.output import arrow, show
from translator.commands.progress import count_lines, translating
from translator.commands.requests import direction_from
from translator.config import Direction
from translator.errors import InputError, UsageError
from translator.files import DEFAULT_MODEL
from translator.text.normalise import visible

if TYPE_CHECKING:
    from translator.explain.align import Alignment, TextPair
    from translator.translation import Translation, Translator

__all__ = ["align"]

_LINES_AT_ONCE = 64
_EXAMPLE = 'for example: translator align "I am happy." --target "Estou feliz."'
Style = Literal["picture", "pharaoh", "json"]
Split = Literal["words", "spaces"]


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
        str | None,
        typer.Option(metavar="words|spaces", help="Marks apart (if drawn), or cut at spaces (else)."),
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
        stderr().print("Type text, one line at a time; Ctrl-D ends.", style="dim")

    cut = cast("Split", split or ("words" if style == "picture" else "spaces"))
    aligner = _Aligner(load(model), direction, cut)
    requests = ((text, target) for text in texts) if texts else _requests(input)
    with open_output(output, force=force) as file, translating(output) as begun:
        progress = begun(count_lines(input)) if input else lambda _: None
        for number, alignment in enumerate(
            aligner.results(requests, 1 if typed else _LINES_AT_ONCE, progress), start=1
        ):
            if alignment is None:
                _too_long(None if texts else number, aligner.longest)
            if style == "picture" and number > 1:
                stdout().print()
            _write(alignment or aligner.nothing, style, with_text, aligner.title, file)
        file.flush()


def _style(picture: bool | None, *, as_json: bool, output: Path | None, with_text: bool) -> Style:
    """What is written. Raises ``UsageError`` where two are asked for."""
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


def _too_long(number: int | None, longest: int) -> None:
    """Raises ``UsageError`` for an argument; a line of a file is warned of and gets no links."""
    message = f"too long to be aligned: this model reads {longest} pieces a side at most"
    if number is None:
        raise UsageError(f"the text is {message}", "give it sentence by sentence")
    warn(f"line {number}: {message}; it has no links")


class _Aligner:
    """Aligns requests, (text, translation or ``None``), with one model and one choice."""

    def __init__(self, translator: Translator, direction: Direction | None, split: Split) -> None:
        from translator.explain.align import Alignment, alignment_choice, default_choice, spaced, worded

        folder = translator.folder
        self.translator = translator
        self.direction = direction
        self.choice = alignment_choice(folder) or default_choice(folder.shape)
        self.nothing = Alignment([], [], direction or folder.directions[0], [])
        self.longest = folder.shape.max_length - 2
        self._cut = spaced if split == "spaces" else worded

    def title(self, direction: Direction) -> str:
        """What a picture is of."""
        shape = self.translator.folder.shape
        head = self.choice.head
        return "  ".join(
            [
                f"{arrow(direction)}  word alignment",
                f"layer {self.choice.layer + 1}/{shape.decoder_layers}",
                f"mean of {shape.heads} heads" if head is None else f"head {head + 1}/{shape.heads}",
                "both directions" if len(self.translator.folder.directions) > 1 else "one direction",
            ]
        )

    def results(
        self, requests: Iterable[tuple[str, str | None]], at_once: int, progress: Callable[[int], object]
    ) -> Iterator[Alignment | None]:
        """One result a request, aligned so many at once; ``progress`` hears how many are done."""
        requests = iter(requests)
        while chunk := list(itertools.islice(requests, at_once)):
            yield from self.align(chunk)
            progress(len(chunk))

    def align(self, requests: Sequence[tuple[str, str | None]]) -> list[Alignment | None]:
        """One result a request; ``None`` where a side is too long for the model."""
        from translator.explain.align import align, fits, join, read_passes

        lines = self._lines(requests)
        shape = self.translator.folder.shape
        flat = [pair for line in lines for pair in line.pairs if fits(pair, shape)]
        passes = iter(read_passes(self.translator.checkpoint.model, flat, self.translator.folder.directions))
        found: list[Alignment | None] = []
        for line in lines:
            whole = all(fits(pair, shape) for pair in line.pairs)
            parts = [align(next(passes), self.choice) for pair in line.pairs if fits(pair, shape)]
            found.append(join(line.around(parts), line.direction) if whole else None)
        return found

    def _lines(self, requests: Sequence[tuple[str, str | None]]) -> list[_Line]:
        alone = [text for text, given in requests if given is None]
        translations = iter(self.translator.translate_batch(alone, self.direction))
        return [
            self._translated(next(translations)) if given is None else self._given(text, given)
            for text, given in requests
        ]

    def _given(self, text: str, given: str) -> _Line:
        from translator.explain.align import TextPair
        from translator.text.languages import log_odds

        source, target = self._cut(self.translator.subwords, text), self._cut(self.translator.subwords, given)
        direction = self.direction or ("en-pt" if log_odds(text) >= log_odds(given) else "pt-en")  # told by both
        return _Line(direction, [TextPair(source, target, direction)], [[], []])

    def _translated(self, translation: Translation) -> _Line:
        """Sentence by sentence; between them stands what was copied."""
        from translator.explain.align import TextPair

        subwords, segments = self.translator.subwords, translation.segments
        body = "".join(segment.target + segment.after for segment in segments)
        before = translation.target[: len(translation.target) - len(body)]
        copied = [self._cut(subwords, text).words for text in [before, *(segment.after for segment in segments)]]
        pairs = [
            TextPair(self._cut(subwords, s.source), self._cut(subwords, s.target), translation.direction)
            for s in segments
        ]
        return _Line(translation.direction, pairs, copied)


@dataclass(frozen=True)
class _Line:
    """A line to be aligned: its sentence pairs, and the words around them, which are the same on both sides."""

    direction: Direction
    pairs: list[TextPair]
    copied: list[list[str]]  # one more than there are pairs

    def around(self, parts: Sequence[Alignment]) -> list[Alignment]:
        """Alignments of the pairs with the copied words in their places, which are linked to nothing."""
        from translator.explain.align import Alignment

        between = [Alignment(words, words, self.direction, []) for words in self.copied]
        return [between[0], *itertools.chain.from_iterable(zip(parts, between[1:], strict=True))]


def _write(
    alignment: Alignment, style: Style, with_text: bool, title: Callable[[Direction], str], file: TextIO
) -> None:
    from translator.commands.align.view import links_plain, links_view
    from translator.explain.links import format_links

    if style == "json":
        file.write(json_line(links_plain(alignment)) + "\n")
    elif style == "pharaoh":
        sides = (alignment.source, alignment.target) if with_text else ()
        columns = [*(visible(" ".join(words)) for words in sides), format_links(alignment.links)]
        file.write(("\t".join(columns) if alignment.source else "") + "\n")
    elif alignment.source:
        show(links_view(alignment, title(alignment.direction), stdout().width))
