"""Scores of files, intervals, comparison with significance, the gate: as sacreBLEU has them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from translator.evaluation.comparison import compare
from translator.evaluation.scores import score_translations
from translator.evaluation.testset import EvalSet

SCORE = ("evaluate", "test.tsv", "--direction", "en-pt", "--hypotheses")
WORDS = ["barco", "mel", "rio", "sete", "velho", "verde", "morro", "anda", "canta", "devagar", "caju", "noite"]
REFERENCES = [" ".join(WORDS[(n * k) % 12] for k in range(1, 4 + n % 5)) + "." for n in range(1, 61)]
GOOD = [line.replace("velho", "novo") for line in REFERENCES]
BAD = [line.replace("velho", "novo").replace("rio", "beco").replace("canta", "come") for line in REFERENCES]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "test.tsv").write_text("".join(f"source {n}\t{line}\n" for n, line in enumerate(REFERENCES)))
    (tmp_path / "good.txt").write_text("".join(f"{line}\n" for line in GOOD))
    (tmp_path / "bad.txt").write_text("".join(f"{line}\n" for line in BAD))
    (tmp_path / "short.txt").write_text("one line\n")
    return tmp_path


def test_scores_and_intervals_are_sacrebleus(files: Path) -> None:
    (files / "ref.txt").write_text("".join(f"{line}\n" for line in REFERENCES))
    command = [sys.executable, "-m", "sacrebleu", "ref.txt", "-i", "good.txt", "-m", "bleu", "chrf", "ter", "-w", "4"]
    options = ["--chrf-word-order", "2", "--confidence"]
    done = subprocess.run([*command, *options], cwd=files, capture_output=True, text=True, check=True)
    for theirs, ours in zip(json.loads(done.stdout), score_translations(GOOD, [REFERENCES], 1000), strict=True):
        assert theirs["name"] == ours.name
        assert theirs["score"] == pytest.approx(ours.value, abs=5e-5)
        assert theirs["signature"].replace("bs:1000|seed:12345|", "") == ours.signature
        told = theirs["confidence_mean"], theirs["confidence_var"]
        assert told == pytest.approx((ours.mean, ours.margin), abs=5e-5)


def test_a_system_is_as_good_as_itself_and_better_than_a_damaged_one() -> None:
    over = EvalSet("test.tsv", "en-pt", ["a b c"] * 60, [REFERENCES], list(range(1, 61)))
    same = compare(over, GOOD, GOOD)
    assert [row.p for row in same.overall] == [1.0] * 3
    assert (same.alike, same.changed) == (60, [])
    worse = compare(over, GOOD, BAD, shown=4)
    assert all(row.p is not None and row.p < 0.05 for row in worse.overall)
    assert [change.gain for change in worse.changed] == sorted(change.gain for change in worse.changed)
    assert len(worse.changed) == 4
    assert [row.sentences for row in worse.by_length] == [60]
    assert worse.by_rarity == []


def test_files_are_scored_and_a_fall_stops_a_build(run, files: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(files)
    score = ["evaluate", "test.tsv", "--direction", "en-pt", "--hypotheses"]
    code, out, _ = run(*score, "good.txt", "--json")
    (files / "base.json").write_text(out)
    assert code == 0
    assert json.loads(out)["results"][0]["scores"]["BLEU"]["interval"]
    assert run(*score, "good.txt", "--against", "base.json")[0] == 0
    code, _, err = run(*score, "bad.txt", "--against", "base.json")
    assert code == 1
    assert "worse than base.json: en-pt" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("evaluate", "test.tsv", "--hypotheses", "good.txt"), "one direction is needed"),
        ((*SCORE, "short.txt"), "has 1 lines, the test set 60"),
        (("compare", "test.tsv", "good.txt", "bad.txt", "--test", "t"), "--test t: unknown"),
        (("compare", "test.tsv", "good.txt", "short.txt"), "short.txt has 1 lines"),
        ((*SCORE, "good.txt", "--against", "bad.txt"), "is no output"),
    ],
)  # fmt: skip
def test_mistakes(run, files: Path, monkeypatch, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(files)
    code, _, err = run(*arguments)
    assert (code, says in " ".join(err.split())) == (2, True)


def test_compare_says_it_in_words(run, files: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(files)
    code, out, _ = run("compare", "test.tsv", "good.txt", "bad.txt", "--samples", "200")
    assert code == 0
    assert "more than chance" in " ".join(out.split())
    assert "translated alike" in out
