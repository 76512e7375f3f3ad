"""A page of the tour as text: paragraphs, tables and weights, never wider than asked, no colour needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.commands.tour.blocks import Column, Label, Matrix, Page, Prose, Table
from translator.commands.tour.phrases import Phrases
from translator.draw.grid import panels
from translator.draw.heatmap import percentages
from translator.draw.text import BOLD, DIM, bar, fit, joined, left, right, wrapped

NARROWEST = 60  # cells
_WIDEST = 88  # text in longer lines is hard to read
_LABEL = 20  # widest label of a matrix' row
_NAME = 12  # widest heading of its columns
_CELL = 20  # widest cell of a table, its last column aside
_BAR = 20


def draw_page(
    page: Page, number: int, count: int, phrases: Phrases, width: int, extra: Mapping[str, Sequence[str]]
) -> Text:
    """One page in ``width`` cells (60 at least); ``extra`` are options that each command is to have."""
    width = max(NARROWEST, min(_WIDEST, width))
    head = fit(f"── {number}/{count}  {phrases.heading(page.key)} ", width)
    lines = [Text(head + "─" * max(0, width - cell_len(head)), BOLD)]
    for block in page.blocks:
        lines.append(Text())
        if isinstance(block, Prose):
            lines += _prose(page, block, phrases, width)
        elif isinstance(block, Table):
            lines += _table(block, phrases, width)
        else:
            lines += _matrix(block, phrases, width)
    lines += [Text(), Text(phrases.phrase("deeper"), DIM)]
    for command in page.commands:
        lines += [Text(line) for line in command_lines(_complete(command, extra), width)]
    return joined(lines)


def _prose(page: Page, block: Prose, phrases: Phrases, width: int) -> list[Text]:
    lines: list[Text] = []
    for template in phrases.paragraphs(page.key, block.block):
        lines += [Text(), *wrapped(phrases.say(template, block.facts), width)]
    return lines[1:]


def _table(table: Table, phrases: Phrases, width: int) -> list[Text]:
    heads = [_heading(column, phrases) for column in table.columns]
    cells = [
        [_cell(value, column, phrases) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]
    widths = [max(cell_len(x) for x in column) for column in zip(heads, *cells, strict=True)]
    last = len(widths) - 1
    widths = [w if k == last else min(w, _CELL) for k, w in enumerate(widths)]
    is_number = [column.spec not in ("", "bar") for column in table.columns]
    room = width - sum(widths[:last]) - 2 * last
    widths[last] = min(_BAR if table.columns[last].spec == "bar" else widths[last], room)
    lines = []
    for number, row in enumerate([heads, *cells]):
        line = Text(style=DIM if number == 0 else "")
        for k, text in enumerate(row):
            if number and table.columns[k].spec == "bar":
                line.append(bar(float(table.rows[number - 1][k]), widths[k]), "bar")
            else:
                shown = fit(text, widths[k])
                line.append(right(shown, widths[k]) if is_number[k] else left(shown, widths[k]))
            line.append("  ")
        line.rstrip()
        lines.append(line)
    return lines + _more(table.left_out, phrases)


def _heading(column: Column, phrases: Phrases) -> str:
    if not column.key:
        return ""
    return column.key if column.key.startswith("#") else phrases.label(column.key)


def _cell(value: Any, column: Column, phrases: Phrases) -> str:
    if value is None or column.spec == "bar":
        return ""
    if isinstance(value, Label):
        return phrases.label(value.key) + value.after
    if column.spec == "":
        return str(value)
    return phrases.number(value, column.spec)


def _matrix(matrix: Matrix, phrases: Phrases, width: int) -> list[Text]:
    """Whole per cents that add up to 100 in each row, with the columns that are not shown."""
    rest = 1 - matrix.weights.sum(axis=1)
    has_rest = bool((rest > 1e-6).any())
    whole = np.column_stack([matrix.weights, np.clip(rest, 0, None)]) if has_rest else matrix.weights
    columns = [*(fit(name, _NAME) for name in matrix.columns), *([phrases.label("rest")] if has_rest else [])]
    tallies = [percentages(row) for row in whole]
    tops = matrix.weights.argmax(axis=1)

    def cell(i: int, j: int) -> tuple[str, str]:
        if matrix.mask is not None and j < matrix.mask.shape[1] and not matrix.mask[i, j]:
            return right("— ", 5), ""
        is_top = j == tops[i]
        return right(f"[{tallies[i][j]}]" if is_top else f"{tallies[i][j]} ", 5), BOLD if is_top else ""

    label = min(_LABEL, max(map(cell_len, matrix.rows)))
    rows = [("▸ " if i == matrix.marked else "  ") + right(name, label) for i, name in enumerate(matrix.rows)]
    lines = [line for p in panels(rows, columns, cell, width, least=6, widest=(label + 2, _NAME)) for line in p]
    caption = phrases.phrase("matrix") + ("" if matrix.mask is None else phrases.phrase("masked"))
    return [*lines, *wrapped(caption, width, DIM), *_more(matrix.left_out, phrases)]


def _more(count: int, phrases: Phrases) -> list[Text]:
    return [Text(phrases.say(phrases.phrase("more"), {"count": count}), DIM)] if count else []


def _complete(command: Sequence[str], extra: Mapping[str, Sequence[str]]) -> list[str]:
    """``command`` with what it needs to speak of the same model; a preset needs none."""
    return [*command, *(() if "--preset" in command else extra.get(command[0], ()))]


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


def page_plain(page: Page, number: int, phrases: Phrases, extra: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One page as plain data: texts said, tables and weights as numbers."""
    text: list[str] = []
    facts: dict[str, Any] = {}
    tables: list[dict[str, Any]] = []
    weights: list[dict[str, Any]] = []
    for block in page.blocks:
        if isinstance(block, Prose):
            text += [phrases.say(template, block.facts) for template in phrases.paragraphs(page.key, block.block)]
            facts |= block.facts
        elif isinstance(block, Table):
            kept = [k for k, column in enumerate(block.columns) if column.spec != "bar"]
            rows = [[_plain_cell(row[k], phrases) for k in kept] for row in block.rows]
            tables.append({"columns": [_heading(block.columns[k], phrases) for k in kept], "rows": rows})
        else:
            weights.append(
                {"rows": list(block.rows), "columns": list(block.columns), "weights": block.weights.tolist()}
            )
    return {
        "page": number,
        "key": page.key,
        "heading": phrases.heading(page.key),
        "text": text,
        "facts": facts,
        "tables": tables,
        "weights": weights,
        "commands": [" ".join(["translator", *map(_quoted, _complete(c, extra))]) for c in page.commands],
    }


def _plain_cell(value: Any, phrases: Phrases) -> Any:
    if isinstance(value, Label):
        return phrases.label(value.key) + value.after
    return value.item() if isinstance(value, np.generic) else value
