"""``translator embed``, ``similar`` and ``context``: words as vectors, wherever in the model they are looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from translator.commands.console import stdout, warn
from translator.commands.loaded import load, weights
from translator.commands.options import Csv, Force, From, Json, Model, Svg, with_settings
from translator.commands.output import plain, print_json, show, svg_file, write_files
from translator.commands.pairs import index
from translator.commands.requests import check_direction, direction_from
from translator.config import Direction, ModelConfig, setting
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL
from translator.text.normalise import normalise

if TYPE_CHECKING:
    import numpy as np

    from translator.explain.context import InSentence
    from translator.explain.similarity import Level
    from translator.translation import Translation, Translator

_OF: dict[str, Direction] = {"en": "en-pt", "pt": "pt-en"}
_CONTEXT_EXAMPLE = 'for example: translator context mole "one mole of carbon dioxide" "take a biopsy of the mole"'


def embed(
    words: Annotated[list[str] | None, typer.Argument(help="Words of either language.")] = None,
    analogy: Annotated[
        list[str] | None, typer.Option(metavar="A:B::C[:ANSWER]", help="A is to B as C is to what? May be repeated.")
    ] = None,
    neighbours: Annotated[int, typer.Option("--neighbours", "-n", help="How many of the nearest are shown.")] = 10,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Show what lies near a word in the embedding matrix, English and Portuguese together.

    A word of several pieces is the mean of its pieces. An analogy names the rank of your ANSWER, also when it fails.

    Example: translator embed happy feliz --analogy he:she::his:her
    """
    if not words and not analogy:
        raise UsageError(
            "there is neither a word nor an analogy",
            "for example: translator embed happy feliz, or: translator embed --analogy man:woman::king:queen",
        )
    if any(not word.strip() for word in words or []):
        raise UsageError("there is no word: it is empty", "for example: translator embed happy feliz")
    from translator.commands.vectors.view import analogy_view, neighbours_view
    from translator.explain.embeddings import Analogy, Embeddings

    questions = [Analogy.parse(text) for text in analogy or []]
    checkpoint = weights(model)
    space = Embeddings(checkpoint.model, checkpoint.subwords)
    found = [space.neighbours(word, neighbours) for word in words or []]
    answers = [space.analogy(question, neighbours) for question in questions]
    if as_json:
        for result in (*found, *answers):
            told = plain(result)
            told.get("analogy", {}).pop("expected", None)  # told with its rank
            print_json(told)
        return
    width, scale = stdout().width, math.sqrt(checkpoint.shape.d_model)
    views = [neighbours_view(f, width, scale) for f in found]
    show(*views, *(analogy_view(answer, width) for answer in answers), apart=True)


@dataclass(frozen=True)
class Asked:
    """Which vectors are compared, and where the results go."""

    at: str = setting("embedding", "Which vectors are compared.", takes="embedding|encoder|query|key|query-key")
    kind: str | None = setting(
        None, "Attention that queries and keys are of; cross if not given.", takes="cross|encoder"
    )
    layer: int | None = setting(
        None, "Layer, from 1. Not given: the encoder's memory, or the last layer's queries and keys."
    )
    head: int | None = setting(None, "Head of the queries and keys, from 1; all side by side if not given.")
    svg: Path | None = setting(None, "Write the picture here, too: SVG, or PNG by its name.")
    csv: Path | None = setting(None, "Write the numbers here as CSV, too.")

    def level(self, shape: ModelConfig) -> tuple[Level, int]:
        """The level that is asked for, and how many layers there are where it looks. Raises ``UsageError``."""
        from translator.explain.similarity import At, Kind, Level

        if self.at not in get_args(At):
            raise UsageError(f"--at {self.at}: unknown level", f"levels: {', '.join(get_args(At))}")
        if self.kind is not None and self.kind not in get_args(Kind):
            raise UsageError(f"--kind {self.kind}: unknown attention", f"kinds: {', '.join(get_args(Kind))}")
        if self.at in ("embedding", "encoder") and (self.kind is not None or self.head is not None):
            raise UsageError("--kind and --head choose queries and keys", "they go with --at query, key or query-key")
        if self.at == "embedding" and self.layer is not None:
            raise UsageError("--layer goes with a level that has layers", "--at encoder, query, key or query-key")
        if self.at == "query-key" and self.kind == "encoder":
            raise UsageError("--at query-key is of cross-attention only", "leave --kind encoder out")
        layers = shape.encoder_layers if "encoder" in (self.at, self.kind) else shape.decoder_layers
        if self.layer is not None and not 1 <= self.layer <= layers:
            raise UsageError(f"--layer {self.layer}: there are layers 1 to {layers}")
        layer = None if self.layer is None else self.layer - 1
        head = None if self.head is None else index("head", self.head, shape.heads)
        return Level(self.at, self.kind or "cross", layer, head), layers  # type: ignore[arg-type]


