"""``translator attend``: every attention weight behind a translation, as a picture, as numbers, as files."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.attend.output import (
    AttendChoice,
    attend_plain,
    check_plain,
    print_attention,
    print_check,
    write_csv,
    write_svg,
)
from translator.commands.console import json_line, open_output
from translator.commands.loaded import load
from translator.commands.options import Csv, Force, From, Json, Kind, Model, Svg, Target, To
from translator.commands.pairs import head_options, sentence_pairs
from translator.commands.requests import direction_from
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.translation import Translator

__all__ = ["attend"]

_VIEWS = ("heat", "links", "grid", "table")
_CHOICES = {"view": _VIEWS, "level": ("word", "token"), "weights": ("raw", "norm", "rollout")}


def attend(
    text: Annotated[str, typer.Argument(help="The text; each sentence is shown in turn.")],
    target: Target = None,
    kind: Kind = "cross",
    layer: Annotated[
        str | None, typer.Option(metavar="N|mean", help="Layer, from 1, or the mean of all; the last if not given.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="N|mean|best",
            help="Head, from 1; all heads together, as if not given; or the layer and head of cross-attention that "
            "align words best, measured by align-eval (else all heads together, and the title says so).",
        ),
    ] = None,
    level: Annotated[str, typer.Option(metavar="word|token", help="Words, or the model's subword tokens.")] = "word",
    view: Annotated[
        str, typer.Option(metavar="heat|links|grid|table", help="Heat map, links, all heads at a glance, numbers.")
    ] = "heat",
    weights: Annotated[
        str,
        typer.Option(
            metavar="raw|norm|rollout",
            help="As computed; by the length of what they add (Kobayashi 2020); followed back through the layers "
            "(Abnar & Zuidema 2020).",
        ),
    ] = "raw",
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Check the weights' laws, and compare them with leaving each source word out (slower)."
        ),
    ] = False,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    svg: Svg = None,
    csv: Csv = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one page to share here: all kinds, layers and heads, to click through.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """See where the model looked, word by word: cross-attention, or self-attention of encoder or decoder.

    A row is the word predicted (in the encoder: the word read), a column what it looked at, a cell its share in
    per cent.

    Example: translator attend "I am happy." --view links
    """
    for name, value in (("view", view), ("level", level), ("weights", weights)):
        if value not in _CHOICES[name]:
            raise UsageError(f"--{name} {value}: unknown", f"it takes {', '.join(_CHOICES[name])}")
    direction = direction_from(source_language, target_language)
    if check and kind != "cross":
        raise UsageError("--check compares cross-attention with leaving source words out", "leave --kind out")

    translator = load(model)
    choice = _choice(translator, kind, layer, head, level, view, weights)
    pairs = sentence_pairs(translator, text, target, direction)
    if not pairs:
        raise UsageError("there are no words to look into", 'for example: "I am happy."')
    from translator.explain.reading import read
    from translator.explain.weights import pair_attention

    network, subwords = translator.checkpoint.model, translator.subwords
    every = [pair_attention(read(network, subwords, p.source_ids, p.target_ids)) for p in pairs]
    shown = [attention.weights(choice.kind, choice.measure) for attention in every]
    with ExitStack() as files:  # all are opened before any is written
        svg_file = svg and files.enter_context(open_output(svg, force=force))
        csv_file = csv and files.enter_context(open_output(csv, force=force))
        if html:
            from translator.commands.page.command import write_page

            write_page(
                translator,
                pairs,
                html,
                force=force,
                kind=choice.kind,
                layer=choice.layer,
                head=choice.head,
                level=choice.level,
            )
        if svg_file:
            write_svg(svg_file, pairs, shown, choice)
        if csv_file:
            write_csv(csv_file, pairs, shown, choice)
    for number, (pair, one) in enumerate(zip(pairs, shown, strict=True)):
        if as_json:
            extra = check_plain(translator, pair, every[number], choice) if check else {}
            print(json_line(attend_plain(pair, one, choice) | extra, allow_nan=False))
            continue
        print_attention(pair, one, choice, blank=number > 0)
        if check:
            print_check(translator, pair, every[number], choice)


def _choice(
    translator: Translator, kind: str, layer: str | None, head: str | None, level: str, view: str, measure: str
) -> AttendChoice:
    """What the options ask for. Raises ``UsageError`` naming what is valid."""
    from translator.explain.align import alignment_choice

    shape = translator.folder.shape
    options = head_options(shape, kind, _number("layer", layer), _number("head", head))
    kept = alignment_choice(translator.folder)
    best = kept.best if kept is not None and options.kind == "cross" else None
    if view == "grid" and (layer, head) != (None, None):
        raise UsageError("--view grid shows all layers and heads", "leave --layer and --head out")
    if measure == "rollout" and head not in (None, "mean"):
        raise UsageError("--weights rollout is of all heads together", "leave --head out, or ask for --head mean")
    chosen_layer = None if layer == "mean" else options.layer
    chosen_head = None if head in (None, "mean", "best") else options.head
    chosen, why = f"layer {options.layer + 1}/{options.layers}", ""
    if head == "best":
        if best is None:
            why = ' ("best" was never measured for this)'
        elif layer in (None, str(best[0] + 1)):
            chosen_layer, chosen_head = best
            chosen, why = f"layer {best[0] + 1}/{options.layers}", ' ("best": aligns words best on dev)'
        else:
            raise UsageError(
                f"--head best is head {best[1] + 1} of layer {best[0] + 1}, not of --layer {layer}",
                "leave --layer out, or choose a head by its number",
            )
    if layer == "mean":
        chosen = f"mean of {options.layers} layers"
    all_heads = f"{shape.heads} heads together" if measure == "norm" else f"mean of {shape.heads} heads"
    heads = all_heads if chosen_head is None else f"head {chosen_head + 1}/{shape.heads}"
    return AttendChoice(
        options.kind,
        chosen_layer,
        chosen_head,
        view,
        level,  # type: ignore[arg-type]
        measure,  # type: ignore[arg-type]
        best,
        f"{chosen}  {heads}{why}",
    )


def _number(option: str, value: str | None) -> int | None:
    words = ("mean",) if option == "layer" else ("mean", "best")
    if value is None or value in words:
        return None
    if not (value.isascii() and value.isdigit()):
        raise UsageError(f"--{option} {value}: it takes a number from 1, or {' or '.join(words)}")
    return int(value)
