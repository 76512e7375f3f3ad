"""``translator embed``: a word's neighbours in the embedding matrix, and analogies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.commands.console import json_line, stdout
from translator.commands.loaded import weights
from translator.commands.options import Json, Model
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.explain.embeddings import AnalogyAnswer, Neighbour, Neighbours

__all__ = ["embed"]


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
        for data in [*map(_neighbours_plain, found), *map(_analogy_plain, answers)]:
            print(json_line(data))
        return
    console = stdout()
    scale = math.sqrt(checkpoint.shape.d_model)
    views = [neighbours_view(f, console.width, scale) for f in found]
    views += [analogy_view(answer, console.width) for answer in answers]
    for number, view in enumerate(views):
        if number:
            console.print()
        console.print(view, no_wrap=True, crop=False)


def _neighbour_plain(n: Neighbour) -> dict[str, Any]:
    return {"word": n.word, "id": n.id, "cosine": round(n.cosine, 6), "language": n.language, "is_part": n.is_part}


def _neighbours_plain(found: Neighbours) -> dict[str, Any]:
    return {
        "word": found.word,
        "pieces": found.pieces,
        "norm": round(found.norm, 6),
        "language": found.language,
        "log_odds": round(found.log_odds, 6),
        "nearest": [_neighbour_plain(n) for n in found.nearest],
        "nearest_in_other_language": [_neighbour_plain(n) for n in found.across],
        "candidates": found.candidates,
        "mean_cosine": round(found.mean_cosine, 6),
        "percentile_99": round(found.percentile_99, 6),
    }


def _analogy_plain(answer: AnalogyAnswer) -> dict[str, Any]:
    question, expected = answer.question, answer.expected
    return {
        "analogy": {"a": question.a, "b": question.b, "c": question.c},
        "pieces": answer.pieces,
        "nearest": [_neighbour_plain(n) for n in answer.nearest],
        "nearest_with_asked": [_neighbour_plain(n) for n in answer.with_asked],
        "expected": expected
        and {
            "word": expected.word,
            "pieces": expected.pieces,
            "cosine": round(expected.cosine, 6),
            "rank": expected.rank,
            "holds": expected.rank == 1,
        },
        "candidates": answer.candidates,
    }
