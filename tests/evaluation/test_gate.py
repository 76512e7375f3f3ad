"""The gate: 20 damaged models fail, 20 undamaged ones pass; a baseline of something else is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from translator.commands.evaluate.report import report_json
from translator.errors import InputError
from translator.evaluation.comparison import falls
from translator.evaluation.evaluate import Evaluation, Wanted, evaluate_hypotheses
from translator.evaluation.testset import EvalSet

WORDS = ["barco", "mel", "rio", "sete", "velho", "verde", "morro", "anda", "canta", "devagar", "caju", "noite"]
LINES = 150


def sentences(seed: int) -> list[str]:
    drawn = random.Random(seed)
    return [" ".join(drawn.choice(WORDS) for _ in range(drawn.randint(4, 9))) for _ in range(LINES)]


OVER = EvalSet("fake.tsv", "en-pt", ["source"] * LINES, [sentences(1)], list(range(1, LINES + 1)))


def model(errors: float, seed: int, start: list[str] | None = None) -> list[str]:
    """A faked model: it gets each word of the reference, or of another model, wrong so often."""
    drawn = random.Random(seed)
    lines = start or OVER.references[0]
    return [" ".join("erro" if drawn.random() < errors else w for w in line.split()) for line in lines]


BASE = model(0.15, 0)


def measured(hypotheses: list[str]) -> Evaluation:
    return evaluate_hypotheses("fake", OVER, hypotheses, Wanted(resamples=200))


@pytest.fixture(params=[True, False], ids=["pair by pair", "by the interval"])
def baseline(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "base.json"
    path.write_text(json.dumps(report_json([measured(BASE)], [], full=request.param)), "utf-8")
    return path


def test_twenty_damaged_models_fail_and_twenty_sound_ones_pass(baseline: Path) -> None:
    for seed in range(1, 21):
        damaged = falls([(measured(model(0.12, seed, BASE)), OVER)], baseline, 0.5)
        assert [(fall.direction, fall.after < fall.before - 0.5) for fall in damaged] == [("en-pt", True)], seed
        sound = list(BASE)  # other processors round otherwise: a few sentences differ, for better or worse
        for i in random.Random(seed).sample(range(LINES), 4):
            sound[i] = model(0.15, seed, OVER.references[0])[i]
        assert falls([(measured(sound), OVER)], baseline, 0.5) == [], seed


def test_a_small_fall_passes_however_sure(baseline: Path) -> None:
    worse = [(measured(model(0.12, 3, BASE)), OVER)]
    assert falls(worse, baseline, 0.5)
    assert falls(worse, baseline, 50.0) == []


def test_a_baseline_of_something_else_is_refused(baseline: Path, tmp_path: Path) -> None:
    half = EvalSet("fake.tsv", "en-pt", OVER.sources[:70], [OVER.references[0][:70]], OVER.lines[:70])
    with pytest.raises(InputError, match="is of 150 sentences"):
        falls([(evaluate_hypotheses("fake", half, BASE[:70], Wanted()), half)], baseline, 0.5)
    other = EvalSet("other.tsv", *list(vars(OVER).values())[1:])
    with pytest.raises(InputError, match="none of these test sets"):
        falls([(evaluate_hypotheses("fake", other, BASE, Wanted()), other)], baseline, 0.5)
    (tmp_path / "no.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match="is no output"):
        falls([(measured(BASE), OVER)], tmp_path / "no.json", 0.5)
