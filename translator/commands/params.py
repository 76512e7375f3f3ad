"""``translator params``: where a model's parameters are, and its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import stdout
from translator.commands.loaded import weights
from translator.commands.options import Json
from translator.commands.output import print_json, show
from translator.config import PRESETS, ModelConfig
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.text import Text

    from translator.explain.parameters import HeadCount, Part, Work

_TOKENS = 12  # on either side, unless the user says otherwise: a sentence of some eight words
_HOW = (
    "Multiply–adds of the matrix products; biases, norms and softmax are left out. Each token is read once, the keys "
    "and values of those before it are kept."
)
_UNITS = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3))
_NAME = 30  # cells
_NARROWEST = 80


@dataclass(frozen=True)
class Counts:
    """What is told of one model."""

    title: str
    parts: Sequence[Part]
    work: Sequence[Work]  # of the same parts
    head: HeadCount
    heads: int  # in a block
    blocks: int  # blocks of attention in the whole model
    biases: int  # parameters of all attention blocks that are no weights
    lengths: dict[str, int]  # tokens the multiply–adds are counted for, by name
    notes: str

    def plain(self) -> dict[str, Any]:
        """Every exact number as plain data."""
        total, block = sum(part.count for part in self.parts), self.heads * self.head.total
        attention = self.blocks * block + self.biases
        return {
            "total": total,
            "parts": {part.name: part.count for part in self.parts},
            "modules": {part.name: part.modules for part in self.parts},
            "head": dict.fromkeys(("query", "key", "value", "output"), self.head.each) | {"total": self.head.total},
            "block": block,
            "attention": attention,
            "attention_share": attention / total,
            "lengths": self.lengths,
            "multiply_adds": {work.name: work.total for work in self.work},
            "multiply_adds_total": sum(work.total for work in self.work),
        }


def params(
    context: typer.Context,
    model: Annotated[
        str | None, typer.Argument(help=f"Name of a shipped model, or a model folder; {DEFAULT_MODEL} if not given.")
    ] = None,
    preset_name: Annotated[
        str | None,
        typer.Option("--preset", metavar="|".join([*PRESETS, "gpt3"]), help="Count this shape instead of a model."),
    ] = None,
    source_tokens: Annotated[
        int | None, typer.Option(help=f"Source tokens to count multiply–adds for; {_TOKENS} if not given.")
    ] = None,
    target_tokens: Annotated[
        int | None,
        typer.Option(help=f"Target tokens to count them for; {_TOKENS} if not given, the whole context for gpt3."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Count a model's parameters and multiply–adds by part; compare with GPT-3.

    Example: translator params --preset gpt3
    """
    preset, presets = preset_name, [*PRESETS, "gpt3"]
    if preset is not None and preset not in presets:
        raise UsageError(f"--preset {preset}: unknown preset", f"presets: {', '.join(presets)}")
    source = context.get_parameter_source("model")
    if preset is not None and source is not None and source.name == "COMMANDLINE":  # not a model in the settings
        raise UsageError(f"a model, {model}, and --preset {preset} are both given", "give one of them")
    lengths = (source_tokens, target_tokens)
    counts = _gpt3(*lengths) if preset == "gpt3" else _own(model, preset, *lengths)
    if as_json:
        print_json(counts.plain())
    else:
        show(counts_view(counts, stdout().width))


