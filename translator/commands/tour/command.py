"""``translator tour``: a guided walk through the model on one sentence, in English or Portuguese."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout
from translator.commands.language import spoken
from translator.commands.loaded import load
from translator.commands.options import From, Json, Model, To
from translator.commands.requests import direction_from
from translator.config import Direction, SearchConfig
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.commands.tour.blocks import Page
    from translator.commands.tour.voice import Voice
    from translator.translation import Segment, Translator

__all__ = ["tour", "walk_through"]

_EXAMPLES: dict[str, str] = {"en": "I am happy.", "pt": "Eu estou feliz."}
_BEAM = 4  # of the search that greedy search is compared with
_N_BEST = 3
# Commands that take --from and --to as `translate` does.
_DIRECTED = ("translate", "trace", "attend", "sheet", "layers", "next", "align")


def tour(
    text: Annotated[str | None, typer.Argument(help="One sentence, English or Portuguese.")] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", "-l", metavar="en|pt", help="Language of the tour; your locale's if not given."),
    ] = None,
    page: Annotated[int | None, typer.Option(help="Only this page, from 1.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All pages at once, without stopping.")] = False,
    contents: Annotated[bool, typer.Option("--pages", help="List the pages.")] = False,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Walk through the whole model on one sentence, page by page, with its real numbers; in English or Portuguese.

    On a terminal it stops after each page; in a pipe it prints all of them.

    Example: translator tour "A fluffy blue creature roamed the verdant forest." --language pt
    """
    from translator.commands.tour.voice import LANGUAGES, Voice

    tongue = spoken() if language is None else language
    if tongue not in LANGUAGES:
        raise UsageError(f"--language {tongue}: the tour does not speak it", "languages: en, pt")
    if every and page is not None:
        raise UsageError("--all and --page are both given", "give one of them")
    voice = Voice.load(tongue)
    keys = list(voice.texts["pages"])
    if page is not None and not 1 <= page <= len(keys):
        raise UsageError(f"--page {page}: the tour has pages 1 to {len(keys)}", "list them with --pages")
    console = stdout()
    if contents:
        for number, key in enumerate(keys, start=1):
            console.print(f"{number:>2}  {voice.heading(key)}", markup=False)
        return
    direction = direction_from(source_language, target_language)

    # The tour compares what search found with the logits: both from the same float32 weights.
    translator = load(model, "torch")
    segment, pages = _pages(translator, _EXAMPLES[tongue] if text is None else text, direction)
    extra = _options(model, source_language, target_language)
    if as_json:
        from translator.commands.tour.draw import page_plain

        for number, one in enumerate(pages, start=1):
            if page in (None, number):
                print(json.dumps(page_plain(one, number, voice, extra), ensure_ascii=False, allow_nan=False))
        return
    _show(segment, pages, voice, extra, page, stops=_is_interactive() and not every)


def _show(
    segment: Segment,
    pages: Sequence[Page],
    voice: Voice,
    extra: dict[str, list[str]],
    page: int | None,
    *,
    stops: bool,
) -> None:
    from rich.text import Text

    from translator.commands.tour.draw import NARROWEST, draw_page
    from translator.draw.cosines import wrap
    from translator.text.slots import shown

    console = stdout()

    def show(index: int) -> None:
        drawn = draw_page(pages[index], index + 1, len(pages), voice, console.width, extra)
        console.print(drawn, no_wrap=True, crop=False)

    facts = {"source": shown(segment.source), "target": shown(segment.target)}
    for line in wrap(voice.say(voice.phrase("title"), facts), max(NARROWEST, console.width)):
        console.print(Text(line, "bold"))
    console.print()
    if page is not None:
        show(page - 1)
        return
    if stops:

        def ask(is_last: bool) -> str:
            console.print()
            return input(voice.phrase("last" if is_last else "prompt"))

        walk_through(len(pages), show, ask, voice.keys("back"), voice.keys("quit"))
        return
    for index in range(len(pages)):
        if index:
            console.print()
        show(index)


def walk_through(
    count: int, show: Callable[[int], None], ask: Callable[[bool], str], back: Sequence[str], leave: Sequence[str]
) -> None:
    """Show page after page as the reader asks: Enter goes on, ``back`` goes back, a number goes there, ``leave`` or
    the end of the input ends.
    """
    index = 0
    while index < count:
        show(index)
        while True:
            try:
                answer = ask(index == count - 1).strip().casefold()
            except EOFError:
                print()
                return
            if answer in leave:
                return
            if answer in ("", *back) or (answer.isdecimal() and 1 <= int(answer) <= count):
                break  # anything else is asked again
        index = _next(index, answer, back)


def _next(index: int, answer: str, back: Sequence[str]) -> int:
    if answer.isdecimal():
        return int(answer) - 1
    return max(0, index - 1) if answer in back else index + 1


def _pages(translator: Translator, text: str, direction: Direction | None) -> tuple[Segment, list[Page]]:
    """The one sentence of ``text``, and its pages. Raises ``UsageError`` if it is none or several."""
    from translator.commands.tour.blocks import Found
    from translator.commands.tour.pages import pages
    from translator.explain.walk import walk
    from translator.text.slots import shown

    translation = translator.translate(text, direction, SearchConfig(beam=1))  # what `translate` says by default
    if not translation.segments:
        raise UsageError("there is no sentence to walk through: the text has no words", 'for example: "I am happy."')
    segment, *others = translation.segments
    if others:
        raise UsageError(
            f"the text has {1 + len(others)} sentences; the tour takes one", f"for example: {segment.source}"
        )
    beam = SearchConfig(beam=_BEAM, n_best=_N_BEST)
    [wider] = translator.translate(text, translation.direction, beam).segments

    def found(one: Segment, rank: int) -> Found:
        hypothesis = one.hypotheses[rank]
        return Found(shown(translator.subwords.decode(hypothesis.ids)), hypothesis.log_p, hypothesis.score)

    return segment, pages(
        walk(translator.checkpoint.model, translator.subwords, segment.source_ids, segment.hypotheses[0].ids),
        shown(segment.source),
        shown(translator.subwords.decode(segment.source_ids)),
        shown(segment.target),
        translation.direction,
        greedy=found(segment, 0),
        beam=_BEAM,
        found=[found(wider, rank) for rank in range(len(wider.hypotheses))],
    )


def _options(model: str, source: str | None, target: str | None) -> dict[str, list[str]]:
    """What the commands on the pages need to speak of the same model and direction, by command."""
    options: dict[str, list[str]] = {}
    directed = [
        *(["--from", source] if source else []),
        *(["--to", target] if target else []),
    ]
    of_model = [] if model == DEFAULT_MODEL else ["--model", model]
    for command in (*_DIRECTED, "tokens", "embed", "similar", "context"):
        options[command] = [*(directed if command in _DIRECTED else []), *of_model]
    options["params"] = of_model[1:]  # there the model is an argument
    return options


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
