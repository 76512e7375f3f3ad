"""log.jsonl: a record a line, one of a kind (an alarm: of a sign) for a step at most, however the run was stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from translator.errors import InputError, OutputError
from translator.files import sync, write_file
from translator.training.records import AttentionMap, DevScores, Evaluated, Progress, Sample

Key = tuple[str, int, str]


class RunLog:
    """The log of a run that stands at ``step``; -1 where nothing was saved yet.

    What it holds beyond that step, or cut short by a crash, is dropped: the run will tell it again.
    Raises ``InputError`` or ``OutputError``.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self._told: set[Key] = set()  # at the step gone on from
        try:
            text = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        kept = _up_to(step, text)
        self._told = {key for key in kept if key[1] == step}
        mended = "".join(line + "\n" for line in kept.values())
        if mended.encode() != text:
            write_file(path, mended)

    def write(self, record: dict[str, Any]) -> None:
        """Append a record. Raises ``OutputError``."""
        if "step" in record and _key(record) in self._told:
            return
        line = json.dumps(record, ensure_ascii=False) + "\n"
        try:
            with self.path.open("ab", buffering=0) as file:
                file.write(line.encode())
        except OSError as error:
            raise OutputError(f"{self.path} could not be written: {error.strerror}") from error

    def sync(self) -> None:
        """Wait until it is on the disk. Raises ``OutputError``."""
        try:
            if self.path.exists():
                sync(self.path)
        except OSError as error:
            raise OutputError(f"{self.path} could not be written: {error.strerror}") from error


class SilentLog:
    """The log of a process that leaves the telling to another."""

    def write(self, record: dict[str, Any]) -> None:
        """Forget ``record``."""

    def sync(self) -> None:
        """Nothing to wait for."""


def history(path: Path) -> list[Progress | Evaluated]:
    """The steps and evaluations in a log. Lines that cannot be read are ignored; a missing log has none."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found: list[Progress | Evaluated] = []
    for line in lines:
        try:
            record = json.loads(line)
            kind = record.pop("kind")
            if kind == "progress":
                found.append(Progress(**record))
            elif kind == "evaluated":
                found.append(Evaluated(**record | {"scores": _scores(record["scores"])}))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _scores(data: dict[str, Any]) -> DevScores:
    attention = data.pop("attention", None) or data.pop("gaze", [])  # what it was called up to 0.6
    samples = [Sample(**sample) for sample in data.pop("samples")]
    return DevScores(**data, samples=samples, attention=[AttentionMap(**one) for one in attention])


def _key(record: dict[str, Any]) -> Key:
    """What a run tells once: one step may have several alarms."""
    return str(record["kind"]), int(record["step"]), str(record.get("sign", ""))


def _up_to(step: int, text: bytes) -> dict[Key, str]:
    """The lines of all records up to ``step``; the later of two for the same step."""
    kept: dict[Key, str] = {}
    for line in text.split(b"\n"):
        try:
            record = json.loads(line)
            key = _key(record)
            if key[1] <= step:
                kept[key] = line.decode()
        except (ValueError, KeyError, TypeError, AttributeError):  # cut short, or the end's summary, made again
            continue
    return kept
