"""One word in several sentences: text, SVG, CSV and plain data from one result."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.cosines import Grid, blocks, cosine_text, side_by_side, wrap
from translator.draw.cosines_svg import grid_svg, page_svg
from translator.explain.context import Looked

__all__ = ["Context", "InSentence", "context_plain", "context_svg", "context_view", "write_context_csv"]

_BOLD, _DIM = Style(bold=True), Style(dim=True)


@dataclass(frozen=True)
class InSentence:
    """The word in one sentence, and what the translation made of it."""

    source: str
    target: str
    word: str  # as it is spelled there
    pieces: list[str]
    places: int  # how often it stands there; the first is taken
    looked: list[Looked]  # target words by attention on it, most first


@dataclass(frozen=True)
class Context:
    """The whole result."""

    word: str
    sentences: list[InSentence]
    stages: list[str]
    cosines: np.ndarray  # (stages, sentences, sentences)
    attention: str  # which layer and head of cross-attention was read, in words

    def means(self) -> list[float]:
        """Mean cosine between different sentences, a stage; exactly 1 where all of them are."""
        upper = np.triu_indices(len(self.sentences), k=1)
        return [float(grid[upper].mean()) for grid in self.cosines]

    @property
    def is_one_spelling(self) -> bool:
        """Whether the word is the same pieces in every sentence."""
        return len({tuple(s.pieces) for s in self.sentences}) == 1


def context_view(found: Context, width: int) -> Text:
    """Translations, mean cosine by stage, a grid a stage, in ``width`` cells."""
    width = max(40, width)
    pieces = " ".join(found.sentences[0].pieces)
    lines = [
        Text(line, _BOLD) for line in wrap(f"“{found.word}” ({pieces}) in {len(found.sentences)} sentences", width)
    ]
    for number, sentence in enumerate(found.sentences, start=1):
        lines += _hanging(f"S{number} ", sentence.source, width)
        lines += _hanging("   → ", sentence.target, width)
        lines += _hanging("   ", _became(sentence), width)
    lines += [Text(), Text("mean cosine between the sentences", _BOLD), *_by_stage(found, width)]
    names = _names(found)
    drawn = [
        block
        for stage, grid in zip(found.stages, found.cosines, strict=True)
        for block in blocks(Grid(stage, names, names, grid), width)
    ]
    lines += [Text(), side_by_side(drawn, width)]
    return Text("\n").join([*lines, *(Text(line, _DIM) for line in wrap(_caption(found), width))])


def context_svg(found: Context) -> str:
    """The grids as one SVG document."""
    names = _names(found)
    drawn = [grid_svg(Grid(s, names, names, grid)) for s, grid in zip(found.stages, found.cosines, strict=True)]
    sentences = [f"S{k}: {s.source} → {s.target} · {_became(s)}" for k, s in enumerate(found.sentences, start=1)]
    a_row = max(1, 3 - len(names) // 5)
    return page_svg(f"“{found.word}” by context", drawn, [*sentences, _caption(found)], a_row=a_row)


def write_context_csv(found: Context, file: TextIO) -> None:
    """A row a stage and pair of sentences."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["stage", "sentence", "other", "cosine"])
    for stage, grid in zip(found.stages, found.cosines, strict=True):
        for i, row in enumerate(grid, start=1):
            writer.writerows([stage, i, j, f"{_plain(value):.6f}"] for j, value in enumerate(row, start=1))


def context_plain(found: Context) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "word": found.word,
        "attention": found.attention,
        "sentences": [
            {
                "source": s.source,
                "target": s.target,
                "word": s.word,
                "pieces": s.pieces,
                "places": s.places,
                "looked": [{"word": k.word, "weight": _plain(k.weight), "is_word": k.is_word} for k in s.looked],
            }
            for s in found.sentences
        ],
        "stages": [
            {"stage": stage, "mean": _plain(mean), "cosines": [[_plain(v) for v in row] for row in grid]}
            for stage, mean, grid in zip(found.stages, found.means(), found.cosines, strict=True)
        ],
    }


def _plain(value: float) -> float:
    return round(float(value), 6) + 0.0  # −0.0 becomes 0.0


def _names(found: Context) -> list[str]:
    return [f"S{number}" for number in range(1, len(found.sentences) + 1)]


def _became(sentence: InSentence) -> str:
    """Which target word looked at it most; if it was ``</s>``, that no word did."""
    top, *rest = sentence.looked
    best = top if top.is_word else next((k for k in rest if k.is_word), None)
    if best is None:
        return f"{sentence.word} → nothing: the translation is empty"
    if top.is_word:
        others = ", ".join(f"{k.word} {k.weight:.0%}" for k in rest[:2] if k.weight >= 0.005)
        others = f" ({others})" if others else ""
        return f"{sentence.word} → {best.word}, which gave it {best.weight:.0%} of its attention{others}"
    return (
        f"{sentence.word} → no word: {top.word} looked at it most ({top.weight:.0%}); of the words {best.word} "
        f"({best.weight:.0%})"
    )


def _caption(found: Context) -> str:
    parts = [
        "cosine of the word's vector between sentences; >.99 is just below 1",
        "token + position: 1 only where the word stands at the same place",
        f"“→” is the target word with most of its {found.attention} on it: where the decoder looked, not why it "
        "chose the word",
    ]
    if not found.is_one_spelling:
        spelled = ", ".join(dict.fromkeys(f"{s.word} = {' '.join(s.pieces)}" for s in found.sentences))
        parts.insert(0, f"spelled differently, so token only is not 1: {spelled}")
    repeated = [f"S{k} ({s.places})" for k, s in enumerate(found.sentences, start=1) if s.places > 1]
    if repeated:
        parts.append(f"it stands more than once in {', '.join(repeated)}: the first is taken")
    return " · ".join(parts)


def _hanging(head: str, text: str, width: int) -> list[Text]:
    """``text`` after ``head``, further lines indented as far."""
    indent = cell_len(head)
    wrapped = wrap(text, width - indent)
    return [Text((head if k == 0 else " " * indent) + line) for k, line in enumerate(wrapped)]


def _by_stage(found: Context, width: int) -> list[Text]:
    label = max(map(len, found.stages))
    room = min(50, width - label - 8)
    lines = []
    for stage, mean in zip(found.stages, found.means(), strict=True):
        line = Text(f"{stage:>{label}} {cosine_text(mean)} ")
        line.append("█" * round(max(0.0, mean) * room), Style(color="blue"))
        lines.append(line)
    return lines
