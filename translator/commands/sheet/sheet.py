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

from collections.abc import Sequence

import numpy as np

from translator.commands.pairs import SentencePair
from translator.draw.language import say
from translator.draw.workbook import BLUE, ORANGE, Block, Book, Formula, Labels, Sheet, numbers
from translator.explain.reading import Attention
from translator.explain.simple import SimpleAttention
from translator.explain.stages import HeadStages

_MOST_WEIGHTS = 400_000  # numbers in W_Q, W_K, W_V and W_O together, up to which they are written
_NEAR = 1e-5  # the largest difference from the model that passes
_NEAR_SINGLE = 1e-4  # float32 rounds a score of 200 at 1e-5, and the weights made from it
_AGREES = "yes: every stage agrees"
_Stages = dict[str, tuple[Block, np.ndarray]]  # each as it stands in the book, and the same by the model
_COLOURS = "Blue numbers are given: change one, and all that follows changes. Black numbers are formulas."
_KINDS = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "masked self-attention"}


def head_workbook(
    s: HeadStages, single: Attention, pair: SentencePair, model: str, *, most_weights: int = _MOST_WEIGHTS
) -> bytes:
    """The ``.xlsx`` file of one head. ``single`` is its attention by the model itself, in float32."""
    rows, columns = s.queries.labels, s.keys.labels
    book = Book(f"Attention: {pair.source}")
    guide = book.sheet("Guide", label_width=24, column_width=12)
    is_whole = 4 * s.query_weight.size <= most_weights
    if is_whole:
        q, k, v = _from_x(book, s)
    else:
        q = book.page("Q", "queries, as the model has them", "Q: queries", s.q, rows)
        k = book.page("K", "keys", "K: keys", s.k, columns)
        v = book.page("V", "values", "V: values", s.v, columns)
    sheet = book.sheet("Attention", "Q · Kᵀ, × 1/√d, mask, softmax: the attention weights")
    attended, weights, sums = _attention(sheet, q, k, (rows, columns), s, s.mask)
    formula, holds = f"MMULT({weights.range},{v.range})", "weights · V: what the head found for each row"
    output = book.page("Output", holds, "Head output = weights · V", s.head_output, rows, formula)
    stages = {"Q": (q, s.q), "K": (k, s.k), "V": (v, s.v), **attended}
    stages["weights, the model in float32"] = weights, single.weights[s.layer, s.head]
    stages["head output"] = output, s.head_output
    (T, S), (D, E) = s.weights.shape, s.query_weight.shape
    if is_whole:
        own = slice(s.head * E, (s.head + 1) * E)
        names = numbers(own.stop)[own]
        w_o = book.page("W_O", "this head's rows of W_O", "W_O: the head's rows", s.output_weight[own], names)
        holds = "head output · W_O: what this head adds to the residual stream, before the bias"
        formula = f"MMULT({output.range},{w_o.range})"
        added = book.page("Added", holds, "Added = head output · W_O", s.contribution, rows, formula)
        stages["added to the stream"] = added, s.contribution
    status = _check(book, stages, sums, "the same stages by the model, in float64: not formulas")
    row = "the piece predicted there; the decoder reads the piece before it" if s.kind != "encoder" else "a piece read"
    lines = [
        "One attention head, with live formulas",
        "Attention(Q, K, V) = softmax(Q · Kᵀ / √d) · V, for one head of a trained translator and one sentence.",
        _COLOURS,
        f"A row is {row}. A column is a piece that is looked at. ▁ opens a word.",
        "The weights say where the head looked, not why a word was chosen.",
    ]
    facts = {"Source": pair.source, "Target": pair.target, "Direction": str(pair.direction), "Model": model}
    facts |= {"Attention": say(_KINDS[s.kind]), "Layer": f"{s.layer + 1} {say('of')} {len(single.weights)}"}
    facts |= {"Head": f"{s.head + 1} {say('of')} {len(s.contributions)}"}
    facts |= {"Size": say(f"{T} rows (queries), {S} columns (keys), width of the model {D}, of a head d = {E}")}
    return _finished(book, guide, lines, facts, status)


def simple_workbook(s: SimpleAttention, pair: SentencePair, model: str) -> bytes:
    """The ``.xlsx`` file of attention without learned projections, from embeddings alone."""
    book = Book(f"Attention: {pair.source}")
    guide = book.sheet("Guide", label_width=24, column_width=12)
    holds = "the embeddings of the source: K and V"
    k = book.page("Source", holds, "Source embeddings: keys K, and values V", s.k, s.source)
    q = book.page("Target", "the embeddings of the target: Q", "Target embeddings: queries Q", s.q, s.target)
    sheet = book.sheet("Attention", "Q · Kᵀ, × 1/√d, softmax: how much of each source piece goes into a target piece")
    every = np.ones(s.scores.shape, dtype=bool)
    stages, weights, sums = _attention(sheet, q, k, (s.target, s.source), s, every)
    holds = "weights · V: the target's pieces written as mixtures of the source's"
    formula = f"MMULT({weights.range},{k.range})"
    output = book.page("Output", holds, "Output = weights · V", s.out, s.target, formula)
    _map(book, s, k, q)
    stages["output"] = output, s.out
    status = _check(book, stages, sums, "the same stages by the model's own attention: not formulas")
    lines = [
        "Attention between two sentences, with live formulas",
        "softmax(Q · Kᵀ / √d) · V with the embeddings themselves: Q the target's, K and V the source's.",
        "A trained model puts a learned matrix before each of Q, K and V; here there is none.",
        _COLOURS,
        "A row is a target piece, a column a source piece. ▁ opens a word.",
        "Embeddings are times √d, as the model reads them.",
    ]
    T, S = s.weights.shape
    size = say(f"{T} target pieces, {S} source pieces, d = {s.k.shape[1]}")
    facts = {"Source": pair.source, "Target": pair.target, "Model": model, "Size": size}
    return _finished(book, guide, lines, facts, status)


