"""What a training survives, with real processes and real signals."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from processes import start_training
from small_runs import PAIRS

from translator.commands.train.command import _stop_on_signal

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signals here")

PATIENCE = 120  # seconds until a test gives up on a process


@pytest.fixture
def arguments(tmp_path: Path) -> Callable[..., list[str]]:
    """A training over twelve pairs, by name of its run folder."""
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in PAIRS), "utf-8")

    def make(out: str, **options: object) -> list[str]:
        given = {
            "dev": path,
            "out": tmp_path / out,
            "preset": "tiny",
            "vocab-size": 420,
            "steps": 30,
            "batch-tokens": 300,
            "eval-every": 5,
            "eval-sentences": 2,
            "precision": "float32",
            "device": "cpu",
            "threads": 1,
        } | options
        return [str(path), *(text for name, value in given.items() for text in (f"--{name}", str(value)))]

    return make


def until(happened: Callable[[], object], what: str) -> None:
    begin = time.monotonic()
    while not happened():
        assert time.monotonic() - begin < PATIENCE, what
        time.sleep(0.001)


def step_saved(folder: Path) -> int:
    try:
        return int(json.loads((folder / "last" / "state.json").read_text("utf-8"))["step"])
    except FileNotFoundError:  # none yet, or just being replaced
        return -1


def digests(folder: Path) -> dict[str, str]:
    names = ("last/model.safetensors", "last/state.safetensors", "last/good.safetensors", "best/model.safetensors")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def log_of(folder: Path) -> list[dict[str, Any]]:
    """Progress and evaluations, without times."""
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    times = {"seconds", "tokens_per_second", "remaining"}
    return [
        {key: value for key, value in record.items() if key not in times}
        for record in records
        if record["kind"] in ("progress", "evaluated")
    ]


def test_killed_thrice_and_the_same_to_the_last_bit(arguments: Callable[..., list[str]], tmp_path: Path) -> None:
    """Once while it trains, once while it saves, once before it gets anywhere; ``tests/benchmarks`` kills 20 times."""
    whole = start_training(arguments("whole"), tmp_path / "output")
    whole.join(PATIENCE)
    assert whole.exitcode == 0, (tmp_path / "output").read_text()
    folder, dice = tmp_path / "killed", random.Random(5)
    moments: list[Callable[[], object]] = [
        lambda: step_saved(folder) >= 5,
        lambda: step_saved(folder) >= 10 and any(folder.glob(".last.new-*")),
        lambda: True,
    ]
    for moment in moments:
        process = start_training(arguments("killed"), tmp_path / "output")
        until(moment, "the moment to kill it did not come")
        time.sleep(dice.uniform(0, 0.01))
        process.kill()
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL, "it was over before it could be killed"
    last = start_training(arguments("killed"), tmp_path / "output")
    last.join(PATIENCE)
    assert last.exitcode == 0, (tmp_path / "output").read_text()
    assert "continues" in (tmp_path / "output").read_text()
    assert digests(folder) == digests(tmp_path / "whole")
    assert log_of(folder) == log_of(tmp_path / "whole")
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_saves_and_ends(arguments: Callable[..., list[str]], tmp_path: Path, name: str) -> None:
    """With 128 and the signal's number; nothing but the signal makes it save here."""
    number = getattr(signal, name)
    process = start_training(arguments("run", steps=100_000, **{"eval-every": 90_000}), tmp_path / "output")
    log = tmp_path / "run" / "log.jsonl"
    until(lambda: log.exists() and '"progress"' in log.read_text(), "it does not train")
    assert process.pid is not None
    os.kill(process.pid, number)
    process.join(PATIENCE)
    told = (tmp_path / "output").read_text()
    assert process.exitcode == 128 + number, told
    assert "stopping: saving after this step" in told
    assert "stopped and saved; the same command goes on from here" in told
    assert step_saved(tmp_path / "run") >= 1  # the first progress in the log


def test_a_reader_that_goes_away_costs_nothing(arguments: Callable[..., list[str]], tmp_path: Path) -> None:
    """As in ``… | head``: what was trained is saved, though no save was due."""
    os.mkfifo(tmp_path / "pipe")
    process = start_training(arguments("run", steps=100_000, **{"eval-every": 90_000}), tmp_path / "pipe")
    with (tmp_path / "pipe").open("rb") as reader:
        until(lambda: step_saved(tmp_path / "run") >= 0, "it does not save")
        os.read(reader.fileno(), 1 << 16)
    process.join(PATIENCE)
    assert process.exitcode == 1
    assert step_saved(tmp_path / "run") >= 50  # where it is first measured, and saved


def test_an_interrupt_that_ends_the_reader_too_still_saves(arguments: Callable[..., list[str]], tmp_path: Path) -> None:
    """As in ``… 2>&1 | tee train.log``, where Ctrl-C goes to both."""
    os.mkfifo(tmp_path / "pipe")
    options = {"eval-every": 90_000, "accumulate": 60}  # slow steps: none is printed before the signal comes
    process = start_training(arguments("run", steps=100_000, **options), tmp_path / "pipe")
    with (tmp_path / "pipe").open("rb") as reader:
        until(lambda: step_saved(tmp_path / "run") >= 0, "it does not save")
        os.read(reader.fileno(), 1 << 16)
        time.sleep(0.2)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    process.join(PATIENCE)
    assert process.exitcode == 130
    assert step_saved(tmp_path / "run") >= 1


def test_a_full_disk_under_standard_output_is_named(arguments: Callable[..., list[str]], tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    command = [sys.executable, "-m", "translator", "train", *arguments("run", steps=2)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "error: standard output could not be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert step_saved(tmp_path / "run") == 0


def test_a_second_interrupt_ends_at_once_and_spoils_nothing(
    arguments: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    process = start_training(arguments("run", steps=100_000, **{"eval-every": 10}), tmp_path / "output")
    until(lambda: step_saved(folder) >= 10, "it does not save")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    until(lambda: "stopping" in (tmp_path / "output").read_text(), "it does not hear")
    os.kill(process.pid, signal.SIGINT)
    process.join(PATIENCE)
    assert process.exitcode == 130
    again = start_training(arguments("run", steps=step_saved(folder) + 30), tmp_path / "output")
    again.join(PATIENCE)
    told = (tmp_path / "output").read_text()
    assert again.exitcode == 0, told
    assert "continues" in told


def test_an_interrupt_on_the_way_out_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A second Ctrl-C that comes once all is saved: the exit code stays the first one's."""
    loop = Mock()
    before = signal.getsignal(signal.SIGINT)
    try:
        with _stop_on_signal(loop) as came:
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert came == [signal.SIGINT]
    loop.ask_to_stop.assert_called_once()
    assert "stopping" in capsys.readouterr().err


def test_a_second_process_is_turned_away_until_the_first_is_dead(
    arguments: Callable[..., list[str]], tmp_path: Path
) -> None:
    first = start_training(arguments("run", steps=100_000), tmp_path / "output")
    until(lambda: step_saved(tmp_path / "run") >= 0, "it does not save")
    second = start_training(arguments("run", steps=5), tmp_path / "second")
    second.join(PATIENCE)
    assert second.exitcode == 2
    told = (tmp_path / "second").read_text()
    assert f"is being trained by another process, pid {first.pid}" in told
    first.kill()
    first.join(PATIENCE)
    third = start_training(arguments("run", steps=step_saved(tmp_path / "run") + 1), tmp_path / "third")
    third.join(PATIENCE)
    assert third.exitcode == 0, (tmp_path / "third").read_text()
