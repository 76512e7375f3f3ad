"""The tour's pages as numbers, in no language: what is said of each fact stands in ``en.toml`` and ``pt.toml``.

A page is a row of blocks: paragraphs (by name, with the facts they speak of), tables, matrices of weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from translator.explain.cross import entropy, to_words
from translator.explain.occlusion import rank_correlation
from translator.explain.parameters import GPT3, HeadCount, gpt3_parts
from translator.explain.walk import Side, Walk, is_word
from translator.text.subwords import Word

__all__ = ["Block", "Column", "Found", "Label", "Matrix", "Page", "Prose", "Table", "pages"]

_MOST_ROWS = 12  # of a table
_MOST_WORDS = 8  # rows and columns of a matrix
_COMPONENTS = 4  # of a vector


@dataclass(frozen=True)
class Label:
    """A cell that is a word of the language: the key of its label, and what follows it."""

    key: str
    after: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the key of its heading (empty = none), and how its numbers are written."""

    key: str
    spec: str = ""  # of ``format``; "bar" draws a share from 0 to 1


@dataclass(frozen=True)
class Table:
    """Cells are text, numbers, labels, or ``None`` for nothing."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    left_out: int = 0  # rows that are not shown


@dataclass(frozen=True)
class Matrix:
    """Attention weights (rows, columns); what the columns lack of 1 is shown as the rest."""

    rows: Sequence[str]
    columns: Sequence[str]
    weights: np.ndarray
    mask: np.ndarray | None = None  # bool, True = may attend
    marked: int | None = None  # the row that is followed
    left_out: int = 0  # rows that are not shown


@dataclass(frozen=True)
class Prose:
    """Paragraphs of the page's texts, by the name of their block."""

    block: str
    facts: dict[str, Any] = field(default_factory=dict)


Block = Prose | Table | Matrix


@dataclass(frozen=True)
class Page:
    """One page: what stands on it, and the commands that lead deeper."""

    key: str
    blocks: Sequence[Block]
    commands: Sequence[Sequence[str]]  # words of each, without ``translator``


@dataclass(frozen=True)
class Found:
    """One translation that the search found."""

    text: str
    log_p: float  # nats, all tokens
    score: float  # log_p over the length penalty


@dataclass(frozen=True)
class _Tour:
    """What every page is made from."""

    w: Walk
    source: str  # as the user wrote it
    as_read: str  # as the model reads it: with ordinary capitals, numbered slots for what it must not touch
    target: str
    direction: str  # "en-pt" or "pt-en"
    greedy: Found
    beam: int
    found: Sequence[Found]

    @property
    def seen(self) -> np.ndarray:
        """(S,) cross-attention of the last layer at the step followed, mean of the heads."""
        return np.asarray(self.w.cross_weights[-1, :, self.w.step].mean(axis=0))


def pages(
    walk: Walk,
    source: str,
    as_read: str,
    target: str,
    direction: str,
    *,
    greedy: Found,
    beam: int,
    found: Sequence[Found],
) -> list[Page]:
    """All pages, in order. ``found`` holds the best of a beam of ``beam``, ``greedy`` what greedy search found."""
    tour = _Tour(walk, source, as_read, target, direction, greedy, beam, found)
    return [page(tour) for page in _PAGES]


def _tokens(t: _Tour) -> Page:
    w = t.w
    rows = []
    for i in range(max(len(w.source.ids), len(w.target.ids))):
        cells: list[Any] = [i]
        for side in (w.source, w.target):
            inside = i < len(side.ids)
            cells += [side.pieces[i], side.ids[i], _word_at(side, i)] if inside else [None, None, None]
        rows.append(cells)
    columns = [Column("position", "d"), Column("source"), Column("id", "d"), Column("word")]
    columns += [Column("target"), Column("id", "d"), Column("word")]
    facts = {
        "vocabulary": w.shape.vocab_size,
        "tag": w.source.pieces[0],
        "end": w.source.pieces[-1],
        "source": t.source,
        "as_read": t.as_read,
        "target": t.target,
        "source_tokens": len(w.source.ids),
        "target_tokens": len(w.target.ids),
    }
    return Page(
        "tokens",
        [
            Prose("text", facts),
            *([Prose("prepared", facts)] if t.as_read != t.source else []),
            Prose(f"to_{t.direction[-2:]}", facts),
            _table(columns, rows),
        ],
        [["translate", t.source, "--json"]],
    )


