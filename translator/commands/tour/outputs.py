"""The tour's later pages: cross-attention, heads, the stream, the choice of words, counts, and what it all tells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from translator.commands.tour.blocks import (
    MOST_WORDS,
    Label,
    Page,
    Prose,
    Table,
    Tour,
    about,
    begin,
    columns,
    component_columns,
    cosine,
    norm,
    table,
)
from translator.explain.geometry import entropy
from translator.explain.occlusion import rank_correlation
from translator.explain.parameters import GPT3, HeadCount, gpt3_parts
from translator.explain.reading import to_words
from translator.explain.tour import is_word
from translator.text.subwords import Word


def cross_page(t: Tour) -> Page:
    """One row of cross-attention from scores to output."""
    w, s = t.w, t.w.stages
    row, labels = w.step, s.keys.labels
    weights = s.weights[row]
    shown = sorted(np.argsort(-weights, kind="stable")[:MOST_WORDS].tolist())
    pieces = w.source.pieces
    rows = [[pieces[j], s.scores[row, j], s.scaled[row, j], weights[j], weights[j]] for j in shown]
    top = int(weights.argmax())
    best = np.argsort(-weights, kind="stable")[:3].tolist()
    mixed = [[pieces[j], float(weights[j]), *begin(s.weighted_values[row, j])] for j in best]
    mixed.append([Label("all_tokens"), float(weights.sum()), *begin(s.head_output[row])])
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
    scores = columns("source q_k:,.1f scaled:,.2f weight:.1% :bar")
    values = [*columns("value_of weight:.1%"), *component_columns(len(s.v[0]))]
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
            *about(t.source, "attend", f"sheet --head {head} -o attention.xlsx"),
        ],
    )


def heads_page(t: Tour) -> Page:
    """The same row in every head."""
    w, s = t.w, t.w.stages
    every = w.cross_weights[-1, :, w.step]  # (H, S)
    bits = entropy(every)
    rows: list[list[Any]] = []
    for head, weights in enumerate(every):
        top = int(weights.argmax())
        adds = norm(s.contributions[head, w.step])
        rows.append([head + 1, w.source.pieces[top], float(weights[top]), float(bits[head]), adds])
    facts = {
        "heads": w.shape.heads,
        "width": w.shape.d_model // w.shape.heads,
        "model_width": w.shape.d_model,
        "layer": w.shape.decoder_layers,
        "predicted": w.target.piece,
        "most": math.log2(every.shape[1]),
        "delta": norm(s.delta[w.step]),
        "sum": float(sum(row[-1] for row in rows)),
    }
    heads = table(columns("head:d looks_at weight:.0% entropy:.2f adds:,.1f"), rows)
    return Page(
        "heads",
        [Prose("text", facts), heads, Prose("sum", facts)],
        about(t.source, "attend --view grid", "sheet -o attention.xlsx"),
    )


def residual_page(t: Tour) -> Page:
    """The stream of the followed step, part by part."""
    w = t.w
    rows = []
    before: np.ndarray | None = None
    for stage, x in w.stream:
        part = Label(stage.part, f" {stage.layer}" if stage.layer else "")
        grown, turned = (None, None) if before is None else (norm(x - before), cosine(before, x))
        rows.append([part, grown, norm(x), turned])
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
    stream = table(columns("after delta:,.1f stream:,.1f cosine_before:.2f"), rows)
    word = w.target.word.text
    return Page(
        "residual",
        [Prose("text", facts), stream, Prose("feed_forward", facts)],
        [["layers", t.source, "--word", word, "--sublayers"], ["trace", t.source, "--row", word]],
    )


def search_page(t: Tour) -> Page:
    """The next piece, the logit lens, and what search found."""
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
    return Page(
        "search",
        [
            Prose("text", facts),
            Table(columns("piece p:.1% :bar"), top),
            Prose("lens", facts),
            table(columns("after first p:.1% rank_of_chosen:, p:.1%"), layers),
            Prose("search", facts),
            Table(columns("search log_p:.2f score:.2f translation"), found),
        ],
        [
            ["next", t.source, *(["--prefix", w.before] if w.before else [])],
            ["layers", t.source, "--word", w.target.word.text],
            *about(t.source, "translate --n-best 3"),
        ],
    )


def parameters_page(t: Tour) -> Page:
    """Counts by part, of a head, and of GPT-3."""
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
    return Page(
        "parameters",
        [
            Prose("text", facts),
            Table(columns("part parameters:, share:.1% :bar"), rows),
            Prose("head", facts),
            Prose("gpt3", facts),
        ],
        [["params"], ["params", "--preset", "gpt3"]],
    )


def limits_page(t: Tour) -> Page:
    """Sinks, and leaving words out."""
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
    return Page(
        "limits",
        [
            Prose("text", facts),
            Prose("experiment", facts),
            table(columns("left_out attention:.0% p_without:.1% log_ratio:+.2f"), rows),
            Prose("few" if correlation is None else "correlation", facts),
            Prose("end", facts),
        ],
        about(t.source, "attend --check", "attend --weights norm", "align"),
    )
