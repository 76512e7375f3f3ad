"""``translator similar``: the words of two sentences compared, at one level of the model."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from translator.commands.console import open_output, stdout
from translator.commands.loaded import load
from translator.commands.options import Csv, Force, From, Json, Model, Svg, To
from translator.config import Direction
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.config import ModelConfig
    from translator.explain.similarity import Level
    from translator.translation import Translator

__all__ = ["similar"]

_OF: dict[str, Direction] = {"en": "en-pt", "pt": "pt-en"}


def similar(
    first: Annotated[str, typer.Argument(metavar="A", help="A sentence.")] = "I am happy",
    second: Annotated[str, typer.Argument(metavar="B", help="Another, of either language.")] = "eu sou feliz",
    at: Annotated[
        str, typer.Option("--at", metavar="embedding|encoder|query|key|query-key", help="Which vectors are compared.")
    ] = "embedding",
    kind: Annotated[
        str | None,
        typer.Option(metavar="cross|encoder", help="Attention that queries and keys are of; cross if not given."),
    ] = None,
    layer: Annotated[
        int | None,
        typer.Option(help="Layer, from 1. Not given: the encoder's memory, or the last layer's queries and keys."),
    ] = None,
    head: Annotated[
        int | None, typer.Option(help="Head of the queries and keys, from 1; all side by side if not given.")
    ] = None,
    source: From = None,
    target: To = None,
    model: Model = DEFAULT_MODEL,
    svg: Svg = None,
    csv: Csv = None,
    force: Force = False,
    as_json: Json = False,
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
    from translator.commands.similar.view import (
        level_name,
        similarity_plain,
        similarity_svg,
        similarity_view,
        write_similarity_csv,
    )
    from translator.explain.similarity import similarity

    translator = load(model, "torch")
    shape = translator.folder.shape
    level = _level(at, kind, layer, head, shape)
    ids = [
        _source(translator, *named)
        for named in (("first", first, "--from", source), ("second", second, "--to", target))
    ]
    found = similarity(translator.checkpoint.model, translator.subwords, ids[0], ids[1], level)
    texts = (translator.subwords.decode(ids[0]), translator.subwords.decode(ids[1]))
    name = level_name(level, _layers(level.at, level.kind, shape), shape.heads)
    with ExitStack() as files:  # both are opened before either is written
        svg_file = svg and files.enter_context(open_output(svg, force=force))
        csv_file = csv and files.enter_context(open_output(csv, force=force))
        if svg_file:
            svg_file.write(similarity_svg(found, texts, name))
        if csv_file:
            write_similarity_csv(found, csv_file)
    if as_json:
        print(json.dumps(similarity_plain(found, texts), ensure_ascii=False))
        return
    console = stdout()
    console.print(similarity_view(found, texts, name, console.width), no_wrap=True, crop=False)


def _layers(at: str, kind: str, shape: ModelConfig) -> int:
    """How many layers there are where ``at`` looks."""
    return shape.encoder_layers if at == "encoder" or kind == "encoder" else shape.decoder_layers


def _level(at: str, kind: str | None, layer: int | None, head: int | None, shape: ModelConfig) -> Level:
    """The level the options ask for. Raises ``UsageError``."""
    from translator.explain.similarity import At, Kind, Level

    if at not in get_args(At):
        raise UsageError(f"--at {at}: unknown level", f"levels: {', '.join(get_args(At))}")
    if kind is not None and kind not in get_args(Kind):
        raise UsageError(f"--kind {kind}: unknown attention", f"kinds: {', '.join(get_args(Kind))}")
    attends = at in ("query", "key", "query-key")
    if not attends and (kind is not None or head is not None):
        raise UsageError("--kind and --head choose queries and keys", "they go with --at query, key or query-key")
    if at == "embedding" and layer is not None:
        raise UsageError("--layer goes with a level that has layers", "--at encoder, query, key or query-key")
    if at == "query-key" and kind == "encoder":
        raise UsageError("--at query-key is of cross-attention only", "leave --kind encoder out")
    kind = kind or "cross"
    layers = _layers(at, kind, shape)
    if layer is not None and not 1 <= layer <= layers:
        raise UsageError(f"--layer {layer}: there are layers 1 to {layers}")
    if head is not None and not 1 <= head <= shape.heads:
        raise UsageError(f"--head {head}: this model has heads 1 to {shape.heads}")
    return Level(
        cast("At", at),
        cast("Kind", kind),
        None if layer is None else layer - 1,
        None if head is None else head - 1,
    )


def _source(translator: Translator, name: str, text: str, option: str, language: str | None) -> list[int]:
    """Tag, pieces and ``</s>`` of one sentence. Raises ``UsageError`` if it is none, several, or too long."""
    from translator.text.normalise import normalise
    from translator.text.sentences import split_line

    if language is not None and language not in _OF:
        raise UsageError(f"{option} {language}: unknown language", "languages: en (English), pt (Portuguese)")
    sentences = [s.text for s in split_line(text) if normalise(s.text)]
    if not sentences:
        raise UsageError(f"the {name} sentence is empty", "name a sentence with something to read in it")
    if len(sentences) > 1:
        raise UsageError(
            f"the {name} text has {len(sentences)} sentences; one is compared with one",
            f"for example: {sentences[0]}",
        )
    direction = _OF[language] if language else translator.direction_of(text)
    if direction not in translator.folder.directions:
        raise UsageError(
            f"this model was not trained for {direction}", f"it knows {', '.join(translator.folder.directions)}"
        )
    ids = translator.subwords.source(text, direction)
    if len(ids) > translator.longest_source:
        raise UsageError(
            f"the {name} sentence has {len(ids)} pieces; the model reads at most {translator.longest_source} at once",
            "shorten it",
        )
    return ids