@with_settings(Asked, defaults=True)
def similar(
    first: Annotated[str, typer.Argument(metavar="A", help="A sentence.")] = "I am happy",
    second: Annotated[str, typer.Argument(metavar="B", help="Another, of either language.")] = "eu sou feliz",
    source: From = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="en|pt", help="Language of B; detected if not given.")
    ] = None,
    model: Model = DEFAULT_MODEL,
    force: Force = False,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Compare the words of two sentences: a 2-D chart and every cosine.

    Queries of cross-attention are those of the decoder as it writes each sentence as the translation of the other;
    query-key sets the keys of A against the queries of B, the two sides of the dot products behind every weight.

    Example: translator similar "I am happy" "eu sou feliz" --at encoder
    """
    for name, text in (("first", first), ("second", second)):
        if not text.strip():
            raise UsageError(
                f"the {name} sentence is empty", 'for example: translator similar "I am happy" "eu sou feliz"'
            )
    from translator.commands.vectors import view
    from translator.explain.similarity import similarity

    asked = Asked(**settings)
    translator = load(model, "torch")
    shape, subwords = translator.folder.shape, translator.subwords
    level, layers = asked.level(shape)
    a = _source(translator, "first", first, "--from", source)
    b = _source(translator, "second", second, "--to", target)
    found = similarity(translator.checkpoint.model, subwords, a, b, level)
    texts, name = (subwords.decode(a), subwords.decode(b)), view.level_name(level, layers, shape.heads)
    write_files(
        svg_file(asked.svg, lambda: view.similarity_svg(found, texts, name)),
        (asked.csv, lambda: view.similarity_csv(found)),
        force=force,
    )
    if as_json:
        print_json(view.similarity_plain(found, texts))
    else:
        show(view.similarity_view(found, texts, name, stdout().width))


def _source(translator: Translator, name: str, text: str, option: str, language: str | None) -> list[int]:
    """Tag, pieces and ``</s>`` of one sentence. Raises ``UsageError`` if it is none, several, or too long."""
    from translator.text.sentences import split_line

    if language is not None and language not in _OF:
        raise UsageError(f"{option} {language}: unknown language", "languages: en (English), pt (Portuguese)")
    sentences = [s.text for s in split_line(text) if normalise(s.text)]
    if not sentences:
        raise UsageError(f"the {name} sentence is empty", "name a sentence with something to read in it")
    if len(sentences) > 1:
        raise UsageError(
            f"the {name} text has {len(sentences)} sentences; one is compared with one", f"for example: {sentences[0]}"
        )
    direction = _OF[language] if language else translator.direction_of(text)
    check_direction(translator.folder, direction)
    ids = translator.subwords.source(text, direction)
    if len(ids) > translator.longest_source:
        raise UsageError(
            f"the {name} sentence has {len(ids)} pieces; the model reads at most {translator.longest_source} at once",
            "shorten it",
        )
    return ids


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
        raise UsageError("there is no word: it is empty", _CONTEXT_EXAMPLE)
    if len(sentences) < 2:
        raise UsageError("one sentence has nothing to be compared with", _CONTEXT_EXAMPLE)
    for number, text in enumerate(sentences, start=1):
        if not text.strip():
            raise UsageError(f"sentence {number} is empty", _CONTEXT_EXAMPLE)

    translator = load(model)
    shape = translator.folder.shape
    read_layer = shape.decoder_layers if layer is None else layer
    place = index("layer", read_layer, shape.decoder_layers), None if head is None else index("head", head, shape.heads)
    direction = direction or translator.direction_of(" ".join(sentences))  # one tag for all: the text alone differs
    translations = translator.translate_batch(sentences, direction)
    from translator.commands.vectors import view
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
