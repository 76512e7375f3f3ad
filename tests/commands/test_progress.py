"""What is told of progress goes to the terminal, and the translations where they were sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from examples import SENTENCES

pytest.importorskip("pty")
TEXT = SENTENCES[0][0]


@pytest.mark.parametrize("name", ["notes.txt", "notes.md"])
def test_a_bar_on_the_terminal_leaves_standard_output_alone(name: str, trained: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(f"{TEXT}\n\n{TEXT}\n", "utf-8")
    terminal, slave = os.openpty()
    command = [sys.executable, "-m", "translator", "translate", "--from", "en", "--model", str(trained), "-i", name]
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=out, stderr=slave, check=False, timeout=60
        )
    os.close(slave)
    piped = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    os.close(terminal)
    assert done.returncode == 0
    assert (tmp_path / "out").read_bytes() == piped.stdout
    assert piped.stdout.count(b"\n") == 3
