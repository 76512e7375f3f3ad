"""The tour's first pages: tokens, vectors, positions, and self-attention on both sides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from translator.commands.tour.blocks import (
    MOST_WORDS,
    Label,
    Matrix,
    Page,
    Prose,
    Table,
    Tour,
    about,
    around,
    begin,
    columns,
    norm,
    table,
    vectors,
    word_at,
)
from translator.explain.reading import to_words

_MOLES = (
    "mole",
    "The American shrew mole is small.",
    "That is one mole of carbon dioxide.",
    "Take a biopsy of the mole.",
)


def tokens_page(t: Tour) -> Page:
    """Both sides, piece by piece."""
    w = t.w
    rows = []
    for i in range(max(len(w.source.ids), len(w.target.ids))):
        cells: list[Any] = [i]
        for side in (w.source, w.target):
            inside = i < len(side.ids)
            cells += [side.pieces[i], side.ids[i], word_at(side, i)] if inside else [None, None, None]
        rows.append(cells)
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
            table(columns("position:d source id:d word target id:d word"), rows),
        ],
        about(t.source, "tokens", "translate --json"),
    )


def embeddings_page(t: Tour) -> Page:
    """Two rows of the embedding matrix, and what lies near."""
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
    rows = [[w.source.piece, *begin(first)]]
    block = "same"
    if w.source.id != w.target.id:
        block = "pair"
        rows.append([w.target.piece, *begin(second)])
    near = Table(columns("nearest cosine:.2f :bar"), [[p, c, c] for p, c in w.nearest])
    return Page(
        "embeddings",
        [Prose("text", facts), vectors(rows, w.shape.d_model), Prose(block, facts), Prose("near", facts), near],
        [["embed", w.source.word.text, w.target.word.text], ["similar", t.source, t.target]],
    )


def positions_page(t: Tour) -> Page:
    """Embedding + position, and how alike positions are."""
    w = t.w
    root = math.sqrt(w.shape.d_model)
    embedding = w.embeddings[0] * root
    summed = embedding + w.position
    facts = {
        "piece": w.source.piece,
        "position": w.source.word.start,
        "width": w.shape.d_model,
        "root": root,
        "embedding_norm": norm(embedding),
        "position_norm": norm(w.position),
        "sum_norm": norm(summed),
    }
    rows = [
        [Label("embedding_scaled"), *begin(embedding)],
        [Label("plus_position"), *begin(w.position)],
        [Label("equals_sum"), *begin(summed)],
    ]
    near = Table(columns("distance:d cosine:.2f :bar"), [[d, c, c] for d, c in w.by_distance])
    return Page(
        "positions",
        [Prose("text", facts), vectors(rows, w.shape.d_model), Prose("near", facts), near],
        [["trace", t.source, "--row", w.target.word.text]],
    )


def encoder_page(t: Tour) -> Page:
    """Where words of the source look, and what becomes of the followed one."""
    w = t.w
    words, followed = w.source.words, w.source.followed
    grid = to_words(w.encoder_weights[0].mean(axis=0), words, words)
    shown = around(followed, len(words))
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
    names = [words[i].text for i in shown]
    return Page(
        "encoder",
        [
            Prose("text", facts),
            Matrix(names, names, grid[np.ix_(shown, shown)], None, shown.index(followed), len(words) - len(shown)),
            Prose("layers", facts),
            table(columns("layer:d looks_at weight:.0% cosine_start:.2f"), rows),
        ],
        [*about(t.source, "attend --kind encoder --layer 1"), ["context", *_MOLES]],
    )


def decoder_page(t: Tour) -> Page:
    """Where the decoder looks back, and the mask."""
    w = t.w
    weights = w.self_weights[-1].mean(axis=0)  # (T, T)
    count = min(MOST_WORDS, len(w.read))
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
            *about(t.source, "attend --kind decoder"),
            ["trace", t.source, "--kind", "decoder", "--row", w.target.word.text],
        ],
    )