def _embeddings(t: _Tour) -> Page:
    w = t.w
    first, second = w.embeddings
    facts = {
        "vocabulary": w.shape.vocab_size,
        "width": w.shape.d_model,
        "root": math.sqrt(w.shape.d_model),
        "piece": w.source.piece,
        "other": w.target.piece,
        "word": w.source.word.text,
        "cosine": w.cosine,
        "typical": w.typical_cosine,
    }
    vectors = [[w.source.piece, *_begin(first)]]
    block = "same"
    if w.source.id != w.target.id:
        block = "pair"
        vectors.append([w.target.piece, *_begin(second)])
    near = Table([Column("nearest"), Column("cosine", ".2f"), Column("", "bar")], [[p, c, c] for p, c in w.nearest])
    return Page(
        "embeddings",
        [Prose("text", facts), _vectors(vectors, w.shape.d_model), Prose(block, facts), Prose("near", facts), near],
        [
            ["embed", w.source.word.text, w.target.word.text],
            ["similar", t.source, t.target],
        ],
    )


def _positions(t: _Tour) -> Page:
    w = t.w
    embedding = w.embeddings[0] * math.sqrt(w.shape.d_model)
    summed = embedding + w.position
    facts = {
        "piece": w.source.piece,
        "position": w.source.word.start,
        "width": w.shape.d_model,
        "root": math.sqrt(w.shape.d_model),
        "embedding_norm": _norm(embedding),
        "position_norm": _norm(w.position),
        "sum_norm": _norm(summed),
    }
    rows = [
        [Label("embedding_scaled"), *_begin(embedding)],
        [Label("plus_position"), *_begin(w.position)],
        [Label("equals_sum"), *_begin(summed)],
    ]
    near = Table(
        [Column("distance", "d"), Column("cosine", ".2f"), Column("", "bar")], [[d, c, c] for d, c in w.by_distance]
    )
    return Page(
        "positions",
        [Prose("text", facts), _vectors(rows, w.shape.d_model), Prose("near", facts), near],
        [["trace", t.source, "--row", w.target.word.text]],
    )


def _encoder(t: _Tour) -> Page:
    w = t.w
    words, followed = w.source.words, w.source.followed
    grid = to_words(w.encoder_weights[0].mean(axis=0), words, words)
    shown = _around(followed, len(words))
    rows = []
    for layer, weights in enumerate(w.encoder_weights, start=1):
        row = to_words(weights.mean(axis=0), words, words)[followed]
        top = int(row.argmax())
        rows.append([layer, words[top].text, float(row[top]), w.encoder_cosines[layer - 1]])
    facts = {
        "layers": w.shape.encoder_layers,
        "heads": w.shape.heads,
        "word": words[followed].text,
        "top": rows[0][1],
        "share": rows[0][2],
    }
    columns = [Column("layer", "d"), Column("looks_at"), Column("weight", ".0%"), Column("cosine_start", ".2f")]
    return Page(
        "encoder",
        [
            Prose("text", facts),
            Matrix(
                [words[i].text for i in shown],
                [words[i].text for i in shown],
                grid[np.ix_(shown, shown)],
                marked=shown.index(followed),
                left_out=len(words) - len(shown),
            ),
            Prose("layers", facts),
            _table(columns, rows),
        ],
        [
            ["attend", t.source, "--kind", "encoder", "--layer", "1"],
            [
                "context",
                "mole",
                "The American shrew mole is small.",
                "That is one mole of carbon dioxide.",
                "Take a biopsy of the mole.",
            ],
        ],
    )


