"""One voice for errors: five scenes of each kind of mistake, and each says what, where, and what to do next."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from examples import SENTENCES

Run = Callable[..., tuple[int, str, str]]
EN = SENTENCES[0]


def told(run: Run, argv: list[str], code: int, where: str, what: str, next_step: str, **more: object) -> None:
    """The message of a mistake, which is one line after ``error:``, and one that says what to do."""
    found, _, err = run(*argv, **more)
    assert found == code, err
    assert "Traceback" not in err
    first, *rest = err.strip().splitlines()
    assert first.startswith("error: ")
    assert where in first
    assert what in first
    assert len(rest) == 1, err
    assert next_step in rest[0]


@pytest.mark.parametrize(
    ("argv", "where", "what", "next_step"),
    [
        (["attend", EN, "--kidn", "x"], "translator attend", "no option --kidn", "did you mean --kind"),
        (["translate", EN, "--beam", "wide"], "--beam wide", "a whole number", "translator translate --help"),
        (["layers", EN, "--top", "0"], "--top 0", "from 1", "translator layers --help"),
        (["sheet", EN], "translator sheet", "--output FILE is missing", "translator sheet --help"),
        (["translate", EN, "--to", "fr"], "--to fr", "unknown language", "en (English), pt (Portuguese)"),
        (["corpus", "doktor", "x"], "translator corpus", "'doktor'", "translator corpus --help"),
        (["next"], "translator next", "TEXT is missing", 'translator translate "next"'),
        (["translate", EN, "--beam"], "translator translate", "--beam takes N", "translator translate --help"),
        (["attend", EN, "--check=3"], "translator attend", "--check takes no value", "translator attend --help"),
        (["corpus"], "translator corpus", "COMMAND is missing", "doctor, split"),
    ],
)
def test_a_wrong_option(run: Run, argv: list[str], where: str, what: str, next_step: str) -> None:
    told(run, argv, 2, where, what, next_step)


@pytest.mark.parametrize(
    ("argv", "what", "next_step"),
    [
        (["translate", "--input", "no.txt"], "cannot be read", "check the file's name"),
        (["evaluate", "no.txt"], "no such file", "check the file's name"),
        (["translate", EN, "--glossary", "no.txt"], "cannot be read", "check the file's name"),
        (["corpus", "doctor", "no.txt"], "no such file", "check the file's name"),
        (["translate", EN, "--model", "no.txt"], "no such model", "translator train"),
        (["plot", "no.txt"], "cannot be read", "name a folder of `translator train`"),
    ],
)
def test_a_missing_file(
    run: Run, argv: list[str], what: str, next_step: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    told(run, argv, 2, "no.txt", what, next_step)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["translate", EN, "--output", "no/out.txt"], 1),
        (["attend", EN, "--svg", "no/out.txt"], 1),
        (["corpus", "convert", "four.tsv", "no/out.tsv"], 1),
        (["sheet", EN, "--output", "no/out.xlsx"], 1),
        (["corpus", "split", "four.tsv", "--out", "four.tsv/no/", "--dev", "1", "--test", "1"], 1),  # in a file
        (["translate", EN, "--output", "four.tsv"], 2),
    ],
)
def test_an_unwritable_output(
    run: Run, argv: list[str], code: int, corpus: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(corpus, "four.tsv")
    before = Path("four.tsv").read_bytes()
    told(run, argv, code, "no" if code == 1 else "four.tsv", "", "choose another" if "split" in argv else "name")
    assert Path("four.tsv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["four.tsv"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.tsv", b"One.\tUm.\nTwo.\n", "line 2"),
        ("a.tsv", b"One.\tUm.\nTwo.\tDois.\tThree.\tFour.\n", "line 2"),
        ("a.tsv", b"One.\tUm.\nTwo.\tD\xf3is.\n", "line 2"),
        ("a.jsonl", b'{"en": "One.", "pt": "Um."}\n{"en": \n', "line 2"),
        ("a.tmx", b"<tmx>\n<body><tu></body>\n", "line 2"),
    ],
)
def test_a_wrong_line_of_a_corpus(run: Run, name: str, content: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    told(run, ["evaluate", str(tmp_path / name)], 2, name, what, "")


@pytest.mark.parametrize("damage", ["weights", "subwords", "config", "version", "missing"])
def test_a_damaged_model(run: Run, trained: Path, damage: str, tmp_path: Path) -> None:
    model = shutil.copytree(trained / "best", tmp_path / "model")
    config = model / "config.json"
    wanted, next_step = {
        "weights": ("model.safetensors is damaged", "copy the folder again"),
        "subwords": ("subwords.model is damaged", "copy the folder again"),
        "config": ("is not JSON", "get the model's folder again"),
        "version": ("has version 99", "install the version of translator"),
        "missing": ("model.safetensors is missing", "copy the folder again"),
    }[damage]
    if damage == "missing":
        (model / "model.safetensors").unlink()
    elif damage == "config":
        config.write_text("{")
    elif damage == "version":
        config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | {"version": 99}))
    else:
        file = model / {"weights": "model.safetensors", "subwords": "subwords.model"}[damage]
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    told(run, ["attend", EN, "--model", str(model)], 2, str(model), wanted, next_step)


def test_a_full_disk(run: Run) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    told(run, ["translate", EN, "--output", "/dev/full"], 1, "/dev/full", "could not be written", "free some space")
