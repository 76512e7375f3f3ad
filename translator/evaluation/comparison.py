"""Two systems on one test set: which is better, whether that is more than chance, where, and in which sentences; and
the gate that a worse one does not pass."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from translator.config import Direction
from translator.errors import InputError
from translator.evaluation.scores import METRICS, bleu, metric_named, sentence_chrf
from translator.evaluation.testset import EvalSet

if TYPE_CHECKING:
    from sacrebleu.significance import Result

    from translator.evaluation.evaluate import Evaluation
    from translator.text.subwords import Subwords

SURE = 0.05
"""The probability of a difference by chance, below which it is taken for one."""
_LENGTHS = {  # words of the source
    "1–5 words": range(1, 6),
    "6–10 words": range(6, 11),
    "11–20 words": range(11, 21),
    "21–40 words": range(21, 41),
    "41 words and more": range(41, 1 << 62),
}
_RARITIES = {  # pieces of its rarest word
    "only whole words": range(2),
    "a word of 2 pieces": range(2, 3),
    "a word of 3 pieces": range(3, 4),
    "a word of 4 or more": range(4, 1 << 62),
}


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
) -> tuple[list[Compared], str]:
    """sacreBLEU's own test of the difference, and the signature of the first metric: ``bs`` paired bootstrap resampling
    (Koehn 2004), ``ar`` paired approximate randomisation (Riezler and Maxwell 2005)."""
    from sacrebleu.significance import PairedTest

    systems: list[tuple[str, Sequence[str]]] = [("first", list(first)), ("second", list(second))]
    metrics = {name: metric_named(name) for name in names}
    given = [list(side) for side in references]
    signatures, rows = PairedTest(systems, metrics, references=given, test_type=test, n_samples=samples)()
    same = list(first) == list(second)  # sacreBLEU calls no difference at all a sure one
    found = []
    for name in names:
        one, other = cast("list[Result]", rows[name])
        found.append(Compared(name, float(one.score), float(other.score), 1.0 if same else other.p_value, len(first)))
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
    overall, signature = paired(over.references, first, second, test=test, samples=samples)
    by_length = _buckets(over, first, second, [len(source.split()) for source in over.sources], _LENGTHS)
    by_rarity: list[Compared] = []
    if vocabulary is not None:
        by_rarity = _buckets(over, first, second, [_rarity(vocabulary, source) for source in over.sources], _RARITIES)
    alike = sum(a == b for a, b in zip(first, second, strict=True))
    changed = _changed(over, first, second, shown)
    return Comparison(over.direction, overall, by_length, by_rarity, changed, alike, signature)


def _rarity(vocabulary: Subwords, source: str) -> int:
    """Pieces of the word of ``source`` that is spelt in most: a word the training text had often is one piece."""
    counts = [word.stop - word.start for word in vocabulary.words(vocabulary.encode(source)) if word.text.isalpha()]
    return max(counts, default=1)


def _buckets(
    over: EvalSet, first: Sequence[str], second: Sequence[str], values: Sequence[int], buckets: Mapping[str, range]
) -> list[Compared]:
    """BLEU of the sentences whose value lies in each of ``buckets``; empty ones are left out."""
    found = []
    for name, bucket in buckets.items():
        if rows := [i for i, value in enumerate(values) if value in bucket]:
            part = over.some(rows).references
            one, other = (bleu([side[i] for i in rows], *part) for side in (first, second))
            found.append(Compared(name, one, other, sentences=len(rows)))
    return found


def _changed(over: EvalSet, first: Sequence[str], second: Sequence[str], shown: int) -> list[Changed]:
    rows = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    if not rows:
        return []
    before, after = (sentence_chrf([side[i] for i in rows], over.some(rows).references) for side in (first, second))
    found = [
        Changed(i + 1, over.sources[i], over.references[0][i], first[i], second[i], b - a)
        for i, a, b in zip(rows, before, after, strict=True)
    ]
    found.sort(key=lambda change: change.gain)
    half = shown // 2
    return found if len(found) <= shown else [*found[:half], *found[len(found) - (shown - half) :]]


@dataclass(frozen=True)
class Fall:
    """What did not pass the gate."""

    file: str
    direction: str
    before: float  # BLEU
    after: float
    p: float | None  # None where the baseline holds no translations to pair; then the interval has spoken

    def __str__(self) -> str:
        chance = "" if self.p is None else f" (p = {self.p:.3f})"
        return f"{self.direction}: BLEU {self.before:.2f} → {self.after:.2f}{chance}"


def falls(found: Sequence[tuple[Evaluation, EvalSet]], path: Path, max_drop: float) -> list[Fall]:
    """Where BLEU is below the baseline in ``path``, of an earlier ``translator evaluate --json``, by more than
    ``max_drop``, and surely so.

    With the baseline's translations (``--full``) the test is sacreBLEU's paired bootstrap; without, the baseline must
    lie outside the 95 % interval. Raises ``InputError`` if the baseline is none, or of other test sets.
    """
    try:
        baseline = {
            (Path(row["file"]).name, row["direction"]): (row, float(row["scores"]["BLEU"]["value"]), row["sentences"])
            for row in reversed(json.loads(path.read_text("utf-8"))["results"])
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no output of translator evaluate --json: {error}") from error
    pairs = [(e, over, baseline.get((Path(e.file).name, e.direction))) for e, over in found]
    known = [(e, over, *row) for e, over, row in pairs if row]
    if not known:
        raise InputError(f"{path} holds none of these test sets and directions", "write it anew with --json --full")
    worse: list[Fall] = []
    for e, over, row, before, sentences in known:
        if sentences != e.sentences:
            raise InputError(
                f"{path} is of {sentences:,} sentences of {row['file']}, this is of {e.sentences:,}",
                "compare like with like: the same file and --limit",
            )
        score, p = e.scores[0], None
        surely = score.interval is None or score.interval[1] < before
        if before - score.value > max_drop and (old := row.get("hypotheses")):
            p = paired(over.references, old, e.hypotheses, names=["BLEU"])[0][0].p
            surely = p is not None and p < SURE
        if before - score.value > max_drop and surely:
            worse.append(Fall(e.file, e.direction, before, score.value, p))
    return worse
