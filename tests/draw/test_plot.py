"""A run's log as curves and as a picture; the board of a run in a terminal."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from translator.commands.train.view import Board, Speed, tensorboard_events
from translator.config import ModelConfig, TrainConfig
from translator.draw.curves import sparkline
from translator.errors import InputError
from translator.training.alarms import Alarm
from translator.training.log import Curve, read_curves
from translator.training.records import AttentionMap, DevScores, Evaluated, Progress, Saved

CommandLine = Callable[..., tuple[int, str, str]]


def progress(step: int, nll: float) -> dict[str, object]:
    figures = {"loss": nll + 1, "nll": nll, "gradient_norm": 0.5, "learning_rate": 1.0, "tokens_per_second": 50.0}
    return {"kind": "progress", "step": step, "tokens": 100 * step, "seconds": 30.0 * step, **figures}


def evaluated(step: int, nll: float, bleu: float) -> dict[str, object]:
    return {"kind": "evaluated", "step": step, "seconds": 30.0 * step, "dev_nll": nll, "best": True,
            "scores": {"bleu": {"en-pt": bleu, "pt-en": bleu + 2}, "samples": []}}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log with a step told twice, a rollback, and a last line cut short."""
    records = [evaluated(0, 8.0, 0.0), progress(1, 7.0), progress(2, 9.0), progress(2, 6.0), evaluated(2, 6.5, 3.0)]
    records.append({"kind": "rolledback", "step": 3, "to": 2, "reason": "loss is nan", "rate_factor": 0.5})
    text = "\n".join(map(json.dumps, [*records, progress(4, 5.0)])) + '\n{"kind": "progress", "st'
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.jsonl").write_text(text, "utf-8")
    return tmp_path / "run"


def test_the_curves_of_a_log(folder: Path) -> None:
    found = read_curves(folder)
    loss = found.training["nll"]
    assert (loss.steps, loss.values, loss.tokens) == ([1, 2, 4], [7.0, 6.0, 5.0], [100, 200, 400])
    assert loss.minutes == [0.5, 1.0, 2.0]
    assert loss.smoothed() == [7.0, 6.0, 5.0]  # a straight line stays as it is, and does not lag
    assert Curve(values=[0.0, 0.0, 6.0, 0.0, 0.0]).smoothed(1) == [0.0, 2.0, 2.0, 2.0, 0.0]
    assert found.bleu["pt-en"].values == [2.0, 5.0]
    assert (found.dev_nll.values, found.dev_nll.tokens, found.events) == ([8.0, 6.5], [0, 200], [(3, "rolled back")])


def test_what_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_curves(tmp_path)
    (tmp_path / "log.jsonl").write_text("{\n", "utf-8")
    with pytest.raises(InputError, match="no record"):
        read_curves(tmp_path)


def test_pictures_of_one_run_and_of_two(run: CommandLine, folder: Path, tmp_path: Path) -> None:
    code, out, _ = run("train", "plot", str(folder))
    assert (code, "4 steps, best dev BLEU en-pt 3.0, pt-en 5.0" in out) == (0, True)
    assert (folder / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    svg = tmp_path / "both.svg"
    assert run("train", "plot", str(folder), str(folder), "--out", str(svg), "--against", "tokens")[0] == 0
    text = svg.read_text("utf-8")
    assert text.count(f"{folder} en-pt") == 2  # in the legend, by their folders: their names are alike
    assert "million tokens" in text
    first = svg.read_bytes()
    assert run("train", "plot", str(folder), str(folder), "--out", str(svg), "--against", "tokens")[0] == 2
    assert run("train", "plot", str(folder), str(folder), "--out", str(svg), "--against", "tokens", "--force")[0] == 0
    assert svg.read_bytes() == first


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "plot what?"),
        (["RUN", "--against", "hours"], "steps, tokens, minutes"),
        (["RUN", "--out", "a.gif"], ".svg"),
    ],
)
def test_mistakes_are_told(run: CommandLine, folder: Path, options: list[str], told: str) -> None:
    code, _, err = run("train", "plot", *[str(folder) if option == "RUN" else option for option in options])
    assert (code, told in err) == (2, True)


