"""log.jsonl: a record a line, one of a kind (an alarm: of a sign) for a step at most, however the run was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from translator.errors import InputError, OutputError
from translator.files import sync, write_file
from translator.training.records import AttentionMap, DevScores, Evaluated, Progress, Sample

Key = tuple[str, int, str]  # what a run tells once: kind, step, and the sign of an alarm


def _key(record: dict[str, Any]) -> Key:
    return str(record["kind"]), int(record["step"]), str(record.get("sign", ""))


def _records(text: bytes) -> Iterator[tuple[Key, dict[str, Any], str]]:
    """Key, content and line of each record; what is cut short is ignored, and the end's summary, which has no step."""
    for line in text.split(b"\n"):
        try:
            record = json.loads(line)
            found = _key(record), record, line.decode()
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        yield found


class RunLog:
    """The log of a run that stands at ``step``; -1 where nothing was saved yet.

    What it holds beyond that step, or cut short by a crash, is dropped: the run will tell it again.
    Raises ``InputError`` or ``OutputError``.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        try:
            text = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        kept = {key: line for key, _, line in _records(text) if key[1] <= step}
        self._told = {key for key in kept if key[1] == step}  # at the step gone on from
        mended = "".join(line + "\n" for line in kept.values())
        if mended.encode() != text:
            write_file(path, mended)

    def write(self, record: dict[str, Any]) -> None:
        """Append a record. Raises ``OutputError``."""
        if "step" in record and _key(record) in self._told:
            return
        line = json.dumps(record, ensure_ascii=False) + "\n"
        with self._disk(), self.path.open("ab", buffering=0) as file:
            file.write(line.encode())

    def sync(self) -> None:
        """Wait until it is on the disk. Raises ``OutputError``."""
        with self._disk():
            if self.path.exists():
                sync(self.path)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self.path} could not be written: {error.strerror}") from error


def history(path: Path) -> list[Progress | Evaluated]:
    """The steps and evaluations in a log. Lines that cannot be read are ignored; a missing log has none."""
    found: list[Progress | Evaluated] = []
    for _, record, _ in _records(path.read_bytes() if path.exists() else b""):
        kind = record.pop("kind")
        try:
            if kind == "progress":
                found.append(Progress(**record))
            elif kind == "evaluated":
                found.append(Evaluated(**record | {"scores": _scores(record["scores"])}))
        except (KeyError, TypeError, AttributeError):
            continue
    return found


def _scores(data: dict[str, Any]) -> DevScores:
    attention = data.pop("attention", None) or data.pop("gaze", [])  # what it was called up to 0.6
    samples = [Sample(**sample) for sample in data.pop("samples")]
    return DevScores(**data, samples=samples, attention=[AttentionMap(**one) for one in attention])


@dataclass
class Curve:
    """Values with the step, the tokens (source + target) and the minutes of training at which they were taken."""

    steps: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: int, tokens: int, minutes: float, value: float) -> None:
        """Append a value."""
        self.steps.append(step)
        self.tokens.append(tokens)
        self.minutes.append(minutes)
        self.values.append(value)

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
    dev_nll: Curve = field(default_factory=Curve)
    bleu: dict[str, Curve] = field(default_factory=dict)
    events: list[tuple[int, str]] = field(default_factory=list)  # steps at which the curves break, and why


def read_curves(run: Path) -> Curves:
    """Read ``RUN/log.jsonl``. The later of two records of a step counts; a last line cut short is ignored.

    Raises ``InputError`` if there is no log, or no record in it.
    """
    path = run / "log.jsonl"
    try:
        records = {key: record for key, record, _ in _records(path.read_bytes())}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name a folder of `translator train`") from error
    if not records:
        raise InputError(f"{path} holds no record of a training yet", "wait until it has made some steps")
    figures = ("nll", "learning_rate", "gradient_norm", "tokens_per_second")
    found, tokens = Curves(run.name, {name: Curve() for name in figures}), 0
    for (kind, step, _), record in sorted(records.items(), key=lambda item: item[0][1]):
        tokens = record.get("tokens", tokens)  # an evaluation does not tell
        place = step, tokens, record.get("seconds", 0.0) / 60
        if kind == "progress":
            for name, curve in found.training.items():
                curve.add(*place, record[name])
        elif kind == "evaluated":
            found.dev_nll.add(*place, record["dev_nll"])
            for direction, value in record["scores"]["bleu"].items():
                found.bleu.setdefault(direction, Curve()).add(*place, value)
        elif kind == "rolledback":
            found.events.append((step, "rolled back"))
    return found
