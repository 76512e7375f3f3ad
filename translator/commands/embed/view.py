"""Neighbours and analogies of words as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.text import BOLD, DIM, bar, left, wrapped
from translator.explain.embeddings import AnalogyAnswer, Neighbour, Neighbours

_LANGUAGES = {"en": "English", "pt": "Portuguese", None: "either"}
_BAR = 24  # cells for a cosine of 1


def neighbours_view(found: Neighbours, width: int, scale: float) -> Text:
    """One word and its neighbours in ``width`` cells. ``scale`` is what the model multiplies embeddings by, √D."""
    width = max(40, width)
    language = f"{_LANGUAGES[found.language]} (log-odds {found.log_odds:+.1f})"
    title = f"{found.word}  {' '.join(found.pieces)}  norm {found.norm:.2f}  {language}"
    lines = _ranked(found.nearest, width)
    if others := found.nearest_in_other_language:
        lines += wrapped(f"nearest in {_LANGUAGES[others[0].language]}: {_in_a_line(others)}", width)
    caption = (
        f"cosine with {found.candidates:,} pieces that open a word: mean {found.mean_cosine:.2f}, 99 % below "
        f"{found.percentile_99:.2f} · norm as stored; the model reads it × {scale:g}"
    )
    if len(found.pieces) > 1:
        caption += f" · the vector is the mean of {len(found.pieces)} pieces"
    return framed(title, lines, [caption], width)


def analogy_view(answer: AnalogyAnswer, width: int) -> Text:
    """An analogy, its answers, and whether it holds, in ``width`` cells."""
    width, q, expected = max(40, width), answer.analogy, answer.expected
    verdict = f"name the answer you expect to see its rank: {q.a}:{q.b}::{q.c}:answer"
    asked = dict(zip((q.a, q.b, q.c), answer.pieces, strict=True))
    if expected:
        asked[expected.word] = expected.pieces
        place = f"{expected.word} is number {expected.rank:,} of {answer.candidates:,}, cosine {expected.cosine:.2f}"
        verdict = f"the analogy {'holds' if expected.holds else 'fails in this model'}: {place}"
    caption = (
        "cosine; each word at length 1 first · the words asked about are left out; with them: "
        f"{_in_a_line(answer.nearest_with_asked)}"
    )
    if means := [f"{word} = {' '.join(pieces)}" for word, pieces in asked.items() if len(pieces) > 1]:
        caption += f" · means of pieces: {', '.join(means)}"
    title = f"{q.a} : {q.b} :: {q.c} : ?   nearest to {q.b} − {q.a} + {q.c}"
    return framed(title, [*_ranked(answer.nearest, width), *wrapped(verdict, width, BOLD)], [caption], width)


def _in_a_line(nearest: Sequence[Neighbour]) -> str:
    return ", ".join(f"{n.word} {n.cosine:.2f}" for n in nearest)


def _ranked(nearest: Sequence[Neighbour], width: int) -> list[Text]:
    rank_width = max(3, len(str(len(nearest))) + 1)
    name_width = min(18, max(cell_len(n.word) for n in nearest))
    bar_width = max(4, min(_BAR, width - rank_width - name_width - 32))
    lines = []
    for rank, n in enumerate(nearest, start=1):
        line = Text(f"{rank:>{rank_width}} {left(n.word, name_width)} {n.cosine:5.2f} ")
        line.append(bar(n.cosine, bar_width), "bar").append(f" {_LANGUAGES[n.language]}")
        if n.is_part:
            line.append(" (a piece of it)", DIM)
        line.truncate(width)
        lines.append(line)
    return lines
