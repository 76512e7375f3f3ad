"""``translator trace``: one attention head, every step from the embedding to the residual stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import stdout
from translator.commands.loaded import load
from translator.commands.options import From, Head, Json, Kind, Layer, Model, Target, To
from translator.commands.output import print_json, show
from translator.commands.pairs import chosen_words, head_options, readings, sentence_pairs
from translator.commands.requests import direction_from
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.explain.stages import HeadStages
    from translator.text.subwords import Word

_WHOLE = {"key_embedding", "key_position", "key_sum", "memory_residual", "memory", "k", "v", "scale", "output_bias"}


def trace(
    text: Annotated[str, typer.Argument(help="The text; each sentence is traced in turn.")],
    target: Target = None,
    kind: Kind = "cross",
    layer: Layer = None,
    head: Head = None,
    row: Annotated[
        str | None,
        typer.Option(
            metavar="WORD",
            help="Word to follow: one that is predicted, or with --kind encoder one of the text; WORD:2 is the second "
            "of its kind. The longest if not given.",
        ),
    ] = None,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Follow one word through one attention head, a panel a step, with every shape.

    Embedding and position, query, keys, values, the dot product term by term, scale, mask, softmax, weighted values,
    the heads joined, W_O, residual.

    Example: translator trace "I am happy." --kind cross --head 4 --row feliz
    """
    direction = direction_from(source_language, target_language)
    translator = load(model)
    chosen = head_options(translator.folder.shape, kind, layer, head)
    pairs = sentence_pairs(translator, text, target, direction)
    from translator.commands.trace.view import NARROWEST, trace_panels, trace_title
    from translator.explain.reading import content_word
    from translator.explain.stages import head_stages

    read = readings(translator, pairs, in_double=True)
    every = [head_stages(reading, chosen.kind, chosen.layer, chosen.head) for reading in read]
    words = [stages.queries.words for stages in every]
    of = "read" if chosen.kind == "encoder" else "predicted"
    rows = [w[content_word(w)] for w in words] if row is None else chosen_words("--row", row, words, of)
    for pair, stages, word in zip(pairs, every, rows, strict=True):
        if word is None:
            continue
        if as_json:
            print_json(pair.plain() | _plain(stages, word, chosen.layers))
            continue
        width = max(NARROWEST, stdout().width)
        show(*trace_title(stages, word, chosen.layers, pair.direction, f"{pair.source} → {pair.target}", width))
        show(*trace_panels(stages, word.start, width))


def _plain(stages: HeadStages, word: Word, layers: int) -> dict[str, Any]:
    """Every stage of one row as plain data; what belongs to the columns (keys, values) whole."""
    row, told = word.start, {}
    for name, array in stages.arrays().items():
        if name == "contributions":  # (H, T, D)
            told[name] = array[:, row].tolist()
        elif name == "masked":
            told[name] = [
                value if may else None for value, may in zip(array[row].tolist(), stages.mask[row], strict=True)
            ]
        else:
            told[name] = (array if name in _WHOLE else array[row]).tolist()
    return {
        "kind": stages.kind,
        "layer": stages.layer + 1,
        "layers": layers,
        "head": stages.head + 1,
        "heads": len(stages.contributions),
        "row": {
            "word": word.text,
            "token": stages.queries.labels[row],
            "index": row,
            "reads": stages.queries.read[row],
        },
        "columns": stages.keys.labels,
        "stages": told,
    }
