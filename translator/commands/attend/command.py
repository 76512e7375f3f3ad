"""``translator attend``: every attention weight behind a translation, as a picture, as numbers, as files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.loaded import load
from translator.commands.options import Force, From, Json, Model, Target, To, with_settings
from translator.commands.output import print_json, svg_file, write_files
from translator.commands.pairs import head_options, readings, sentence_pairs
from translator.commands.requests import direction_from
from translator.config import setting
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.commands.attend.output import Choice
    from translator.model.folder import ModelFolder

_FILES = "Files"


@dataclass(frozen=True)
class Asked:
    """Every option of its own, with its default."""

    kind: str = setting("cross", "Cross-attention, or self-attention of one side.", takes="cross|encoder|decoder")
    layer: str | None = setting(None, "Layer, from 1, or the mean of all; the last if not given.", takes="N|mean")
    head: str | None = setting(
        None,
        "Head, from 1; all heads together, as if not given; or the layer and head of cross-attention that align words "
        "best, measured by align-eval (else all heads together, and the title says so).",
        takes="N|mean|best",
    )
    level: str = setting("word", "Words, or the model's subword tokens.", takes="word|token")
    view: str = setting("heat", "Heat map, links, all heads at a glance, numbers.", takes="heat|links|grid|table")
    weights: str = setting(
        "raw",
        "As computed; by the length of what they add (Kobayashi 2020); followed back through the layers (Abnar & "
        "Zuidema 2020).",
        takes="raw|norm|rollout",
    )
    check: bool = setting(
        False, "Check the weights' laws, and compare them with leaving each source word out (slower).", name="--check"
    )
    svg: Path | None = setting(None, "Write the picture here, too: SVG, or PNG by its name.", group=_FILES)
    csv: Path | None = setting(None, "Write the numbers here as CSV, too.", group=_FILES, rare=True)
    html: Path | None = setting(
        None, "Write one page to share here: all kinds, layers and heads, to click through.", group=_FILES
    )

    def __post_init__(self) -> None:
        """Raises ``UsageError`` naming what is valid."""
        for field in fields(self):
            asked, choices = getattr(self, field.name), field.metadata["takes"].split("|")
            if field.name in ("level", "view", "weights") and asked not in choices:
                raise UsageError(f"--{field.name} {asked}: unknown", f"it takes {', '.join(choices)}")
        if self.check and self.kind != "cross":
            raise UsageError("--check compares cross-attention with leaving source words out", "leave --kind out")
        if self.view == "grid" and (self.layer, self.head) != (None, None):
            raise UsageError("--view grid shows all layers and heads", "leave --layer and --head out")
        if self.weights == "rollout" and self.head not in (None, "mean"):
            raise UsageError("--weights rollout is of all heads together", "leave --head out, or ask for --head mean")

    def choice(self, folder: ModelFolder) -> Choice:
        """What that is in a model. Raises ``UsageError`` naming what it has."""
        from translator.commands.attend.output import Choice
        from translator.explain.align import alignment_choice

        wanted = _number("layer", self.layer, "mean"), _number("head", self.head, "mean", "best")
        options = head_options(folder.shape, self.kind, *wanted)
        kept = alignment_choice(folder)
        best = kept.best if kept is not None and self.kind == "cross" else None
        layer = None if self.layer == "mean" else options.layer
        head = None if wanted[1] is None else options.head
        why = ""
        if self.head == "best" and best is None:
            why = ' ("best" was never measured for this)'
        elif self.head == "best" and best is not None:
            if self.layer not in (None, str(best[0] + 1)):
                raise UsageError(
                    f"--head best is head {best[1] + 1} of layer {best[0] + 1}, not of --layer {self.layer}",
                    "leave --layer out, or choose a head by its number",
                )
            (layer, head), why = best, ' ("best": aligns words best on dev)'
        heads = folder.shape.heads
        together = f"{heads} heads together" if self.weights == "norm" else f"mean of {heads} heads"
        which = f"mean of {options.layers} layers" if layer is None else f"layer {layer + 1}/{options.layers}"
        which += f"  {together if head is None else f'head {head + 1}/{heads}'}{why}"
        return Choice(self.kind, self.level, self.weights, self.view, layer, head, best, which)  # type: ignore[arg-type]


def _number(option: str, value: str | None, *words: str) -> int | None:
    if value is None or value in words:
        return None
    if not (value.isascii() and value.isdigit()):
        raise UsageError(f"--{option} {value}: it takes a number from 1, or {' or '.join(words)}")
    return int(value)


@with_settings(Asked, defaults=True)
def attend(
    text: Annotated[str, typer.Argument(help="The text; each sentence is shown in turn.")],
    target: Target = None,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    force: Force = False,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """See where the model looked, word by word: cross-attention, or self-attention of encoder or decoder.

    A row is the word predicted (in the encoder: the word read), a column what it looked at, a cell its share in
    per cent.

    Example: translator attend "I am happy." --view links
    """
    asked = Asked(**settings)
    direction = direction_from(source_language, target_language)

    translator = load(model)
    choice = asked.choice(translator.folder)
    pairs = sentence_pairs(translator, text, target, direction)
    from translator.commands.attend.output import Shown, attention_csv, attention_svg
    from translator.commands.page.page import PageView, page_of
    from translator.explain.weights import pair_attention

    every = zip(pairs, readings(translator, pairs), strict=True)
    shown = [Shown(pair, pair_attention(reading), choice) for pair, reading in every]
    view = PageView(choice.kind, choice.layer, choice.head, choice.level)
    write_files(
        (asked.html, lambda: page_of(translator, [(one.pair, one.attention.read) for one in shown], view)),
        svg_file(asked.svg, lambda: attention_svg(shown)),
        (asked.csv, lambda: attention_csv(shown)),
        force=force,
    )
    for number, one in enumerate(shown):
        if as_json:
            print_json(one.plain() | ({"check": one.check(translator)[0]} if asked.check else {}))
            continue
        one.print(apart=number > 0)
        if asked.check:
            one.print_check(translator)
