"""``translator context``: one word in several sentences, layer by layer, and what each translation made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout, warn
from translator.commands.loaded import load
from translator.commands.options import Csv, Force, From, Json, Model, Svg
from translator.commands.output import plain, print_json, show, svg_file, write_files
from translator.commands.pairs import index
from translator.commands.requests import direction_from
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL
from translator.text.normalise import normalise

if TYPE_CHECKING:
    import numpy as np

    from translator.explain.context import InSentence
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
    svg: Svg = None,
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
    read_layer = shape.decoder_layers if layer is None else layer
    place = index("layer", read_layer, shape.decoder_layers), None if head is None else index("head", head, shape.heads)
    direction = direction or translator.direction_of(" ".join(sentences))  # one tag for all: the text alone differs
    translations = translator.translate_batch(sentences, direction)
    from translator.commands.context import view
    from translator.explain.context import Context, at_stages, stage_names

    read = [_in_sentence(translator, word, n, one, *place) for n, one in enumerate(translations, start=1)]
    which = f"head {head}/{shape.heads}" if head else f"mean of {shape.heads} heads"
    found = Context(
        normalise(word),
        f"cross-attention (layer {read_layer}/{shape.decoder_layers}, {which})",
        [sentence for sentence, _ in read],
        at_stages(stage_names(shape.encoder_layers), [stages for _, stages in read]),
    )
    write_files(svg_file(svg, lambda: view.context_svg(found)), (csv, lambda: view.context_csv(found)), force=force)
    for number, translation in enumerate(translations, start=1):
        for warning in translation.warnings:
            warn(f"sentence {number}: {warning}")
    if as_json:
        print_json(plain(found))
    else:
        show(view.context_view(found, stdout().width))


def _in_sentence(
    translator: Translator, word: str, number: int, translation: Translation, layer: int, head: int | None
) -> tuple[InSentence, np.ndarray]:
    """The word in the first segment that has it. Raises ``UsageError`` listing the words if none has."""
    from translator.explain.context import InSentence, find_word, looked_at, word_stages

    subwords, segments = translator.subwords, translation.segments
    found = [(segment, place) for segment in segments for place in find_word(word, subwords, segment.source_ids)]
    if not found:
        words = [w.text for segment in segments for w in subwords.words(segment.source_ids[1:-1])]
        raise UsageError(
            f"“{normalise(word)}” is not a word of sentence {number}: {translation.source}",
            f"its words: {', '.join(dict.fromkeys(words))}" if words else "it has no words",
        )
    segment, place = found[0]
    reading = translator.read(segment)
    pieces = [subwords.piece(i) for i in segment.source_ids[place.start : place.stop]]
    looked = looked_at(reading.attention["cross"], place, layer, head)
    sentence = InSentence(segment.source, segment.target, place.text, pieces, len(found), looked)
    return sentence, word_stages(reading, place)