def _decoder(t: _Tour) -> Page:
    w = t.w
    weights = w.self_weights[-1].mean(axis=0)  # (T, T)
    count = min(_MOST_WORDS, len(w.read))
    facts = {
        "layer": w.shape.decoder_layers,
        "layers": w.shape.decoder_layers,
        "heads": w.shape.heads,
        "masked": len(w.read) * (len(w.read) - 1) // 2,
        "cells": len(w.read) ** 2,
    }
    return Page(
        "decoder",
        [
            Prose("text", facts),
            Matrix(
                [f"{w.read[i]} → {w.target.pieces[i]}" for i in range(count)],
                list(w.read[:count]),
                weights[:count, :count],
                mask=np.tri(count, dtype=bool),
                marked=w.step if w.step < count else None,
                left_out=len(w.read) - count,
            ),
            Prose("mask", facts),
        ],
        [
            ["attend", t.source, "--kind", "decoder"],
            ["trace", t.source, "--kind", "decoder", "--row", w.target.word.text],
        ],
    )


def _cross(t: _Tour) -> Page:
    w, s = t.w, t.w.stages
    row, labels = w.step, s.keys.labels
    weights = s.weights[row]
    shown = sorted(np.argsort(-weights, kind="stable")[:_MOST_WORDS].tolist())
    rows = [[w.source.pieces[j], s.scores[row, j], s.scaled[row, j], weights[j], weights[j]] for j in shown]
    top = int(weights.argmax())
    best = np.argsort(-weights, kind="stable")[:3].tolist()
    mixed = [[f"{w.source.pieces[j]}", float(weights[j]), *_begin(s.weighted_values[row, j])] for j in best]
    mixed.append([Label("all_tokens"), float(weights.sum()), *_begin(s.head_output[row])])
    facts = {
        "predicted": w.target.piece,
        "read": w.read[row],
        "head": s.head + 1,
        "heads": w.shape.heads,
        "layer": s.layer + 1,
        "layers": w.shape.decoder_layers,
        "width": s.q.shape[1],
        "root": math.sqrt(s.q.shape[1]),
        "top": w.source.pieces[top],
        "score": float(s.scores[row, top]),
        "share": float(weights[top]),
        "tokens": len(labels),
    }
    scores = [Column("source"), Column("q_k", ",.1f"), Column("scaled", ",.2f"), Column("weight", ".1%")]
    scores.append(Column("", "bar"))
    values = [Column("value_of"), Column("weight", ".1%"), *_component_columns(len(s.v[0]))]
    head = str(s.head + 1)
    return Page(
        "cross",
        [
            Prose("text", facts),
            Table(scores, rows, len(labels) - len(shown)),
            Prose("values", facts),
            Table(values, mixed, 0),
        ],
        [
            ["trace", t.source, "--head", head, "--row", w.target.word.text],
            ["attend", t.source],
            ["sheet", t.source, "--head", head, "-o", "attention.xlsx"],
        ],
    )


def _heads(t: _Tour) -> Page:
    w, s = t.w, t.w.stages
    every = w.cross_weights[-1, :, w.step]  # (H, S)
    bits = entropy(every)
    rows: list[list[Any]] = []
    for head, weights in enumerate(every):
        top = int(weights.argmax())
        rows.append(
            [
                head + 1,
                w.source.pieces[top],
                float(weights[top]),
                float(bits[head]),
                _norm(s.contributions[head, w.step]),
            ]
        )
    facts = {
        "heads": w.shape.heads,
        "width": w.shape.d_model // w.shape.heads,
        "model_width": w.shape.d_model,
        "layer": w.shape.decoder_layers,
        "predicted": w.target.piece,
        "most": math.log2(every.shape[1]),
        "delta": _norm(s.delta[w.step]),
        "sum": float(sum(row[-1] for row in rows)),
    }
    columns = [Column("head", "d"), Column("looks_at"), Column("weight", ".0%"), Column("entropy", ".2f")]
    columns.append(Column("adds", ",.1f"))
    return Page(
        "heads",
        [Prose("text", facts), _table(columns, rows), Prose("sum", facts)],
        [["attend", t.source, "--view", "grid"], ["sheet", t.source, "-o", "attention.xlsx"]],
    )


