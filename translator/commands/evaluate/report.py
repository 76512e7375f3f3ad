"""The report of an evaluation: one result, told as sections for a terminal, Markdown and a page, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from translator.commands.evaluate.failed import failure_sections
from translator.draw.cosines import Grid
from translator.draw.language import say
from translator.draw.report import Bars, Card, Own, Section
from translator.evaluation.challenge import ChallengeResult
from translator.evaluation.evaluate import Evaluation
from translator.evaluation.scores import Score

_FEW = 30  # sentences, on which BLEU says little
_SHOWN = 5  # wrong challenge items in the terminal; a page has all


def title_of(found: Sequence[Evaluation], challenges: Sequence[ChallengeResult]) -> str:
    """What was measured, in a line."""
    systems = dict.fromkeys([*(e.system for e in found), *(c.system for c in challenges)])
    return "Evaluation of " + ", ".join(_short(system) for system in systems)


def sections(
    found: Sequence[Evaluation], challenges: Sequence[ChallengeResult], *, terminal: bool = False
) -> list[Section]:
    """Scores first, then slices, challenge set and failures, as far as they were asked for."""
    told = [_scores(file, list(group)) for file, group in groupby(found, key=lambda e: e.file)]
    told += [_slices(evaluation) for evaluation in found if evaluation.slices]
    if challenges:
        told += _challenge(challenges, terminal=terminal)
    for evaluation in found:
        if evaluation.failures is not None:
            told += failure_sections(evaluation, evaluation.failures, terminal=terminal)
    return told


def score_cell(score: Score) -> str:
    """A score with half of its interval."""
    return f"{score.value:.1f}" + (f" ±{score.margin:.1f}" if score.margin is not None else "")


def _short(system: str) -> Own:
    return Own(Path(system).name or system)


def _names(found: Sequence[Evaluation]) -> list[str]:
    """A name a row: the system where there are several, the direction where there are several."""
    systems, ways = ({getattr(e, key) for e in found} for key in ("system", "direction"))
    parts = [([_short(e.system)] if len(systems) > 1 else []) + ([e.direction] if len(ways) > 1 else []) for e in found]
    return [Own(" ".join(part) or e.direction) for part, e in zip(parts, found, strict=True)]


def _scores(file: str, found: Sequence[Evaluation]) -> Section:
    first = found[0]
    heads = [f"{s.name} ↓" if s.name == "TER" else s.name for s in first.scores]
    timed = any(e.seconds for e in found)
    rows = []
    for e in found:
        speed = [f"{e.tokens_per_second:,.0f}", f"{e.memory:,.0f}" if e.memory else ""] if timed else []
        rows.append([_short(e.system), e.direction, *(score_cell(s) for s in e.scores), *speed])
    notes = [f"{s.name}: {s.signature}" for s in first.scores]
    interval = "; ±: half of the 95 % interval, bootstrap of 1,000 test sets, seed 12345"
    notes.append("↓: lower is better" + (interval if first.scores[0].margin is not None else ""))
    notes += dict.fromkeys(_recipe(e) for e in found if e.settings)
    names = _names(found)
    plots = [_plot(names, [e.scores[k] for e in found]) for k in range(len(first.scores))]
    several = f", {first.references} references" if first.references > 1 else ""
    columns = ["system", "direction", *heads, *(["tokens/s", "peak MB"] if timed else [])]
    return Section(f"{file}, {first.sentences:,} sentences{several}", columns, rows, notes, plots, words=2, drawn=False)


def _plot(names: Sequence[str], scores: Sequence[Score]) -> Bars:
    bounds = [score.interval or (score.value, score.value) for score in scores]
    told = scores[0].interval is not None
    low, high = ([b[k] for b in bounds] if told else () for k in (0, 1))
    return Bars(names, [score.value for score in scores], low, high, title=scores[0].name)


def _recipe(e: Evaluation) -> str:
    s = e.settings
    return (
        f"model {s['model']} (sha256 {s['model_sha256'][:12]}…), engine {s['engine']} in {s['precision']}, "
        f"beam {s['beam']}, length penalty {s['length_penalty']:g}, batches of {s['batch_size']}"
    )


def _slices(e: Evaluation) -> Section:
    rows = [
        [
            s.name,
            f"{s.sentences:,}" + (" (few)" if s.sentences < _FEW else ""),
            f"{s.before:.1f}",
            f"{s.after:.1f}",
            *(f"{change:+.1f}" for change in (-s.drop, s.chrf_after - s.chrf_before)),
        ]
        for s in e.slices
    ]
    bars = Bars([s.name for s in e.slices], [max(0.0, s.drop) for s in e.slices], title="BLEU lost")
    return Section(
        f"Slices of {e.file}, {_short(e.system)}, {e.direction}",
        ["the set made", "sentences", "BLEU before", "after", "BLEU", "chrF2++"],
        rows,
        ["over the sentences that the change touches, 500 at most; before: the same sentences, read as they were"],
        [bars],
        drawn=False,
    )


def _challenge(challenges: Sequence[ChallengeResult], *, terminal: bool) -> list[Section]:
    """A heat map of right shares by phenomenon over systems and directions, and what went wrong."""
    columns = [(c, d) for c in challenges for d in dict.fromkeys(item.direction for item in c.items)]
    names = list(dict.fromkeys(item.phenomenon for item in challenges[0].items))
    tables = [c.shares(d) for c, d in columns]
    several = len(challenges) > 1
    heads = [f"{_short(c.system)} {d}" if several else d for c, d in columns]
    shares = [[_share(table.get(name)) for table in tables] for name in names]
    totals = [(sum(g for g, _ in t.values()), sum(n for _, n in t.values())) for t in tables]
    grid = Grid(
        "share of items that are right", [*names, "all"], heads, np.array([*shares, [g / n for g, n in totals]])
    )
    count = len(challenges[0].items)
    rows = [[head, f"{good:,}", f"{of:,}", f"{good / of:.1%}"] for head, (good, of) in zip(heads, totals, strict=True)]
    note = "an item is right where every accepted pattern is found and no refused one; corpus/README.md says more"
    told = [Section(f"Challenge set, {count:,} items", ["system", "right", "of", "share"], rows, [note], [grid])]
    for c in challenges:
        wrong = [(i, t) for i, t, ok in zip(c.items, c.translations, c.is_right, strict=True) if not ok]
        shown = wrong[:: -(-len(wrong) // _SHOWN)] if terminal and wrong else wrong
        cards = [
            Card(f"{say(i.phenomenon)}: {i.source}", [("translation", t), ("right would be", i.example)])
            for i, t in shown
        ]
        left = len(wrong) - len(shown)
        more = [f"{left:,} more: --html, --markdown and --json have all"] if left else []
        told.append(Section(f"Wrong in the challenge set: {_short(c.system)}, {len(wrong):,}", cards=cards, notes=more))
    return told


def _share(found: tuple[int, int] | None) -> float:
    return found[0] / found[1] if found else 0.0


def scores_json(scores: Iterable[Score]) -> dict[str, Any]:
    """Scores by name: value, signature, interval."""
    return {
        s.name: {"value": round(s.value, 4), "signature": s.signature}
        | ({"interval": [round(bound, 4) for bound in s.interval]} if s.interval else {})
        for s in scores
    }


def report_json(
    found: Sequence[Evaluation], challenges: Sequence[ChallengeResult], *, full: bool = False
) -> dict[str, Any]:
    """Everything as plain data; what all results share stands at the top too."""
    kinds = [e.settings for e in found if e.settings]
    head: dict[str, Any] = {"file": found[0].file} if len({e.file for e in found}) == 1 else {}
    if kinds and all(kind == kinds[0] for kind in kinds):
        head |= kinds[0]
    results = [_plain(e) | ({"hypotheses": e.hypotheses} if full else {}) for e in found]
    told = [_challenge_json(c) for c in challenges]
    return head | {"results": results} | ({"challenge": told} if told else {})


def _plain(e: Evaluation) -> dict[str, Any]:
    data: dict[str, Any] = {
        "file": e.file,
        "system": e.system,
        "direction": e.direction,
        "sentences": e.sentences,
        "references": e.references,
        "scores": scores_json(e.scores),
        "scoring_seconds": round(e.scoring_seconds, 3),
    }
    if e.seconds is not None:
        data |= {
            "seconds": round(e.seconds, 3),
            "tokens_per_second": round(e.tokens_per_second, 1),
            "sentences_per_second": round(e.sentences / e.seconds, 1),
            "peak_memory_mb": None if e.memory is None else round(e.memory, 1),
            "settings": e.settings,
        }
    if e.slices:
        data["slices"] = [asdict(s) | {"drop": s.drop} for s in e.slices]
    if e.failures is not None:
        f = e.failures
        data["failures"] = asdict(f) | {"counts": f.counts}
        data["failures"]["calibration_error"] = f.reliability.error if f.reliability else None
    return data


def _challenge_json(c: ChallengeResult) -> dict[str, Any]:
    ok = c.is_right
    return {
        "system": c.system,
        "right": sum(ok),
        "items": len(ok),
        "phenomena": {name: {"right": good, "of": of} for name, (good, of) in c.shares().items()},
        "wrong": [
            {"line": i.line, "phenomenon": i.phenomenon, "direction": i.direction, "source": i.source, "translation": t}
            for i, t, good in zip(c.items, c.translations, ok, strict=True)
            if not good
        ],
    }
