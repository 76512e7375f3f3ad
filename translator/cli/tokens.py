"""``translator tokens``: how a text is cut into subwords."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from translator.cli.console import stdout
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

__all__ = ["tokens"]


def tokens(
    text: Annotated[str, typer.Argument(help="The text.")],
    model: Annotated[
        str, typer.Option(help="Name of a shipped model, or a model folder.", envvar="TRANSLATOR_MODEL")
    ] = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the subwords of a text, boxed by word, with their ids; pieces that are single bytes are marked.

    Example: translator tokens "I am happy."
    """
    from translator.model.folder import open_folder
    from translator.resources import model_folder
    from translator.text.normalise import normalise

    if not normalise(text):
        raise UsageError("there is no text to cut: it is empty", 'for example: translator tokens "I am happy."')
    subwords = open_folder(model_folder(model)).subwords
    ids = subwords.encode(text)
    words = subwords.words(ids)
    if as_json:
        record = {
            "text": normalise(text),
            "decoded": subwords.decode(ids),
            "words": [
                {
                    "text": word.text,
                    "pieces": [
                        {"id": ids[i], "piece": subwords.piece(ids[i]), "byte": subwords.is_byte(ids[i])}
                        for i in range(word.start, word.stop)
                    ],
                }
                for word in words
            ],
        }
        print(json.dumps(record, ensure_ascii=False))
        return
    from translator.views.tokens import boxes

    console = stdout()
    pieces = [
        [(subwords.piece(ids[i]), ids[i], subwords.is_byte(ids[i])) for i in range(w.start, w.stop)] for w in words
    ]
    console.print(boxes(pieces, console.width), no_wrap=True, crop=False)
    same = "the same text" if subwords.decode(ids) == normalise(text) else "ANOTHER TEXT"
    flagged = sum(subwords.is_byte(i) for i in ids)
    note = f" · {flagged} single bytes (!): characters the vocabulary has no piece for" if flagged else ""
    console.print(
        f"{len(ids)} pieces, {len(words)} words · put together again: {same}{note}", style="dim", markup=False
    )
