"""``translator attend``: every attention weight behind a translation, as a picture, as numbers, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.attend.asked import Asked
from translator.commands.loaded import load
from translator.commands.options import Force, From, Json, Model, Target, To, with_settings
from translator.commands.output import print_json, svg_file, write_files
from translator.commands.pairs import readings, sentence_pairs
from translator.commands.requests import direction_from
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.commands.attend.output import Shown
    from translator.translation import Translator


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
    from translator.explain.weights import pair_attention

    every = [pair_attention(reading) for reading in readings(translator, pairs)]
    shown = [Shown(pair, one, choice) for pair, one in zip(pairs, every, strict=True)]
    write_files(
        (asked.html, lambda: _page(translator, shown)),
        svg_file(asked.svg, lambda: attention_svg(shown)),
        (asked.csv, lambda: attention_csv(shown)),
        force=force,
    )
    for number, one in enumerate(shown):
        if as_json:
            print_json(one.plain() | (one.check_plain(translator) if asked.check else {}))
            continue
        one.print(apart=number > 0)
        if asked.check:
            one.print_check(translator)


def _page(translator: Translator, shown: list[Shown]) -> str:
    from translator.commands.page.command import page_of
    from translator.commands.page.page import PageView

    choice = shown[0].choice
    view = PageView(choice.kind, choice.layer, choice.head, choice.level)
    return page_of(translator, [(one.pair, one.attention.read) for one in shown], view)