def _residual(t: _Tour) -> Page:
    w = t.w
    rows = []
    before: np.ndarray | None = None
    for stage, x in w.stream:
        part = Label(stage.part, f" {stage.layer}" if stage.layer else "")
        if before is None:
            rows.append([part, None, _norm(x), None])
        else:
            rows.append([part, _norm(x - before), _norm(x), _cosine(before, x)])
        before = x
    hidden = w.shape.feed_forward
    feed_forward = sum(part.count for part in w.parts if part.name.endswith("feed-forward"))
    facts = {
        "predicted": w.target.piece,
        "read": w.read[w.step],
        "hidden": hidden,
        "active": w.active,
        "share": w.active / hidden,
        "parameters": feed_forward / sum(part.count for part in w.parts),
    }
    columns = [Column("after"), Column("delta", ",.1f"), Column("stream", ",.1f"), Column("cosine_before", ".2f")]
    return Page(
        "residual",
        [Prose("text", facts), _table(columns, rows), Prose("feed_forward", facts)],
        [
            ["layers", t.source, "--word", w.target.word.text, "--sublayers"],
            ["trace", t.source, "--row", w.target.word.text],
        ],
    )


def _search(t: _Tour) -> Page:
    w, step, last = t.w, t.w.step, len(t.w.lens.stages) - 1
    top = [[c.piece, c.p, c.p] for c in w.lens.top(last, step, 5)]
    layers = []
    for i, stage in enumerate(w.lens.stages):
        if stage.ends_layer:
            best, (rank, p) = w.lens.top(i, step, 1)[0], w.lens.chosen(i, step)
            layer = Label(stage.part) if stage.layer == 0 else Label("layer", f" {stage.layer}")
            layers.append([layer, best.piece, best.p, rank, p])
    found = [[Label("beam", f" {n}"), f.log_p, f.score, f.text] for n, f in enumerate(t.found, start=1)]
    found.append([Label("greedy"), t.greedy.log_p, t.greedy.score, t.greedy.text])
    facts = {
        "vocabulary": w.shape.vocab_size,
        "predicted": w.target.piece,
        "read": w.read[step],
        "beam": t.beam,
        "steps": len(w.target.ids),
    }
    chosen = [Column("after"), Column("first"), Column("p", ".1%"), Column("rank_of_chosen", ","), Column("p", ".1%")]
    outcome = [Column("search"), Column("log_p", ".2f"), Column("score", ".2f"), Column("translation")]
    return Page(
        "search",
        [
            Prose("text", facts),
            Table([Column("piece"), Column("p", ".1%"), Column("", "bar")], top),
            Prose("lens", facts),
            _table(chosen, layers),
            Prose("search", facts),
            Table(outcome, found),
        ],
        [
            ["next", t.source, *(["--prefix", w.before] if w.before else [])],
            ["layers", t.source, "--word", w.target.word.text],
            ["translate", t.source, "--n-best", "3"],
        ],
    )


