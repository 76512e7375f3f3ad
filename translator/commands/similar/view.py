"""Two sentences word by word: text, SVG, CSV and plain data from one result."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.text import Text

from translator.commands.output import csv_text, plain
from translator.draw.cosines import Grid, blocks, grid_svg
from translator.draw.heatmap import framed
from translator.draw.scatter import MARKS, Scatter, scatter, scatter_svg
from translator.draw.svg import page
from translator.draw.text import DIM, fit, wrapped
from translator.explain.similarity import Level, Similarity

_GRID_CAPTION = "cosine · [ ] = nearest word of the other text"
_PLANE_CAPTION = (
    "the vectors at length 1 on their first two principal components, one scale: what is left out is not seen here; "
    "the cosines below are exact"
)


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
    lines += [scatter(_scatter(found), width), *wrapped(_PLANE_CAPTION, width, DIM), Text()]
    return framed(f"similar at {level}", [*lines, *(line for block in drawn for line in block)], [caption], width)


def similarity_svg(found: Similarity, texts: tuple[str, str], level: str) -> str:
    """The same as one SVG document."""
    drawn = [scatter_svg(_scatter(found), texts), grid_svg(_grid(found))]
    return page(f"similar at {level}", drawn, [_PLANE_CAPTION, _GRID_CAPTION.replace("[ ]", "frame")])


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
