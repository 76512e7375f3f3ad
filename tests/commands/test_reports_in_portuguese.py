"""Reports in Portuguese: shown in both languages, on a text in neither, they have no word in common but a few names."""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from spoken import left_in_english

from translator.commands.compare import view as compare_view
from translator.commands.corpus.doctor_view import show as show_examined
from translator.commands.evaluate import report
from translator.commands.train.adaptation import adaptation_table
from translator.commands.train.view import Board, Speed, _told
from translator.config import PRESETS, TrainConfig
from translator.corpus.doctor.exam import Examination, Plan
from translator.corpus.doctor.kinds import NAMES
from translator.draw.cosines import Grid
from translator.draw.language import speak
from translator.draw.report import Bars, Own, Section, markdown, print_report
from translator.draw.report_html import page
from translator.evaluation import comparison, speed
from translator.evaluation.adaptation import Adaptation, Change
from translator.evaluation.calibration import Reliability
from translator.evaluation.challenge import ChallengeResult, read_challenge
from translator.evaluation.evaluate import Evaluation
from translator.evaluation.failures import KINDS, Failures, Signs, Suspect, Worst, suspect_kinds
from translator.evaluation.scores import Score
from translator.evaluation.slices import SLICES, SliceScore
from translator.files import corpus_file
from translator.training.alarms import Alarm, Alarms, Vitals
from translator.training.monitor import Monitor
from translator.training.records import BatchSplit, DevScores, Evaluated, Measuring, Progress, Record, RolledBack

Run = Callable[..., tuple[int, str, str]]
LINES = [f"zuvo zukeb{'ra' * k} zumil {k} zutor." for k in range(12)]
"""All words of a user's own begin with zu, which no word of the program does."""


def shown(*parts: Any) -> str:
    console = Console(width=300, color_system=None, file=(file := io.StringIO()))
    console.print(*parts, sep="\n")
    return file.getvalue()


def written(sections: Sequence[Section], title: str) -> str:
    """On a terminal, as Markdown and as a page, without its style."""
    print_report(Console(width=300, color_system=None, file=(file := io.StringIO())), sections)
    html = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page(title, sections), flags=re.DOTALL)
    return file.getvalue() + markdown(title, sections) + html


def evaluation(system: str) -> Evaluation:
    signs = Signs(-3, 0.5, 0.5, 0.5, 2, None, ["zuvo"])  # type: ignore[arg-type]
    found = suspect_kinds("zuvo", "zumil", signs) | suspect_kinds(
        "zuvo zumil", "zuvo zumil", replace(signs, missing=[])
    )
    found |= suspect_kinds("zuvo", "zumil", replace(signs, missing=[]))
    suspects = [Suspect(1, kind, found.get(kind, "the translation is empty"), "zuvo", "zumil") for kind in KINDS]
    worst = [Worst(1, 3.0, "zuvo", "zumil", "zutor", links) for links in ("", "zuvo→zumil")]
    failures = Failures(3, suspects, Reliability([0.5], [0.4], [7]), worst)
    settings = {"model": "zum", "model_sha256": "0" * 64, "engine": "torch", "precision": "int8", "beam": 4}
    scores = [Score(name, 12.0, f"{name}|#:1", 1.0, 12.0) for name in ("BLEU", "chrF2++", "TER")]
    return Evaluation(
        *("zuvo.tsv", system, "en-pt", 12, scores, LINES, 2, 3.0, 700, 0.1, 90.0),
        settings=settings | {"length_penalty": 1.0, "batch_size": 32},
        slices=[SliceScore(name, 9, 20.0, 10.0, 30.0, 20.0) for name in SLICES],
        failures=failures,
    )


def test_numbers_are_written_as_in_brazil_but_for_a_users_own() -> None:
    plots: list[Bars | Grid] = [
        Bars(["zu"], [1234.5], [1000.0], [2000.0]),
        Grid("zu", ["zu"], ["zu"], np.array([[0.25]])),
    ]
    rows = [[Own("zu 1.5"), "1,234.5 ±0.25"]]
    section = Section("zu, 1,234 sentences", ["zu", "zu"], rows, ["zu 2.5, version:2.6.0"], plots)
    assert "1,234" in written([section], "zu")
    speak("pt")
    try:
        told = written([section], "zu")
    finally:
        speak(None)
    assert "1.234,5 ±0,25" in told
    assert "1.234 frases" in told
    assert "0,25" in told
    assert set(re.findall(r"\S*\d\.\d(?!\d\d)\S*|\S*\d,\d{3}\S*", told)) == {"1.5", "version:2.6.0"}


def test_evaluate_compare_and_the_challenge() -> None:
    every = [replace(item, source="zuvo", example="zutor") for item in read_challenge(corpus_file("challenge"))]
    challenge = ChallengeResult("zua", every, ["zumil"] * len(every))
    found = [evaluation("zua"), evaluation("zub")]

    def evaluated(_: str) -> str:
        told = [report.sections(found, [challenge], terminal=terminal) for terminal in (True, False)]
        return written([section for sections in told for section in sections], report.title_of(found, [challenge]))

    assert left_in_english(evaluated) == ""
    buckets = [comparison.Compared(name, 1.0, 2.0) for name in comparison._LENGTHS]
    rare = [comparison.Compared(name, 1.0, 2.0) for name in comparison._RARITIES]
    overall = [comparison.Compared(name, 1.0, 2.0, p) for name, p in (("BLEU", 0.2), ("TER", 0.01), ("chrF2++", 0.01))]
    changed = [comparison.Changed(1, "zuvo", "zumil", "zuvo zua", "zuvo zub", 3.0)]
    one = comparison.Comparison("en-pt", overall, buckets, rare, changed, 3, "nrefs:1")
    both = [one, replace(one, direction="pt-en")]

    def compared(_: str) -> str:
        links = [{"zua": ["zuvo→zumil"]}, {}]
        return written(compare_view.sections(both, ("zua", "zub"), links), compare_view.title_of(("zua", "zub")))

    assert left_in_english(compared) == ""