def _from_x(book: Book, s: HeadStages) -> list[Block]:
    """X, Memory and the matrices given; Q, K and V by formula."""
    rows, columns = s.queries.labels, s.keys.labels
    holds = "what queries are made from: the residual stream after its layer norm"
    x = memory = book.page("X", holds, "X: the layer norm's output, a row a query", s.normed, rows)
    if s.kind == "cross":
        holds = "what keys and values are made from: the encoder's output"
        memory = book.page("Memory", holds, "Memory: the encoder's output, a row a source piece", s.memory, columns)
    made = []
    for letter, weight, bias, values, given, labels in (
        ("Q", s.query_weight, s.query_bias, s.q, x, rows),
        ("K", s.key_weight, s.key_bias, s.k, memory, columns),
        ("V", s.value_weight, s.value_bias, s.v, memory, columns),
    ):
        name, (D, E) = f"W_{letter}", weight.shape
        holds, title = f"this head's columns of {name}, and its bias in the last row", f"{name}: the head's columns"
        names, note = [*numbers(D), say("bias")], f"{D} × {E}, bias below"
        both = book.page(name, holds, title, np.vstack([weight, bias]), names, note=note)
        formula = f"MMULT({given.range},{both.rows(0, D).range})+{both.row(D)}"
        holds = f"{given.sheet} · {name} + bias"
        made.append(book.page(letter, holds, f"{letter} = {holds}", values, labels, formula))
    return made


def _attention(
    sheet: Sheet, q: Block, k: Block, labels: Labels, s: HeadStages | SimpleAttention, mask: np.ndarray
) -> tuple[_Stages, Block, Block]:
    """Fill a sheet from Q · Kᵀ to softmax: its stages, the weights, and the sum of each row of them.

    mask is (T, S), ``True`` = may attend.
    """
    d, top = q.values.shape[1], 6
    sheet.heading(0, "Attention weights = softmax(Q · Kᵀ / √d)", "a row looks, a column is looked at")
    sheet.put(3, 0, "d")
    sheet.put(3, 1, d, num_format="0")
    sheet.put(4, 0, "1/√d")
    sheet.put(4, 1, d**-0.5, "=1/SQRT(B4)", num_format="0.000000")

    def step(title: str, note: str, values: np.ndarray, formula: Formula, number: str = "0.000") -> Block:
        nonlocal top
        sheet.heading(top, title, note)
        block = sheet.block(top + 2, values, labels, formula, number=number)
        top = block.bottom + 1
        return block

    def beside(of: Block, values: np.ndarray, label: str, function: str, number: str = "0.000") -> Block:
        formulas, at = [f"{function}({of.row(i)})" for i in range(len(values))], len(labels[1]) + 2
        return sheet.block(of.top - 1, values, ([], [say(label)]), lambda i, _: formulas[i], number=number, left=at)

    note = "each the sum of a query's components times a key's"
    raw = step("1  Scores: Q · Kᵀ", note, s.scores, lambda i, j: f"SUMPRODUCT({q.row(i)},{k.row(j)})")
    sheet.shade(raw)
    note = "so that a score does not grow with the number of components"
    scaled = step("2  Scaled: × 1/√d", note, s.scores * d**-0.5, lambda i, j: f"{raw.cell(i, j)}*$B$5")
    sheet.shade(scaled)
    allowed = step("3  Mask", "1 may be attended to, 0 may not: change it and see", mask.astype(float), "", "0")
    note = "-1E+30 stands for minus infinity; at the right the largest of each row"
    values = np.where(mask, scaled.values, -1e30)
    masked = step("4  Masked", note, values, lambda i, j: f"IF({allowed.cell(i, j)}=1,{scaled.cell(i, j)},-1E+30)")
    sheet.hush(masked)
    peak = beside(masked, values.max(axis=1, keepdims=True), "largest", "MAX")
    title, note = "5  e ^ (masked - largest)", "at the right the sum of each row"
    values = np.exp(values - peak.values)
    raised = step(title, note, values, lambda i, j: f"EXP({masked.cell(i, j)}-{peak.cell(i, 0)})", "0.000000")
    total = beside(raised, values.sum(axis=1, keepdims=True), "sum", "SUM")
    title, note = "6  Softmax: the attention weights", "each divided by the sum of its row; a row adds up to 100 %"
    values = values / total.values
    weights = step(title, note, values, lambda i, j: f"{raised.cell(i, j)}/{total.cell(i, 0)}", "0.0%")
    sheet.shade(weights, shares=True)
    stages = {"scores": (raw, s.scores), "scaled": (scaled, s.scaled), "weights": (weights, s.weights)}
    return stages, weights, beside(weights, values.sum(axis=1, keepdims=True), "sum", "SUM", "0.0%")


