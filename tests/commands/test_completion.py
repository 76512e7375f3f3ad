"""Completion: the protocol that the shells speak, in a process of its own, and the shells where there are any."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from translator.commands.completion import models
from translator.files import shipped_models


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working folder with run folders, a model, and folders that hold none."""
    for folder in ("runs/mine/best", "runs/other/best", "model", "notes", ".hidden"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("runs/mine/best", "runs/other/best", "model", ".hidden"):
        (tmp_path / folder / "model.safetensors").write_bytes(b"")
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    package = str(Path(__file__).parents[2])
    return os.environ | {"PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])} | more


SCRIPT = """
import sys
sys.argv[0] = "translator"
from translator.commands.app import main
try:
    main()
finally:
    print(*sorted({"torch", "numpy", "ctranslate2", "sentencepiece"} & set(sys.modules)), file=sys.stderr)
"""


def offered(place: Path, line: str, shell: str = "bash") -> list[str]:
    """What the shell is given for the last word of ``line``."""
    asked = {"_TRANSLATOR_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        asked |= {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    else:
        asked |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    argv = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment(**asked), cwd=place, check=False)
    assert done.stderr == "\n", "completing loads what it needs not"
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("translator tra", ["translate", "trace", "train"]),
        ("translator translate --to ", ["en", "pt"]),
        ("translator translate --engine c", ["ctranslate2"]),
        ("translator params --preset ", ["tiny", "quick", "medium", "small", "base", "gpt3"]),
        ("translator --color a", ["auto", "always"]),
        ("translator help re", ["repl"]),
        ("translator config se", ["set"]),
        ("translator config set hi", ["history"]),
        ("translator translate --model runs/m", ["runs/mine"]),
        ("translator export mod", ["model"]),
        ("translator translate --le", ["--length-penalty"]),
    ],
)
def test_what_is_offered(place: Path, line: str, words: list[str]) -> None:
    assert offered(place, line) == words


def test_models_are_shipped_ones_run_folders_and_ways_to_them(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    here = ["model", "notes/", "runs/", "runs/mine", "runs/other"]
    assert [name for name, _ in models("")] == [*shipped_models(), *here]
    assert models("runs/") == [("runs/mine", "model folder"), ("runs/other", "model folder")]
    assert models("runs/mine/") == [("runs/mine/best", "model folder")]
    assert models(f"{place}/mo") == [(f"{place}/model", "model folder")]
    assert models("nothing/like/") == []


def test_fish_and_zsh_are_told_what_each_is(place: Path) -> None:
    assert "runs/mine\tmodel folder" in offered(place, "translator translate --model ", "fish")
    assert any('"runs/mine":"model folder"' in row for row in offered(place, "translator translate --model ", "zsh"))


def test_a_broken_settings_file_does_not_stop_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "config.toml").write_text("nonsense")
    monkeypatch.setenv("TRANSLATOR_CONFIG", str(place / "config.toml"))
    assert offered(place, "translator translate --to p") == ["pt"]


@pytest.fixture
def program(place: Path) -> Path:
    """A folder with a program ``translator`` that runs this tree."""
    folder = place / "bin"
    folder.mkdir()
    program = folder / "translator"
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m translator "$@"\n'.replace("-m translator", f"{folder}/run.py")
    )
    (folder / "run.py").write_text(
        "import sys\nsys.argv[0] = 'translator'\nfrom translator.commands.app import main\nmain()\n"
    )
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_in_bash_itself(program: Path, place: Path) -> None:
    script = """
    eval "$(translator --show-completion)"
    COMP_WORDS=(translator translate --model runs/o); COMP_CWORD=3
    $(complete -p translator | sed 's/.*-F \\([^ ]*\\).*/\\1/') translator
    echo "${COMPREPLY[@]}"; translator --install-completion; true
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(PATH=f"{program}:{os.environ['PATH']}", HOME=str(place)),
        check=True,
    )
    assert done.stdout.splitlines()[0] == "runs/other"
    assert "completion installed" in done.stdout
    assert "translator" in (place / ".bashrc").read_text("utf-8")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_in_fish_itself(program: Path, place: Path) -> None:
    script = "translator --show-completion | source; complete -C 'translator translate --engine c'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(PATH=f"{program}:{os.environ['PATH']}", HOME=str(place)),
        check=True,
    )
    assert done.stdout.split() == ["ctranslate2"]
