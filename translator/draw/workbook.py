"""A spreadsheet out of matrices: blocks of numbers and live formulas on XlsxWriter, each cell with its value cached.

Texts are written as strings and never as formulas; array formulas have fixed ranges, so every spreadsheet program
reads them; numbers and formulas are stored without a locale, and are shown in the reader's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

_GIVEN = "#1F4E9E"  # the colour of numbers that are no formulas
BLUE, ORANGE, _WHITE = "#4A7EBB", "#E8913A", "#FFFFFF"


@dataclass(frozen=True)
class Block:
    """Where a matrix stands: its sheet, its first cell (from 0, labels not counted) and its size."""

    sheet: str
    top: int
    left: int
    rows: int
    columns: int

    @property
    def range(self) -> str:
        """All of it, as a formula on any sheet names it."""
        return self._name(self.top, self.left, self.top + self.rows - 1, self.left + self.columns - 1)

    def row(self, i: int) -> str:
        """Row ``i`` of it."""
        return self._name(self.top + i, self.left, self.top + i, self.left + self.columns - 1)

    def cell(self, i: int, j: int) -> str:
        """One cell, without the sheet's name: for formulas on the same sheet."""
        return str(xl_rowcol_to_cell(self.top + i, self.left + j))

    @property
    def bottom(self) -> int:
        """The first row under it."""
        return self.top + self.rows

    def _name(self, top: int, left: int, bottom: int, right: int) -> str:
        a, b = (xl_rowcol_to_cell(r, c, row_abs=True, col_abs=True) for r, c in ((top, left), (bottom, right)))
        return f"{self.sheet}!{a}:{b}"


@dataclass(frozen=True)
class Matrix:
    """What a block shows: values (rows, columns), a label a row and a column, and how a number looks."""

    values: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    number: str = "0.000"
    left: int = 1  # its first column in the sheet; row labels are written only beside column 1


@dataclass(frozen=True)
class Points:
    """A series of a chart: a block of x and y, and a label a row, which also stands beside it in the first column."""

    name: str
    block: Block
    labels: Sequence[str]
    marker: str  # "circle", "diamond"
    colour: str