def test_without_resvg_it_says_what_to_install(run: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    code, _, err = run("train", "plot", str(folder))
    assert (code, "translator[png]" in err) == (2, True)


def test_sparklines_by_hand() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 0, 7, 7], 2) == "▁█"
    assert sparkline([3, 3, float("nan")], 9) == "▁▁"
    assert sparkline([], 9) == sparkline([1], 0) == ""


@given(st.lists(st.floats(-1e9, 1e9), max_size=50), st.integers(1, 30))
def test_sparklines_keep_their_width(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == min(len(values), width)


ATTENTION = AttentionMap("en-pt", ["<2pt>", "one", "boat", "</s>"], ["um", "barco", "</s>"], [[0.25] * 4] * 3, 2.0)


@pytest.mark.parametrize(("width", "height", "attention"), [(80, 24, True), (120, 40, True), (60, 12, False)])
def test_the_board_is_never_larger_than_the_terminal(width: int, height: int, attention: bool) -> None:
    config = TrainConfig(steps=9, device="cpu")
    board = Board(config, Speed(config, ModelConfig(400, 16, 2, 32, 1, 1), torch.float32))
    for step in range(1, 9):
        board.take(Progress(step, 5.0, 5.0 - step / 3, 0.4, 1.0, 900, 1234.0, 61.0, 62.0, 0.5))
        sharper = AttentionMap(**{**vars(ATTENTION), "entropy": 2.0 - step / 9})
        board.take(Evaluated(step, 60.0, 4.0, DevScores({"en-pt": step, "pt-en": 2.0}, attention=[sharper]), True))
    board.take(Saved(8, finished=False))
    out = io.StringIO()
    Console(file=out, width=width, height=height).print(board)
    lines = out.getvalue().splitlines()
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert ("barco" in text) == attention
    assert "of the peak" in text
    assert f"looking   {'█▇▆▅▄▃▂▁'}  1.11 bits a row" in text
    assert "dev BLEU  ▁▂▃▄▅▆▇█  en-pt 8.0  pt-en 2.0" in text


def test_tensorboard_gets_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in with the writer's interface: the real one is an extra of sixty megabytes."""
    told: list[tuple[object, ...]] = []

    class Writer:
        def __init__(self, *args: object, **named: object) -> None:
            told.append((*args, named["purge_step"]))

        def __enter__(self) -> Writer:
            return self

        def __exit__(self, *_: object) -> None:
            told.append(("closed",))

        def add_scalar(self, name: str, value: float, step: int) -> None:
            told.append((name, value, step))

        add_text = add_scalar

    module = type(sys)("torch.utils.tensorboard")
    vars(module)["SummaryWriter"] = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    with tensorboard_events(tmp_path, 4) as take:
        take(Progress(5, 5.0, 4.5, 0.4, 1.0, 900, 1234.0, 61.0, 62.0, 0.5))
        take(Evaluated(5, 60.0, 4.0, DevScores({"en-pt": 7.0}, attention=[ATTENTION]), True))
        take(Alarm(5, "lengths", "too short", "train longer"))
    assert told[0] == (str(tmp_path), 5)
    assert told[-1] == ("closed",)
    expected = [("train/nll", 4.5, 5), ("dev/bleu en-pt", 7.0, 5), ("dev/nll", 4.0, 5)]
    expected += [("dev/attention entropy en-pt", 2.0, 5)]
    assert set(expected) <= set(told)
    assert ("alarms", "too short", 5) in told


def test_without_tensorboard_it_says_what_to_install(
    run: CommandLine, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    options = ["--dev", str(corpus), "--out", str(tmp_path / "run"), "--steps", "1", "--vocab-size", "420"]
    code, _, err = run("train", str(corpus), *options, "--tensorboard")
    assert (code, "translator[tensorboard]" in err) == (2, True)
