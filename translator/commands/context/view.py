"""One word in several sentences: text, SVG, CSV and plain data from one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.text import Text

from translator.commands.output import csv_text, plain
from translator.draw.cosines import Grid, blocks, cosine_text, grid_svg
from translator.draw.grid import side_by_side
from translator.draw.heatmap import framed
from translator.draw.language import say
from translator.draw.svg import page
from translator.draw.text import BOLD, hanging
from translator.explain.context import Looked


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
    lines: list[Text] = []
    for number, sentence in enumerate(found.sentences, start=1):
        lines += hanging(f"S{number} ", sentence.source, width)
        lines += hanging("   → ", sentence.target, width)
        lines += hanging("   ", say(_became(sentence)), width)
    lines += [Text(), Text(say("mean cosine between the sentences"), BOLD), *_by_stage(found, width), Text()]
    drawn = [block for grid in _grids(found) for block in blocks(grid, width)]
    lines += side_by_side(drawn, width, apart=1)
    title = say(f"“{found.word}” ({pieces}) in {len(found.sentences)} sentences")
    return framed(title, lines, [_caption(found)], width)


def _grids(found: Context) -> list[Grid]:
    names = [f"S{number}" for number in range(1, len(found.sentences) + 1)]
    return [Grid(say(stage), names, names, grid) for stage, grid in zip(found.stages, found.cosines, strict=True)]


def context_svg(found: Context) -> str:
    """The grids as one SVG document."""
    sentences = [f"S{k}: {s.source} → {s.target} · {_became(s)}" for k, s in enumerate(found.sentences, start=1)]
    a_row = max(1, 3 - len(found.sentences) // 5)
    drawn = [grid_svg(grid) for grid in _grids(found)]
    return page(say(f"“{found.word}” by context"), drawn, [*sentences, _caption(found)], a_row=a_row)


def context_csv(found: Context) -> str:
    """A row a stage and pair of sentences."""
    rows = (
        [stage, i + 1, j + 1, f"{plain(value):.6f}"]
        for stage, grid in zip(found.stages, found.cosines, strict=True)
        for (i, j), value in np.ndenumerate(grid)
    )
    return csv_text(["stage", "sentence", "other", "cosine"], rows)


def context_plain(found: Context) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "word": found.word,
        "attention": found.attention,
        "sentences": plain(found.sentences),
        "stages": [
            {"stage": stage, "mean": plain(mean), "cosines": plain(grid)}
            for stage, mean, grid in zip(found.stages, found.means(), found.cosines, strict=True)
        ],
    }


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


def _by_stage(found: Context, width: int) -> list[Text]:
    names = [say(stage) for stage in found.stages]
    label = max(map(len, names))
    room = min(50, width - label - 8)
    lines = []
    for stage, mean in zip(names, found.means(), strict=True):
        line = Text(f"{stage:>{label}} {cosine_text(mean)} ")
        line.append("█" * round(max(0.0, mean) * room), "bar")
        lines.append(line)
    return lines
