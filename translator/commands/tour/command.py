"""``translator tour``: a guided walk through the model on one sentence, in English or Portuguese."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import stdout
from translator.commands.loaded import load
from translator.commands.options import From, Json, Model, To
from translator.commands.output import print_json, show
from translator.commands.requests import direction_from
from translator.config import Direction, SearchConfig
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.commands.tour.blocks import Tour
    from translator.commands.tour.phrases import Phrases
    from translator.translation import Segment, Translator

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
    if every and page is not None:
        raise UsageError("--all and --page are both given", "give one of them")
    phrases = _phrases(_locale() if language is None else language)
    keys = list(phrases.texts["pages"])
    if page is not None and not 1 <= page <= len(keys):
        raise UsageError(f"--page {page}: the tour has pages 1 to {len(keys)}", "list them with --pages")
    console = stdout()
    if contents:
        for number, key in enumerate(keys, start=1):
            console.print(f"{number:>2}  {phrases.heading(key)}", markup=False)
        return
    direction = direction_from(source_language, target_language)

    # The tour compares what search found with the logits: both from the same float32 weights.
    translator = load(model, "torch")
    about = _tour(translator, _EXAMPLES[phrases.language] if text is None else text, direction)
    book = _Book(about, phrases, _options(model, source_language, target_language))
    wanted = range(len(keys)) if page is None else range(page - 1, page)
    if as_json:
        for index in wanted:
            print_json(book.plain(index))
    else:
        book.print(wanted, stops=page is None and not every and _is_interactive())


def _phrases(language: str) -> Phrases:
    """What the tour says. Raises ``UsageError``."""
    from translator.commands.tour.phrases import LANGUAGES, Phrases

    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: the tour does not speak it", f"languages: {', '.join(LANGUAGES)}")
    return Phrases.load(language)


class _Book:
    """The pages, each made when it is looked at."""

    def __init__(self, about: Tour, phrases: Phrases, extra: dict[str, list[str]]) -> None:
        self.about, self.phrases, self.extra = about, phrases, extra

    def print(self, wanted: Sequence[int], *, stops: bool) -> None:
        """What the tour is of, then the pages: as the reader asks for them, or one after the other."""
        from translator.commands.tour.draw import NARROWEST
        from translator.draw.text import BOLD, wrapped

        said = self.phrases.say(
            self.phrases.phrase("title"), {"source": self.about.source, "target": self.about.target}
        )
        show(*wrapped(said, max(NARROWEST, stdout().width), BOLD), "")
        if stops:
            back, leave = self.phrases.keys("back"), self.phrases.keys("quit")
            walk_through(len(wanted), self.show, self.ask, back, leave)
            return
        for index in wanted:
            if index != wanted[0]:
                stdout().print()
            self.show(index)

    def show(self, index: int) -> None:
        """Draw a page, from 0."""
        from translator.commands.tour.draw import draw_page
        from translator.commands.tour.pages import PAGES

        page = PAGES[index](self.about)
        show(draw_page(page, index + 1, len(PAGES), self.phrases, stdout().width, self.extra))

    def plain(self, index: int) -> dict[str, Any]:
        """A page, from 0, as plain data."""
        from translator.commands.tour.draw import page_plain
        from translator.commands.tour.pages import PAGES

        return page_plain(PAGES[index](self.about), index + 1, self.phrases, self.extra)

    def ask(self, is_last: bool) -> str:
        """What the reader types after a page."""
        stdout().print()
        return input(self.phrases.phrase("last" if is_last else "prompt"))


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


def _tour(translator: Translator, text: str, direction: Direction | None) -> Tour:
    """What the tour of the one sentence of ``text`` is made from. Raises ``UsageError`` if it is none or several."""
    from translator.commands.tour.blocks import Found, Tour
    from translator.explain.tour import TourData
    from translator.text.slots import shown

    translation = translator.translate(text, direction, SearchConfig(beam=1))  # what `translate` says by default
    if not translation.segments:
        raise UsageError("there is no sentence to walk through: the text has no words", 'for example: "I am happy."')
    segment, *others = translation.segments
    if others:
        raise UsageError(
            f"the text has {1 + len(others)} sentences; the tour takes one", f"for example: {segment.source}"
        )
    subwords = translator.subwords

    def found(one: Segment) -> list[Found]:
        return [Found(shown(subwords.decode(h.ids)), h.log_p, h.score) for h in one.hypotheses]

    def search() -> list[Found]:
        [wider] = translator.translate(text, translation.direction, SearchConfig(beam=_BEAM, n_best=_N_BEST)).segments
        return found(wider)

    return Tour(
        TourData(translator.checkpoint.model, subwords, segment.source_ids, segment.hypotheses[0].ids),
        shown(segment.source),
        shown(subwords.decode(segment.source_ids)),
        shown(segment.target),
        translation.direction,
        found(segment)[0],
        _BEAM,
        search,
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


def _locale() -> str:
    """The tour's language where none is asked for: Portuguese where the environment speaks it, else English."""
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "pt" if spoken.casefold().startswith("pt") else "en"
