"""``translator layers`` and ``translator next``: what the model would say, after each layer and at the end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout
from translator.commands.loaded import load
from translator.commands.options import From, Json, Model, Target, To
from translator.commands.output import arrow, print_json, show
from translator.commands.pairs import SentencePair, chosen_words, readings, sentence_pairs
from translator.commands.requests import direction_from
from translator.draw.language import say
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.text import Text

    from translator.text.subwords import Word


def layers(
    text: Annotated[str, typer.Argument(help="The text; each sentence is read in turn.")],
    target: Target = None,
    word: Annotated[
        str | None,
        typer.Option(
            "--word",
            "-w",
            metavar="WORD",
            help="Word of the translation to follow; WORD:2 is the second of its kind. All of them if not given.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Pieces shown after each layer, with --word or --json.")] = 5,
    sublayers: Annotated[
        bool,
        typer.Option("--sublayers", help="Also between the parts of a layer: self-, cross-attention, feed-forward."),
    ] = False,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """See the translation form layer by layer: what the model would say if each layer were its last.

    The logit lens: final norm and output matrix, applied to the decoder's residual stream after every layer.

    Example: translator layers "I am happy." --word feliz
    """
    direction = direction_from(source_language, target_language)
    translator = load(model)
    pairs = sentence_pairs(translator, text, target, direction)
    from translator.commands.lens.view import lens_grid, lens_plain, lens_word, stages_shown
    from translator.explain.lens import logit_lens

    every = [logit_lens(reading) for reading in readings(translator, pairs)]
    words: list[Word | None] = [None] * len(every)
    if word is not None:
        words = chosen_words("--word", word, [lens.words for lens in every], "of the translation")
    wanted = [one for one in zip(pairs, every, words, strict=True) if word is None or one[2] is not None]
    for number, (pair, lens, chosen) in enumerate(wanted):
        shown, width = stages_shown(lens, sublayers=sublayers), stdout().width
        if as_json:
            print_json(pair.plain() | lens_plain(lens, shown, top, chosen))
            continue
        show(*[""] * (number > 0), *_title("logit lens by layer", pair, f"{pair.source} → {pair.target}"))
        show(lens_word(lens, chosen, shown, top, width) if chosen else lens_grid(lens, shown, width))


def next_piece(
    text: Annotated[str, typer.Argument(help="One sentence.")],
    prefix: Annotated[
        str, typer.Option("--prefix", "-p", metavar="TEXT", help="How its translation begins; empty = at its start.")
    ] = "",
    top: Annotated[int, typer.Option("--top", "-k", min=1, help="Pieces shown, the most probable first.")] = 10,
    temperature: Annotated[
        float | None,
        typer.Option(help="Also show softmax(z / T) for this T: above 1 evens the shares, below 1 sharpens them."),
    ] = None,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Show which piece comes next, with its probability, after the translation has begun in a given way.

    Example: translator next "I am happy." --prefix "Eu" --temperature 2
    """
    if temperature is not None and not (temperature > 0 and math.isfinite(temperature)):
        raise UsageError(f"--temperature {temperature:g}: it must be above 0", "1 leaves the model as it is")
    direction = direction_from(source_language, target_language)
    from translator.text.normalise import normalise

    translator = load(model)
    pair, *others = sentence_pairs(translator, text, None, direction)
    if others:
        raise UsageError(
            f"the text has {1 + len(others)} sentences; a prefix belongs to one", f"for example: {pair.source}"
        )
    begun = translator.subwords.encode(prefix)
    most = translator.folder.shape.max_length - 1  # <s> takes a place
    if len(begun) > most:
        raise UsageError(f"--prefix is too long: {len(begun)} pieces, the model reads {most}", "shorten it")
    from translator.commands.lens.view import next_plain, next_view
    from translator.explain import lens

    [reading] = readings(translator, [replace(pair, target_ids=begun)])
    found = lens.next_piece(reading)
    if as_json:
        head = {"source": pair.source, "direction": pair.direction, "prefix": normalise(prefix)}
        print_json(head | next_plain(found, top, temperature))
    else:
        show(*_title("next piece", pair, pair.source), next_view(found, top, temperature, stdout().width))


def _title(what: str, pair: SentencePair, sentence: str) -> list[Text]:
    from translator.draw.text import BOLD, wrapped

    return wrapped(f"{arrow(pair.direction)} {say(what)} · {sentence}", max(40, stdout().width), BOLD)
