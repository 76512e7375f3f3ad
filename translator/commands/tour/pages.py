"""The tour's pages in their order, as numbers: what is said of each stands in ``en.toml`` and ``pt.toml``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from translator.commands.tour.guide import Block, Label, Matrix, Page, Table
from translator.explain.geometry import entropy
from translator.explain.occlusion import rank_correlation
from translator.explain.parameters import GPT3, HeadCount, gpt3_parts
from translator.explain.reading import to_words
from translator.explain.tour import TourData, is_word
from translator.text.subwords import Word

_MOST_ROWS = 12  # of a table
_MOST_WORDS = 8  # rows and columns of a matrix
_COMPONENTS = 4  # of a vector
_MOLES = ["The American shrew mole is small.", "That is one mole of carbon dioxide.", "Take a biopsy of the mole."]


class Found(NamedTuple):
    """One translation that the search found."""

    text: str
    log_p: float  # nats, all tokens
    score: float  # log_p over the length penalty


@dataclass(frozen=True)
class Tour:
    """What every page is made from."""

    w: TourData
    source: str  # as the user wrote it
    as_read: str  # as the model reads it: with ordinary capitals, numbered slots for what it must not touch
    target: str
    direction: str  # "en-pt" or "pt-en"
    greedy: Found
    beam: int
    search: Callable[[], Sequence[Found]]  # with that beam, the best first


def _table(columns: str, rows: Sequence[Sequence[Any]], left_out: int = 0, *, bars: bool = False) -> Table:
    """As many rows as a page holds; ``columns`` are ``key:format`` each, a blank between."""
    parts = [(key, form) for key, _, form in (column.partition(":") for column in columns.split())]
    return Table(parts, rows[:_MOST_ROWS], left_out + max(0, len(rows) - _MOST_ROWS), bars)


def _begin(vector: np.ndarray) -> list[float]:
    """The first components of a vector, and its norm: a row under :func:`_components`."""
    return [*map(float, vector[:_COMPONENTS]), _norm(vector)]


def _components(length: int) -> str:
    return " ".join([*(f"#{i + 1}:,.3f" for i in range(min(_COMPONENTS, length))), "norm:,.2f"])


def _norm(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _shared(t: Tour, *names: str) -> dict[str, Any]:
    """Facts that several pages tell."""
    w, shape = t.w, t.w.shape
    facts = {"vocabulary": shape.vocab_size, "width": shape.d_model, "root": math.sqrt(shape.d_model)}
    facts |= {"heads": shape.heads, "layer": shape.decoder_layers, "layers": shape.decoder_layers}
    texts = {"tag": w.source.pieces[0], "end": w.source.pieces[-1], "piece": w.source.piece, "word": w.source.word.text}
    texts |= {"predicted": w.target.piece, "read": w.read[w.step]}
    return {name: value for name, value in (facts | texts).items() if name in names}


def _about(sentence: str, *commands: str) -> list[list[str]]:
    """Commands that are about a sentence: it stands after the first word of each."""
    return [[first, sentence, *rest] for first, *rest in map(str.split, commands)]


def tokens_page(t: Tour) -> Page:
    """Both sides, piece by piece."""
    w = t.w
    rows: list[list[Any]] = [[i] for i in range(max(len(w.source.ids), len(w.target.ids)))]
    for side in (w.source, w.target):
        begun = {word.start: word.text for word in side.words}
        for row, piece, id in zip_longest(rows, side.pieces, side.ids):
            word = begun.get(row[0])
            row += [piece, id, None if word == piece else word]  # of what is special, the piece says all
    facts = _shared(t, "vocabulary", "tag", "end") | {"source": t.source, "as_read": t.as_read, "target": t.target}
    facts |= {"source_tokens": len(w.source.ids), "target_tokens": len(w.target.ids)}
    prepared = ["prepared"] if t.as_read != t.source else []
    table = _table("position:d source id:d word target id:d word", rows)
    blocks: list[Block] = ["text", *prepared, f"to_{t.direction[-2:]}", table]
    return Page("tokens", blocks, _about(t.source, "tokens", "translate --json"), facts)


def embeddings_page(t: Tour) -> Page:
    """Two rows of the embedding matrix, and what lies near."""
    w = t.w
    facts = _shared(t, "vocabulary", "width", "root", "piece", "word")
    facts |= {"other": w.target.piece, "cosine": w.cosine, "typical": w.typical_cosine}
    sides = [w.source, w.target] if w.source.id != w.target.id else [w.source]
    rows = [[side.piece, *_begin(vector)] for side, vector in zip(sides, w.embeddings, strict=False)]
    vectors = _table(f"vector {_components(w.shape.d_model)}", rows)
    near = _table("nearest cosine:.2f", w.nearest, bars=True)
    commands = [["embed", w.source.word.text, w.target.word.text], ["similar", t.source, t.target]]
    return Page("embeddings", ["text", vectors, "pair" if len(rows) > 1 else "same", "near", near], commands, facts)


def positions_page(t: Tour) -> Page:
    """Embedding + position, and how alike positions are."""
    w = t.w
    embedding = w.embeddings[0] * math.sqrt(w.shape.d_model)
    parts = {"embedding_scaled": embedding, "plus_position": w.position, "equals_sum": embedding + w.position}
    facts = _shared(t, "piece", "width", "root") | {"position": w.source.word.start}
    facts |= zip(("embedding_norm", "position_norm", "sum_norm"), map(_norm, parts.values()), strict=True)
    rows = [[Label(key), *_begin(vector)] for key, vector in parts.items()]
    vectors = _table(f"vector {_components(w.shape.d_model)}", rows)
    near = _table("distance:d cosine:.2f", w.by_distance, bars=True)
    commands = [["trace", t.source, "--row", w.target.word.text]]
    return Page("positions", ["text", vectors, "near", near], commands, facts)


def encoder_page(t: Tour) -> Page:
    """Where words of the source look, and what becomes of the followed one."""
    w = t.w
    words, followed = w.source.words, w.source.followed
    grids = [to_words(weights.mean(axis=0), words, words) for weights in w.encoder_weights]
    rows: list[list[Any]] = []
    for layer, (grid, cosine) in enumerate(zip(grids, w.encoder_cosines, strict=True), start=1):
        top = int(grid[followed].argmax())
        rows.append([layer, words[top].text, float(grid[followed, top]), cosine])
    facts = _shared(t, "heads", "word") | {"layers": len(grids), "top": rows[0][1], "share": rows[0][2]}
    first = max(0, min(followed - _MOST_WORDS // 2, len(words) - _MOST_WORDS))  # neighbours of the followed word
    near = slice(first, first + _MOST_WORDS)
    names = [word.text for word in words[near]]
    matrix = Matrix(names, names, grids[0][near, near], None, followed - first, len(words) - len(names))
    layers = _table("layer:d looks_at weight:.0% cosine_start:.2f", rows)
    commands = [*_about(t.source, "attend --kind encoder --layer 1"), ["context", "mole", *_MOLES]]
    return Page("encoder", ["text", matrix, "layers", layers], commands, facts)


def decoder_page(t: Tour) -> Page:
    """Where the decoder looks back, and the mask."""
    w, steps = t.w, len(t.w.read)
    weights = w.self_weights[-1].mean(axis=0)  # (T, T)
    count = min(_MOST_WORDS, steps)
    facts = _shared(t, "layer", "layers", "heads") | {"masked": steps * (steps - 1) // 2, "cells": steps**2}
    read = w.read[:count]
    rows = [f"{piece} → {predicted}" for piece, predicted in zip(read, w.target.pieces, strict=False)]
    mask, marked = np.tri(count, dtype=bool), w.step if w.step < count else None
    matrix = Matrix(rows, read, weights[:count, :count], mask, marked, steps - count)
    word = ["trace", t.source, "--kind", "decoder", "--row", w.target.word.text]
    return Page("decoder", ["text", matrix, "mask"], [*_about(t.source, "attend --kind decoder"), word], facts)


def cross_page(t: Tour) -> Page:
    """One row of cross-attention from scores to output."""
    w, s, row = t.w, t.w.stages, t.w.step
    weights, pieces, E = s.weights[row], w.source.pieces, s.q.shape[1]
    order = np.argsort(-weights, kind="stable").tolist()
    top = order[0]
    shown = sorted(order[:_MOST_WORDS])
    rows = [[pieces[j], s.scores[row, j], s.scaled[row, j], weights[j]] for j in shown]
    mixed = [[pieces[j], float(weights[j]), *_begin(s.weighted_values[row, j])] for j in order[:3]]
    mixed.append([Label("all_tokens"), float(weights.sum()), *_begin(s.head_output[row])])
    facts = _shared(t, "predicted", "read", "layers", "heads") | {"layer": s.layer + 1, "head": s.head + 1}
    facts |= {"width": E, "root": math.sqrt(E), "tokens": len(weights)}
    facts |= {"top": pieces[top], "score": float(s.scores[row, top]), "share": float(weights[top])}
    scores = _table("source q_k:,.1f scaled:,.2f weight:.1%", rows, len(weights) - len(shown), bars=True)
    values = _table(f"value_of weight:.1% {_components(E)}", mixed)
    trace = ["trace", t.source, "--head", str(s.head + 1), "--row", w.target.word.text]
    commands = [trace, *_about(t.source, "attend", f"sheet --head {s.head + 1} -o attention.xlsx")]
    return Page("cross", ["text", scores, "values", values], commands, facts)


def heads_page(t: Tour) -> Page:
    """The same row in every head."""
    w, s = t.w, t.w.stages
    every = w.cross_weights[-1, :, w.step]  # (H, S)
    bits, added = entropy(every), [_norm(vector) for vector in s.contributions[:, w.step]]
    rows = [
        [head + 1, w.source.pieces[weights.argmax()], float(weights.max()), float(bits[head]), added[head]]
        for head, weights in enumerate(every)
    ]
    facts = _shared(t, "heads", "layer", "predicted") | {"width": w.shape.d_model // len(every)}
    facts |= {"model_width": w.shape.d_model, "most": math.log2(every.shape[1])}
    facts |= {"delta": _norm(s.delta[w.step]), "sum": sum(added)}
    heads = _table("head:d looks_at weight:.0% entropy:.2f adds:,.1f", rows)
    return Page(
        "heads", ["text", heads, "sum"], _about(t.source, "attend --view grid", "sheet -o attention.xlsx"), facts
    )


def residual_page(t: Tour) -> Page:
    """The stream of the followed step, part by part."""
    w, hidden, word = t.w, t.w.shape.feed_forward, t.w.target.word.text
    rows: list[list[Any]] = []
    before: np.ndarray | None = None
    for stage, x in w.stream:
        part, grown, turned = Label(stage.part, f" {stage.layer}" if stage.layer else ""), None, None
        if before is not None:
            grown, turned = _norm(x - before), float(before @ x) / (_norm(before) * _norm(x))
        rows.append([part, grown, _norm(x), turned])
        before = x
    facts = _shared(t, "predicted", "read") | {"hidden": hidden, "active": w.active, "share": w.active / hidden}
    facts |= {"parameters": _parameters(t, "feed-forward") / _parameters(t)}
    stream = _table("after delta:,.1f stream:,.1f cosine_before:.2f", rows)
    commands = [["layers", t.source, "--word", word, "--sublayers"], ["trace", t.source, "--row", word]]
    return Page("residual", ["text", stream, "feed_forward"], commands, facts)


def search_page(t: Tour) -> Page:
    """The next piece, the logit lens, and what search found."""
    w, step, lens = t.w, t.w.step, t.w.lens
    top = [[c.piece, c.p] for c in lens.top(len(lens.stages) - 1, step, 5)]
    layers = []
    for i, stage in enumerate(lens.stages):
        if stage.ends_layer:
            best, (rank, p) = lens.top(i, step, 1)[0], lens.chosen(i, step)
            layer = Label("layer", f" {stage.layer}") if stage.layer else Label(stage.part)
            layers.append([layer, best.piece, best.p, rank, p])
    found = [(Label("beam", f" {n}"), one) for n, one in enumerate(t.search(), start=1)] + [(Label("greedy"), t.greedy)]
    facts = _shared(t, "vocabulary", "predicted", "read") | {"beam": t.beam, "steps": len(w.target.ids)}
    blocks: list[Block] = [
        "text",
        _table("piece p:.1%", top, bars=True),
        "lens",
        _table("after first p:.1% rank_of_chosen:, p:.1%", layers),
        "search",
        _table("search log_p:.2f score:.2f translation", [[name, f.log_p, f.score, f.text] for name, f in found]),
    ]
    prefix = ["--prefix", w.before] if w.before else []
    commands = [["next", t.source, *prefix], ["layers", t.source, "--word", w.target.word.text]]
    return Page("search", blocks, [*commands, *_about(t.source, "translate --n-best 3")], facts)


def _parameters(t: Tour, kind: str = "") -> int:
    """How many there are in parts whose name ends so."""
    return sum(part.count for part in t.w.parts if part.name.endswith(kind))


def parameters_page(t: Tour) -> Page:
    """Counts by part, of a head, and of GPT-3."""
    w, total = t.w, _parameters(t)
    head = HeadCount(w.shape.d_model, w.shape.d_model // w.shape.heads)
    gpt, block = sum(part.count for part, _ in gpt3_parts(GPT3, 1)), GPT3.heads * GPT3.head.total
    facts = _shared(t, "width") | {"total": total, "attention": _parameters(t, "attention") / total}
    facts |= {"head_width": head.width, "each": head.each, "head": head.total}
    facts |= {"gpt_width": GPT3.d_model, "gpt_head_width": GPT3.head_width, "gpt_head": GPT3.head.total}
    facts |= {"gpt_heads": GPT3.heads, "gpt_block": block, "gpt_layers": GPT3.layers}
    facts |= {"gpt_attention": GPT3.layers * block, "gpt_total": gpt, "gpt_share": GPT3.layers * block / gpt}
    facts |= {"work": sum(work.total for work in w.work) / 1e6}
    rows = [[Label(part.name), part.count, part.count / total] for part in w.parts]
    blocks: list[Block] = ["text", _table("part parameters:, share:.1%", rows, bars=True), "head", "gpt3"]
    return Page("parameters", blocks, [["params"], ["params", "--preset", "gpt3"]], facts)


def limits_page(t: Tour) -> Page:
    """Sinks, and leaving words out."""
    w, cross = t.w, t.w.cross_weights[-1].mean(axis=0)  # (T, S)
    over_all = to_words(cross, [Word("", 0, len(w.target.ids))], w.source.words)[0]
    shares = [float(cross[w.step, one.word.start : one.word.stop].sum()) for one in w.without]
    rows = [[one.word.text, share, one.p, one.log_ratio] for one, share in zip(w.without, shares, strict=True)]
    correlation = rank_correlation(shares, [one.log_ratio for one in w.without])
    sink = sum(x for word, x in zip(w.source.words, over_all, strict=True) if not is_word(word))
    facts = _shared(t, "layer", "tag", "end", "predicted") | {"encoder_layers": w.shape.encoder_layers}
    facts |= {"sink": float(sink), "p": w.lens.chosen(len(w.lens.stages) - 1, w.step)[1]}
    facts |= {"correlation": correlation or 0.0, "words": len(w.without)}
    table = _table("left_out attention:.0% p_without:.1% log_ratio:+.2f", sorted(rows, key=lambda row: -row[1]))
    blocks: list[Block] = ["text", "experiment", table, "few" if correlation is None else "correlation", "end"]
    return Page("limits", blocks, _about(t.source, "attend --check", "attend --weights norm", "align"), facts)


PAGES: tuple[Callable[[Tour], Page], ...] = (
    *(tokens_page, embeddings_page, positions_page, encoder_page, decoder_page, cross_page),
    *(heads_page, residual_page, search_page, parameters_page, limits_page),
)
"""What makes each; a page computes what it shows and no more."""
