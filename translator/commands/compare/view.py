"""What ``translator compare`` tells, as sections: the scores, where the difference is, the sentences side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from translator.draw.report import Bars, Card, Cell, Own, Section, word_differences
from translator.evaluation.comparison import SURE, Changed, Compared, Comparison


def title_of(names: Sequence[str]) -> str:
    """What is compared."""
    return f"{_short(names[0])} and {_short(names[1])} compared"


def sections(
    found: Sequence[Comparison], names: Sequence[str], links: Sequence[Mapping[str, Sequence[str]]]
) -> list[Section]:
    """All directions; ``links`` holds the attention of each system that is a model, a line a changed sentence."""
    told: list[Section] = []
    for result, of in zip(found, links, strict=True):
        told += _of_direction(result, names, of)
    if len(found) > 1:
        rows = [[c.direction, *_numbers(c.overall[0]), in_words(c.overall[0])] for c in found]
        told.insert(0, Section("BLEU by direction", ["", *map(_short, names), "B − A", "better"], rows))
    return told


def _of_direction(c: Comparison, names: Sequence[str], links: Mapping[str, Sequence[str]]) -> list[Section]:
    heads = [_short(name) for name in names]
    rows = [[row.name, *_numbers(row), in_words(row)] for row in c.overall]
    count = c.overall[0].sentences
    alike = f"{c.alike:,} of them are translated alike; {c.signature}"
    told = [Section(f"{c.direction}, {count:,} sentences", ["", *heads, "B − A", "better"], rows, [alike])]
    for title, buckets in (("length of the source", c.by_length), ("its rarest word", c.by_rarity)):
        if buckets:
            cells = [[row.name, f"{row.sentences:,}", *_numbers(row)] for row in buckets]
            names_of = [row.name for row in buckets]
            sides = zip(heads, zip(*((row.first, row.second) for row in buckets), strict=True), strict=True)
            bars = [Bars(names_of, values, title=f"BLEU of {head}") for head, values in sides]
            columns = [title, "sentences", *heads, "B − A"]
            told.append(Section(f"BLEU by {title}, {c.direction}", columns, cells, plots=bars, drawn=False))
    if c.changed:
        cards = [_card(change, k, names, links) for k, change in enumerate(c.changed)]
        note = "struck out: only in the first; bold: only in the second; attention: which word became which"
        told.append(Section(f"Sentences that changed most, {c.direction}", notes=[note], cards=cards))
    return told


def _card(change: Changed, number: int, names: Sequence[str], links: Mapping[str, Sequence[str]]) -> Card:
    columns: list[list[tuple[str, Cell]]] = []
    for letter, name, text in zip("AB", names, word_differences(change.first, change.second), strict=True):
        column: list[tuple[str, Cell]] = [(letter, text)]
        if name in links and links[name][number]:
            column.append(("attention", [(links[name][number], "dim")]))
        columns.append(column)
    head = f"{change.number:,}  {change.gain:+.0f} chrF  {change.source}"
    return Card(head, [("reference", change.reference)], columns)


def _numbers(row: Compared) -> tuple[str, str, str]:
    return f"{row.first:.1f}", f"{row.second:.1f}", f"{row.second - row.first:+.1f}"


def in_words(row: Compared) -> str:
    """Which of the two is better, if that is more than chance, and the p-value."""
    if row.p is None:
        return ""
    if row.p >= SURE:
        return f"may be chance, p = {row.p:.3f}"
    better = (row.second > row.first) != (row.name == "TER")
    return f"{'B' if better else 'A'}, more than chance, p = {row.p:.3f}"


def _short(name: str) -> Own:
    return Own(Path(name).name or name)
