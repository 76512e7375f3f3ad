"""What a first translation has to load: the fast path goes without torch, numpy, rich, and what checks options."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from examples import SENTENCES

from translator.commands.app import main as command_line
from translator.commands.main import main, plain_arguments
from translator.commands.settings import Settings
from translator.errors import UsageError
from translator.model.checkpoint import add_engine

SCRIPT = """
import sys
model, text = sys.argv[1:]
sys.argv[1:] = ["translate", text, "--model", model]
from translator.commands.main import main
try:
    main()
finally:
    heavy = {"torch", "sacrebleu", "numpy", "rich", "pydantic", "asyncio", "ctranslate2"}
    print(*sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


def test_translating_on_the_fast_engine_needs_no_torch(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained / "best", folder)
    add_engine(folder, "int8")
    argv = [sys.executable, "-c", SCRIPT, str(folder), SENTENCES[0]]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [SENTENCES[1], "ctranslate2"]
    assert done.stderr == ""


NOTHING = Settings({}, {})


@pytest.mark.parametrize(
    ("argv", "arguments"),
    [
        (["translate"], {"texts": None}),
        (["translate", "One.", "Two."], {"texts": ["One.", "Two."]}),
        (["translate", ""], {"texts": [""]}),  # translate itself says what is wrong
        (["translate", "One.", "--to", "pt", "Two."], {"texts": ["One.", "Two."], "target": "pt"}),
        (["translate", "-i", "a", "-o", "b"], {"texts": None, "input": Path("a"), "output": Path("b")}),
        (["translate", "--model", "m", "--from", "en"], {"texts": None, "model": "m", "source": "en"}),
    ],
)
def test_plain_commands_are_read_at_once(argv: list[str], arguments: dict[str, Any]) -> None:
    assert plain_arguments(argv, NOTHING) == arguments


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--help"],
        ["train"],
        ["translate", "--help"],
        ["translate", "--beam", "2", "One."],
        ["translate", "--to=pt"],
        ["translate", "One.", "--to"],  # mistakes are told by Typer
        ["translate", "--to", "--from", "en"],
        ["translate", "--to", "pt", "--to", "en"],
        ["translate", "--tow", "pt"],
        ["translate", "--", "-One."],
        ["--quiet", "translate", "One."],
    ],
)
def test_all_else_is_left_to_typer(argv: list[str]) -> None:
    assert plain_arguments(argv, NOTHING) is None


def test_settings_that_ask_for_more_are_left_to_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    argv = ["translate", "One."]
    assert plain_arguments(argv, Settings({"model": "m"}, {})) == {"texts": ["One."], "model": "m"}
    assert plain_arguments(argv, Settings({"model": "m", "beam": 2}, {})) is None
    assert plain_arguments(argv, Settings({}, {}, UsageError("wrong"))) is None
    monkeypatch.setenv("_TRANSLATOR_COMPLETE", "zsh_complete")
    assert plain_arguments(argv, NOTHING) is None


@pytest.mark.parametrize(
    "argv",
    [
        [SENTENCES[0], SENTENCES[1]],
        ["--to", "pt", SENTENCES[0]],
        [" "],
        ["--to", "fr", SENTENCES[0]],
        ["--from", "en", "--to", "en", SENTENCES[0]],
        ["--input", "no such file"],
        [SENTENCES[0], "--input", "both"],
        ["--model", "no such model", SENTENCES[0]],
        ["--to"],
    ],
)
def test_both_ways_into_the_program_answer_alike(
    argv: list[str], trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRANSLATOR_MODEL", str(trained))
    monkeypatch.setattr(sys, "argv", ["translator", "translate", *argv])
    answers = []
    for way in (main, command_line):
        code: Any = 0
        try:
            way()
        except SystemExit as end:
            code = end.code or 0
        answers.append((code, *capsys.readouterr()))
    assert answers[0] == answers[1]