def test_a_model_keeps_its_name() -> None:
    """The documentation has one called mean, which is a word of the program too."""
    rows = [comparison.Compared("BLEU", 1.0, 2.0, 0.2)]
    one = comparison.Comparison("en-pt", rows, [], [], [], 3, "nrefs:1")
    speak("pt")
    told = written(compare_view.sections([one], ("mean", "zub"), [{}]), "zu")
    found = [evaluation("runs/mean"), evaluation("zub")]
    told += written(report.sections(found, []), "zu")
    speak(None)
    assert "mean" in told
    assert "média" not in told


def test_doctor() -> None:
    example: dict[str, str | int] = {"file": "zuvo", "line": 3, "en": "zuvo", "pt": ""}
    found = Examination((Path("zuvo.tsv"),), 30, 10, found=Counter(dict.fromkeys(NAMES, 30)))
    found.examples = {name: [example] for name in NAMES}
    found.lengths += 1
    found.ratios += 1
    found.likelihood = {"median": -1.0, "lowest_tenth": -2.0, "examples": [example | {"score": -3.0}]}
    found.fixed = {"read": 30, "dropped": {}, "repaired": {"zu": 2}, "kept": 10, "rounds": 2}

    def examined(_: str) -> str:
        plans = [Plan(drop=frozenset(NAMES[:5]), repair=frozenset(NAMES[5:9])), Plan()]
        files = [(Path("zuout.tsv"), Path("zubad.tsv")), (Path("zuout.tsv"), None)]
        parts = [part for plan in plans for out, bad in files for part in show_examined(found, plan, out, bad)]
        clean = show_examined(Examination((Path("zuvo.tsv"),), 30, 30), Plan(), None, None)
        large = show_examined(Examination((Path("zuvo.tsv"),), 30_000, 30_000), Plan(), None, None)
        told = shown(*parts, *clean, *large)
        return re.sub("|".join(NAMES), "", told)  # kinds are options: --drop numbers

    assert left_in_english(examined) == ""


def test_a_training_as_it_goes() -> None:
    vitals = Vitals(900, 0.9, 1.0, 3.0, 3.0, 3.0, 0.1, 9.0, 1.0)
    alarms = Alarms(0.5)
    told: list[Record] = [*alarms.look(replace(vitals, dev_nll=2.0)), *alarms.look(replace(vitals, train_nll=0.6))]
    told += alarms.look(replace(vitals, train_nll=0.5))
    assert len({alarm.sign for alarm in told if isinstance(alarm, Alarm)}) == 6
    step = Progress(5, 3.0, 3.0, 0.5, 0.5, 700, 70.0, 9.0, 9.0, 0.5)
    scores = DevScores({"en-pt": 3.0})
    records: list[Record] = [*told, Evaluated(5, 9.0, 3.0, scores, best=True), BatchSplit(5, 300)]
    records.append(RolledBack(5, 1, Monitor(300).look(math.nan, 1.0), 0.5))
    change = Change(True, "en-pt", 5, 1.0, 2.0)
    adapted = Adaptation([change, replace(change, domain=False)], 0.5, {0.5: 3.0, 1.0: 2.0}, 3.0)

    def watched(_: str) -> str:
        board = Board(TrainConfig(corpora=("zuvo",), steps=9), Speed.__new__(Speed))
        board._speed._peak = None
        begun = shown(board)
        for record in (step, *records, Measuring(5, 3.0)):
            board.take(record)
        return begun + shown(board, *map(_told, records), adaptation_table(adapted, "zua", "zuvo", "zutor"))

    assert left_in_english(watched) == ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(PRESETS, "tiny", {**PRESETS["tiny"], "d_model": 32, "heads": 2, "feed_forward": 32})
    Path("zuvo.tsv").write_text("".join(f"{line}\tzu{line}\n" for line in LINES), "utf-8")
    rows = [json.dumps({"en": line, "pt": f"zu{line}"}) for line in LINES]
    Path("zuvo.jsonl").write_text("\n".join([*rows, "{}"]) + "\n", "utf-8")
    Path("zugold.tsv").write_text("".join(f"{line}\tzu {line}\t0-0 1-1\n" for line in LINES[:4]), "utf-8")
    Path("zuvo.txt").write_text("\n".join(LINES) + "\n", "utf-8")
    return tmp_path


COMMANDS = [
    ("bench", "--engine", "torch", "--batches", "1"),
    ("align-eval", "zugold.tsv"),
    ("align-eval", "zugold.tsv", "--search"),
    ("calibrate", "zuvo.tsv"),
    ("corpus", "split", "zuvo.tsv", "--out", "zu{}", "--dev", "3", "--test", "3"),
    ("corpus", "convert", "zuvo.tsv", "zu{}.jsonl"),
    ("corpus", "download", "--list"),
    ("train", "zuvo.jsonl", "--dev", "zuvo.tsv", "--out", "zu{}", "--vocab-size", "300", "--steps", "1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_commands(command: tuple[str, ...], run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    best = speed.Throughput(1, 4, 50.0, 900.0)
    monkeypatch.setattr(speed, "bench", lambda *_: speed.Measured("torch", "float32", 0.2, 9.0, 17.0, 80.0, [best]))
    monkeypatch.setattr(speed, "start_up", lambda *_: 0.4)

    def printed(language: str) -> str:
        code, out, err = run("--lang", language, *(part.format(language) for part in command))
        assert code == 0, err
        return out + err

    assert left_in_english(printed) == ""
