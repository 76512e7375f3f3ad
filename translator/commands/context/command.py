"""``translator context``: one word in several sentences, layer by layer, and what each translation made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout, warn
from translator.commands.loaded import load
from translator.commands.options import Csv, Force, From, Json, Model
from translator.commands.output import print_json, show, svg_file, write_files
from translator.commands.requests import direction_from
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL
from translator.text.normalise import normalise

if TYPE_CHECKING:
    import numpy as np

    from translator.commands.context.view import Context, InSentence
    from translator.translation import Translation, Translator

_EXAMPLE = 'for example: translator context mole "one mole of carbon dioxide" "take a biopsy of the mole"'


def context(
    word: Annotated[str, typer.Argument(help="A word that stands in every sentence; upper and lower case alike.")],
    sentences: Annotated[list[str], typer.Argument(help="Two sentences or more, of one language.")],
    source: From = None,
    target: Annotated[str | None, typer.Option("--to", metavar="en|pt", help="Language to translate into.")] = None,
    layer: Annotated[
        int | None, typer.Option(help="Decoder layer whose cross-attention is read, from 1; the last if not given.")
    ] = None,
    head: Annotated[int | None, typer.Option(help="Its head, from 1; the mean of all if not given.")] = None,
    model: Model = DEFAULT_MODEL,
    svg: Annotated[Path | None, typer.Option(help="Write the picture here, too: SVG, or PNG by its name.")] = None,
    csv: Csv = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """See context change a word's vector, layer by layer, and how each sentence translates it.

    The cosines between the sentences start at exactly 1 and fall as attention brings in the other words.

    Example: translator context tower "The tower of the castle is tall." "The control tower is new."
    """
    direction = direction_from(source, target)
    if not normalise(word):
        raise UsageError("there is no word: it is empty", _EXAMPLE)
    if len(sentences) < 2:
        raise UsageError("one sentence has nothing to be compared with", _EXAMPLE)
    for number, text in enumerate(sentences, start=1):
        if not text.strip():
            raise UsageError(f"sentence {number} is empty", _EXAMPLE)

    translator = load(model)
    shape = translator.folder.shape
    for name, value, count in (("layer", layer, shape.decoder_layers), ("head", head, shape.heads)):
        if value is not None and not 1 <= value <= count:
            raise UsageError(f"--{name} {value}: this model has {name}s 1 to {count}")
    direction = direction or translator.direction_of(" ".join(sentences))  # one tag for all: the text alone differs
    translations = translator.translate_batch(sentences, direction)
    found = _context(translator, word, translations, layer, head)
    from translator.commands.context import view

    write_files(svg_file(svg, lambda: view.context_svg(found)), (csv, lambda: view.context_csv(found)), force=force)
    for number, translation in enumerate(translations, start=1):
        for warning in translation.warnings:
            warn(f"sentence {number}: {warning}")
    if as_json:
        print_json(view.context_plain(found))
    else:
        show(view.context_view(found, stdout().width))


def _context(
    translator: Translator, word: str, translations: list[Translation], layer: int | None, head: int | None
) -> Context:
    from translator.commands.context.view import Context
    from translator.explain.context import cosine_grids, stage_names

    shape = translator.folder.shape
    read_layer = shape.decoder_layers if layer is None else layer
    read = [
        _in_sentence(translator, word, number, translation, read_layer - 1, None if head is None else head - 1)
        for number, translation in enumerate(translations, start=1)
    ]
    which = f"head {head}/{shape.heads}" if head else f"mean of {shape.heads} heads"
    return Context(
        word=normalise(word),
        sentences=[sentence for sentence, _ in read],
        stages=stage_names(shape.encoder_layers),
        cosines=cosine_grids([stages for _, stages in read]),
        attention=f"cross-attention (layer {read_layer}/{shape.decoder_layers}, {which})",
    )


def _in_sentence(
    translator: Translator, word: str, number: int, translation: Translation, layer: int, head: int | None
) -> tuple[InSentence, np.ndarray]:
    """The word in the first segment that has it. Raises ``UsageError`` listing the words if none has."""
    from translator.commands.context.view import InSentence
    from translator.explain.context import find_word, looked_at, word_stages

    subwords = translator.subwords
    found = [
        (segment, place) for segment in translation.segments for place in find_word(word, subwords, segment.source_ids)
    ]
    if not found:
        words = [w.text for segment in translation.segments for w in subwords.words(segment.source_ids[1:-1])]
        raise UsageError(
            f"“{normalise(word)}” is not a word of sentence {number}: {translation.source}",
            f"its words: {', '.join(dict.fromkeys(words))}" if words else "it has no words",
        )
    segment, place = found[0]
    reading = translator.read(segment)
    sentence = InSentence(
        source=segment.source,
        target=segment.target,
        word=place.text,
        pieces=[subwords.piece(i) for i in segment.source_ids[place.start : place.stop]],
        places=len(found),
        looked=looked_at(reading.attention["cross"], place, layer, head),
    )
    return sentence, word_stages(reading, place)
