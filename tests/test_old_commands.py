"""What the README of 0.5.0 showed still works: tests/cases/commands-0.5.txt."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from translator.files import corpus_file, model_folder

LINES = [
    line
    for line in Path(__file__).with_name("cases").joinpath("commands-0.5.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    (folder / "book.txt").write_text("Good morning.\nThe train is late.\n", "utf-8")
    (folder / "notes.md").write_text("# Notes\n\n- **Good** morning.\n", "utf-8")
    (folder / "requests.jsonl").write_text('{"text": "Good night.", "id": 1}\n', "utf-8")
    pairs = corpus_file("train").read_text("utf-8").splitlines(keepends=True)
    (folder / "mine.tsv").write_text("".join(pairs[:40]), "utf-8")
    (folder / "test.tsv").write_text("".join(pairs[50:60]), "utf-8")
    (folder / "model").symlink_to(model_folder("en-pt").resolve())
    return folder


@pytest.mark.parametrize("line", LINES)
def test_an_old_command_still_works(run, folder: Path, line: str) -> None:  # type: ignore[no-untyped-def]
    command, _, given = re.sub(r"\{(.*?)\}", lambda m: str(folder / m[1]), line).partition(" < ")
    stdin = Path(given).read_bytes() if given else b""
    code, out, err = run(*shlex.split(command.replace("`", "\\`")), stdin=stdin, model=model_folder("en-pt"))
    assert code == 0, err
    assert out.strip() or "--output" in line