def _own(model: str | None, preset: str | None, source: int | None, target: int | None) -> Counts:
    """Counts of one of our own models, or of a preset's shape. Raises ``UsageError`` on lengths it cannot read."""
    import torch

    from translator.explain.parameters import HeadCount, count_parameters, multiply_adds
    from translator.model.transformer import Transformer

    if preset is None:
        network = weights(model or DEFAULT_MODEL).model
    else:
        with torch.device("meta"):
            network = Transformer(ModelConfig(**PRESETS[preset]))
    shape = network.config
    S = _tokens("--source-tokens", source, _TOKENS, shape.max_length)
    T = _tokens("--target-tokens", target, _TOKENS, shape.max_length)
    head = HeadCount(shape.d_model, shape.d_model // shape.heads)
    blocks = shape.encoder_layers + 2 * shape.decoder_layers
    return Counts(
        title=f"{preset or model or DEFAULT_MODEL}: {shape.encoder_layers}+{shape.decoder_layers} layers, "
        f"D={shape.d_model}, H={shape.heads}, E={head.width}, F={shape.feed_forward:,}, V={shape.vocab_size:,} pieces",
        parts=count_parameters(network),
        work=multiply_adds(shape, S, T),
        head=head,
        heads=shape.heads,
        blocks=blocks,
        biases=blocks * 4 * shape.d_model,
        lengths={"source": S, "target": T},
        notes=f"Work to translate {S} source tokens into {T} (tag and </s> included), greedily. {_HOW} Embeddings, "
        "tied: one matrix reads the source, reads the target (a look-up, no work), and scores the output.",
    )


def _gpt3(source: int | None, target: int | None) -> Counts:
    """Counts of GPT-3's published shape. Raises ``UsageError`` on lengths it has not."""
    from translator.explain.parameters import GPT3, gpt3_parts

    if source is not None:
        raise UsageError("--source-tokens: GPT-3 has a decoder only", "give --target-tokens: all tokens of its text")
    T = _tokens("--target-tokens", target, GPT3.context, GPT3.context)
    parts, work = zip(*gpt3_parts(GPT3, T), strict=True)
    return Counts(
        title=f"gpt3: GPT-3 175B as published (Brown et al. 2020): {GPT3.layers} layers, D={GPT3.d_model:,}, "
        f"H={GPT3.heads}, E={GPT3.head_width}, F={GPT3.feed_forward:,}, V={GPT3.vocab_size:,}",
        parts=parts,
        work=work,
        head=GPT3.head,
        heads=GPT3.heads,
        blocks=GPT3.layers,
        biases=0,
        lengths={"target": T},
        notes=f"Counted as in lectures: no biases, norms or position vectors (2,048 × 12,288 of them), embedding and "
        f"unembedding apart. Work to read {T:,} tokens; q·k is counted with query, weights·v with value. {_HOW}",
    )


def _tokens(option: str, value: int | None, default: int, longest: int) -> int:
    if value is None:
        return min(default, longest)
    if not 1 <= value <= longest:
        raise UsageError(f"{option} {value}: it must be from 1 to {longest:,}")
    return value


def short(number: int) -> str:
    """Three digits and a unit: ``"24.6 M"``; whole below a thousand."""
    for unit, size in _UNITS:
        value = number / size
        if value >= 0.9995:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{number} "


def counts_view(counts: Counts, width: int) -> Text:
    """The table, then what one head, one block and all attention come to, in ``width`` cells (80 at least)."""
    from rich.text import Text

    from translator.draw.heatmap import framed
    from translator.draw.language import figure, say
    from translator.draw.text import BOLD, DIM, hanging, left

    width, told = max(_NARROWEST, width), counts.plain()
    total, work = told["total"], told["multiply_adds_total"]

    def row(name: str, modules: str, count: int, adds: int) -> str:
        shares = f"{count / total:>8.1%}{short(adds):>11}{adds / work:>8.1%}"
        return f"{left(say(name), _NAME)}{modules:>6}{figure(f'{count:>17,}{shares}')}"

    share = say("share")
    head = f"{say('part'):<{_NAME}}{'×':>6}{say('parameters'):>17}{share:>8}{say('mult-adds'):>11}{share:>8}"
    rule = Text("─" * len(head), DIM)
    rows = [Text(row(p.name, f"{p.modules:,}", p.count, told["multiply_adds"][p.name])) for p in counts.parts]
    lines = [Text(head, DIM), rule, *rows, rule, Text(row("total", "", total, work), BOLD), Text()]
    h, blocks, block, attention = counts.head, counts.blocks, told["block"], told["attention"]
    down, up = f"{h.d_model:,}×{h.width:,}", f"{h.width:,}×{h.d_model:,}"
    biases = f" + {counts.biases:,} biases = {attention:,}" if counts.biases else ""
    for label, text in (
        ("one head", f"query {down} + key {down} + value {down} + output {up} = 4 × {h.each:,} = {h.total:,}"),
        ("one block", f"{counts.heads:,} heads × {h.total:,} = {block:,}"),
        (
            "attention",
            f"{blocks:,} blocks × {block:,} = {blocks * block:,}{biases}, {told['attention_share']:.1%} of {total:,}",
        ),
    ):
        lines += hanging(f"{say(label):<11}", say(text), width)
    return framed(say(counts.title), [*lines, Text()], [counts.notes], width)
