"""The sections of a report as one page: nothing to fetch, no script, readable from 390 pixels on, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from translator.draw.cosines import Grid, grid_svg
from translator.draw.report import Bars, Card, Cell, Section
from translator.draw.svg import style_of, text
from translator.draw.text import fit
from translator.text.normalise import visible

_STYLE = """
:root { --paper: #f7f5f0; --card: #fff; --ink: #1d1e26; --soft: #5d6070; --line: #dedbd2; --bar: #2f57c4;
  --mark: #b8400f; --gone: #9c1c1c; --gone-bg: #fbe4e2; --new: #17612d; --new-bg: #def3e1; color-scheme: light; }
@media (prefers-color-scheme: dark) { :root { --paper: #12131a; --card: #1b1d27; --ink: #eceaf2; --soft: #a5a8b8;
  --line: #32354a; --bar: #93abff; --mark: #ffa267; --gone: #ffb4ab; --gone-bg: #4a2220; --new: #9fe0ad;
  --new-bg: #17381f; color-scheme: dark; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 1.3rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; line-height: 1.35; margin: 0 0 .8rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.1rem;
  margin: 0 0 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; max-width: 100%; height: auto; margin: 0 0 .3rem; font: 12px system-ui, sans-serif; }
svg { fill: var(--ink); } svg .soft { fill: var(--soft); }
svg .bar { fill: var(--bar); } svg .mark { stroke: var(--mark); stroke-width: 2; fill: none; }
svg .axis { stroke: var(--line); }
.plots { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; margin-top: 1rem; }
figure { margin: 0; max-width: 100%; }
figcaption { color: var(--soft); font-size: .85rem; margin: 0 0 .2rem; max-width: 21rem; }
p.note { color: var(--soft); font-size: .82rem; margin: .7rem 0 0; overflow-wrap: anywhere; }
article { border-top: 1px solid var(--line); padding: .9rem 0; }
dl { display: grid; grid-template-columns: minmax(4.5rem, max-content) 1fr; gap: .15rem .8rem; margin: 0; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
.beside { display: grid; gap: .8rem; margin-top: .6rem; }
@media (max-width: 30rem) { table { font-size: .8rem; } th, td { padding-right: .5rem; } }
@media (min-width: 46rem) { .beside { grid-template-columns: 1fr 1fr; } section { padding: 1.4rem 1.6rem; } }
.beside > dl { background: var(--paper); border-radius: 10px; padding: .6rem .8rem; align-content: start; }
del { color: var(--gone); background: var(--gone-bg); } ins { color: var(--new); background: var(--new-bg); }
.scroll svg { max-width: none; }
.dim { color: var(--soft); font-size: .85rem; }
"""
_WIDTH, _LINE = 340, 22  # of a plot of bars, in its own units
_LETTER, _LONGEST = 6.8, 22  # of a label: width of a letter, and how many it may have
_TAGS = {"gone": "del", "new": "ins"}


def page(title: str, sections: Sequence[Section]) -> str:
    """One HTML document."""
    body = "".join(_section(section) for section in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_shown(title)}</title><style>{_STYLE}</style></head>\n<body><h1>{_shown(title)}</h1>\n{body}"
        "</body></html>\n"
    )


def _shown(text: str) -> str:
    return escape(visible(text))


def _section(section: Section) -> str:
    parts = [f"<section><h2>{_shown(section.title)}</h2>"]
    if section.rows:
        parts.append(_table(section))
    drawn = [_bars(plot) if isinstance(plot, Bars) else _grid(plot) for plot in section.plots]
    parts += ['<div class="plots">', *drawn, "</div>"] if drawn else []
    parts += [_card(card) for card in section.cards]
    parts += [f'<p class="note">{_shown(note)}</p>' for note in section.notes]
    return "\n".join([*parts, "</section>\n"])


def _table(section: Section) -> str:
    def row(cells: Sequence[Cell], tag: str) -> str:
        found = ""
        for k, cell in enumerate(cells):
            name = "" if k < section.words else ' class="number"'
            found += f"<{tag}{name}>{_cell(cell)}</{tag}>"
        return f"<tr>{found}</tr>"

    body = "".join(row(cells, "td") for cells in section.rows)
    head = f"<thead>{row(section.columns, 'th')}</thead>" if any(section.columns) else ""
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _shown(cell)
    runs = []
    for run, kind in cell:
        tag = _TAGS.get(kind)
        space = " " if run.startswith(" ") else ""
        shown = _shown(run.strip())
        marked = f"<{tag}>{shown}</{tag}>" if tag else f'<span class="dim">{shown}</span>' if kind else shown
        runs.append(space + marked)
    return "".join(runs)


def _card(card: Card) -> str:
    def told(entries: Sequence[tuple[str, Cell]]) -> str:
        return "<dl>" + "".join(f"<dt>{_shown(n)}</dt><dd>{_cell(cell)}</dd>" for n, cell in entries) + "</dl>"

    columns = "".join(told(column) for column in card.columns)
    beside = f'<div class="beside">{columns}</div>' if columns else ""
    return f"<article><h3>{_shown(card.head)}</h3>{told(card.entries) if card.entries else ''}{beside}</article>"


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
        parts.append(text(round(begin + end + 6, 1), y + 15, f"{value:,.{bars.digits}f}"))
    height = len(bars.values) * _LINE + 4
    parts.append(f'<path class="axis" d="M{begin} 0 V{height}"/>')
    label = _shown(bars.title or "bars")
    head = f"<figcaption>{_shown(bars.title)}</figcaption>" if bars.title else ""
    return (
        f'<figure>{head}<svg role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}">'
        + "".join(parts)
        + "</svg></figure>"
    )


def _grid(grid: Grid) -> str:
    part = grid_svg(grid)
    inner = "".join(part.elements)
    label = _shown(grid.title or "heat map")
    size = f'viewBox="0 0 {part.width:g} {part.height:g}" width="{part.width:g}"'
    style = f"<style>{style_of(inner)}</style>"
    return f'<figure class="scroll"><svg role="img" aria-label="{label}" {size}>{style}{inner}</svg></figure>'
