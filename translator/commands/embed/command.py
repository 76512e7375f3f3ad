"""``translator embed``: a word's neighbours in the embedding matrix, and analogies."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from translator.commands.console import stdout
from translator.commands.loaded import weights
from translator.commands.options import Json, Model
from translator.commands.output import plain, print_json, show
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL


def embed(
    words: Annotated[list[str] | None, typer.Argument(help="Words of either language.")] = None,
    analogy: Annotated[
        list[str] | None, typer.Option(metavar="A:B::C[:ANSWER]", help="A is to B as C is to what? May be repeated.")
    ] = None,
    neighbours: Annotated[int, typer.Option("--neighbours", "-n", help="How many of the nearest are shown.")] = 10,
    model: Model = DEFAULT_MODEL,
    as_json: Json = False,
) -> None:
    """Show what lies near a word in the embedding matrix, English and Portuguese together.

    A word of several pieces is the mean of its pieces. An analogy names the rank of your ANSWER, also when it fails.

    Example: translator embed happy feliz --analogy he:she::his:her
    """
    if not words and not analogy:
        raise UsageError(
            "there is neither a word nor an analogy",
            "for example: translator embed happy feliz, or: translator embed --analogy man:woman::king:queen",
        )
    if any(not word.strip() for word in words or []):
        raise UsageError("there is no word: it is empty", "for example: translator embed happy feliz")
    from translator.commands.embed.view import analogy_view, neighbours_view
    from translator.explain.embeddings import Analogy, Embeddings

    questions = [Analogy.parse(text) for text in analogy or []]
    checkpoint = weights(model)
    space = Embeddings(checkpoint.model, checkpoint.subwords, checkpoint.language_log_odds)
    found = [space.neighbours(word, neighbours) for word in words or []]
    answers = [space.analogy(question, neighbours) for question in questions]
    if as_json:
        for result in (*found, *answers):
            told = plain(result)
            told.get("analogy", {}).pop("expected", None)  # told with its rank
            print_json(told)
        return
    width, scale = stdout().width, math.sqrt(checkpoint.shape.d_model)
    views = [neighbours_view(f, width, scale) for f in found]
    show(*views, *(analogy_view(answer, width) for answer in answers), apart=True)
