"""One word in several sentences: text, SVG and CSV from one result."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from translator.commands.output import csv_text, plain
from translator.draw.cosines import Grid, blocks, cosine_text, grid_svg
from translator.draw.grid import side_by_side
from translator.draw.heatmap import framed
from translator.draw.svg import page
from translator.draw.text import BOLD, hanging
from translator.explain.context import Context, InSentence


def context_view(found: Context, width: int) -> Text:
    """Translations, mean cosine by stage, a grid a stage, in ``width`` cells."""
    width = max(40, width)
    lines: list[Text] = []
    for number, sentence in enumerate(found.sentences, start=1):
        lines += hanging(f"S{number} ", sentence.source, width)
        lines += hanging("   → ", sentence.target, width)
        lines += hanging("   ", _became(sentence), width)
    lines += [Text(), Text("mean cosine between the sentences", BOLD)]
    label = max(len(at.stage) for at in found.stages)
    room = min(50, width - label - 8)
    for at in found.stages:
        line = Text(f"{at.stage:>{label}} {cosine_text(at.mean)} ")
        lines.append(line.append("█" * round(max(0.0, at.mean) * room), "bar"))
    drawn = [block for grid in _grids(found) for block in blocks(grid, width)]
    lines += [Text(), *side_by_side(drawn, width, apart=1)]
    title = f"“{found.word}” ({' '.join(found.sentences[0].pieces)}) in {len(found.sentences)} sentences"
    return framed(title, lines, [_caption(found)], width)


def _grids(found: Context) -> list[Grid]:
    names = [f"S{number}" for number in range(1, len(found.sentences) + 1)]
    return [Grid(at.stage, names, names, at.cosines) for at in found.stages]


def context_svg(found: Context) -> str:
    """The grids as one SVG document."""
    sentences = [f"S{k}: {s.source} → {s.target} · {_became(s)}" for k, s in enumerate(found.sentences, start=1)]
    a_row = max(1, 3 - len(found.sentences) // 5)
    drawn = [grid_svg(grid) for grid in _grids(found)]
    return page(f"“{found.word}” by context", drawn, [*sentences, _caption(found)], a_row=a_row)


def context_csv(found: Context) -> str:
    """A row a stage and pair of sentences."""
    cells = ((at.stage, place, value) for at in found.stages for place, value in np.ndenumerate(at.cosines))
    rows = ([stage, i + 1, j + 1, f"{plain(value):.6f}"] for stage, (i, j), value in cells)
    return csv_text(["stage", "sentence", "other", "cosine"], rows)


def _became(sentence: InSentence) -> str:
    """Which target word looked at it most; if it was ``</s>``, that no word did."""
    top, *rest = sentence.looked
    best = next((looked for looked in sentence.looked if looked.is_word), None)
    if best is None:
        return f"{sentence.word} → nothing: the translation is empty"
    if best is top:
        others = ", ".join(f"{k.word} {k.weight:.0%}" for k in rest[:2] if k.weight >= 0.005)
        others = f" ({others})" if others else ""
        return f"{sentence.word} → {best.word}, which gave it {best.weight:.0%} of its attention{others}"
    return (
        f"{sentence.word} → no word: {top.word} looked at it most ({top.weight:.0%}); of the words {best.word} "
        f"({best.weight:.0%})"
    )


def _caption(found: Context) -> str:
    spelled = dict.fromkeys(f"{s.word} = {' '.join(s.pieces)}" for s in found.sentences)
    repeated = [f"S{k} ({s.places})" for k, s in enumerate(found.sentences, start=1) if s.places > 1]
    parts = [
        "cosine of the word's vector between sentences; >.99 is just below 1",
        "token + position: 1 only where the word stands at the same place",
        f"“→” is the target word with most of its {found.attention} on it: where the decoder looked, not why it "
        "chose the word",
    ]
    if len({tuple(s.pieces) for s in found.sentences}) > 1:
        parts.insert(0, f"spelled differently, so token only is not 1: {', '.join(spelled)}")
    if repeated:
        parts.append(f"it stands more than once in {', '.join(repeated)}: the first is taken")
    return " · ".join(parts)
