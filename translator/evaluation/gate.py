"""The gate that a worse model does not pass: BLEU fell by more than is allowed, and by more than chance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.errors import InputError
from translator.evaluation.comparison import paired
from translator.evaluation.evaluate import Evaluation
from translator.evaluation.testset import EvalSet

SURE = 0.05
"""The probability of a difference by chance, below which it is taken for one."""


@dataclass(frozen=True)
class Fall:
    """What did not pass."""

    file: str
    direction: str
    before: float  # BLEU
    after: float
    p: float | None  # None where the baseline holds no translations to pair; then the interval has spoken

    def __str__(self) -> str:
        chance = "" if self.p is None else f" (p = {self.p:.3f})"
        return f"{self.direction}: BLEU {self.before:.2f} → {self.after:.2f}{chance}"


def read_baseline(path: Path) -> list[dict[str, Any]]:
    """The results of an earlier ``translator evaluate --json``. Raises ``InputError``."""
    try:
        results: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["results"]
        for row in results:
            _ = float(row["scores"]["BLEU"]["value"]), row["direction"], row["file"], row["sentences"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no output of translator evaluate --json: {error}") from error
    return results


def falls(found: Sequence[tuple[Evaluation, EvalSet]], path: Path, max_drop: float) -> list[Fall]:
    """Where BLEU is below the baseline in ``path`` by more than ``max_drop``, and surely so.

    With the baseline's translations (``--full``) the test is sacreBLEU's paired bootstrap; without, the baseline must
    lie outside the 95 % interval. Raises ``InputError`` if the baseline is of other test sets.
    """
    baseline = read_baseline(path)
    worse: list[Fall] = []
    compared = 0
    for evaluation, over in found:
        same = [
            row
            for row in baseline
            if (Path(row["file"]).name, row["direction"]) == (Path(evaluation.file).name, evaluation.direction)
        ]
        if not same:
            continue
        compared += 1
        row = same[0]
        if row["sentences"] != evaluation.sentences:
            raise InputError(
                f"{path} is of {row['sentences']:,} sentences of {row['file']}, this is of {evaluation.sentences:,}",
                "compare like with like: the same file and --limit",
            )
        before, score = float(row["scores"]["BLEU"]["value"]), evaluation.scores[0]
        if before - score.value <= max_drop:
            continue
        p = None
        if old := row.get("hypotheses"):
            [tested] = paired(over.references, old, evaluation.hypotheses, names=["BLEU"])
            p = tested.p
        surely = p < SURE if p is not None else score.interval is None or score.interval[1] < before
        if surely:
            worse.append(Fall(evaluation.file, evaluation.direction, before, score.value, p))
    if not compared:
        raise InputError(f"{path} holds none of these test sets and directions", "write it anew with --json --full")
    return worse
