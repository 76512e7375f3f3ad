"""An examined corpus as text of 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

from rich.text import Text

from translator.config import preset_for, vocab_size_for
from translator.corpus.doctor.exam import LENGTHS, RATIOS, Examination, Example, Plan
from translator.corpus.doctor.kinds import KINDS
from translator.draw.language import figure, figures, say
from translator.draw.text import bar, fit, wrap, wrapped

_WIDTH = 80
_BAR = 24  # columns of the longest bar
_CURES = {"drop": ("dropped by --fix", "red"), "repair": ("repaired by --fix", "yellow"), "keep": ("kept", "")}
# kinds, one of how many rows must have them (inf: one of all), and what to say then
_ADVICE = [
    ("swapped", 2, "The columns stand the wrong way around: English comes first."),
    ("shifted", 20, "Lines have slipped against each other: make the files again from their source, if you can."),
    ("language", 10, "Much of it is in other languages: is this an English–Portuguese corpus?"),
    ("leak near-leak", inf, "Scores on the dev and test files would be too good: train without the lines that leak."),
    ("near-duplicate", 5, "Many pairs say nearly the same: --drop near-duplicate keeps the first of each."),
    ("markup", 20, "Much markup: a model trained on it writes markup too."),
]


def _cure(name: str, plan: Plan) -> str:
    return "drop" if name in plan.drop else "repair" if name in plan.repair else "keep"


def _share(count: int, of: int) -> str:
    share = 100 * count / max(of, 1)
    return figure(f"{share:.1f} %" if share >= 0.1 or not count else "<0.1 %")


def show(result: Examination, plan: Plan, out: Path | None, dropped: Path | None) -> Iterator[Text]:
    """The report: counts, histograms, findings with examples, verdict, and what was done. Nothing is wider than 80
    columns."""
    yield Text(fit(", ".join(map(str, result.files)), _WIDTH), "bold")
    yield Text(figures(f"{say('pairs'):<12}{result.rows:>16,}"))
    sides = say("English"), say("Portuguese")
    yield Text(f"{'':12}{sides[0]:>16}{sides[1]:>16}", "dim")
    for name, (en, pt) in zip(("words", "characters"), result.sizes, strict=True):
        yield Text(figures(f"{say(name):<12}{en:>16,}{pt:>16,}"))
    en, pt = result.sizes[0] / max(result.rows, 1)
    yield Text(figures(f"{say('words a side'):<12}{en:>16.1f}{pt:>16.1f}"))
    yield _heading("Length in words")
    yield Text(f"{'':>9}  {sides[0]:<{_BAR + 9}} {sides[1]}", "dim")
    labels = [f"{low}" if high == low + 1 else f"{low}–{high - 1}" for low, high in pairwise(LENGTHS)]
    yield from _histogram([*labels, f"{LENGTHS[-1]}–"], result.lengths.tolist(), result.rows)
    yield _heading("Portuguese words for an English one")
    labels = [figure(f"{low:.2f}–{high:.2f}") for low, high in pairwise(RATIOS)]
    yield from _histogram([*labels, figure(f"{RATIOS[-1]:.2f}–")], [result.ratios.tolist()], result.rows)
    yield _heading("Findings")
    yield from _findings(result, plan)
    yield _heading("Verdict")
    lost, rows = result.rows - result.kept, result.rows
    yield Text(say(f"{result.kept:,} of {rows:,} pairs are fit for training; {lost:,} ({_share(lost, rows)}) are not"))
    preset, size = preset_for(result.kept), vocab_size_for(result.kept)
    yield Text(say(f"train would choose: preset {preset}, a vocabulary of {size:,} pieces"))
    for sentence in advice(result, fixed=out is not None):
        yield from wrapped(say(sentence), _WIDTH)
    if result.likelihood:
        yield from _likelihood(result.likelihood, result)
    if result.fixed:
        yield from _fixed(result.fixed)
        yield Text(fit(say(f"written to {out}; the others to {dropped}" if dropped else f"written to {out}"), _WIDTH))
        yield Text(say(f"examined {result.fixed['rounds']} times; the last time there was nothing to drop"), "dim")


def _heading(text: str) -> Text:
    return Text(f"\n{say(text)}", "bold")


def _histogram(labels: Sequence[str], sides: Sequence[Sequence[int]], rows: int) -> Iterator[Text]:
    most = max(map(max, sides))
    for label, *counts in zip(labels, *sides, strict=True):
        least = 1 / (8 * _BAR)  # an eighth of a column, so that one pair of a million is seen
        bars = [bar(max(count / most, least) if count else 0, _BAR) for count in counts]
        cells = (f"{drawn} {_share(count, rows):>7}" for drawn, count in zip(bars, counts, strict=True))
        yield Text("  ".join([f"{label:>9}", *cells]))


def _findings(result: Examination, plan: Plan) -> Iterator[Text]:
    missing = []
    for kind in KINDS:
        if not (count := result.found[kind.name]):
            missing.append(kind.name)
            continue
        told, style = _CURES[_cure(kind.name, plan)]
        yield Text(f"{kind.name:<15}{count:>12,}  {_share(count, result.rows):>7}  {say(told)}", style)
        yield from (Text(f"  {line}", "dim") for line in wrap(say(kind.meaning), _WIDTH - 2))
        for example in result.examples[kind.name]:
            yield from _example(example, result)
    if not plan.held_out.near:
        missing = [name for name in missing if "leak" not in name]
    if missing:
        yield from wrapped(say(f"none of: {', '.join(missing)}"), _WIDTH, "dim")
    if not plan.held_out.near:
        yield Text(say("leakage not looked for: name --dev and --test files"), "dim")


def _example(example: Example, result: Examination) -> Iterator[Text]:
    file = Path(str(example["file"])).name
    where = f"{file}:{example['line']}" if len(result.files) > 1 else say(f"line {example['line']}")
    for label, text in ((where, str(example["en"])), ("", str(example["pt"]))):
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)
        yield Text(f"  {fit(label, 22):<22}  {fit(shown or say('(nothing)'), 53)}")


def advice(result: Examination, *, fixed: bool) -> list[str]:
    """What to make of it and what to do next, a sentence each."""
    rows, kept = result.rows, result.kept
    said = [text for kinds, of, text in _ADVICE if sum(result.found[kind] for kind in kinds.split()) * of > rows]
    if kept < rows and not fixed:
        said.append(f"--fix OUT.tsv writes the {kept:,} good pairs.")
    if kept < 20_000:
        said.append("Small: start from the shipped model rather than from nothing: train --from en-pt.")
    return (said or ["Sound: train on it as it is."]) if rows else ["There is no pair in it."]


def _fixed(fixed: dict[str, Any]) -> Iterator[Text]:
    read = fixed["read"]
    yield _heading("Fixed")
    yield Text(figures(f"{say('read'):<15}{read:>12,}"))
    for name, count in fixed["dropped"].items():
        yield Text(f"  {name:<13}{figure(f'{-count:>12,}')}  {_share(count, read):>7}")
    yield Text(figures(f"{say('kept'):<15}{fixed['kept']:>12,}  {_share(fixed['kept'], read):>7}"))
    for name, count in fixed["repaired"].items():
        if count:
            yield Text("  " + say(f"{name} repaired where they were kept: {count:,}"), "dim")


def _likelihood(found: dict[str, Any], result: Examination) -> Iterator[Text]:
    yield _heading("Likelihood, nats a piece, mean of both directions")
    yield Text(figures(f"{say('median'):<15}{found['median']:>12.2f}"))
    yield Text(figures(f"{say('a tenth below'):<15}{found['lowest_tenth']:>12.2f}"))
    yield Text("  " + say("the least likely pairs"), "dim")
    for example in found["examples"]:
        yield Text(figure(f"  {example['score']:.2f}"))
        yield from _example(example, result)


def plain(result: Examination, plan: Plan) -> dict[str, Any]:
    """The same as plain data."""
    findings = {
        name: {
            "count": result.found[name],
            "share": result.found[name] / max(result.rows, 1),
            "cure": _cure(name, plan),
            "dropped": result.dropped[name],
            "meaning": meaning,
            "examples": result.examples[name],
        }
        for name, meaning, _ in KINDS
    }
    words, characters, lengths = (
        dict(zip(("en", "pt"), counts, strict=True)) for counts in [*result.sizes.tolist(), result.lengths.tolist()]
    )
    told = {
        "files": [str(path) for path in result.files],
        "pairs": result.rows,
        "fit": result.kept,
        "words": words,
        "characters": characters,
        "lengths": {"from_words": list(LENGTHS), **lengths},
        "ratios": {"from_pt_per_en": [round(low, 4) for low in RATIOS], "pairs": result.ratios.tolist()},
        "findings": findings,
        "preset": preset_for(result.kept),
        "vocab_size": vocab_size_for(result.kept),
        "advice": advice(result, fixed=False),
    }
    done = {"likelihood": result.likelihood, "fixed": result.fixed}
    return told | {key: value for key, value in done.items() if value}
