"""Inputs nobody should type: each ends in a translation or a clear error, and nothing reaches the terminal raw.

The whole set, the slow inputs too, through whole processes and the shipped model: tests/benchmarks/fuzz.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fuzz_cases import CASES, complaints, line_count


@pytest.mark.parametrize("name", CASES)
def test_by_pipe_and_by_file(run, name: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = CASES[name]
    code, out, err = run("translate", stdin=data)
    assert complaints("by pipe", data, code, out.encode(), err.encode()) == []
    file = tmp_path / "input.txt"
    file.write_bytes(data)
    by_file = run("translate", "--input", str(file))
    told = by_file[1].replace("\r\n", "\n")  # a file keeps its line ends
    assert (by_file[0], told) == (code, out)
    assert complaints("by file", data, code, told.encode(), by_file[2].encode()) == []


@pytest.mark.parametrize("name", [name for name in CASES if b"\0" not in CASES[name]])
def test_by_argument(run, name: str) -> None:  # type: ignore[no-untyped-def]
    data = CASES[name]
    code, out, err = run("translate", os.fsdecode(data))
    assert complaints("by argument", data, code, out.encode(), err.encode()) == []


def test_the_judge_can_say_no() -> None:
    assert complaints("by pipe", b"a\nb", 0, b"a\nb\n", b"") == []
    assert complaints("by pipe", b"a\nb", 0, b"a\n", b"") == ["2 lines in, 1 out"]
    assert complaints("by pipe", b"a\n", 1, b"", b"error") == ["exit code 1"]
    assert complaints("by pipe", b"a\n", 2, b"", b" ") == ["no message"]
    assert complaints("by argument", b"a", 0, b"\x1b[1ma\n", b"\xe2\x80\xae") == [
        "standard output holds ['\\x1b']",
        "standard error holds ['\\u202e']",
    ]
    assert "not UTF-8" in complaints("by argument", b"a", 0, b"\xff", b"")[0]
    assert "our own" in complaints("by argument", b"a", 2, b"", b"Traceback (most recent call last):")[0]
    assert [line_count(data) for data in (b"", b"a", b"a\n", b"a\nb", b"\n\n")] == [0, 1, 1, 2, 2]
