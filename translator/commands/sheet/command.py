"""``translator sheet``: one attention head as a spreadsheet with live formulas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import stdout, write_bytes
from translator.commands.loaded import load
from translator.commands.options import Force, From, Head, Json, Kind, Layer, Model, Target, To
from translator.commands.output import print_json
from translator.commands.pairs import HeadOptions, SentencePair, head_options, readings, sentence_pairs
from translator.commands.requests import direction_from
from translator.draw.language import figures
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.translation import Translator


def sheet(
    text: Annotated[str, typer.Argument(help="One sentence.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The spreadsheet to write, FILE.xlsx.")],
    target: Target = None,
    simple: Annotated[
        bool, typer.Option("--simple", help="No learned matrices: the embeddings themselves are Q, K and V.")
    ] = False,
    kind: Kind = "cross",
    layer: Layer = None,
    head: Head = None,
    force: Force = False,
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Write a spreadsheet that computes one attention head by live formulas, and compares itself with the model.

    Example: translator sheet "I am happy." -o happy.xlsx --kind encoder --layer 2 --head 1
    """
    direction = direction_from(source_language, target_language)
    if simple and (kind != "cross" or layer is not None or head is not None):
        raise UsageError("--simple has no layers and no heads", "leave out --kind, --layer and --head")
    if output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}: a spreadsheet ends in .xlsx", f"for example: -o {output.with_suffix('.xlsx')}")
    if output.exists() and not force:  # said before the work, not after it
        raise UsageError(f"{output} exists already", "add --force to replace it, or name another file")

    translator = load(model)
    chosen = head_options(translator.folder.shape, kind, layer, head)
    pairs = sentence_pairs(translator, text, target, direction)
    if len(pairs) > 1:
        raise UsageError(
            f"the text has {len(pairs)} sentences; a spreadsheet shows one", f'for example: "{pairs[0].source}"'
        )
    pair = pairs[0]
    content = (_simple if simple else _head)(translator, pair, chosen, model)
    write_bytes(output, content, force=force)
    if as_json:
        head_told = {} if simple else {"kind": chosen.kind, "layer": chosen.layer + 1, "head": chosen.head + 1}
        print_json({"file": str(output), "bytes": len(content)} | pair.plain() | head_told)
    else:
        stdout().print(f"{output}: {figures(f'{len(content) / 1e6:.2f} MB')}", markup=False)


def _head(translator: Translator, pair: SentencePair, chosen: HeadOptions, name: str) -> bytes:
    from translator.commands.sheet.sheet import head_workbook
    from translator.explain.stages import head_stages

    [precise], [plain] = (readings(translator, [pair], in_double=in_double) for in_double in (True, False))
    stages = head_stages(precise, chosen.kind, chosen.layer, chosen.head)
    return head_workbook(stages, plain.attention[chosen.kind], pair, name)


def _simple(translator: Translator, pair: SentencePair, _: HeadOptions, name: str) -> bytes:
    from translator.commands.sheet.sheet import simple_workbook
    from translator.explain.simple import SimpleAttention

    if not pair.target_ids:
        raise UsageError("the translation is empty: there is nothing to attend from", "give one with --target")
    ids = pair.source_ids[1:-1], pair.target_ids
    return simple_workbook(SimpleAttention(translator.checkpoint.model, translator.subwords, *ids), pair, name)
