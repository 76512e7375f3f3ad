"""The failure report as sections: counts, suspects, a reliability diagram, the worst sentences."""

from __future__ import annotations

from pathlib import Path

from translator.draw.language import say
from translator.draw.report import Bars, Card, Section
from translator.evaluation.calibration import Reliability
from translator.evaluation.evaluate import Evaluation
from translator.evaluation.failures import KINDS, Failures

_SHOWN = 8  # suspects in the terminal; a page has all


def failure_sections(e: Evaluation, failures: Failures, *, terminal: bool) -> list[Section]:
    """All that was found about one evaluation."""
    name = f"{Path(e.system).name}, {e.direction}"
    counts = failures.counts
    rows = [[kind, f"{counts[kind]:,}", f"{counts[kind] / failures.sentences:.1%}"] for kind in KINDS if kind in counts]
    shown = failures.suspects[:_SHOWN] if terminal else failures.suspects
    cards = [
        Card(f"{s.number:,}  {say(s.kind)}: {say(s.evidence)}", [("source", s.source), ("translation", s.hypothesis)])
        for s in shown
    ]
    left = len(failures.suspects) - len(shown)
    notes = [f"{left:,} more: --html, --markdown and --json have all"] if left else []
    notes.append("suspects are guesses, by probabilities in both directions, attention, length, words and numbers")
    title = f"Suspects: {name}, of {failures.sentences:,} sentences"
    if not rows:
        rows = [["none", "0", "0.0%"]]
    told = [Section(title, ["kind", "sentences", "share"], rows, notes, cards=cards)]
    if failures.reliability is not None:
        told.append(_calibration(name, failures.reliability))
    worst = [
        Card(
            f"{w.number:,}  {w.chrf:.0f} chrF2++  {w.source}",
            [
                ("translation", w.hypothesis),
                ("reference", w.reference),
                ("attention", w.links or say("too long to read")),
            ],
        )
        for w in failures.worst
    ]
    note = "attention: which word became which, by where the decoder looked; ∅: nothing"
    return [*told, Section(f"Lowest chrF2++: {name}", cards=worst, notes=[note])]


def _calibration(name: str, told: Reliability) -> Section:
    labels = [f"told {mean:.0%}, {count:,} words" for mean, count in zip(told.told, told.counts, strict=True)]
    bars = Bars(
        labels,
        [100 * share for share in told.true],
        marks=[100 * mean for mean in told.told],
        title="% of words that stand in the reference; | what the confidence promised",
    )
    note = f"expected calibration error {told.error:.3f} over {sum(told.counts):,} words, ten bins"
    return Section(f"Calibration of confidence: {name}", notes=[note], plots=[bars])