class Book:
    """A workbook in memory. Sheet names are ours, so none needs quoting."""

    def __init__(self, title: str) -> None:
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._bytes, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({"title": title, "comments": "written by translator sheet"})
        self._sheets: dict[str, Worksheet] = {}
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def close(self) -> bytes:
        """The file."""
        self._book.close()
        return self._bytes.getvalue()

    def sheet(self, name: str, label_width: int = 16, column_width: float = 9) -> Worksheet:
        """A new sheet: labels in its first column, printed in landscape, one page wide."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, label_width)
        sheet.set_column(1, 400, column_width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        self._sheets[name] = sheet
        return sheet

    def text(self, sheet: str, row: int, column: int, text: str, **look: object) -> None:
        """A string, whatever it looks like: ``=1+1`` stays these four characters, also when its cell is edited."""
        self._sheets[sheet].write_string(row, column, text, self._format(quote_prefix=True, **look))

    def heading(self, sheet: str, row: int, title: str, note: str = "") -> None:
        """A bold line, and a plain one under it."""
        self.text(sheet, row, 0, title, bold=True, font_size=12)
        if note:
            self.text(sheet, row + 1, 0, note, font_color="#595959")

    def link(self, sheet: str, row: int, column: int, name: str) -> None:
        """The name of another of our sheets, to be clicked."""
        self._sheets[sheet].write_url(row, column, f"internal:{name}!A1", string=name)

    def freeze(self, sheet: str, rows: int, columns: int) -> None:
        """Keep the first rows and columns in sight."""
        self._sheets[sheet].freeze_panes(rows, columns)

    def number(self, sheet: str, row: int, column: int, value: float, number: str = "0.000") -> None:
        """A number that is given."""
        self._sheets[sheet].write_number(row, column, value, self._format(num_format=number, font_color=_GIVEN))

    def scatter(self, sheet: str, row: int, column: int, series: Sequence[Points]) -> None:
        """A chart of labelled points."""
        chart = self._book.add_chart({"type": "scatter"})
        for one in series:
            points, last = one.block, one.block.bottom - 1
            # As text, which LibreOffice shows too; but a text that looks like a formula only by its cell.
            cells = [xl_rowcol_to_cell(r, 0, row_abs=True, col_abs=True) for r in range(points.top, points.bottom)]
            labels = [
                {"value": f"={points.sheet}!{cell}" if label.startswith("=") else label}
                for label, cell in zip(one.labels, cells, strict=True)
            ]
            fill = {"color": one.colour}
            chart.add_series(
                {
                    "name": one.name,
                    "categories": [points.sheet, points.top, points.left, last, points.left],
                    "values": [points.sheet, points.top, points.left + 1, last, points.left + 1],
                    "marker": {"type": one.marker, "size": 8, "fill": fill, "border": fill},
                    "data_labels": {"value": True, "position": "right", "custom": labels},
                }
            )
        chart.set_legend({"position": "bottom"})
        pale = {"major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}}, "label_position": "low"}
        chart.set_x_axis(pale)
        chart.set_y_axis(pale)
        self._sheets[sheet].insert_chart(row, column, chart, {"x_scale": 1.6, "y_scale": 1.8})

    def formula(self, sheet: str, row: int, column: int, formula: str, value: float | str, **look: object) -> None:
        """One live formula with its value."""
        self._sheets[sheet].write_formula(row, column, f"={formula}", self._format(**look), value)

    def given(self, sheet: str, top: int, matrix: Matrix) -> Block:
        """Numbers that are given, in blue. ``top`` is the row of the column labels."""
        block = self._labels(sheet, top, matrix)
        self._numbers(block, matrix.values, self._format(num_format=matrix.number, font_color=_GIVEN))
        return block

    def each(self, sheet: str, top: int, matrix: Matrix, formula: Callable[[int, int], str]) -> Block:
        """A plain formula a cell, from its row and column in the block."""
        block = self._labels(sheet, top, matrix)
        look = self._format(num_format=matrix.number)
        for i, j in np.ndindex(*matrix.values.shape):
            value = float(matrix.values[i, j])
            self._sheets[sheet].write_formula(block.top + i, block.left + j, f"={formula(i, j)}", look, value)
        return block

    def array(self, sheet: str, top: int, matrix: Matrix, formula: str) -> Block:
        """One array formula over the whole block."""
        block = self._labels(sheet, top, matrix)
        look = self._format(num_format=matrix.number)
        first, last = (block.top, block.left), (block.bottom - 1, block.left + block.columns - 1)
        value = float(matrix.values[0, 0])
        self._sheets[sheet].write_array_formula(*first, *last, f"{{={formula}}}", look, value)
        self._numbers(block, matrix.values, look, skip_first=True)  # the cached values of the other cells
        return block

    def _numbers(self, block: Block, values: np.ndarray, look: Format, *, skip_first: bool = False) -> None:
        for i, j in np.ndindex(*values.shape):
            if i or j or not skip_first:
                self._sheets[block.sheet].write_number(block.top + i, block.left + j, float(values[i, j]), look)

    def single_array(self, sheet: str, row: int, column: int, formula: str, value: float, **look: object) -> None:
        """An array formula whose result is one cell."""
        self._sheets[sheet].write_array_formula(
            row, column, row, column, f"{{={formula}}}", self._format(**look), value
        )

    def shade(self, block: Block, *, shares: bool = False) -> None:
        """A colour scale: white to blue for shares from 0 to 1, else blue over white at 0 to orange."""
        scale: dict[str, object] = {"type": "2_color_scale", "min_type": "num", "max_type": "num"}
        scale |= {"min_value": 0, "max_value": 1, "min_color": _WHITE, "max_color": BLUE}
        if not shares:
            scale = {"type": "3_color_scale", "mid_type": "num", "mid_value": 0}
            scale |= {"min_color": BLUE, "mid_color": _WHITE, "max_color": ORANGE}
        cells = (block.top, block.left, block.bottom - 1, block.left + block.columns - 1)
        self._sheets[block.sheet].conditional_format(*cells, scale)

    def hush(self, block: Block) -> None:
        """Show what stands for minus infinity shortly, and in grey."""
        look = self._format(num_format="0E+00", font_color="#A6A6A6")
        cells = (block.top, block.left, block.bottom - 1, block.left + block.columns - 1)
        rule = {"type": "cell", "criteria": "<", "value": -1e20, "format": look}
        self._sheets[block.sheet].conditional_format(*cells, rule)

    def _labels(self, sheet: str, top: int, matrix: Matrix) -> Block:
        for j, label in enumerate(matrix.columns):
            self.text(sheet, top, matrix.left + j, label, bold=True, align="right", bottom=1)
        for i, label in enumerate(matrix.rows if matrix.left == 1 else []):
            self.text(sheet, top + 1 + i, 0, label, bold=True)
        rows, columns = matrix.values.shape
        return Block(sheet, top + 1, matrix.left, rows, columns)

    def _format(self, **look: object) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]
