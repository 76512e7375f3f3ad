"""What people type without a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from translator.commands.main import said_in_full


@pytest.mark.parametrize(
    ("argv", "piped", "full"),
    [
        (["I am happy."], False, ["translate", "I am happy."]),
        (["I", "am", "happy"], False, ["translate", "I", "am", "happy"]),
        ([], True, ["translate"]),
        ([], False, []),
        (["-"], True, ["translate", "-"]),
        (["en:pt", "hi"], False, ["translate", "--from", "en", "--to", "pt", "hi"]),
        ([":pt", "hi"], False, ["translate", "--to", "pt", "hi"]),
        (["-t", "pt", "hi"], False, ["translate", "-t", "pt", "hi"]),
        (["train", "a.tsv"], False, ["train", "a.tsv"]),
        (["--version"], False, ["--version"]),
    ],
)
def test_the_command_may_be_left_out(argv: list[str], piped: bool, full: list[str]) -> None:
    assert said_in_full(argv, piped) == full


def test_a_file_is_translated(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# One\n")
    assert said_in_full([str(file)], False) == ["translate", "--input", str(file)]
    assert said_in_full([str(tmp_path / "b.md")], False) == ["translate", str(tmp_path / "b.md")]
