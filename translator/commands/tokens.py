"""``translator tokens``: the subwords a text is cut into, with their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import stdout
from translator.commands.options import From, Json, Model, To
from translator.commands.output import arrow, plain, print_json, show
from translator.commands.requests import check_direction, direction_from
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    from translator.config import Direction
    from translator.text.subwords import Subwords


def tokens(
    text: Annotated[str, typer.Argument(help="The text; as one, however many sentences it has.")],
    source_language: From = None,
    target_language: To = None,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """See the subwords a text is cut into, boxed by word, with the ids that the model reads.

    ▁ is a space. The tag that opens the source names the language to write.

    Example: translator tokens "A fluffy blue creature."
    """
    direction = direction_from(source_language, target_language)
    from translator.model.folder import open_folder
    from translator.text.languages import direction_of
    from translator.text.normalise import normalise

    folder = open_folder(model_folder(model))
    if not normalise(text):
        raise UsageError("there is no text to cut into tokens: it is empty", 'for example: "I am happy."')
    if direction is None:
        direction = folder.directions[0] if len(folder.directions) == 1 else direction_of(text)
    check_direction(folder, direction)
    found = _found(folder.subwords, text, direction)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _found(subwords: Subwords, text: str, direction: Direction) -> dict[str, Any]:
    from translator.text.normalise import normalise
    from translator.text.subwords import Word

    ids = subwords.source(text, direction)
    last = len(ids) - 1
    inside = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(ids[1:-1])]
    words = [Word(subwords.piece(ids[0]), 0, 1), *inside, Word(subwords.piece(ids[last]), last, last + 1)]
    return {
        "text": text,
        "normalised": normalise(text),
        "direction": direction,
        "tokens": [
            {"piece": subwords.piece(id), "id": id, "word": number, "kind": _kind(subwords, id)}
            for number, word in enumerate(words)
            for id in ids[word.start : word.stop]
        ],
        "words": plain(words),
        "decoded": subwords.decode(ids),
    }


def _kind(subwords: Subwords, id: int) -> str:
    """``piece``, ``byte``, ``unknown``, ``slot`` (carried over unchanged) or ``special`` (added by the program)."""
    from translator.text.slots import SLOTS
    from translator.text.subwords import TAGS, UNK

    piece = subwords.piece(id)
    if id == UNK:
        return "unknown"
    if id <= max(TAGS.values()):
        return "special"
    if any(c in SLOTS for c in piece):
        return "slot"
    return "byte" if subwords.is_byte(id) else "piece"


def _print(found: dict[str, Any]) -> None:
    from translator.draw.boxes import WordBox, boxes
    from translator.draw.heatmap import framed
    from translator.draw.language import told
    from translator.text.normalise import visible
    from translator.text.slots import shown

    width = max(40, stdout().width)
    drawn = []
    for word in found["words"]:
        own = found["tokens"][word["start"] : word["stop"]]
        pieces, ids, kinds = ([token[name] for token in own] for name in ("piece", "id", "kind"))
        drawn.append(WordBox(visible(word["text"]), [visible(shown(piece)) for piece in pieces], ids, kinds))
    title = told(f"{arrow(found['direction'])}  {len(found['tokens'])} tokens, {len(drawn) - 2} words")
    same = "the text as the model reads it" if found["decoded"] == found["normalised"] else "NOT the normalised text"
    note = f"ids back to text: {visible(found['decoded'])} ({same})"
    show(framed(title, [boxes(drawn, width)], [note], width))
