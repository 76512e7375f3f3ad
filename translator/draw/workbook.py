"""A spreadsheet out of matrices: blocks of numbers and live formulas on XlsxWriter, each cell with its value cached.

Texts are written as strings and never as formulas; array formulas have fixed ranges, so every spreadsheet program
reads them; numbers and formulas are stored without a locale, and are shown in the reader's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from translator.draw.language import say

_GIVEN = "#1F4E9E"  # the colour of numbers that are no formulas
BLUE, ORANGE, _WHITE = "#4A7EBB", "#E8913A", "#FFFFFF"
Labels = tuple[Sequence[str], Sequence[str]]
"""Of rows and of columns."""
Formula = str | Callable[[int, int], str]


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


class Book:
    """A workbook in memory. Sheet names are ours, so none needs quoting."""

    def __init__(self, title: str) -> None:
        self._bytes = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.file = xlsxwriter.Workbook(self._bytes, options)
        self.file.set_properties({"title": say(title), "comments": say("written by translator sheet")})
        self.format: Callable[..., Format] = cache(lambda **look: self.file.add_format(look))
        self.contents: list[tuple[str, str]] = []  # sheets by name, with what they hold

    def sheet(self, name: str, holds: str = "", label_width: int = 16, column_width: float = 9) -> Sheet:
        """A new sheet: labels in its first column, printed in landscape, one page wide."""
        name = say(name)
        sheet = self.file.add_worksheet(name)
        sheet.set_column(0, 0, label_width)
        sheet.set_column(1, 400, column_width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        self.contents.append((name, say(holds)))
        return Sheet(self, name, sheet)

    def page(
        self,
        name: str,
        holds: str,
        title: str,
        values: np.ndarray,
        rows: Sequence[str],
        formula: str = "",
        *,
        columns: Sequence[str] = (),
        note: str = "",
    ) -> Block:
        """A sheet for one :meth:`Sheet.block`; columns are numbered if not named, results of a formula shaded."""
        sheet = self.sheet(name, holds)
        sheet.heading(0, title, note or " × ".join(map(str, values.shape)))
        block = sheet.block(2, values, (rows, columns or numbers(values.shape[1])), formula)
        if formula:
            sheet.shade(block)
        sheet.own.freeze_panes(3, 1)
        return block

    def close(self) -> bytes:
        """The file."""
        self.file.close()
        return self._bytes.getvalue()


@dataclass(frozen=True)
class Sheet:
    """A sheet of a book; ``own`` is it as XlsxWriter has it."""

    book: Book
    name: str
    own: Worksheet

    def put(self, row: int, column: int, value: float | str, formula: str = "", **look: object) -> None:
        """A text or number that is given; or a live formula with its value, an array formula in braces.

        A text stays what it is: ``=1+1`` is these four characters, also when its cell is edited.
        """
        if formula:
            self.own.write_formula(row, column, formula, self.book.format(**look), value)
        elif isinstance(value, str):
            self.own.write_string(row, column, value, self.book.format(quote_prefix=True, **look))
        else:
            self.own.write_number(row, column, value, self.book.format(font_color=_GIVEN, **look))

    def heading(self, row: int, title: str, note: str = "") -> None:
        """A bold line, and a plain one under it."""
        self.put(row, 0, say(title), bold=True, font_size=12)
        if note:
            self.put(row + 1, 0, say(note), font_color="#595959")

    def block(
        self,
        top: int,
        values: np.ndarray,
        labels: Labels,
        formula: Formula = "",
        *,
        number: str = "0.000",
        left: int = 1,
    ) -> Block:
        """Values (rows, columns) under column labels in row ``top``; row labels stand in the first column.

        Without a formula they are given, and blue; a text is one array formula over all of them; a function gives a
        plain formula a cell from its row and column in the block. ``number`` is how they look.
        """
        rows, columns = labels
        for j, label in enumerate(columns):
            self.put(top, left + j, label, bold=True, align="right", bottom=1)
        for i, label in enumerate(rows):
            self.put(top + 1 + i, 0, label, bold=True)
        block, look = Block(self.name, top + 1, left, values), self.book.format(num_format=number)
        for (i, j), value in np.ndenumerate(values):
            place = (top + 1 + i, left + j)
            if callable(formula) or not formula:
                self.put(*place, float(value), f"={formula(i, j)}" if callable(formula) else "", num_format=number)
            elif i or j:  # the first cell holds the array formula, the others its cached values
                self.own.write_number(*place, float(value), look)
            else:
                self.own.write_array_formula(*block.corners, f"{{={formula}}}", look, float(value))
        return block

    def shade(self, block: Block, *, shares: bool = False) -> None:
        """A colour scale: white to blue for shares from 0 to 1, else blue over white at 0 to orange."""
        scale: dict[str, object] = {"type": "2_color_scale", "min_type": "num", "max_type": "num"}
        scale |= {"min_value": 0, "max_value": 1, "min_color": _WHITE, "max_color": BLUE}
        if not shares:
            scale = {"type": "3_color_scale", "mid_type": "num", "mid_value": 0}
            scale |= {"min_color": BLUE, "mid_color": _WHITE, "max_color": ORANGE}
        self.own.conditional_format(*block.corners, scale)

    def hush(self, block: Block) -> None:
        """Show what stands for minus infinity shortly, and in grey."""
        look = self.book.format(num_format="0E+00", font_color="#A6A6A6")
        self.own.conditional_format(*block.corners, {"type": "cell", "criteria": "<", "value": -1e20, "format": look})

    def scatter(self, row: int, column: int, series: Sequence[tuple[str, Block, Sequence[str], str, str]]) -> None:
        """A chart of labelled points. A series is its name, a block of x and y, a label a row, which also stands beside
        it in the first column, a marker and a colour.
        """
        chart = self.book.file.add_chart({"type": "scatter"})
        for name, block, labels, marker, colour in series:
            top, left, last, _ = block.corners
            # As text, which LibreOffice shows too; but a text that looks like a formula only by its cell.
            cells = [f"={block.sheet}!{xl_rowcol_to_cell(top + i, 0, True, True)}" for i in range(len(labels))]
            shown = [{"value": c if label.startswith("=") else label} for label, c in zip(labels, cells, strict=True)]
            fill = {"color": colour}
            chart.add_series(
                {
                    "name": name,
                    "categories": [block.sheet, top, left, last, left],
                    "values": [block.sheet, top, left + 1, last, left + 1],
                    "marker": {"type": marker, "size": 8, "fill": fill, "border": fill},
                    "data_labels": {"value": True, "position": "right", "custom": shown},
                }
            )
        chart.set_legend({"position": "bottom"})
        pale = {"major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}}, "label_position": "low"}
        chart.set_x_axis(pale)
        chart.set_y_axis(pale)
        self.own.insert_chart(row, column, chart, {"x_scale": 1.6, "y_scale": 1.8})


def numbers(count: int) -> list[str]:
    """Labels from 1."""
    return [str(i + 1) for i in range(count)]
