"""The sections of a report as one page: nothing to fetch, no script, readable from 390 pixels on, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from translator.draw.cosines import Grid, grid_svg
from translator.draw.language import figure, spoken, told
from translator.draw.report import Bars, Card, Cell, Section, said
from translator.draw.svg import style_of, text
from translator.draw.text import fit
from translator.text.normalise import visible

_WIDTH, _LINE = 340, 22  # of a plot of bars, in its own units
_LETTER, _LONGEST = 6.8, 22  # of a label: width of a letter, and how many it may have
_TAGS = {
    "": ("", ""),
    "gone": ("<del>", "</del>"),
    "new": ("<ins>", "</ins>"),
    "dim": ('<span class="dim">', "</span>"),
}


def page(title: str, sections: Sequence[Section]) -> str:
    """One HTML document."""
    before, after = files("translator.draw").joinpath("report.html").read_text("utf-8").split("%body%")
    before = before.replace("%language%", spoken()).replace("%title%", _shown(told(title)))
    return before + "".join(map(_section, said(sections))) + after


def _shown(text: str) -> str:
    return escape(visible(text))


def _section(section: Section) -> str:
    parts = [f"<section><h2>{_shown(section.title)}</h2>"]
    if section.rows:
        parts.append(_table(section))
    drawn = [_bars(plot) if isinstance(plot, Bars) else _grid(plot) for plot in section.plots]
    parts += ['<div class="plots">', *drawn, "</div>"] if drawn else []
    parts += map(_card, section.cards)
    parts += [f'<p class="note">{_shown(note)}</p>' for note in section.notes]
    return "\n".join([*parts, "</section>\n"])


def _table(section: Section) -> str:
    classes = ["" if k < section.words else ' class="number"' for k in range(len(section.columns))]

    def row(cells: Sequence[Cell], tag: str) -> str:
        found = (f"<{tag}{name}>{_cell(cell)}</{tag}>" for cell, name in zip(cells, classes, strict=True))
        return f"<tr>{''.join(found)}</tr>"

    body = "".join(row(cells, "td") for cells in section.rows)
    head = f"<thead>{row(section.columns, 'th')}</thead>" if any(section.columns) else ""
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _shown(cell)
    spaces = (" " if run.startswith(" ") else "" for run, _ in cell)
    tagged = (_shown(run.strip()).join(_TAGS[kind]) for run, kind in cell)
    return "".join(space + run for space, run in zip(spaces, tagged, strict=True))


def _card(card: Card) -> str:
    def listed(entries: Sequence[tuple[str, Cell]]) -> str:
        return "<dl>" + "".join(f"<dt>{_shown(n)}</dt><dd>{_cell(cell)}</dd>" for n, cell in entries) + "</dl>"

    columns = "".join(map(listed, card.columns))
    beside = f'<div class="beside">{columns}</div>' if columns else ""
    return f"<article><h3>{_shown(card.head)}</h3>{listed(card.entries) if card.entries else ''}{beside}</article>"


def _bars(bars: Bars) -> str:
    """Labels, bars from 0, a whisker over each interval, a line at what a value is compared with, the digits."""
    labels = [fit(label, _LONGEST) for label in bars.labels]
    begin = round(_LETTER * max(map(len, labels), default=0)) + 12
    scale = (_WIDTH - begin - 46) / bars.most
    parts = []
    for k, value in enumerate(bars.values):
        y = k * _LINE
        wide = max(0.0, value) * scale
        parts.append(text(begin - 8, y + 15, visible(labels[k]), text_anchor="end"))
        parts.append(f'<rect class="bar" x="{begin}" y="{y + 4}" width="{wide:.1f}" height="14" rx="2"/>')
        end = wide
        if bars.low:
            low, high = max(0.0, bars.low[k]) * scale + begin, bars.high[k] * scale + begin
            parts.append(
                f'<path class="mark" d="M{low:.1f} {y + 11} H{high:.1f} M{low:.1f} {y + 7} v8 M{high:.1f} {y + 7} v8"/>'
            )
            end = high - begin
        if bars.marks:
            at = bars.marks[k] * scale + begin
            parts.append(f'<path class="mark" d="M{at:.1f} {y + 1} v20"/>')
            end = max(end, at - begin)
        parts.append(text(round(begin + end + 6, 1), y + 15, figure(f"{value:,.{bars.digits}f}")))
    height = len(bars.values) * _LINE + 4
    parts.append(f'<path class="axis" d="M{begin} 0 V{height}"/>')
    head = f"<figcaption>{_shown(bars.title)}</figcaption>" if bars.title else ""
    return f"<figure>{head}{_svg(bars.title or told('bars'), ''.join(parts), _WIDTH, height)}</figure>"


def _grid(grid: Grid) -> str:
    part = grid_svg(grid)
    inner = "".join(part.elements)
    whole = f"<style>{style_of(inner)}</style>{inner}"
    return f'<figure class="scroll">{_svg(grid.title or told("heat map"), whole, part.width, part.height)}</figure>'


def _svg(title: str, inner: str, width: float, height: float) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
    return f'<svg role="img" aria-label="{_shown(title)}" {size}>{inner}</svg>'
