"""Parts of a file, translated apart: put together they are the whole."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

from translator.commands.requests import shard_of
from translator.errors import UsageError

CommandLine = Callable[..., tuple[int, str, str]]


@given(st.integers(0, 10_000), st.integers(1, 300))
def test_the_parts_are_all_lines_each_once_in_order(lines: int, parts: int) -> None:
    ranges = [shard_of(f"{k}/{parts}", lines) for k in range(1, parts + 1)]
    assert [line for part in ranges for line in part] == list(range(lines))
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


@pytest.mark.parametrize("wanted", ["0/3", "4/3", "1", "1/", "/2", "a/b", "-1/2", "1/0", "1/2/3", "١/٢٢"])
def test_what_is_no_part(wanted: str) -> None:
    if wanted == "١/٢٢":  # other digits are digits
        assert shard_of(wanted, 44) == range(2)
        return
    with pytest.raises(UsageError, match="K from 1 to N"):
        shard_of(wanted, 9)


@pytest.mark.parametrize("parts", [1, 3, 9])
def test_outputs_put_together_are_the_output_of_the_whole(run: CommandLine, tmp_path: Path, parts: int) -> None:
    source = tmp_path / "in.txt"
    source.write_text("\n".join([*SENTENCES[:4], "", SENTENCES[4]]), "utf-8")  # a blank line, and no last newline
    options = ["translate", "--input", str(source), "--from", "en", "--engine", "torch"]
    assert run(*options, "--output", str(tmp_path / "whole"))[0] == 0
    together = b""
    for k in range(1, parts + 1):
        out = tmp_path / f"part-{k}"
        assert run(*options, "--shard", f"{k}/{parts}", "--output", str(out))[0] == 0
        together += out.read_bytes()
    assert together == (tmp_path / "whole").read_bytes()
    assert together.count(b"\n") == 6


def test_a_fault_is_named_by_its_line_in_the_whole(run: CommandLine, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "a"}\n{"text": "b"}\n{"text": "c"}\n[]\n', "utf-8")
    code, _, err = run("translate", "--input", str(source), "--jsonl", "--shard", "2/2")
    assert (code, "line 4" in err) == (2, True)


def test_a_named_pipe_is_translated_whole(run: CommandLine, tmp_path: Path) -> None:
    """As with ``--input <(zcat a.gz)``: counting its lines would leave none to translate."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("One.\n\nTwo.\n", "utf-8"))
    writer.start()
    code, out, _ = run("translate", "--from", "en", "--input", str(pipe))
    writer.join()
    assert (code, len(out.splitlines())) == (0, 3)
    code, _, err = run("translate", "--from", "en", "--input", str(pipe), "--shard", "1/2")
    assert (code, "is a pipe" in err) == (2, True)


@pytest.mark.parametrize("options", [["--shard", "1/2", "Hello"], ["--shard", "1/2", "--input", "a.md"]])
def test_only_lines_of_files_have_parts(run: CommandLine, options: list[str]) -> None:
    code, _, err = run("translate", *options)
    assert (code, "--input" in err) == (2, True)
