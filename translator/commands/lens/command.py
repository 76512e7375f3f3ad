"""``translator layers`` and ``translator next``: what the model would say, after each layer and at the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import json_line, stdout
from translator.commands.loaded import load
from translator.commands.options import From, Json, Model, Target, To
from translator.commands.pairs import SentencePair, find_word, sentence_pairs
from translator.commands.requests import direction_from
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.console import Console

    from translator.explain.lens import Lens
    from translator.text.subwords import Word

__all__ = ["layers", "next_piece"]


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
    pairs = _readable(sentence_pairs(translator, text, target, direction))
    from translator.explain.lens import logit_lens
    from translator.explain.reading import read

    network, subwords = translator.checkpoint.model, translator.subwords
    every = [logit_lens(read(network, subwords, pair.source_ids, pair.target_ids)) for pair in pairs]
    places = [None if word is None else find_word(lens.words, word) for lens in every]
    if word is not None and all(place is None for place in places):
        names = " ".join(dict.fromkeys(w.text for lens in every for w in lens.words))
        raise UsageError(f"--word {word}: not a word of the translation", f"its words: {names}")
    console = stdout()
    first = True
    for pair, lens, place in zip(pairs, every, places, strict=True):
        if word is not None and place is None:
            continue
        chosen = None if place is None else lens.words[place]
        if as_json:
            _print_json(pair, lens, chosen, top, sublayers=sublayers)
            continue
        if not first:
            console.print()
        first = False
        _print(console, pair, lens, chosen, top, sublayers=sublayers)


def _print(console: Console, pair: SentencePair, lens: Lens, word: Word | None, top: int, *, sublayers: bool) -> None:
    from translator.commands.lens.view import lens_grid, lens_word, stages_shown

    shown = stages_shown(lens, sublayers=sublayers)
    _print_title(console, "logit lens by layer", pair, f"{pair.source} → {pair.target}")
    if word is None:
        picture = lens_grid(lens, shown, console.width)
    else:
        picture = lens_word(lens, word, shown, top, console.width)
    console.print(picture, no_wrap=True, crop=False)


def _print_json(pair: SentencePair, lens: Lens, word: Word | None, top: int, *, sublayers: bool) -> None:
    from translator.commands.lens.view import lens_plain, stages_shown

    plain = lens_plain(lens, stages_shown(lens, sublayers=sublayers), top, word)
    head = {"source": pair.source, "target": pair.target, "direction": pair.direction}
    print(json_line(head | plain, allow_nan=False))


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
    pair, *others = _readable(sentence_pairs(translator, text, None, direction))
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
    from translator.explain.reading import read

    found = lens.next_piece(read(translator.checkpoint.model, translator.subwords, pair.source_ids, begun))
    if as_json:
        head = {"source": pair.source, "direction": pair.direction, "prefix": normalise(prefix)}
        plain = next_plain(found, top, temperature)
        print(json_line(head | plain, allow_nan=False))
        return
    console = stdout()
    _print_title(console, "next piece", pair, pair.source)
    console.print(next_view(found, top, temperature, console.width), no_wrap=True, crop=False)


def _readable(pairs: list[SentencePair]) -> list[SentencePair]:
    """``pairs``, if there are any. Raises ``UsageError``."""
    if not pairs:
        raise UsageError("there is nothing to translate in the text: it has no words", 'for example: "I am happy."')
    return pairs


def _print_title(console: Console, what: str, pair: SentencePair, sentence: str) -> None:
    from rich.text import Text

    from translator.draw.cosines import wrap

    arrow = pair.direction.upper().replace("-", "→")
    for line in wrap(f"{arrow} {what} · {sentence}", max(40, console.width)):
        console.print(Text(line, "bold"))