def _parameters(t: _Tour) -> Page:
    w = t.w
    total = sum(part.count for part in w.parts)
    attention = sum(part.count for part in w.parts if part.name.endswith("attention"))
    head = HeadCount(w.shape.d_model, w.shape.d_model // w.shape.heads)
    rows: list[list[Any]] = [[Label(p.name), p.count, p.count / total, p.count / total] for p in w.parts]
    gpt = sum(part.count for part, _ in gpt3_parts(GPT3, 1))
    block = GPT3.heads * GPT3.head.total
    facts = {
        "total": total,
        "attention": attention / total,
        "width": w.shape.d_model,
        "head_width": head.width,
        "each": head.each,
        "head": head.total,
        "gpt_width": GPT3.d_model,
        "gpt_head_width": GPT3.head_width,
        "gpt_head": GPT3.head.total,
        "gpt_heads": GPT3.heads,
        "gpt_block": block,
        "gpt_layers": GPT3.layers,
        "gpt_attention": GPT3.layers * block,
        "gpt_total": gpt,
        "gpt_share": GPT3.layers * block / gpt,
        "work": sum(work.total for work in w.work) / 1e6,
    }
    columns = [Column("part"), Column("parameters", ","), Column("share", ".1%"), Column("", "bar")]
    return Page(
        "parameters",
        [Prose("text", facts), Table(columns, rows), Prose("head", facts), Prose("gpt3", facts)],
        [["params"], ["params", "--preset", "gpt3"]],
    )


def _limits(t: _Tour) -> Page:
    w = t.w
    over_all = to_words(w.cross_weights[-1].mean(axis=0), [Word("", 0, len(w.target.ids))], w.source.words)[0]
    sink = sum(share for word, share in zip(w.source.words, over_all, strict=True) if not is_word(word))
    shares = [float(t.seen[o.word.start : o.word.stop].sum()) for o in w.without]
    p = w.lens.chosen(len(w.lens.stages) - 1, w.step)[1]
    rows: list[list[Any]] = [[o.word.text, share, o.p, o.log_ratio] for o, share in zip(w.without, shares, strict=True)]
    rows = sorted(rows, key=lambda row: -row[1])
    correlation = rank_correlation(shares, [o.log_ratio for o in w.without])
    facts = {
        "layer": w.shape.decoder_layers,
        "encoder_layers": w.shape.encoder_layers,
        "tag": w.source.pieces[0],
        "end": w.source.pieces[-1],
        "sink": float(sink),
        "predicted": w.target.piece,
        "p": p,
        "correlation": correlation if correlation is not None else 0.0,
        "words": len(w.without),
    }
    columns = [Column("left_out"), Column("attention", ".0%"), Column("p_without", ".1%"), Column("log_ratio", "+.2f")]
    return Page(
        "limits",
        [
            Prose("text", facts),
            Prose("experiment", facts),
            _table(columns, rows),
            Prose("few" if correlation is None else "correlation", facts),
            Prose("end", facts),
        ],
        [
            ["attend", t.source, "--weights", "norm"],
            ["align", t.source],
            ["translate", t.source, "--attention"],
        ],
    )


_PAGES: tuple[Callable[[_Tour], Page], ...] = (
    _tokens,
    _embeddings,
    _positions,
    _encoder,
    _decoder,
    _cross,
    _heads,
    _residual,
    _search,
    _parameters,
    _limits,
)


def _word_at(side: Side, index: int) -> str | None:
    """The word that begins at a token; nothing for the tokens that go on with it, or are special."""
    word = next((w for w in side.words if w.start == index), None)
    return None if word is None or word.text == side.pieces[index] else word.text


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Table:
    """As many rows as a page holds."""
    return Table(columns, rows[:_MOST_ROWS], max(0, len(rows) - _MOST_ROWS))


def _begin(vector: np.ndarray) -> list[Any]:
    """The first components of a vector, and its norm."""
    return [*(float(x) for x in vector[:_COMPONENTS]), _norm(vector)]


def _component_columns(length: int) -> list[Column]:
    return [Column(f"#{i + 1}", ",.3f") for i in range(min(_COMPONENTS, length))] + [Column("norm", ",.2f")]


def _vectors(rows: Sequence[Sequence[Any]], length: int) -> Table:
    return Table([Column("vector"), *_component_columns(length)], rows)


def _norm(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    scale = _norm(a) * _norm(b)
    return float(a @ b) / scale if scale else 0.0


def _around(index: int, count: int) -> list[int]:
    """At most ``_MOST_WORDS`` neighbouring indices, ``index`` among them."""
    begin = max(0, min(index - _MOST_WORDS // 2, count - _MOST_WORDS))
    return list(range(begin, min(count, begin + _MOST_WORDS)))
