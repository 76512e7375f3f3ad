"""Neighbours and analogies of words as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.cosines import fit, wrap
from translator.explain.embeddings import Analogy, AnalogyAnswer, Neighbour, Neighbours

__all__ = ["analogy_view", "neighbours_view"]

_LANGUAGES = {"en": "English", "pt": "Portuguese", None: "either"}
_DIM, _BOLD = Style(dim=True), Style(bold=True)
_BAR = 24  # cells for a cosine of 1
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def neighbours_view(found: Neighbours, width: int, scale: float) -> Text:
    """One word and its neighbours in ``width`` cells. ``scale`` is what the model multiplies embeddings by, √D."""
    width = max(40, width)
    title = f"{found.word}  {_spelled(found.pieces)}  norm {found.norm:.2f}  {_language(found)}"
    lines = [Text(line, _BOLD) for line in wrap(title, width)]
    lines += _ranked(found.nearest, width)
    if found.across:
        other = _LANGUAGES[found.across[0].language]
        nearest = ", ".join(f"{n.word} {n.cosine:.2f}" for n in found.across)
        lines += [Text(line) for line in wrap(f"nearest in {other}: {nearest}", width)]
    caption = (
        f"cosine with {found.candidates:,} pieces that open a word: mean {found.mean_cosine:.2f}, 99 % below "
        f"{found.percentile_99:.2f} · norm as stored; the model reads it × {scale:g}"
    )
    if len(found.pieces) > 1:
        caption += f" · the vector is the mean of {len(found.pieces)} pieces"
    return Text("\n").join([*lines, *(Text(line, _DIM) for line in wrap(caption, width))])


def analogy_view(answer: AnalogyAnswer, width: int) -> Text:
    """An analogy, its answers, and whether it holds, in ``width`` cells."""
    width = max(40, width)
    q = answer.question
    lines = [
        Text(line, _BOLD) for line in wrap(f"{q.a} : {q.b} :: {q.c} : ?   nearest to {q.b} − {q.a} + {q.c}", width)
    ]
    lines += _ranked(answer.nearest, width)
    lines += [Text(line, _BOLD) for line in wrap(_verdict(answer), width)]
    with_asked = ", ".join(f"{n.word} {n.cosine:.2f}" for n in answer.with_asked)
    asked = {word: pieces for word, pieces in zip((q.a, q.b, q.c), answer.pieces, strict=True) if len(pieces) > 1}
    if answer.expected and len(answer.expected.pieces) > 1:
        asked[answer.expected.word] = answer.expected.pieces
    caption = f"cosine; each word at length 1 first · the words asked about are left out; with them: {with_asked}"
    if asked:
        caption += " · means of pieces: " + ", ".join(f"{word} = {_spelled(pieces)}" for word, pieces in asked.items())
    return Text("\n").join([*lines, *(Text(line, _DIM) for line in wrap(caption, width))])


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
    return f"{_LANGUAGES[found.language]} (log-odds {found.log_odds:+.1f})"


def _ranked(nearest: Sequence[Neighbour], width: int) -> list[Text]:
    rank_width = max(3, len(str(len(nearest))) + 1)
    name_width = min(18, max(cell_len(n.word) for n in nearest))
    bar_width = max(4, min(_BAR, width - rank_width - name_width - 32))
    lines = []
    for rank, n in enumerate(nearest, start=1):
        name = fit(n.word, name_width)
        line = Text(f"{rank:>{rank_width}} {name}" + " " * (name_width - cell_len(name)) + f" {n.cosine:5.2f} ")
        line.append(_bar(n.cosine, bar_width), Style(color="blue"))
        line.append(f" {_LANGUAGES[n.language]}")
        if n.is_part:
            line.append(" (a piece of it)", _DIM)
        line.truncate(width)
        lines.append(line)
    return lines


def _bar(value: float, width: int) -> str:
    """``value`` from 0 to 1 as a bar in ``width`` cells; nothing for less than 0."""
    eighths = round(max(0.0, min(1.0, value)) * width * 8)
    bar = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    return bar + " " * (width - len(bar))
