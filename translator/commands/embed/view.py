"""Neighbours and analogies of words as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.language import say
from translator.draw.text import BOLD, DIM, bar, left, wrapped
from translator.explain.embeddings import Analogy, AnalogyAnswer, Neighbour, Neighbours

_LANGUAGES = {"en": "English", "pt": "Portuguese", None: "either"}
_BAR = 24  # cells for a cosine of 1


def neighbours_view(found: Neighbours, width: int, scale: float) -> Text:
    """One word and its neighbours in ``width`` cells. ``scale`` is what the model multiplies embeddings by, √D."""
    width = max(40, width)
    title = f"{found.word}  {_spelled(found.pieces)}  {say(f'norm {found.norm:.2f}')}  {_language(found)}"
    lines = _ranked(found.nearest, width)
    if found.across:
        other = _LANGUAGES[found.across[0].language]
        nearest = ", ".join(f"{n.word} {n.cosine:.2f}" for n in found.across)
        lines += wrapped(say(f"nearest in {other}: {nearest}"), width)
    caption = (
        f"cosine with {found.candidates:,} pieces that open a word: mean {found.mean_cosine:.2f}, 99 % below "
        f"{found.percentile_99:.2f} · norm as stored; the model reads it × {scale:g}"
    )
    if len(found.pieces) > 1:
        caption += f" · the vector is the mean of {len(found.pieces)} pieces"
    return framed(title, lines, [caption], width)


def analogy_view(answer: AnalogyAnswer, width: int) -> Text:
    """An analogy, its answers, and whether it holds, in ``width`` cells."""
    width = max(40, width)
    q = answer.question
    lines = [*_ranked(answer.nearest, width), *wrapped(say(_verdict(answer)), width, BOLD)]
    with_asked = ", ".join(f"{n.word} {n.cosine:.2f}" for n in answer.with_asked)
    asked = {word: pieces for word, pieces in zip((q.a, q.b, q.c), answer.pieces, strict=True) if len(pieces) > 1}
    if answer.expected and len(answer.expected.pieces) > 1:
        asked[answer.expected.word] = answer.expected.pieces
    caption = f"cosine; each word at length 1 first · the words asked about are left out; with them: {with_asked}"
    if asked:
        caption += " · means of pieces: " + ", ".join(f"{word} = {_spelled(pieces)}" for word, pieces in asked.items())
    title = f"{q.a} : {q.b} :: {q.c} : ?   " + say(f"nearest to {q.b} − {q.a} + {q.c}")
    return framed(title, lines, [caption], width)


def _verdict(answer: AnalogyAnswer) -> str:
    expected, question = answer.expected, answer.question
    if expected is None:
        return f"name the answer you expect to see its rank: {_asked(question)}:answer"
    place = f"{expected.word} is number {expected.rank:,} of {answer.candidates:,}, cosine {expected.cosine:.2f}"
    return f"the analogy holds: {place}" if expected.rank == 1 else f"the analogy fails in this model: {place}"


def _asked(question: Analogy) -> str:
    return f"{question.a}:{question.b}::{question.c}"


def _spelled(pieces: Sequence[str]) -> str:
    return " ".join(pieces)


def _language(found: Neighbours) -> str:
    return f"{say(_LANGUAGES[found.language])} (log-odds {found.log_odds:+.1f})"


def _ranked(nearest: Sequence[Neighbour], width: int) -> list[Text]:
    rank_width = max(3, len(str(len(nearest))) + 1)
    name_width = min(18, max(cell_len(n.word) for n in nearest))
    bar_width = max(4, min(_BAR, width - rank_width - name_width - 32))
    lines = []
    for rank, n in enumerate(nearest, start=1):
        line = Text(f"{rank:>{rank_width}} {left(n.word, name_width)} {n.cosine:5.2f} ")
        line.append(bar(n.cosine, bar_width), "bar")
        line.append(f" {say(_LANGUAGES[n.language])}")
        if n.is_part:
            line.append(f" ({say('a piece of it')})", DIM)
        line.truncate(width)
        lines.append(line)
    return lines
