"""``translator tour``: a guided walk through the model on one sentence, in English or Portuguese."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout
from translator.commands.loaded import load
from translator.commands.options import From, Json, Model, To
from translator.commands.output import print_json, show
from translator.commands.requests import direction_from
from translator.config import Direction, SearchConfig
from translator.draw.language import spoken
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.commands.tour.guide import Guide
    from translator.commands.tour.pages import Tour
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
        typer.Option(
            "--language",
            "-l",
            metavar="en|pt",
            help="Language of the tour; that of --lang or your locale if not given.",
        ),
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
    chosen = language or spoken()
    from translator.commands.tour.guide import LANGUAGES, Guide

    if chosen not in LANGUAGES:
        raise UsageError(f"--language {chosen}: the tour does not speak it", f"languages: {', '.join(LANGUAGES)}")
    guide = Guide(chosen, _options(model, source_language, target_language))
    headings = [page["heading"] for page in guide.texts["pages"].values()]
    count = len(headings)
    if page is not None and not 1 <= page <= count:
        raise UsageError(f"--page {page}: the tour has pages 1 to {count}", "list them with --pages")
    if contents:
        for number, heading in enumerate(headings, start=1):
            stdout().print(f"{number:>2}  {heading}", markup=False)
        return
    direction = direction_from(source_language, target_language)

    # The tour compares what search found with the logits: both from the same float32 weights.
    about = _tour(load(model, "torch"), _EXAMPLES[chosen] if text is None else text, direction)
    wanted = range(count) if page is None else range(page - 1, page)
    if as_json:
        from translator.commands.tour.pages import PAGES

        for index in wanted:
            print_json(guide.plain(PAGES[index](about), index + 1))
    else:
        _print(guide, about, wanted, stops=page is None and not every and _is_interactive())


def _print(guide: Guide, about: Tour, wanted: Sequence[int], *, stops: bool) -> None:
    """What the tour is of, then the pages: as the reader asks for them, or one after the other."""
    from translator.commands.tour.guide import NARROWEST
    from translator.commands.tour.pages import PAGES
    from translator.draw.text import BOLD, wrapped

    def draw(place: int) -> None:
        index = wanted[place]
        show(guide.draw(PAGES[index](about), index + 1, len(PAGES), stdout().width))

    def ask(is_last: bool) -> str:
        if stops or not is_last:
            stdout().print()
        return input(guide.frame["last" if is_last else "prompt"]) if stops else ""

    title = guide.format(guide.frame["title"], source=about.source, target=about.target)
    show(*wrapped(title, max(NARROWEST, stdout().width), BOLD), "")
    walk_through(len(wanted), draw, ask, guide.frame["keys"]["back"], guide.frame["keys"]["quit"])


def walk_through(
    count: int, show: Callable[[int], None], ask: Callable[[bool], str], back: Sequence[str], leave: Sequence[str]
) -> None:
    """Show page after page as the reader asks: Enter goes on, ``back`` goes back, a number goes there, ``leave`` or
    the end of the input ends.
    """
    index = 0
    show(index)
    while True:
        try:
            answer = ask(index == count - 1).strip().casefold()
        except EOFError:
            print()
            return
        if answer in back:
            index = max(0, index - 1)
        elif answer.isdecimal() and 1 <= int(answer) <= count:
            index = int(answer) - 1
        elif not answer:
            index += 1
        elif answer not in leave:
            continue  # asked again
        if answer in leave or index == count:
            return
        show(index)


def _tour(translator: Translator, text: str, direction: Direction | None) -> Tour:
    """What the tour of the one sentence of ``text`` is made from. Raises ``UsageError`` if it is none or several."""
    from translator.commands.tour.pages import Found, Tour
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

    @cache
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
    directed = [*(["--from", source] if source else []), *(["--to", target] if target else [])]
    of_model = [] if model == DEFAULT_MODEL else ["--model", model]
    options = {name: [*directed, *of_model] for name in _DIRECTED}
    options |= dict.fromkeys(("tokens", "embed", "similar", "context"), of_model)
    return options | {"params": of_model[1:]}  # there the model is an argument


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
