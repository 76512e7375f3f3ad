"""Neighbours and analogies, two sentences, one word in several: as text, and what has a picture as SVG and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.commands.output import csv_text, plain
from translator.draw.cosines import Grid, blocks, cosine_text, grid_svg
from translator.draw.grid import side_by_side
from translator.draw.heatmap import framed
from translator.draw.language import figure, say
from translator.draw.scatter import MARKS, Scatter, scatter, scatter_svg
from translator.draw.svg import page
from translator.draw.text import BOLD, DIM, bar, fit, hanging, left, wrapped
from translator.explain.context import Context, InSentence
from translator.explain.embeddings import AnalogyAnswer, Neighbour, Neighbours
from translator.explain.similarity import Level, Similarity

_LANGUAGES = {"en": "English", "pt": "Portuguese", None: "either"}
_BAR = 24  # cells for a cosine of 1
_GRID_CAPTION = "cosine · [ ] = nearest word of the other text"
_PLANE_CAPTION = (
    "the vectors at length 1 on their first two principal components, one scale: what is left out is not seen here; "
    "the cosines below are exact"
)


def neighbours_view(found: Neighbours, width: int, scale: float) -> Text:
    """One word and its neighbours in ``width`` cells. ``scale`` is what the model multiplies embeddings by, √D."""
    width = max(40, width)
    language = f"{say(_LANGUAGES[found.language])} (log-odds {found.log_odds:+.1f})"
    title = f"{found.word}  {' '.join(found.pieces)}  {say(f'norm {found.norm:.2f}')}  {language}"
    lines = _ranked(found.nearest, width)
    if others := found.nearest_in_other_language:
        lines += wrapped(say(f"nearest in {say(_LANGUAGES[others[0].language])}: {_in_a_line(others)}"), width)
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
    title = f"{q.a} : {q.b} :: {q.c} : ?   " + say(f"nearest to {q.b} − {q.a} + {q.c}")
    return framed(title, [*_ranked(answer.nearest, width), *wrapped(say(verdict), width, BOLD)], [caption], width)


def _in_a_line(nearest: Sequence[Neighbour]) -> str:
    return ", ".join(f"{n.word} {figure(f'{n.cosine:.2f}')}" for n in nearest)


def _ranked(nearest: Sequence[Neighbour], width: int) -> list[Text]:
    rank_width = max(3, len(str(len(nearest))) + 1)
    name_width = min(18, max(cell_len(n.word) for n in nearest))
    bar_width = max(4, min(_BAR, width - rank_width - name_width - 32))
    lines = []
    for rank, n in enumerate(nearest, start=1):
        line = Text(f"{rank:>{rank_width}} {left(n.word, name_width)} {n.cosine:5.2f} ")
        line.append(bar(n.cosine, bar_width), "bar").append(f" {say(_LANGUAGES[n.language])}")
        if n.is_part:
            line.append(f" ({say('a piece of it')})", DIM)
        line.truncate(width)
        lines.append(line)
    return lines


def level_name(level: Level, layers: int, heads: int) -> str:
    """What the vectors are, in words. ``layers`` and ``heads`` are how many there are where ``level`` looks."""
    if level.at == "embedding":
        return "embeddings (no position, no context)"
    if level.at == "encoder":
        return "encoder memory" if level.layer is None else f"encoder, after layer {level.layer + 1}/{layers}"
    what = {"query": "queries", "key": "keys", "query-key": "keys of the first, queries of the second"}[level.at]
    attention = "cross-attention" if level.kind == "cross" else "encoder self-attention"
    layer = layers if level.layer is None else level.layer + 1
    head = f"all {heads} heads" if level.head is None else f"head {level.head + 1}/{heads}"
    return f"{what}, {attention}, layer {layer}/{layers}, {head}"


def similarity_view(found: Similarity, texts: tuple[str, str], level: str, width: int) -> Text:
    """Scatter, then the grid of cosines, in ``width`` cells."""
    width = max(40, width)
    drawn, caption = blocks(_grid(found), width), _GRID_CAPTION
    if len(drawn) > 1:  # a few panels of what matters most, the first text against the second, not many of everything
        n = found.text_of.count(0)
        marks = [j - n for j in found.nearest_in_other()[:n]]
        drawn = blocks(Grid("", found.words[:n], found.words[n:], found.cosines[:n, n:], marks), width)
        caption += " · first text down, second across; --json, --csv and --svg have all pairs"
    lines = [Text(fit(f"{MARKS[side]} {text}", width)) for side, text in enumerate(texts)]
    lines += [scatter(_scatter(found), width), *wrapped(say(_PLANE_CAPTION), width, DIM), Text()]
    return framed(say(f"similar at {level}"), [*lines, *(line for block in drawn for line in block)], [caption], width)


def similarity_svg(found: Similarity, texts: tuple[str, str], level: str) -> str:
    """The same as one SVG document."""
    drawn = [scatter_svg(_scatter(found), texts), grid_svg(_grid(found))]
    return page(say(f"similar at {level}"), drawn, [_PLANE_CAPTION, _GRID_CAPTION.replace("[ ]", "frame")])


def _scatter(found: Similarity) -> Scatter:
    return Scatter(found.words, found.text_of, found.plane.coordinates, found.plane.explained)


def _grid(found: Similarity) -> Grid:
    return Grid("", found.words, found.words, found.cosines, found.nearest_in_other(), found.text_of.count(0))


def similarity_csv(found: Similarity) -> str:
    """A row a word: which text, the word, its place on the plane, its cosine with every word."""
    first = found.text_of.count(0)
    named = enumerate(zip(found.text_of, found.words, strict=True), start=1)
    names = [f"{'AB'[side]}{i - side * first}:{word}" for i, (side, word) in named]
    numbers = np.hstack([found.plane.coordinates, found.cosines])
    rows = ([name, name[0], *(f"{v:.6f}" for v in plain(row))] for name, row in zip(names, numbers, strict=True))
    return csv_text(["word", "text", "pc1", "pc2", *names], rows)


def similarity_plain(found: Similarity, texts: tuple[str, str]) -> dict[str, Any]:
    """The result as plain data. Layers and heads count from 1, as on the command line."""
    level = found.level
    words = zip(found.text_of, found.words, found.pieces, strict=True)
    return {
        "texts": list(texts),
        "at": level.at,
        "kind": None if level.at in ("embedding", "encoder") else level.kind,
        "layer": None if level.layer is None else level.layer + 1,
        "head": None if level.head is None else level.head + 1,
        "words": [{"text": side, "word": word, "pieces": pieces} for side, word, pieces in words],
        "cosines": plain(found.cosines),
        "nearest_in_other": found.nearest_in_other(),
        "explained_variance_ratio": plain(found.plane.explained),
        "coordinates": plain(found.plane.coordinates),
    }


def context_view(found: Context, width: int) -> Text:
    """Translations, mean cosine by stage, a grid a stage, in ``width`` cells."""
    width = max(40, width)
    lines: list[Text] = []
    for number, sentence in enumerate(found.sentences, start=1):
        lines += hanging(f"S{number} ", sentence.source, width)
        lines += hanging("   → ", sentence.target, width)
        lines += hanging("   ", say(_became(sentence)), width)
    lines += [Text(), Text(say("mean cosine between the sentences"), BOLD)]
    label = max(len(say(at.stage)) for at in found.stages)
    room = min(50, width - label - 8)
    for at in found.stages:
        line = Text(f"{say(at.stage):>{label}} {cosine_text(at.mean)} ")
        lines.append(line.append("█" * round(max(0.0, at.mean) * room), "bar"))
    drawn = [block for grid in _stages(found) for block in blocks(grid, width)]
    lines += [Text(), *side_by_side(drawn, width, apart=1)]
    title = say(f"“{found.word}” ({' '.join(found.sentences[0].pieces)}) in {len(found.sentences)} sentences")
    return framed(title, lines, [_context_caption(found)], width)


def _stages(found: Context) -> list[Grid]:
    names = [f"S{number}" for number in range(1, len(found.sentences) + 1)]
    return [Grid(say(at.stage), names, names, at.cosines) for at in found.stages]


def context_svg(found: Context) -> str:
    """The grids as one SVG document."""
    sentences = [f"S{k}: {s.source} → {s.target} · {_became(s)}" for k, s in enumerate(found.sentences, start=1)]
    a_row = max(1, 3 - len(found.sentences) // 5)
    drawn = [grid_svg(grid) for grid in _stages(found)]
    return page(say(f"“{found.word}” by context"), drawn, [*sentences, _context_caption(found)], a_row=a_row)


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


def _context_caption(found: Context) -> str:
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
