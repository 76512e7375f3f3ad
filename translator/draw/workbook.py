"""A spreadsheet out of matrices: blocks of numbers and live formulas on XlsxWriter, each cell with its value cached.

Texts are written as strings and never as formulas; array formulas have fixed ranges, so every spreadsheet program
reads them; numbers and formulas are stored without a locale, and are shown in the reader's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

_GIVEN = "#1F4E9E"  # the colour of numbers that are no formulas
BLUE, ORANGE, _WHITE = "#4A7EBB", "#E8913A", "#FFFFFF"


@dataclass(frozen=True)
class Block:
    """A matrix in a sheet: its first cell, from 0, labels not counted, and its values."""

    sheet: str
    top: int
    left: int
    values: np.ndarray

    @property
    def bottom(self) -> int:
        """The first row under it."""
        return self.top + len(self.values)

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Its first and its last cell."""
        return self.top, self.left, self.bottom - 1, self.left + self.values.shape[1] - 1

    @property
    def range(self) -> str:
        """All of it, as a formula on any sheet names it."""
        return f"{self.sheet}!{xl_range_abs(*self.corners)}"

    def rows(self, first: int, last: int) -> Block:
        """Its rows from one to before another."""
        return Block(self.sheet, self.top + first, self.left, self.values[first:last])

    def row(self, i: int) -> str:
        """Row ``i`` of it, as a formula on any sheet names it."""
        return self.rows(i, i + 1).range

    def cell(self, i: int, j: int) -> str:
        """One cell, without the sheet's name: for formulas on the same sheet."""
        return str(xl_rowcol_to_cell(self.top + i, self.left + j))


