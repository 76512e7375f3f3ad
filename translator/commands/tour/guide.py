"""What a page of the tour is made of, and how it is told in a language: as text, never wider than asked, or as data."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.grid import panels
from translator.draw.heatmap import percentages
from translator.draw.text import BOLD, DIM, bar, fit, joined, left, right, wrapped

LANGUAGES = ("en", "pt")
NARROWEST = 60  # cells
_WIDEST = 88  # text in longer lines is hard to read
_LABEL = 20  # widest label of a matrix' row
_NAME = 12  # widest heading of its columns
_CELL = 20  # widest cell of a table, its last column aside
_BAR = 20
_SWAPPED = str.maketrans(",.", ".,")


class Label(NamedTuple):
    """A cell that is a word of the language: the key of its label, and what follows it."""

    key: str
    after: str = ""


class Table(NamedTuple):
    """Cells are text, numbers, labels, or ``None`` for nothing."""

    columns: list[tuple[str, str]]  # the key of a heading, and a format
    rows: Sequence[Sequence[Any]]
    left_out: int  # rows that are not shown
    has_bars: bool  # the last column, shares from 0 to 1, is drawn too


class Matrix(NamedTuple):
    """Attention weights (rows, columns); what the columns lack of 1 is shown as the rest."""

    rows: Sequence[str]
    columns: Sequence[str]
    weights: np.ndarray
    mask: np.ndarray | None  # bool, True = may attend
    marked: int | None  # the row that is followed
    left_out: int  # rows that are not shown


Block = str | Table | Matrix
"""Of a page; a text is the key of paragraphs of it."""


class Page(NamedTuple):
    """One page: what stands on it, the commands that lead deeper, and the facts that its texts tell."""

    key: str
    blocks: Sequence[Block]
    commands: Sequence[Sequence[str]]  # words of each, without ``translator``
    facts: dict[str, Any]


class Guide(string.Formatter):
    """Tells pages with the texts of ``en.toml`` or ``pt.toml``; ``extra`` are options that each command is to have.

    It formats as ``str.format`` does, with numbers in the language: 8,894.5 in English is 8.894,5 in Portuguese.
    """

    def __init__(self, language: str, extra: Mapping[str, Sequence[str]] | None = None) -> None:
        content = files("translator.commands.tour").joinpath(f"{language}.toml").read_text("utf-8")
        self.language, self.extra, self.texts = language, extra or {}, tomllib.loads(content)
        self.frame, self._labels = self.texts["frame"], self.texts["labels"]

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value. A share in per cent that would round to a false 0 or 100 says so."""
        if not isinstance(value, int | float):
            return str(format(value, format_spec))
        text = format(value, format_spec or ("," if isinstance(value, int) else ".2f"))
        if text.startswith("-") and not any(c in "123456789" for c in text):
            text = text[1:]  # -0.00 is 0.00
        if format_spec.endswith("%"):
            step = 10.0 ** -(int(format_spec[1:-1]) + 2)
            if 0 < value < step / 2:
                text = f"<{format(step, format_spec)}"
            elif 1 - step / 2 <= value < 1 - 1e-9:
                text = f">{format(1 - step, format_spec)}"
        return text.translate(_SWAPPED) if self.language == "pt" else text

    def paragraphs(self, page: Page, block: str) -> list[str]:
        """One block of text of a page, with its facts."""
        return [self.vformat(template, (), page.facts) for template in self.texts["pages"][page.key][block]]

    def draw(self, page: Page, number: int, count: int, width: int) -> Text:
        """One page in ``width`` cells (60 at least)."""
        width = max(NARROWEST, min(_WIDEST, width))
        head = fit(f"── {number}/{count}  {self.texts['pages'][page.key]['heading']} ", width)
        lines = [Text(head + "─" * max(0, width - cell_len(head)), BOLD)]
        for block in page.blocks:
            if isinstance(block, str):
                for paragraph in self.paragraphs(page, block):
                    lines += [Text(), *wrapped(paragraph, width)]
                continue
            lines += [Text(), *(self._table(block, width) if isinstance(block, Table) else self._matrix(block, width))]
            if block.left_out:
                lines.append(Text(self.format(self.frame["more"], count=block.left_out), DIM))
        lines += [Text(), Text(self.frame["deeper"], DIM)]
        commands = [command_lines(self._complete(words), width) for words in page.commands]
        return joined([*lines, *(Text(line) for command in commands for line in command)])

    def _complete(self, words: Sequence[str]) -> list[str]:
        """A command with what it needs to speak of the same model; a preset needs none."""
        return [*words, *(() if "--preset" in words else self.extra.get(words[0], ()))]

    def _heading(self, key: str) -> str:
        return key if key.startswith("#") else str(self._labels[key])

    def _cell(self, value: Any, form: str) -> str:
        if isinstance(value, Label):
            return f"{self._labels[value.key]}{value.after}"
        return "" if value is None else self.format_field(value, form) if form else str(value)

    def _table(self, table: Table, width: int) -> list[Text]:
        forms = [form for _, form in table.columns]
        heads = [self._heading(key) for key, _ in table.columns]
        cells = [[self._cell(value, form) for value, form in zip(row, forms, strict=True)] for row in table.rows]
        *others, last = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
        others, last = ([*others, last], _BAR) if table.has_bars else (others, last)
        widths = [min(wide, _CELL) for wide in others]
        widths.append(min(last, width - sum(widths) - 2 * len(widths)))
        lines = []
        for number, row in enumerate([heads, *cells]):
            places = zip(row, forms, widths, strict=False)
            shown = [right(text, wide) if form else left(text, wide) for text, form, wide in places]
            line = Text("  ".join(shown), "" if number else DIM)
            if number and table.has_bars:
                line.append("  ").append(bar(float(table.rows[number - 1][-1]), widths[-1]), "bar")
            line.rstrip()
            lines.append(line)
        return lines

    def _matrix(self, matrix: Matrix, width: int) -> list[Text]:
        """Whole per cents that add up to 100 in each row, with the columns that are not shown."""
        whole, columns = matrix.weights, [fit(name, _NAME) for name in matrix.columns]
        rest = 1 - whole.sum(axis=1)
        if (rest > 1e-6).any():
            whole = np.column_stack([whole, np.clip(rest, 0, None)])
            columns.append(self._labels["rest"])
        tallies = [percentages(row) for row in whole]
        tops = matrix.weights.argmax(axis=1)

        def cell(i: int, j: int) -> tuple[str, str]:
            if matrix.mask is not None and j < len(matrix.columns) and not matrix.mask[i, j]:
                return right("— ", 5), ""
            is_top = j == tops[i]
            return right(f"[{tallies[i][j]}]" if is_top else f"{tallies[i][j]} ", 5), BOLD if is_top else ""

        label = min(_LABEL, max(map(cell_len, matrix.rows)))
        rows = [("▸ " if i == matrix.marked else "  ") + right(name, label) for i, name in enumerate(matrix.rows)]
        lines = [line for p in panels(rows, columns, cell, width, least=6, widest=(label + 2, _NAME)) for line in p]
        caption = self.frame["matrix"] + ("" if matrix.mask is None else self.frame["masked"])
        return [*lines, *wrapped(caption, width, DIM)]

    def plain(self, page: Page, number: int) -> dict[str, Any]:
        """One page as plain data: texts said, tables and weights as numbers."""
        text: list[str] = []
        tables: list[dict[str, Any]] = []
        weights: list[dict[str, Any]] = []
        for block in page.blocks:
            if isinstance(block, str):
                text += self.paragraphs(page, block)
            elif isinstance(block, Table):
                rows = [[self._plain(value) for value in row] for row in block.rows]
                tables.append({"columns": [self._heading(key) for key, _ in block.columns], "rows": rows})
            else:
                weights.append({"rows": block.rows, "columns": block.columns, "weights": block.weights.tolist()})
        return {
            "page": number,
            "key": page.key,
            "heading": self.texts["pages"][page.key]["heading"],
            "text": text,
            "facts": page.facts,
            "tables": tables,
            "weights": weights,
            "commands": [" ".join(["translator", *map(_quoted, self._complete(words))]) for words in page.commands],
        }

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Label):
            return self._cell(value, "")
        return value.item() if isinstance(value, np.generic) else value


def command_lines(words: Sequence[str], width: int) -> list[str]:
    """``translator`` and ``words`` as a shell reads them, in lines of at most ``width`` cells that can be pasted."""
    rest = " ".join(["translator", *map(_quoted, words)])
    lines = []
    while cell_len(rest) > width:
        end = len(fit(rest, width - 1)) - 1  # without its …
        space = rest.rfind(" ", 1, end)
        end = space + 1 if space > 0 else end
        while end > 1 and (len(rest[:end]) - len(rest[:end].rstrip("\\"))) % 2:  # never inside an escape
            end -= 1
        lines.append(rest[:end] + "\\")
        rest = rest[end:]
    return [*lines, rest]


def _quoted(word: str) -> str:
    """``word`` for a shell: bare if it is plain, else in double quotes, in which \\ at a line's end is no character."""
    if word and all(c.isalnum() or c in "-_./:," for c in word):
        return word
    return '"' + "".join(f"\\{c}" if c in '"\\$`' else c for c in word) + '"'
