"""A training that can be watched: early figures, early evaluations, curves that neither lag nor lose their past."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from rich.console import Console
from rich.status import Status
from small_runs import Configure, opened, until

from translator.commands.train.view import Board, PlainLines, Speed, evenly, recent_mean, training_view
from translator.config import ModelConfig, TrainConfig
from translator.training.log import history
from translator.training.records import DevScores, Evaluated, Measuring, Progress, Sample
from translator.training.schedule import evaluation_due

CommandLine = Callable[..., tuple[int, str, str]]
SHAPE = ModelConfig(400, 16, 2, 32, 1, 1)


def step_done(step: int, nll: float = 4.5, speed: float = 1234.0) -> Progress:
    return Progress(step, nll + 0.5, nll, 0.4, 1.0, 900 * step, speed, 61.0, 62.0, 0.5)


def board_for(config: TrainConfig) -> Board:
    return Board(config, Speed(config, SHAPE, torch.float32))


def drawn(board: Board, width: int = 100, height: int = 40) -> str:
    out = io.StringIO()
    Console(file=out, width=width, height=height).print(board)
    return out.getvalue()


@pytest.mark.parametrize(
    ("every", "missed", "expected"),
    [
        (500, None, [50, 100, 200, 400, 500, 1000]),
        (100, None, [50, *range(100, 1201, 100)]),
        (4, None, list(range(4, 1201, 4))),
        (500, 20, [20, 50, 100, 200, 400, 500, 1000]),  # after the first minute the run stood at step 20
        (500, 30, [30, 100, 200, 400, 500, 1000]),  # 50 would have come too soon after it
    ],
)
def test_evaluations_come_early_and_then_at_growing_distances(
    every: int, missed: int | None, expected: list[int]
) -> None:
    last = None
    for step in range(1, 1201):
        if step == missed or evaluation_due(step, every, last):
            last = step
            assert step == expected.pop(0)
    assert not expected


def test_the_first_evaluation_comes_after_a_minute_at_the_latest(configure: Configure) -> None:
    run = opened(configure(eval_every=100))
    run.loop.seconds = 60.0
    kinds = [(type(record).__name__, record.step) for record in run.loop.run()]
    assert kinds[:4] == [("Progress", 1), ("Measuring", 1), ("Evaluated", 1), ("Saved", 1)]
    assert [kind for kind in kinds if kind[0] == "Evaluated"] == [("Evaluated", 1), ("Evaluated", 11)]


def test_a_model_drawn_at_random_is_not_measured_and_its_first_step_comes_first(configure: Configure) -> None:
    assert isinstance(next(iter(opened(configure()).loop.run())), Progress)


def test_the_loss_shown_does_not_lag_behind() -> None:
    """After 100 steps of falling from 9 to 4 it is that of the last steps; an average over all would say 6.5."""
    losses = [9 - step / 20 for step in range(101)]
    assert recent_mean(losses) == pytest.approx(sum(losses[-20:]) / 20)
    assert recent_mean([8.0, 7.0, 6.0]) == 6.0
    board = board_for(TrainConfig(steps=101, device="cpu"))
    for step, loss in enumerate(losses, start=1):
        board.take(step_done(step, loss))
    assert "  4.475" in drawn(board)


def test_a_curve_has_each_step_in_its_place() -> None:
    """Steps 1 to 40 by every 20th from a log, and all from there: half of the curve is older than step 21."""
    steps = [1, 20, *range(21, 41)]
    assert evenly(steps, [float(step) for step in steps], 2) == [10.5, 30.5]
    assert evenly([7], [3.0], 5) == [3.0]


def test_the_losses_of_a_long_run_are_thinned_out_from_the_old_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("translator.commands.train.view._MOST", 20)
    board = board_for(TrainConfig(steps=101, device="cpu"))
    for step in range(1, 101):
        board.take(step_done(step, float(step)))
    assert len(board._losses) == len(board._steps) <= 21
    assert board._losses == [float(step) for step in board._steps] == sorted(board._losses)
    assert board._steps[-9:] == list(range(92, 101))


def test_no_share_of_the_machine_is_above_all_of_it() -> None:
    board = board_for(TrainConfig(steps=9, device="cpu"))
    board.take(step_done(1, speed=1e12))
    assert "1,000,000,000,000 tokens/s (100% of the peak)" in drawn(board)
    board.take(step_done(2, speed=5e11))  # what was seen once is the peak from then on
    assert "(50% of the peak)" in drawn(board)


def test_before_the_first_step_and_while_measuring_something_moves() -> None:
    board = board_for(TrainConfig(steps=9, device="cpu"))
    assert "first step … 0:00" in drawn(board)
    board.take(Measuring(0, 2.345))
    assert "measuring: dev loss about 2.345, now translating … 0:00" in drawn(board)
    board.take(step_done(1))
    assert "measuring" not in drawn(board)
    assert "1:02 left" in drawn(board)


def test_the_past_of_a_run_is_there_when_it_goes_on(configure: Configure, tmp_path: Path) -> None:
    first = opened(configure(eval_every=4))
    with training_view(first, Console(file=io.StringIO())) as take:
        for record in until(first, 6):
            take(record)
    second = opened(configure(eval_every=4))
    told = history(tmp_path / "run" / "log.jsonl")
    assert [record.step for record in told if isinstance(record, Progress)] == [1, 2, 3, 4]
    assert [record.step for record in told if isinstance(record, Evaluated)] == [4]
    board = Board(second.config, Speed(second.config, second.shape, second.precision))
    board.recall(told)
    text = drawn(board)
    losses = [record.nll for record in told if isinstance(record, Progress)]
    assert f"  {losses[-1]:.3f}" in text
    assert "first step …" in text  # of this part of the run
    assert "dev BLEU" in text


def test_a_log_of_the_release_before_has_a_past_too(tmp_path: Path) -> None:
    attention = '{"direction": "en-pt", "source": ["a"], "target": ["b"], "weights": [[1.0]], "entropy": 0.0}'
    scores = f'{{"bleu": {{"en-pt": 3.0}}, "samples": [], "gaze": [{attention}]}}'
    line = f'{{"kind": "evaluated", "step": 5, "seconds": 1.0, "dev_nll": 4.0, "scores": {scores}, "best": true}}'
    (tmp_path / "log.jsonl").write_text(f'{line}\n{{"kind": "saved", "step": 5}}\n{{"kind": "prog', "utf-8")
    (record,) = history(tmp_path / "log.jsonl")
    assert isinstance(record, Evaluated)
    assert record.scores.attention[0].source == ["a"]
    assert history(tmp_path / "none.jsonl") == []


def test_plain_lines_come_at_once_and_then_more_and_more_seldom() -> None:
    now, out = [100.0], io.StringIO()
    speed = Speed(TrainConfig(device="cpu"), SHAPE, torch.float32)
    lines = PlainLines(Console(file=out, width=200), speed, lambda: now[0])
    told = []
    for second in range(600):
        now[0] = 100.0 + second
        before = len(out.getvalue())
        lines.take(step_done(second + 1))
        if len(out.getvalue()) > before:
            told.append(second)
    gaps = [b - a for a, b in pairwise(told)]
    assert "of the peak) rate" in out.getvalue()
    assert told[:3] == [0, 2, 5]
    assert gaps == sorted(gaps)
    assert max(gaps) <= 121
    assert len(told) < 16
    scores = DevScores({"en-pt": 7.0}, [Sample("en-pt", "bee", "abelha", "abelha")])
    lines.take(Evaluated(600, 600.0, 4.0, scores, True))  # whatever the time
    assert "BLEU en-pt 7.0" in out.getvalue()
    assert "→ abelha" in out.getvalue()


def test_a_terminal_of_another_size_is_drawn_anew(configure: Configure) -> None:
    run = opened(configure())
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=30)
    with training_view(run, console) as take:
        take(step_done(1))
        take(Evaluated(1, 1.0, 4.0, DevScores({"en-pt": 7.0}), True))
        assert "\x1b[2J" not in out.getvalue()
        console.size = (60, 20)
        out.truncate(out.seek(0))
        take(step_done(2))
        text = out.getvalue()
    cleared = text[text.index("\x1b[2J") :]
    assert "run folder" in cleared  # what was told is told again
    assert cleared.count("BLEU en-pt 7.0") == 1


def test_a_corpus_alone_holds_out_a_dev_set_and_says_so(run: CommandLine, tmp_path: Path) -> None:
    corpus = tmp_path / "mine.tsv"
    corpus.write_text("".join(f"{n} boats\t{n} barcos\n" for n in range(100, 140)), "utf-8")
    options = ["--out", str(tmp_path / "run"), "--steps", "1", "--vocab-size", "400", "--threads", "1"]
    code, out, err = run("train", str(corpus), *options, columns=120)
    assert code == 0, err
    assert "held out of mine, 4 pairs, which are not trained on (--dev FILE names others)" in out
    assert "mine 36 pairs" in out
    code, _, err = run("train", str(corpus), *options, "--dev", str(corpus))
    assert (code, "pairs held out changed since the run" in err) == (2, True), err


def test_it_says_at_once_what_it_is_loading(run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, said = Console.status, list[object]()

    def status(console: Console, told: str) -> Status:
        said.append(told)
        return honest(console, told)

    monkeypatch.setattr(Console, "status", status)
    code, _, err = run("train", str(tmp_path / "none.tsv"), "--out", str(tmp_path / "run"))
    assert (code, "no such file" in err, said) == (2, True, ["loading torch …"])


def test_old_names_of_settings_are_taken_with_a_note(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text("rehearse = 0.25\n", "utf-8")
    none = str(tmp_path / "none.tsv")
    for argv in (["--general", none], ["--config", str(tmp_path / "old.toml")], ["--set", "rehearse=0.25"]):
        code, _, err = run("train", none, "--from", "en-pt", *argv)
        assert code == 2
        assert "no such file" in err
        assert ("note: general is called retain" if "--general" in argv else "note: rehearse is called replay") in err
    assert TrainConfig.from_dict({"base": "en-pt", "rehearse": 0.25}).replay == 0.25
    assert TrainConfig.from_dict({"base": "en-pt", "rehearse": 0.25, "replay": 0.5}).replay == 0.5
