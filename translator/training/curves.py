"""The curves of a run, read from its log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from translator.errors import InputError


@dataclass
class Curve:
    """Values with the step, the tokens (source + target) and the minutes of training at which they were taken."""

    steps: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def smoothed(self, reach: int = 9) -> list[float]:
        """Each value averaged with up to ``reach`` on either side, equally many, so that the curve does not lag."""
        sums = [0.0, *accumulate(self.values)]
        last = len(self.values) - 1
        near = [min(reach, i, last - i) for i in range(len(self.values))]
        return [(sums[i + r + 1] - sums[i - r]) / (2 * r + 1) for i, r in enumerate(near)]


@dataclass
class Curves:
    """The curves of one run: training figures by name, dev loss, and dev BLEU by direction."""

    name: str
    training: dict[str, Curve]  # nll, learning_rate, gradient_norm, tokens_per_second
    dev_nll: Curve
    bleu: dict[str, Curve]
    events: list[tuple[int, str]]  # steps at which something happened that changes the curves, and what


_TRAINING = ("nll", "learning_rate", "gradient_norm", "tokens_per_second")


def read_curves(run: Path) -> Curves:
    """Read ``RUN/log.jsonl``. The later of two records of a step counts; a last line cut short is ignored.

    Raises ``InputError`` if there is no log, or no record in it.
    """
    path = run / "log.jsonl"
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name a folder of `translator train`") from error
    records: dict[tuple[str, int], dict[str, Any]] = {}
    for line in lines:
        try:
            record = json.loads(line)
            records[str(record["kind"]), int(record["step"])] = record
        except (ValueError, KeyError, TypeError):
            continue
    if not records:
        raise InputError(f"{path} holds no record of a training yet", "wait until it has made some steps")
    return _curves(run.name, [records[key] for key in sorted(records, key=lambda key: key[1])])


def _curves(name: str, records: list[dict[str, Any]]) -> Curves:
    found = Curves(name, {key: Curve() for key in _TRAINING}, Curve(), {}, [])
    tokens = 0
    for record in records:
        step, minutes = record["step"], record.get("seconds", 0.0) / 60
        if record["kind"] == "progress":
            tokens = record["tokens"]
            for key, curve in found.training.items():
                _add(curve, step, tokens, minutes, record[key])
        elif record["kind"] == "evaluated":
            _add(found.dev_nll, step, tokens, minutes, record["dev_nll"])
            for direction, value in record["scores"]["bleu"].items():
                _add(found.bleu.setdefault(direction, Curve()), step, tokens, minutes, value)
        elif record["kind"] == "rolledback":
            found.events.append((step, "rolled back"))
    return found


def _add(curve: Curve, step: int, tokens: int, minutes: float, value: float) -> None:
    curve.steps.append(step)
    curve.tokens.append(tokens)
    curve.minutes.append(minutes)
    curve.values.append(value)
