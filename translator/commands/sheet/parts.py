"""What every attention spreadsheet is made of: the attention itself, the model's numbers beside it, check and guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from translator.draw.workbook import Block, Book, Matrix

NEAR = 1e-5
"""The largest difference from the model that passes."""
_MASKED = -1e30


@dataclass(frozen=True)
class AttentionBlocks:
    """Where the steps from scores to weights stand."""

    scores: Block
    scaled: Block
    weights: Block
    sums: Block  # of each row of weights


@dataclass(frozen=True)
class Stage:
    """One stage in the sheet, and the same by the model."""

    name: str
    block: Block
    values: np.ndarray  # what the sheet's formulas give
    model: np.ndarray
    near: float = NEAR


def numbers(count: int) -> list[str]:
    """Component labels, from 1."""
    return [str(i + 1) for i in range(count)]


def size(array: np.ndarray) -> str:
    """``4 × 64``."""
    return " × ".join(map(str, array.shape))


def attention_sheet(
    book: Book, q: Block, k: Block, rows: Sequence[str], columns: Sequence[str], scores: np.ndarray, mask: np.ndarray
) -> AttentionBlocks:
    """The sheet ``Attention``: Q · Kᵀ, scaled, masked, softmax. scores and mask (T, S), mask True = may attend."""
    name, side = "Attention", len(columns) + 2
    book.sheet(name)
    book.heading(name, 0, "Attention weights = softmax(Q · Kᵀ / √d)", "a row looks, a column is looked at")
    book.text(name, 3, 0, "d")
    book.number(name, 3, 1, q.columns, "0")
    book.text(name, 4, 0, "1/√d")
    book.formula(name, 4, 1, "1/SQRT(B4)", q.columns**-0.5, num_format="0.000000")

    def under(block: Block | None, title: str, note: str) -> int:
        top = 6 if block is None else block.bottom + 1
        book.heading(name, top, title, note)
        return top + 2

    def matrix(values: np.ndarray, number: str = "0.000") -> Matrix:
        return Matrix(values, rows, columns, number)

    def beside(values: np.ndarray, label: str, number: str = "0.000") -> Matrix:
        return Matrix(values, rows, [label], number, left=side)

    top = under(None, "1  Scores: Q · Kᵀ", "each the sum of a query's components times a key's")
    raw = book.each(name, top, matrix(scores), lambda i, j: f"SUMPRODUCT({q.row(i)},{k.row(j)})")
    book.shade(raw)
    top = under(raw, "2  Scaled: × 1/√d", "so that a score does not grow with the number of components")
    values = scores * q.columns**-0.5
    scaled = book.each(name, top, matrix(values), lambda i, j: f"{raw.cell(i, j)}*$B$5")
    book.shade(scaled)
    top = under(scaled, "3  Mask", "1 may be attended to, 0 may not: change it and see")
    allowed = book.given(name, top, matrix(mask.astype(float), "0"))
    top = under(allowed, "4  Masked", "-1E+30 stands for minus infinity; at the right the largest of each row")
    values = np.where(mask, values, _MASKED)
    masked = book.each(name, top, matrix(values), lambda i, j: f"IF({allowed.cell(i, j)}=1,{scaled.cell(i, j)},-1E+30)")
    book.hush(masked)
    largest = values.max(axis=1, keepdims=True)
    peak = book.each(name, top, beside(largest, "largest"), lambda i, _: f"MAX({masked.row(i)})")
    top = under(masked, "5  e ^ (masked - largest)", "at the right the sum of each row")
    values = np.exp(values - largest)
    raised = book.each(
        name, top, matrix(values, "0.000000"), lambda i, j: f"EXP({masked.cell(i, j)}-{peak.cell(i, 0)})"
    )
    total = values.sum(axis=1, keepdims=True)
    totals = book.each(name, top, beside(total, "sum"), lambda i, _: f"SUM({raised.row(i)})")
    top = under(
        raised, "6  Softmax: the attention weights", "each divided by the sum of its row; a row adds up to 100 %"
    )
    weights = book.each(
        name, top, matrix(values / total, "0.0%"), lambda i, j: f"{raised.cell(i, j)}/{totals.cell(i, 0)}"
    )
    book.shade(weights, shares=True)
    ones = (values / total).sum(axis=1, keepdims=True)
    sums = book.each(name, top, beside(ones, "sum", "0.0%"), lambda i, _: f"SUM({weights.row(i)})")
    return AttentionBlocks(raw, scaled, weights, sums)


def check_sheets(book: Book, stages: Sequence[Stage], sums: Block) -> str:
    """The sheets ``Model`` and ``Check``; returns the cell that says whether all is well."""
    book.sheet("Model")
    book.heading("Model", 0, "The same stages by the model", "not formulas: what the sheet is compared with")
    name, top = "Check", 3
    book.sheet("Check", label_width=34, column_width=18)
    book.heading("Check", 0, "Does the sheet agree with the model?", "the largest difference of each stage")
    for column, label in enumerate(["largest number", "max |sheet - model|", "allowed", "agrees"], start=1):
        book.text(name, top, column, label, bold=True, align="right", bottom=1)
    book.text(name, top, 0, "stage", bold=True, bottom=1)
    below = 3
    for row, stage in enumerate(stages, start=top + 1):
        book.heading("Model", below, stage.name)
        labels = [""] * len(stage.model)
        there = book.given("Model", below + 1, Matrix(stage.model, labels, numbers(stage.model.shape[1]), "0.000000"))
        below = there.bottom + 1
        here, far = stage.block.range, float(np.abs(stage.values - stage.model).max())
        book.text(name, row, 0, stage.name)
        biggest = float(np.abs(stage.model).max())
        book.single_array(name, row, 1, f"MAX(ABS({there.range}))", biggest, num_format="0.000")
        book.single_array(name, row, 2, f"MAX(ABS({here}-{there.range}))", far, num_format="0.0E+00")
        _verdict(book, row, stage.near, far)
    row = top + 1 + len(stages)
    book.text(name, row, 0, "every row of weights adds up to 1")
    book.number(name, row, 1, 1.0)
    book.single_array(name, row, 2, f"MAX(ABS({sums.range}-1))", 0.0, num_format="0.0E+00")
    _verdict(book, row, NEAR, 0.0)
    first, last = top + 2, row + 1
    answer = f'IF(COUNTIF(E{first}:E{last},"yes")={last - first + 1},"yes: every stage agrees","NO: see above")'
    book.text(name, row + 2, 0, "all of it", bold=True)
    book.formula(name, row + 2, 1, answer, "yes: every stage agrees", bold=True)
    return f"Check!$B${row + 3}"


def _verdict(book: Book, row: int, near: float, far: float) -> None:
    book.number("Check", row, 3, near, "0E+00")
    verdict = "yes" if far <= near else "NO"
    book.formula("Check", row, 4, f'IF(C{row + 1}<=D{row + 1},"yes","NO")', verdict, align="right")


def guide_sheet(
    book: Book, lines: Sequence[str], facts: Sequence[tuple[str, str]], places: Sequence[tuple[str, str]], status: str
) -> None:
    """Fill the sheet ``Guide``, made first: what this is and is about, what stands where, whether it agrees."""
    name = "Guide"
    for row, line in enumerate(lines):
        book.text(name, row, 0, line, **({"bold": True, "font_size": 14} if row == 0 else {}))
    row = len(lines) + 1
    for label, fact in facts:
        book.text(name, row, 0, label, bold=True)
        book.text(name, row, 1, fact)
        row += 1
    book.text(name, row, 0, "Agrees with the model", bold=True)
    book.formula(name, row, 1, status, "yes: every stage agrees")
    row += 2
    book.text(name, row, 0, "Sheet", bold=True, bottom=1)
    book.text(name, row, 1, "What it holds", bold=True, bottom=1)
    for below, (label, what) in enumerate(places, start=row + 1):
        book.link(name, below, 0, label)
        book.text(name, below, 1, what)