def _map(book: Book, s: SimpleAttention, k: Block, q: Block) -> None:
    """A chart of all embeddings on the two axes along which they differ most."""
    holds = "the two directions in which these embeddings differ most (principal components)"
    title = "The two directions in which these embeddings differ most"
    axes = book.page("Axes", holds, title, s.axes, ["x", "y"])
    sheet = book.sheet("Map", "all embeddings in a plane: near means alike")
    sheet.heading(0, "The embeddings in a plane", "x and y: each embedding times the directions in Axes")
    series, below = [], 3
    for name, labels, of, marker, colour in (
        ("source", s.source, k, "circle", BLUE),
        ("target", s.target, q, "diamond", ORANGE),
    ):
        sheet.put(below, 0, say(name), bold=True)

        def formula(i: int, j: int, of: Block = of) -> str:
            return f"SUMPRODUCT({of.row(i)},{axes.row(j)})"

        here = sheet.block(below, of.values @ s.axes.T, (labels, ["x", "y"]), formula)
        series.append((say(name), here, labels, marker, colour))
        below = here.bottom + 1
    sheet.scatter(3, 4, series)


def _check(book: Book, stages: _Stages, sums: Block, holds: str) -> str:
    """The sheets ``Model`` and ``Check``; returns a formula for the cell that says whether all is well."""
    model = book.sheet("Model", holds)
    model.heading(0, "The same stages by the model", "not formulas: what the sheet is compared with")
    holds = "the largest difference between the sheet and the model, stage by stage"
    sheet = book.sheet("Check", holds, label_width=34, column_width=18)
    sheet.heading(0, "Does the sheet agree with the model?", "the largest difference of each stage")
    for column, label in enumerate(["largest number", "max |sheet - model|", "allowed", "agrees"], start=1):
        sheet.put(3, column, say(label), bold=True, align="right", bottom=1)
    sheet.put(3, 0, say("stage"), bold=True, bottom=1)
    below, row = 3, 4
    yes, no = say("yes"), say("NO")

    def compare(difference: str, far: float, near: float) -> None:
        nonlocal row
        sheet.put(row, 2, far, f"{{=MAX(ABS({difference}))}}", num_format="0.0E+00")
        sheet.put(row, 3, near, num_format="0E+00")
        verdict = f'=IF(C{row + 1}<=D{row + 1},"{yes}","{no}")'
        sheet.put(row, 4, yes if far <= near else no, verdict, align="right")
        row += 1

    for name, (block, values) in stages.items():
        model.heading(below, name)
        labels = [""] * len(values), numbers(values.shape[1])
        there = model.block(below + 1, values, labels, number="0.000000")
        below = there.bottom + 1
        sheet.put(row, 0, say(name))
        sheet.put(row, 1, float(np.abs(values).max()), f"{{=MAX(ABS({there.range}))}}", num_format="0.000")
        near = _NEAR_SINGLE if values.dtype == np.float32 else _NEAR
        compare(f"{block.range}-{there.range}", float(np.abs(block.values - values).max()), near)
    sheet.put(row, 0, say("every row of weights adds up to 1"))
    sheet.put(row, 1, 1.0, num_format="0.000")
    compare(f"{sums.range}-1", 0.0, _NEAR)
    sheet.put(row + 1, 0, say("all of it"), bold=True)
    answer = f'=IF(COUNTIF(E5:E{row},"{yes}")={row - 4},"{say(_AGREES)}","{say("NO: see above")}")'
    sheet.put(row + 1, 1, say(_AGREES), answer, bold=True)
    return f"={sheet.name}!$B${row + 2}"


def _finished(book: Book, guide: Sheet, lines: Sequence[str], facts: dict[str, str], status: str) -> bytes:
    """Fill the guide: what this is and is about, whether it agrees, what stands where."""
    guide.put(0, 0, say(lines[0]), bold=True, font_size=14)
    for row, line in enumerate(lines[1:], start=1):
        guide.put(row, 0, say(line))
    agrees = len(lines) + len(facts) + 1
    for row, (label, fact) in enumerate(facts.items(), start=len(lines) + 1):
        guide.put(row, 0, say(label), bold=True)
        guide.put(row, 1, fact)
    guide.put(agrees, 0, say("Agrees with the model"), bold=True)
    guide.put(agrees, 1, say(_AGREES), status)
    for column, head in enumerate(["Sheet", "What it holds"]):
        guide.put(agrees + 2, column, say(head), bold=True, bottom=1)
    for below, (sheet, holds) in enumerate(book.contents[1:], start=agrees + 3):
        guide.own.write_url(below, 0, f"internal:{sheet}!A1", string=sheet)
        guide.put(below, 1, holds)
    return book.close()