class Points(NamedTuple):
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
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._bytes, options)
        self._book.set_properties({"title": title, "comments": "written by translator sheet"})
        self.sheets: dict[str, Worksheet] = {}
        self.contents: list[tuple[str, str]] = []  # sheets by name, with what they hold
        self._format: Callable[..., Format] = cache(lambda **look: self._book.add_format(look))

    def close(self) -> bytes:
        """The file."""
        self._book.close()
        return self._bytes.getvalue()

    def sheet(self, name: str, holds: str = "", label_width: int = 16, column_width: float = 9) -> None:
        """A new sheet: labels in its first column, printed in landscape, one page wide."""
        self.sheets[name] = sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, label_width)
        sheet.set_column(1, 400, column_width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if holds:
            self.contents.append((name, holds))

    def text(self, sheet: str, row: int, column: int, text: str, **look: object) -> None:
        """A string, whatever it looks like: ``=1+1`` stays these four characters, also when its cell is edited."""
        self.sheets[sheet].write_string(row, column, text, self._format(quote_prefix=True, **look))

    def heading(self, sheet: str, row: int, title: str, note: str = "") -> None:
        """A bold line, and a plain one under it."""
        self.text(sheet, row, 0, title, bold=True, font_size=12)
        if note:
            self.text(sheet, row + 1, 0, note, font_color="#595959")

    def number(self, sheet: str, row: int, column: int, value: float, number: str = "0.000") -> None:
        """A number that is given."""
        self.sheets[sheet].write_number(row, column, value, self._format(num_format=number, font_color=_GIVEN))

    def formula(self, sheet: str, row: int, column: int, formula: str, value: float | str, **look: object) -> None:
        """One live formula with its value."""
        self.sheets[sheet].write_formula(row, column, f"={formula}", self._format(**look), value)

    def array(self, sheet: str, row: int, column: int, formula: str, value: float, **look: object) -> None:
        """An array formula whose result is one cell."""
        place, look_of = (row, column, row, column), self._format(**look)
        self.sheets[sheet].write_array_formula(*place, f"{{={formula}}}", look_of, value)

    def block(
        self,
        sheet: str,
        top: int,
        values: np.ndarray,
        rows: Sequence[str],
        columns: Sequence[str],
        formula: str | Callable[[int, int], str] | None = None,
        *,
        number: str = "0.000",
        left: int = 1,
    ) -> Block:
        """Values (rows, columns) under column labels in row ``top``, and if ``left`` is 1 beside row labels.

        Without a formula they are given, and blue; a text is one array formula over all of them; a function gives a
        plain formula a cell from its row and column in the block. ``number`` is how they look.
        """
        for j, label in enumerate(columns):
            self.text(sheet, top, left + j, label, bold=True, align="right", bottom=1)
        for i, label in enumerate(rows if left == 1 else []):
            self.text(sheet, top + 1 + i, 0, label, bold=True)
        block, out = Block(sheet, top + 1, left, values), self.sheets[sheet]
        look = self._format(num_format=number) if formula else self._format(num_format=number, font_color=_GIVEN)
        if isinstance(formula, str):
            out.write_array_formula(*block.corners, f"{{={formula}}}", look, float(values[0, 0]))
        for (i, j), value in np.ndenumerate(values):
            if callable(formula):
                out.write_formula(top + 1 + i, left + j, f"={formula(i, j)}", look, float(value))
            elif formula is None or i or j:  # the first cell holds the array formula, the others its cached values
                out.write_number(top + 1 + i, left + j, float(value), look)
        return block

    def page(
        self,
        name: str,
        holds: str,
        title: str,
        values: np.ndarray,
        rows: Sequence[str],
        formula: str | None = None,
        *,
        columns: Sequence[str] = (),
        note: str = "",
    ) -> Block:
        """A sheet for one :meth:`block`; columns are numbered if not named, and results of a formula are shaded."""
        self.sheet(name, holds)
        self.heading(name, 0, title, note or " × ".join(map(str, values.shape)))
        block = self.block(name, 2, values, rows, columns or numbers(values.shape[1]), formula)
        if formula:
            self.shade(block)
        self.sheets[name].freeze_panes(3, 1)
        return block

    def shade(self, block: Block, *, shares: bool = False) -> None:
        """A colour scale: white to blue for shares from 0 to 1, else blue over white at 0 to orange."""
        scale: dict[str, object] = {"type": "2_color_scale", "min_type": "num", "max_type": "num"}
        scale |= {"min_value": 0, "max_value": 1, "min_color": _WHITE, "max_color": BLUE}
        if not shares:
            scale = {"type": "3_color_scale", "mid_type": "num", "mid_value": 0}
            scale |= {"min_color": BLUE, "mid_color": _WHITE, "max_color": ORANGE}
        self.sheets[block.sheet].conditional_format(*block.corners, scale)

    def hush(self, block: Block) -> None:
        """Show what stands for minus infinity shortly, and in grey."""
        look = self._format(num_format="0E+00", font_color="#A6A6A6")
        rule = {"type": "cell", "criteria": "<", "value": -1e20, "format": look}
        self.sheets[block.sheet].conditional_format(*block.corners, rule)

    def scatter(self, sheet: str, row: int, column: int, series: Sequence[Points]) -> None:
        """A chart of labelled points."""
        chart = self._book.add_chart({"type": "scatter"})
        for one in series:
            name, (top, left, last, _) = one.block.sheet, one.block.corners
            # As text, which LibreOffice shows too; but a text that looks like a formula only by its cell.
            labels = [
                {"value": f"={name}!{xl_rowcol_to_cell(top + i, 0, True, True)}" if label.startswith("=") else label}
                for i, label in enumerate(one.labels)
            ]
            fill = {"color": one.colour}
            chart.add_series(
                {
                    "name": one.name,
                    "categories": [name, top, left, last, left],
                    "values": [name, top, left + 1, last, left + 1],
                    "marker": {"type": one.marker, "size": 8, "fill": fill, "border": fill},
                    "data_labels": {"value": True, "position": "right", "custom": labels},
                }
            )
        chart.set_legend({"position": "bottom"})
        pale = {"major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}}, "label_position": "low"}
        chart.set_x_axis(pale)
        chart.set_y_axis(pale)
        self.sheets[sheet].insert_chart(row, column, chart, {"x_scale": 1.6, "y_scale": 1.8})


def numbers(count: int) -> list[str]:
    """Labels from 1."""
    return [str(i + 1) for i in range(count)]
