"""Two systems on one test set: which is better, whether that is more than chance, where, and in which sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from translator.config import Direction
from translator.evaluation.scores import METRICS, metric_named, sentence_chrf
from translator.evaluation.testset import EvalSet

if TYPE_CHECKING:
    from sacrebleu.significance import Result

    from translator.text.subwords import Subwords

_LENGTHS = ((1, 5), (6, 10), (11, 20), (21, 40), (41, 10_000))  # words of the source
_RARITIES = ("only whole words", "a word of 2 pieces", "a word of 3 pieces", "a word of 4 or more")


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
    """All there is to say of two systems in one direction."""

    direction: Direction
    overall: list[Compared]
    by_length: list[Compared]  # BLEU, by words of the source
    by_rarity: list[Compared]  # BLEU, by the rarest word of the source; none without a vocabulary
    changed: list[Changed]  # the greatest losses and gains
    alike: int  # sentences translated alike
    signature: str


def paired(
    references: Sequence[Sequence[str]],
    first: Sequence[str],
    second: Sequence[str],
    *,
    test: str = "bs",
    samples: int = 1000,
    names: Sequence[str] = METRICS,
) -> list[Compared]:
    """sacreBLEU's own test of the difference: ``bs`` paired bootstrap resampling (Koehn 2004), ``ar`` paired
    approximate randomisation (Riezler and Maxwell 2005)."""
    return _tested(references, first, second, test, samples, names)[0]


def _tested(
    references: Sequence[Sequence[str]],
    first: Sequence[str],
    second: Sequence[str],
    test: str,
    samples: int,
    names: Sequence[str],
) -> tuple[list[Compared], str]:
    """The rows, and the signature of the first metric."""
    from sacrebleu.significance import PairedTest

    systems: list[tuple[str, Sequence[str]]] = [("first", list(first)), ("second", list(second))]
    metrics = {name: metric_named(name) for name in names}
    given = [list(side) for side in references]
    signatures, rows = PairedTest(systems, metrics, references=given, test_type=test, n_samples=samples)()
    same = list(first) == list(second)  # sacreBLEU calls no difference at all a sure one
    found = []
    for name in names:
        one, other = cast("list[Result]", rows[name])
        p = 1.0 if same else other.p_value
        found.append(Compared(name, float(one.score), float(other.score), p, len(first)))
    return found, str(signatures[names[0]])


def compare(
    over: EvalSet,
    first: Sequence[str],
    second: Sequence[str],
    *,
    test: str = "bs",
    samples: int = 1000,
    shown: int = 10,
    vocabulary: Subwords | None = None,
) -> Comparison:
    """Score both, test the difference, and say where it is; a word is as rare as ``vocabulary`` takes pieces for it."""
    overall, signature = _tested(over.references, first, second, test, samples, METRICS)
    lengths = [len(source.split()) for source in over.sources]
    by_length = _buckets(over, first, second, lengths, _length_buckets())
    by_rarity: list[Compared] = []
    if vocabulary is not None:
        pieces = [rarity(vocabulary, source) for source in over.sources]
        by_rarity = _buckets(over, first, second, [min(len(_RARITIES), n) for n in pieces], _rarity_buckets())
    alike = sum(a == b for a, b in zip(first, second, strict=True))
    changed = _changed(over, first, second, shown)
    return Comparison(over.direction, overall, by_length, by_rarity, changed, alike, signature)


def _length_buckets() -> list[tuple[str, range]]:
    return [
        (f"{least}–{most} words" if most < 10_000 else f"{least} words and more", range(least, most + 1))
        for least, most in _LENGTHS
    ]


def _rarity_buckets() -> list[tuple[str, range]]:
    return [(name, range(k, k + 1)) for k, name in enumerate(_RARITIES, start=1)]


def rarity(vocabulary: Subwords, source: str) -> int:
    """Pieces of the word of ``source`` that is spelt in most: a word the training text had often is one piece."""
    counts = [word.stop - word.start for word in vocabulary.words(vocabulary.encode(source)) if word.text.isalpha()]
    return max(counts, default=1)


def _buckets(
    over: EvalSet,
    first: Sequence[str],
    second: Sequence[str],
    values: Sequence[int],
    buckets: Sequence[tuple[str, range]],
) -> list[Compared]:
    """BLEU of the sentences whose value lies in each of ``buckets``; empty ones are left out."""
    found = []
    for name, bucket in buckets:
        rows = [i for i, value in enumerate(values) if value in bucket]
        if rows:
            part, metric = over.some(rows).references, metric_named("BLEU")
            scores = [float(metric.corpus_score([side[i] for i in rows], part).score) for side in (first, second)]
            found.append(Compared(name, scores[0], scores[1], None, len(rows)))
    return found


def _changed(over: EvalSet, first: Sequence[str], second: Sequence[str], shown: int) -> list[Changed]:
    rows = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    part = over.some(rows)
    before, after = (
        sentence_chrf([side[i] for i in rows], part.references) if rows else [] for side in (first, second)
    )
    found = [
        Changed(i + 1, over.sources[i], over.references[0][i], first[i], second[i], b - a)
        for i, a, b in zip(rows, before, after, strict=True)
    ]
    found.sort(key=lambda change: change.gain)
    half = shown // 2
    return found if len(found) <= shown else [*found[:half], *found[len(found) - (shown - half) :]]
