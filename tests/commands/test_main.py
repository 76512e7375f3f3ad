"""What people type without a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from translator.commands.main import options_first, said_in_full


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
        (["--help-all"], True, ["--help-all"]),
        (["-n", "3", "hi"], False, ["translate", "-n", "3", "hi"]),
        (["--beam=4"], True, ["translate", "--beam=4"]),
        ([""], False, ["translate", ""]),
    ],
)
def test_the_command_may_be_left_out(argv: list[str], piped: bool, full: list[str]) -> None:
    assert said_in_full(argv, piped) == full


def test_a_file_is_translated(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# One\n")
    assert said_in_full([str(file)], False) == ["translate", "--input", str(file)]
    assert said_in_full([str(tmp_path / "b.md")], False) == ["translate", str(tmp_path / "b.md")]


@pytest.mark.parametrize(
    ("argv", "of_all", "rest"),
    [
        (["hi", "--quiet"], ["--quiet"], ["hi"]),
        (["attend", "hi", "--color", "never", "--svg", "x"], ["--color", "never"], ["attend", "hi", "--svg", "x"]),
        (["--lang=pt", "train", "-q"], ["--lang=pt", "-q"], ["train"]),
        (["hi", "--", "--quiet"], [], ["hi", "--", "--quiet"]),
        (["hi", "--quiet=x"], [], ["hi", "--quiet=x"]),  # told by Typer
        (["hi", "--lang"], ["--lang"], ["hi"]),
        (["--colors", "hi"], [], ["--colors", "hi"]),
    ],
)
def test_options_of_the_whole_program_stand_anywhere(argv: list[str], of_all: list[str], rest: list[str]) -> None:
    assert options_first(argv) == (of_all, rest)
