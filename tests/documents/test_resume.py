"""A translation that was stopped, by Ctrl-C or a kill, goes on with the same command, and gives the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from identity import Identity
from long_texts import text_of, write

from translator.commands.app import main
from translator.errors import UsageError
from translator.translation import Translator
from translator.translation.resumable import Growing

IDENTITY = Path(__file__).parents[1] / "support" / "identity.py"
SIZE = 400_000  # bytes: some parts


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same translator in this process as in the one that is stopped."""
    monkeypatch.setattr(Translator, "load", lambda *_: Identity())
    monkeypatch.setenv("IDENTITY_SWAP", "1")


def translate(*argv: str) -> int:
    """The exit code."""
    with pytest.raises(SystemExit) as end:
        main(["translate", *argv])
    return int(end.value.code or 0)


def stopped(argv: list[str], part: Path, how: signal.Signals) -> tuple[int, str]:
    """Start the command, stop it once something counts; its exit code, and what it told."""
    environment = os.environ | {"IDENTITY_SECONDS": "0.05", "COLUMNS": "500"}
    child = subprocess.Popen(
        [sys.executable, str(IDENTITY), "translate", *argv], env=environment, stderr=subprocess.PIPE, text=True
    )
    state = part.with_name(f"{part.name}.json")
    while not state.exists():
        assert child.poll() is None, child.stderr and child.stderr.read()
        time.sleep(0.01)
    child.send_signal(how)
    _, told = child.communicate()
    return child.returncode, told


@pytest.mark.parametrize(
    ("kind", "how", "more"),
    [
        ("txt", signal.SIGINT, []),
        ("md", signal.SIGKILL, []),
        ("csv", signal.SIGINT, ["--bilingual", "tmx"]),
        ("docx", signal.SIGTERM, []),
    ],
)
def test_a_stopped_translation_goes_on(
    here: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, how: signal.Signals, more: list[str]
) -> None:
    source, out, whole = write(kind, SIZE, tmp_path), tmp_path / "out", tmp_path / "whole"
    argv = ["-i", str(source), "--from", "en", *more]
    assert translate(*argv, "-o", str(whole)) == 0
    part, argv = tmp_path / "out.part", [*argv, "-o", str(out)]
    code, told = stopped(argv, part, how)
    assert not out.exists()
    if how is signal.SIGINT:
        assert code == 130
        assert told.strip().endswith("out.part holds what is done; the same command goes on from there")
    before = json.loads(part.with_name("out.part.json").read_text("utf-8"))
    with part.open("ab") as file:
        file.write(b"half of what was being written")
    capsys.readouterr()
    assert translate(*argv, "--to", "en") == 2  # another command
    assert translate(*argv) == 0
    assert "going on where it was stopped" in capsys.readouterr().err
    assert 0 < before["bytes"] < part.with_name("whole").stat().st_size or kind == "docx"
    assert out.read_bytes() == whole.read_bytes() != source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["out", "whole", source.name])


def test_what_may_not_change_meanwhile(here: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = write("srt", SIZE, tmp_path), tmp_path / "out"
    argv = ["-i", str(source), "--from", "en", "-o", str(out)]
    stopped(argv, tmp_path / "out.part", signal.SIGINT)
    assert translate(*argv, "--beam", "2") == 2
    assert "was begun otherwise: beam was 1, now 2" in capsys.readouterr().err.replace("\n", " ")
    source.write_bytes(b"".join(text_of("srt", SIZE)).replace(b"green", b"brown"))
    assert translate(*argv) == 2
    assert "changed since" in capsys.readouterr().err
    (tmp_path / "out.part").unlink()
    assert translate(*argv) == 0
    assert out.read_bytes() == source.read_bytes().swapcase().replace(b"<I>", b"<i>").replace(b"</I>", b"</i>")


def test_two_at_once_do_not_write_one_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Growing(out, tmp_path / "in", {}) as first:
        first.append(b"one ", "1", parts=1)
        with pytest.raises(UsageError, match=r"out\.part is being written by another process"):
            Growing(out, tmp_path / "in", {}).__enter__()
        first.append(b"two", "2", parts=2)
    with Growing(out, tmp_path / "in", {}) as again:
        assert again.progress == {"parts": 2}
        again.check("2")
        again.finish()
    assert out.read_bytes() == b"one two"


def test_a_small_file_leaves_nothing_behind_when_it_fails(here: None, tmp_path: Path) -> None:
    source, out = tmp_path / "a.txt", tmp_path / "out"
    source.write_bytes(b"one\n\xff\n")
    assert translate("-i", str(source), "--from", "en", "-o", str(out)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    source.write_text("one\n")
    out.write_text("mine")
    out.chmod(0o600)
    assert translate("-i", str(source), "--from", "en", "-o", str(out)) == 2
    assert out.read_text() == "mine"
    assert translate("-i", str(source), "--from", "en", "-o", str(out), "--force") == 0
    assert (out.read_text(), out.stat().st_mode & 0o777) == ("ONE\n", 0o600)
