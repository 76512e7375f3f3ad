"""``translator tokens``: the subwords a text is cut into, with their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import stdout
from translator.commands.options import From, Json, Model, To
from translator.commands.output import arrow, print_json, show
from translator.commands.requests import direction_from
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
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
    subwords = folder.subwords
    if direction is None:
        known = folder.directions
        direction = known[0] if len(known) == 1 else direction_of(text)
    elif direction not in folder.directions:
        raise UsageError(f"this model was not trained for {direction}", f"it knows {', '.join(folder.directions)}")
    ids = subwords.source(text, direction)
    plain = _plain(subwords, text, ids, direction)
    if as_json:
        print_json(plain)
    else:
        _print(plain)


def _plain(subwords: Subwords, text: str, ids: list[int], direction: str) -> dict[str, Any]:
    from translator.text.normalise import normalise
    from translator.text.subwords import Word

    last = len(ids) - 1
    inside = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(ids[1:-1])]
    words: list[Word] = [
        Word(subwords.piece(ids[0]), 0, 1),
        *inside,
        Word(subwords.piece(ids[last]), last, last + 1),
    ]
    return {
        "text": text,
        "normalised": normalise(text),
        "direction": direction,
        "tokens": [
            {"piece": subwords.piece(id), "id": id, "word": number, "kind": _kind(subwords, id)}
            for number, word in enumerate(words)
            for id in ids[word.start : word.stop]
        ],
        "words": [{"text": word.text, "start": word.start, "stop": word.stop} for word in words],
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


def _print(plain: dict[str, Any]) -> None:
    from translator.draw.boxes import WordBox, boxes
    from translator.draw.heatmap import framed
    from translator.draw.language import told
    from translator.text.normalise import visible
    from translator.text.slots import shown

    width = max(40, stdout().width)
    count, words = len(plain["tokens"]), len(plain["words"]) - 2
    title = told(f"{arrow(plain['direction'])}  {count} tokens, {words} words")
    drawn = []
    for word in plain["words"]:
        own = plain["tokens"][word["start"] : word["stop"]]
        pieces = [visible(shown(token["piece"])) for token in own]
        drawn.append(
            WordBox(visible(word["text"]), pieces, [token["id"] for token in own], [token["kind"] for token in own])
        )
    same = "the text as the model reads it" if plain["decoded"] == plain["normalised"] else "NOT the normalised text"
    note = f"ids back to text: {visible(plain['decoded'])} ({same})"
    show(framed(title, [boxes(drawn, width)], [note], width))
