"""An examined corpus as text of 80 columns, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from translator.corpus.doctor import KINDS, LENGTHS, RATIOS, Examination, Fixed, Kind, Likelihood, Plan, advice
from translator.draw.text import fit

_WIDTH = 80
_BAR = 24  # columns of the longest bar
_CURES = {"drop": "dropped", "repair": "repaired", "keep": "kept"}
_STYLES = {"drop": "red", "repair": "yellow", "keep": ""}


def _cure(kind: Kind, plan: Plan) -> str:
    return "drop" if kind.name in plan.drop else "repair" if kind.name in plan.repair else "keep"


def _share(count: int, of: int) -> str:
    share = 100 * count / max(of, 1)
    return f"{share:.1f} %" if share >= 0.1 or not count else "<0.1 %"


def show(result: Examination, plan: Plan, fixed: bool) -> Iterator[RenderableType]:
    """The report: counts, histograms, findings with examples, verdict. Nothing is wider than 80 columns."""
    yield from _counts(result)
    yield from _histograms(result)
    yield from _findings(result, plan)
    yield from _verdict(result, fixed)


def _counts(result: Examination) -> Iterator[Text]:
    names = ", ".join(str(path) for path in result.files)
    yield Text(fit(names, _WIDTH), "bold")
    yield Text(f"{'pairs':<12}{result.rows:>16,}")
    yield Text(f"{'':12}{'English':>16}{'Portuguese':>16}", "dim")
    for name, values in (("words", result.words), ("characters", result.characters)):
        yield Text(f"{name:<12}{values[0]:>16,}{values[1]:>16,}")
    means = [f"{count / max(result.rows, 1):.1f}" for count in result.words]
    yield Text(f"{'words a side':<12}{means[0]:>16}{means[1]:>16}")


def _bar(count: int, most: int) -> str:
    eighths = round(8 * _BAR * count / max(most, 1))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip() or ("▏" if count else "")


def _histograms(result: Examination) -> Iterator[Text]:
    yield Text("\nLength in words", "bold")
    yield Text(f"{'':>9}  {'English':<{_BAR + 9}} Portuguese", "dim")
    most = int(result.lengths.max())
    for index, label in enumerate(_bins(LENGTHS)):
        cells = [
            f"{_bar(int(side[index]), most):<{_BAR}} {_share(int(side[index]), result.rows):>7}"
            for side in result.lengths
        ]
        yield Text(f"{label:>9}  {cells[0]}  {cells[1]}")
    yield Text("\nPortuguese words for an English one", "bold")
    most = int(result.ratios.max())
    labels = [f"{low:.2f}–{high:.2f}" for low, high in pairwise(RATIOS)] + [f"{RATIOS[-1]:.2f}–"]
    for label, count in zip(labels, result.ratios.tolist(), strict=True):
        yield Text(f"{label:>9}  {_bar(count, most):<{_BAR}} {_share(count, result.rows):>7}")


def _bins(lows: Sequence[int]) -> list[str]:
    ends = [f"{low}" if high == low + 1 else f"{low}–{high - 1}" for low, high in pairwise(lows)]
    return [*ends, f"{lows[-1]}–"]


def _findings(result: Examination, plan: Plan) -> Iterator[Text]:
    yield Text("\nFindings", "bold")
    found = [kind for kind in KINDS if result.found[kind.name]]
    for kind in found:
        cure = _cure(kind, plan)
        count = result.found[kind.name]
        head = f"{kind.name:<15}{count:>12,}  {_share(count, result.rows):>7}  {_CURES[cure]} by --fix"
        yield Text(head if cure != "keep" else head.replace(" by --fix", ""), _STYLES[cure])
        yield Text(f"  {kind.meaning}", "dim")
        for example in result.examples[kind.name]:
            yield from _example(example.line, example.file if len(result.files) > 1 else None, example.en, example.pt)
    missing = [kind.name for kind in KINDS if not result.found[kind.name]]
    if not plan.held_out.near:
        missing = [name for name in missing if "leak" not in name]
    if missing:
        yield from _wrapped("none of: " + ", ".join(missing), "dim")
    if not plan.held_out.near:
        yield Text("leakage not looked for: name --dev and --test files", "dim")


def _example(line: int, file: Path | None, en: str, pt: str) -> Iterator[Text]:
    where = fit(f"{file.name}:{line}" if file else f"line {line}", 22)
    yield Text(f"  {where:<22}  {fit(_shown(en), 53)}")
    yield Text(f"  {'':<22}  {fit(_shown(pt), 53)}")


def _shown(text: str) -> str:
    """``text`` with what cannot be seen spelled out."""
    return (
        "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text) or "(nothing)"
    )


def _wrapped(text: str, style: str = "") -> Iterator[Text]:
    line = ""
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH:
            yield Text(line, style)
            line = ""
        line = f"{line} {word}".strip()
    yield Text(line, style)


def _verdict(result: Examination, fixed: bool) -> Iterator[Text]:
    yield Text("\nVerdict", "bold")
    lost = result.rows - result.kept
    yield Text(
        f"{result.kept:,} of {result.rows:,} pairs are fit for training; {lost:,} ({_share(lost, result.rows)}) are not"
    )
    yield Text(f"train would choose: preset {result.preset}, a vocabulary of {result.vocab_size:,} pieces")
    for sentence in advice(result, fixed=fixed):
        yield from _wrapped(sentence)


def show_fixed(fixed: Fixed, out: Path, dropped: Path | None) -> Iterator[Text]:
    """What ``--fix`` wrote, and what it left out, reason by reason."""
    yield Text("\nFixed", "bold")
    yield Text(f"{'read':<15}{fixed.read:>12,}")
    for name, count in fixed.dropped.items():
        yield Text(f"  {name:<13}{-count:>12,}  {_share(count, fixed.read):>7}")
    yield Text(f"{'kept':<15}{fixed.kept:>12,}  {_share(fixed.kept, fixed.read):>7}")
    for name, count in fixed.repaired.items():
        if count:
            yield Text(f"  {name} repaired where they were kept: {count:,}", "dim")
    yield Text(fit(f"written to {out}" + (f"; the others to {dropped}" if dropped else ""), _WIDTH))
    yield Text(f"examined {fixed.rounds} times; the last time there was nothing to drop", "dim")


def show_likelihood(found: Likelihood, result: Examination) -> Iterator[Text]:
    """What a model says of the pairs that are fit for training."""
    yield Text("\nLikelihood, nats a piece, mean of both directions", "bold")
    yield Text(f"{'median':<15}{found.median:>12.2f}")
    yield Text(f"{'a tenth below':<15}{found.lowest_tenth:>12.2f}")
    yield Text("  the least likely pairs", "dim")
    for score, example in found.examples:
        yield Text(f"  {score:.2f}")
        yield from _example(example.line, example.file if len(result.files) > 1 else None, example.en, example.pt)


def likelihood_plain(found: Likelihood) -> dict[str, Any]:
    """The same as plain data."""
    examples = [
        {"score": score, "file": str(e.file), "line": e.line, "en": e.en, "pt": e.pt} for score, e in found.examples
    ]
    told = {"median": found.median, "lowest_tenth": found.lowest_tenth, "dropped": int(found.dropped.sum())}
    return {"likelihood": told | {"examples": examples}}


def plain(result: Examination, plan: Plan) -> dict[str, Any]:
    """An examination as plain data."""
    findings = {
        kind.name: {
            "count": result.found[kind.name],
            "share": result.found[kind.name] / max(result.rows, 1),
            "cure": _cure(kind, plan),
            "dropped": result.dropped[kind.name],
            "meaning": kind.meaning,
            "examples": [
                {"file": str(e.file), "line": e.line, "en": e.en, "pt": e.pt} for e in result.examples[kind.name]
            ],
        }
        for kind in KINDS
    }
    return {
        "files": [str(path) for path in result.files],
        "pairs": result.rows,
        "fit": result.kept,
        "words": dict(zip(("en", "pt"), result.words, strict=True)),
        "characters": dict(zip(("en", "pt"), result.characters, strict=True)),
        "lengths": {
            "from_words": list(LENGTHS),
            "en": result.lengths[0].tolist(),
            "pt": result.lengths[1].tolist(),
        },
        "ratios": {"from_pt_per_en": [round(low, 4) for low in RATIOS], "pairs": result.ratios.tolist()},
        "findings": findings,
        "preset": result.preset,
        "vocab_size": result.vocab_size,
        "advice": advice(result, fixed=False),
    }


def fixed_plain(fixed: Fixed) -> dict[str, Any]:
    """What was fixed, as plain data."""
    return {
        "fixed": {
            "read": fixed.read,
            "kept": fixed.kept,
            "dropped": fixed.dropped,
            "repaired": fixed.repaired,
            "rounds": fixed.rounds,
        }
    }
