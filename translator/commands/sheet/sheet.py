"""One attention head as a spreadsheet with live formulas.

    Guide       what is where, and whether the sheet agrees with the model
    X, Memory   what queries, and what keys and values, are made from: the layer norms' outputs
    W_Q …       the head's matrices with their biases; Q, K, V are formulas
    Attention   scores, scale, mask, softmax
    Output      the head's output; Added: what W_O makes of it
    Model       the same stages by the model; Check: the largest difference of each

Where the matrices would be too large, the sheet starts from Q, K and V. The simple form has no matrices at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from translator.commands.sheet.parts import Stage, attention_sheet, check_sheets, guide_sheet, numbers, size
from translator.draw.workbook import BLUE, ORANGE, Block, Book, Matrix, Points
from translator.explain.simple import SimpleAttention
from translator.explain.stages import HeadStages

MOST_WEIGHTS = 400_000
"""Numbers in W_Q, W_K, W_V and W_O together, up to which they are written."""
_NEAR_FLOAT32 = 1e-4  # float32 rounds a score of 200 at 1e-5, and the weights made from it
_COLOURS = "Blue numbers are given: change one, and all that follows changes. Black numbers are formulas."


@dataclass(frozen=True)
class SheetNotes:
    """What the guide says about where the numbers come from."""

    model: str
    source: str
    target: str
    direction: str  # "en-pt"
    layers: int  # of this kind


def head_workbook(
    stages: HeadStages, single: np.ndarray, notes: SheetNotes, *, most_weights: int = MOST_WEIGHTS
) -> bytes:
    """The ``.xlsx`` file of one head. ``single`` (T, S): its weights by the model itself, in float32."""
    s, rows, columns = stages, stages.queries.labels, stages.keys.labels
    book = Book(f"Attention: {notes.source}")
    book.sheet("Guide", label_width=24, column_width=12)
    from_x = 4 * s.query_weight.size <= most_weights
    places, (q, k, v) = _from_x(book, s) if from_x else _from_projected(book, s)
    attention = attention_sheet(book, q, k, rows, columns, s.scores, s.mask)
    places.append(("Attention", "Q · Kᵀ, × 1/√d, mask, softmax: the attention weights"))
    output = _array(
        book, "Output", "Head output = weights · V", s.head_output, rows, f"MMULT({attention.weights.range},{v.range})"
    )
    places.append(("Output", "weights · V: what the head found for each row"))
    compared = [
        Stage("Q", q, s.q, s.q),
        Stage("K", k, s.k, s.k),
        Stage("V", v, s.v, s.v),
        Stage("scores", attention.scores, s.scores, s.scores),
        Stage("scaled", attention.scaled, s.scaled, s.scaled),
        Stage("weights", attention.weights, s.weights, s.weights),
        Stage("weights, the model in float32", attention.weights, s.weights, single, _NEAR_FLOAT32),
        Stage("head output", output, s.head_output, s.head_output),
    ]
    if from_x:
        compared.append(_added(book, s, output))
        places.append(("W_O", "this head's rows of W_O"))
        places.append(("Added", "head output · W_O: what this head adds to the residual stream, before the bias"))
    status = check_sheets(book, compared, attention.sums)
    places.append(("Model", "the same stages by the model, in float64: not formulas"))
    places.append(("Check", "the largest difference between the sheet and the model, stage by stage"))
    guide_sheet(book, _introduction(s), _facts(s, notes), places, status)
    return book.close()


def _introduction(s: HeadStages) -> list[str]:
    row = "the piece predicted there; the decoder reads the piece before it" if s.kind != "encoder" else "a piece read"
    return [
        "One attention head, with live formulas",
        "Attention(Q, K, V) = softmax(Q · Kᵀ / √d) · V, for one head of a trained translator and one sentence.",
        _COLOURS,
        f"A row is {row}. A column is a piece that is looked at. ▁ opens a word.",
        "The weights say where the head looked, not why a word was chosen.",
    ]


def _facts(s: HeadStages, notes: SheetNotes) -> list[tuple[str, str]]:
    kinds = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "masked self-attention"}
    T, S = s.weights.shape
    D, E = s.query_weight.shape
    return [
        ("Source", notes.source),
        ("Target", notes.target),
        ("Direction", notes.direction),
        ("Model", notes.model),
        ("Attention", kinds[s.kind]),
        ("Layer", f"{s.layer + 1} of {notes.layers}"),
        ("Head", f"{s.head + 1} of {len(s.contributions)}"),
        ("Size", f"{T} rows (queries), {S} columns (keys), width of the model {D}, of a head d = {E}"),
    ]


def _given(book: Book, name: str, title: str, values: np.ndarray, rows: list[str], note: str = "") -> Block:
    book.sheet(name)
    book.heading(name, 0, title, note or size(values))
    block = book.given(name, 2, Matrix(values, rows, numbers(values.shape[1])))
    book.freeze(name, 3, 1)
    return block


def _array(book: Book, name: str, title: str, values: np.ndarray, rows: list[str], formula: str) -> Block:
    book.sheet(name)
    book.heading(name, 0, title, size(values))
    block = book.array(name, 2, Matrix(values, rows, numbers(values.shape[1])), formula)
    book.shade(block)
    book.freeze(name, 3, 1)
    return block


_Places = list[tuple[str, str]]


def _from_x(book: Book, s: HeadStages) -> tuple[_Places, tuple[Block, Block, Block]]:
    """X, Memory and the matrices given; Q, K and V by formula."""
    x = _given(book, "X", "X: the layer norm's output, a row a query", s.normed, s.queries.labels)
    places = [("X", "what queries are made from: the residual stream after its layer norm")]
    memory = x
    if s.kind == "cross":
        memory = _given(book, "Memory", "Memory: the encoder's output, a row a source piece", s.memory, s.keys.labels)
        places.append(("Memory", "what keys and values are made from: the encoder's output"))
    made = []
    for letter, weight, bias, values, given, labels in (
        ("Q", s.query_weight, s.query_bias, s.q, x, s.queries.labels),
        ("K", s.key_weight, s.key_bias, s.k, memory, s.keys.labels),
        ("V", s.value_weight, s.value_bias, s.v, memory, s.keys.labels),
    ):
        matrix, shift = _weight_sheet(book, f"W_{letter}", weight, bias)
        made.append(
            _array(
                book,
                letter,
                f"{letter} = {given.sheet} · W_{letter} + bias",
                values,
                labels,
                f"MMULT({given.range},{matrix.range})+{shift.range}",
            )
        )
        places.append((f"W_{letter}", f"this head's columns of W_{letter}, and its bias in the last row"))
        places.append((letter, f"{given.sheet} · W_{letter} + bias"))
    q, k, v = made
    return places, (q, k, v)


def _weight_sheet(book: Book, name: str, weight: np.ndarray, bias: np.ndarray) -> tuple[Block, Block]:
    """A matrix and, in the row under it, its bias."""
    rows = [*numbers(len(weight)), "bias"]
    both = _given(
        book, name, f"{name}: the head's columns", np.vstack([weight, bias]), rows, f"{size(weight)}, bias below"
    )
    matrix = Block(name, both.top, both.left, both.rows - 1, both.columns)
    return matrix, Block(name, matrix.bottom, both.left, 1, both.columns)


def _from_projected(book: Book, s: HeadStages) -> tuple[_Places, tuple[Block, Block, Block]]:
    """Q, K and V given: their matrices are too large for a sheet."""
    q = _given(book, "Q", "Q: queries", s.q, s.queries.labels)
    k = _given(book, "K", "K: keys", s.k, s.keys.labels)
    v = _given(book, "V", "V: values", s.v, s.keys.labels)
    places = [("Q", "queries, as the model has them"), ("K", "keys"), ("V", "values")]
    return places, (q, k, v)


def _added(book: Book, s: HeadStages, output: Block) -> Stage:
    E = s.q.shape[1]
    rows = [str(i + 1) for i in range(s.head * E, (s.head + 1) * E)]
    own = s.output_weight[s.head * E : (s.head + 1) * E]
    w_o = _given(book, "W_O", "W_O: the head's rows", own, rows)
    formula = f"MMULT({output.range},{w_o.range})"
    added = _array(book, "Added", "Added = head output · W_O", s.contribution, s.queries.labels, formula)
    return Stage("added to the stream", added, s.contribution, s.contribution)


def simple_workbook(simple: SimpleAttention, notes: SheetNotes) -> bytes:
    """The ``.xlsx`` file of attention without learned projections, from embeddings alone."""
    s = simple
    book = Book(f"Attention: {notes.source}")
    book.sheet("Guide", label_width=24, column_width=12)
    k = _given(book, "Source", "Source embeddings: keys K, and values V", s.k, s.source)
    q = _given(book, "Target", "Target embeddings: queries Q", s.q, s.target)
    attention = attention_sheet(book, q, k, s.target, s.source, s.scores, np.ones(s.scores.shape, dtype=bool))
    formula = f"MMULT({attention.weights.range},{k.range})"
    output = _array(book, "Output", "Output = weights · V", s.out, s.target, formula)
    _map_sheet(book, s, k, q)
    compared = [
        Stage("scores", attention.scores, s.scores, s.scores),
        Stage("scaled", attention.scaled, s.scaled, s.scaled),
        Stage("weights", attention.weights, s.weights, s.weights),
        Stage("output", output, s.out, s.out),
    ]
    status = check_sheets(book, compared, attention.sums)
    T, S = s.weights.shape
    lines = [
        "Attention between two sentences, with live formulas",
        "softmax(Q · Kᵀ / √d) · V with the embeddings themselves: Q the target's, K and V the source's.",
        "A trained model puts a learned matrix before each of Q, K and V; here there is none.",
        _COLOURS,
        "A row is a target piece, a column a source piece. ▁ opens a word.",
        "Embeddings are times √d, as the model reads them.",
    ]
    facts = [
        ("Source", notes.source),
        ("Target", notes.target),
        ("Model", notes.model),
        ("Size", f"{T} target pieces, {S} source pieces, d = {s.k.shape[1]}"),
    ]
    places = [
        ("Source", "the embeddings of the source: K and V"),
        ("Target", "the embeddings of the target: Q"),
        ("Attention", "Q · Kᵀ, × 1/√d, softmax: how much of each source piece goes into a target piece"),
        ("Output", "weights · V: the target's pieces written as mixtures of the source's"),
        ("Axes", "the two directions in which these embeddings differ most (principal components)"),
        ("Map", "all embeddings in a plane: near means alike"),
        ("Model", "the same stages by the model's own attention: not formulas"),
        ("Check", "the largest difference between the sheet and the model, stage by stage"),
    ]
    guide_sheet(book, lines, facts, places, status)
    return book.close()


def _map_sheet(book: Book, s: SimpleAttention, k: Block, q: Block) -> None:
    """A chart of all embeddings on the two axes along which they differ most."""
    axes = _given(book, "Axes", "The two directions in which these embeddings differ most", s.axes, ["x", "y"])
    name = "Map"
    book.sheet(name)
    book.heading(name, 0, "The embeddings in a plane", "x and y: each embedding times the directions in Axes")
    points = []
    below = 3
    for title, labels, block, values, look in (
        ("source", s.source, k, s.k, ("circle", BLUE)),
        ("target", s.target, q, s.q, ("diamond", ORANGE)),
    ):
        book.text(name, below, 0, title, bold=True)
        here = book.each(
            name,
            below,
            Matrix(values @ s.axes.T, labels, ["x", "y"]),
            lambda i, j, block=block: f"SUMPRODUCT({block.row(i)},{axes.row(j)})",  # type: ignore[misc]
        )
        points.append(Points(title, here, labels, *look))
        below = here.bottom + 1
    book.scatter(name, 3, 4, points)
