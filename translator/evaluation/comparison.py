"""Two systems on one test set: which is better, whether that is more than chance, where, and in which sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sacrebleu.significance import Result

__all__ = ["Changed", "Compared", "Comparison", "compare"]

_BUCKETS = ((1, 5), (6, 10), (11, 20), (21, 40), (41, 10_000))  # words of the source


@dataclass(frozen=True)
class Compared:
    """One metric over the test set, or over a part of it."""

    name: str
    first: float
    second: float
    p: float | None = None  # probability of a difference this large by chance; None where it was not tested
    sentences: int = 0


@dataclass(frozen=True)
class Changed:
    """A sentence that the two translate differently; ``gain`` is the second's chrF less the first's."""

    number: int  # from 1
    source: str
    reference: str
    first: str
    second: str
    gain: float


@dataclass(frozen=True)
class Comparison:
    """All there is to say of two systems."""

    overall: list[Compared]
    by_length: list[Compared]
    changed: list[Changed]  # the greatest losses and gains
    alike: int  # sentences translated alike
    signature: str


def compare(
    sources: Sequence[str],
    references: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    *,
    test: str = "bs",
    samples: int = 1000,
    shown: int = 10,
) -> Comparison:
    """Score both and test the difference as sacreBLEU does: ``bs`` paired bootstrap resampling (Koehn 2004), ``ar``
    paired approximate randomisation (Riezler and Maxwell 2005)."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER
    from sacrebleu.significance import PairedTest

    named: list[tuple[str, Sequence[str]]] = [("first", list(first)), ("second", list(second))]
    given = [list(references)]
    metrics = {"BLEU": BLEU(references=given), "chrF2++": CHRF(word_order=2, references=given)}
    metrics["TER"] = TER(references=given)
    signatures, rows = PairedTest(named, metrics, references=None, test_type=test, n_samples=samples)()
    same = list(first) == list(second)  # sacreBLEU calls no difference at all a sure one
    overall = []
    for name in metrics:
        one, other = cast("list[Result]", rows[name])
        p = 1.0 if same else other.p_value
        overall.append(Compared(name, float(one.score), float(other.score), p, len(references)))
    return Comparison(
        overall,
        _by_length(sources, references, first, second),
        _changed(sources, references, first, second, shown),
        sum(a == b for a, b in zip(first, second, strict=True)),
        str(signatures["BLEU"]),
    )


def _by_length(
    sources: Sequence[str], references: Sequence[str], first: Sequence[str], second: Sequence[str]
) -> list[Compared]:
    from translator.evaluation.scores import bleu

    found = []
    for least, most in _BUCKETS:
        rows = [i for i, source in enumerate(sources) if least <= len(source.split()) <= most]
        if rows:
            sides = [[side[i] for i in rows] for side in (references, first, second)]
            name = f"{least}–{most} words" if most < 10_000 else f"{least} words and more"
            found.append(Compared(name, bleu(sides[1], sides[0]), bleu(sides[2], sides[0]), None, len(rows)))
    return found


def _changed(
    sources: Sequence[str], references: Sequence[str], first: Sequence[str], second: Sequence[str], shown: int
) -> list[Changed]:
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=2)
    found = []
    for number, (source, reference, a, b) in enumerate(zip(sources, references, first, second, strict=True), start=1):
        if a != b:
            gain = metric.sentence_score(b, [reference]).score - metric.sentence_score(a, [reference]).score
            found.append(Changed(number, source, reference, a, b, gain))
    found.sort(key=lambda change: change.gain)
    half = shown // 2
    return found if len(found) <= shown else [*found[:half], *found[len(found) - (shown - half) :]]
