"""What a training survives: kills, signals, full disks. Here in one process."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from small_runs import STEPS, Configure, Told, everything, facts, logged, opened, same, until
from torch import Tensor

from translator.commands.train.view import training_view
from translator.config import TrainConfig
from translator.corpus.batches import Batch
from translator.errors import OutputError, UsageError
from translator.files import locked
from translator.model.transformer import Transformer
from translator.training import environment
from translator.training.data import read_data
from translator.training.log import RunLog
from translator.training.records import DevScores, Evaluated, Measuring, Saved
from translator.training.run import Run, open_run
from translator.training.trainer import Gradients

# Saves


def clocked(run: Run, monkeypatch: pytest.MonkeyPatch, *costs: float) -> Run:
    """``run``, with steps that take one second each and saves that take ``costs``, and nothing after those."""
    now, rest = [0.0], iter(costs)
    gradients, save = run.loop.trainer.gradients, run.loop.save
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def step(batches: list[Batch]) -> Gradients:
        now[0] += 1.0
        return gradients(batches)

    def slow_save(evaluated: Evaluated | None) -> None:
        now[0] += next(rest, 0.0)
        save(evaluated)

    monkeypatch.setattr(run.loop.trainer, "gradients", step)
    run.loop.save = slow_save
    return run


def test_saves_come_between_evaluations_and_change_nothing(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every two seconds; after a save that took a tenth of a second in five, as it may take a fiftieth of the time."""
    saved = []
    weights = []
    for minutes in (2 / 60, 0.0):
        config = configure(save_minutes=minutes, eval_every=100, steps=14, out=str(tmp_path / str(minutes)))
        run = clocked(opened(config), monkeypatch, 0.0, 0.1)
        saved.append([record.step for record in run.loop.run() if isinstance(record, Saved)])
        weights.append({name: tensor.clone() for name, tensor in everything(run).items()})
    assert saved == [[2, 4, 9, 11, 13, 14], [14]]
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())


def test_a_run_gone_on_with_between_two_evaluations(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = opened(configure(out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())
    weights = {name: tensor.clone() for name, tensor in everything(whole).items()}
    told: Told = list(until(clocked(opened(configure(save_minutes=2 / 60)), monkeypatch), 3))
    second = opened(configure())
    assert second.resumed_at == 2
    told += second.loop.run()
    assert facts(told) == facts(expected)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in everything(second).items())


@pytest.mark.parametrize("step", [4, STEPS])
def test_an_evaluation_broken_off_is_made_when_the_run_goes_on(configure: Configure, tmp_path: Path, step: int) -> None:
    whole = opened(configure(out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())

    def make_score(*_: object) -> Callable[[Transformer], DevScores]:
        def score(_: Transformer) -> DevScores:
            if first.loop.trainer.step == step:
                first.loop.ask_to_stop()
            return DevScores({"en-pt": 0.0})

        return score

    first = open_run(configure(), read_data(configure()), make_score)
    told: Told = list(first.loop.run())
    assert told[-1] == Saved(step, finished=False)
    assert ("Evaluated", step) not in facts(told)
    second = opened(configure())
    rest = list(second.loop.run())
    assert [type(record) for record in rest[:2]] == [Measuring, Evaluated]
    assert rest[1].step == step
    assert facts(told + rest) == facts(expected)
    assert same(second, whole)


# The log


def view(run: Run, records: Iterator[Any]) -> None:
    """Log as the command line does, on a console that nobody sees."""
    import io

    from rich.console import Console

    with training_view(run, Console(file=io.StringIO())) as show:
        for record in records:
            show(record)


def test_no_step_stands_twice_in_the_log(configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("translator.commands.train.view._LOG_EVERY", 1)
    first = opened(configure())
    view(first, until(first, 6))  # saved at 4
    with (tmp_path / "run" / "log.jsonl").open("a") as file:
        file.write('{"kind": "progress", "st')
    second = opened(configure())
    kept = [*[("progress", step) for step in range(1, 5)], ("evaluated", 4), ("saved", 4)]
    assert logged(second) == kept
    view(second, second.loop.run())
    whole = logged(second)
    assert len(whole) == len(set(whole))
    assert [step for kind, step in whole if kind == "progress"] == list(range(1, STEPS + 1))
    assert [step for kind, step in whole if kind == "evaluated"] == [4, 8, STEPS]
    third = opened(configure())  # nothing left to do
    view(third, third.loop.run())
    assert logged(third) == whole


def test_what_is_told_of_a_step_is_logged_before_the_step_is_saved(configure: Configure) -> None:
    """Killed in the save: the evaluation is in the log, and dropped; killed after it: it is there."""
    run = opened(configure())
    seen = []
    save = run.loop.save

    def watched(evaluated: Evaluated | None) -> None:
        seen.append(logged(run)[-1])
        save(evaluated)

    run.loop.save = watched
    view(run, run.loop.run())
    assert seen == [("evaluated", 4), ("evaluated", 8), ("evaluated", STEPS)]


def test_a_log_of_a_run_that_was_never_saved_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"kind": "evaluated", "step": 0}\n', "utf-8")
    log = RunLog(path, -1)
    log.write({"kind": "evaluated", "step": 0, "new": True})
    assert path.read_text("utf-8") == '{"kind": "evaluated", "step": 0, "new": true}\n'


def test_two_alarms_of_a_step_both_stay_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    told = "".join(json.dumps({"kind": "alarm", "step": 4, "sign": sign}) + "\n" for sign in ("lengths", "one answer"))
    path.write_text(told, "utf-8")
    log = RunLog(path, 4)
    for sign in ("one answer", "lengths", "source ignored"):  # the first two are there
        log.write({"kind": "alarm", "step": 4, "sign": sign})
    assert path.read_text("utf-8") == told + '{"kind": "alarm", "step": 4, "sign": "source ignored"}\n'


def test_a_full_disk_under_the_log_is_named(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    log = RunLog(tmp_path / "log.jsonl", -1)
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"log\.jsonl could not be written: No space left on device"):
        log.write({"kind": "progress", "step": 1})


# Disk and lock


def lock(folder: Path) -> AbstractContextManager[None]:
    return locked(folder / ".lock", f"{folder} is being trained", "give another --out")


def test_a_full_disk_keeps_the_last_good_state(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = opened(configure(out=str(tmp_path / "whole")))
    list(whole.loop.run())
    run = opened(configure())
    write, room = save_file, [3]  # files: two at step 4, the third does not fit

    def filling(tensors: dict[str, Tensor], path: Path) -> None:
        room[0] -= 1
        if room[0] <= 0:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(tensors, path)

    with monkeypatch.context() as patch:
        patch.setattr("translator.training.state.save_file", filling)
        with pytest.raises(OutputError, match=r"last could not be written: No space left on device") as caught:
            list(run.loop.run())
    assert caught.value.exit_code == 1
    assert "make room, and the same command goes on from there" in caught.value.hint
    again = opened(configure())
    assert again.resumed_at == 4
    list(again.loop.run())
    assert same(again, whole)


def test_what_killed_saves_left_is_cleared_away(configure: Configure, tmp_path: Path) -> None:
    run = opened(configure(keep=2))
    list(until(run, 9))
    folder = tmp_path / "run"
    shutil.copytree(folder / "last", folder / ".last.new-123")
    shutil.copytree(folder / "best", folder / ".best.old")
    (folder / "steps" / "0000004").rename(folder / "steps" / ".0000004.old")
    again = opened(configure(keep=2))
    assert again.resumed_at == 8
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"last", "best", "steps"}
    assert {path.name for path in (folder / "steps").iterdir()} == {"0000004", "0000008"}


def test_two_processes_never_train_in_one_folder(tmp_path: Path) -> None:
    with lock(tmp_path / "run"):
        with (
            pytest.raises(UsageError, match=rf"run is being trained by another process, pid {os.getpid()}$"),
            lock(tmp_path / "run"),
        ):
            pass
        with lock(tmp_path / "other"):
            pass
    with lock(tmp_path / "run"):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), lock(tmp_path / "file" / "run"):
        pass


def test_a_disk_too_full_for_the_lock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the process's number at the least, nothing fits."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to("/dev/full")
    monkeypatch.setattr("translator.files.take", lambda _: True)
    with pytest.raises(OutputError, match="run cannot be written"), lock(tmp_path / "run"):
        pass


# Runs of older versions


def test_a_run_of_an_older_version_goes_on(configure: Configure, tmp_path: Path) -> None:
    whole = opened(configure(out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())
    list(until(opened(configure()), 5))
    folder = tmp_path / "run"
    path = folder / "last" / "state.json"
    old = json.loads(path.read_text("utf-8"))
    for key in ("evaluated", "monitor", "largest", "metrics", "dev_sha256", "waited", "base_sha256"):
        del old[key]
    for key in ("accumulate", "optimizer", "typos", "curriculum", "mix_temperature", "base"):
        del old["fixed"][key]
    path.write_text(json.dumps(old), "utf-8")
    for name in ("last/good.safetensors", "environment.json", "metrics.json"):
        (folder / name).unlink()
    again = opened(configure())
    assert again.resumed_at == 4
    assert again.loop.monitor.good_step == 4
    rest = list(again.loop.run())
    assert facts(rest) == {key: value for key, value in facts(expected).items() if key[1] > 4}
    assert same(again, whole)


# Reproducible


def test_the_config_of_a_run_repeats_it(configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was left to choose is in it, and choosing left no trace."""
    import tomllib

    first = opened(configure(preset="auto", precision="auto", device="auto", threads=None, vocab_size=None, steps=5))
    list(first.loop.run())
    data = tomllib.loads((tmp_path / "run" / "config.toml").read_text("utf-8"))
    assert data["preset"] == "tiny"
    assert data["vocab_size"] == 2000
    assert data["precision"] in ("float32", "bfloat16")
    assert data["device"] in ("cpu", "cuda")
    assert data["threads"] == 1
    second = opened(TrainConfig.from_dict(data | {"out": str(tmp_path / "other")}))
    list(second.loop.run())
    assert same(first, second)


def test_what_a_run_ran_on_is_written_down(configure: Configure, tmp_path: Path) -> None:
    run = opened(configure())
    list(until(run, 5))
    assert run.notes == []
    path = tmp_path / "run" / "environment.json"
    before = json.loads(path.read_text("utf-8"))
    corpus = str(tmp_path / "pairs.tsv")
    assert before["corpora"] == run.data.digests
    assert set(before["corpora"]) == {corpus}
    (session,) = before["sessions"]
    assert session["step"] == 0
    assert session["torch"] == torch.__version__
    assert session["threads"] == 1
    assert all(session[key] for key in ("python", "numpy", "sentencepiece", "platform", "command", "started"))
    assert opened(configure()).notes == []
    assert json.loads(path.read_text("utf-8")) == before  # nothing new, nothing written
    honest = environment._version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "_version", lambda name: "9.9" if name == "torch" else honest(name))
        again = opened(configure())
    assert again.notes == [f"torch was {torch.__version__}, now 9.9"]
    after = json.loads(path.read_text("utf-8"))["sessions"]
    assert after[0] == session
    assert (after[1]["torch"], after[1]["step"]) == ("9.9", 4)


def test_the_metrics_of_a_run(configure: Configure, tmp_path: Path) -> None:
    scores = iter([7.0, 3.0, 5.0])

    def make_score(*_: object) -> Callable[[Transformer], DevScores]:
        return lambda _: DevScores({"en-pt": next(scores)})

    list(until(open_run(configure(), read_data(configure()), make_score), 6))
    run = open_run(configure(), read_data(configure()), make_score)
    list(run.loop.run())
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))
    assert (metrics["step"], metrics["finished"]) == (STEPS, True)
    assert (metrics["best"]["step"], metrics["best"]["dev_bleu"]) == (4, {"en-pt": 7.0})
    assert (metrics["last"]["step"], metrics["last"]["dev_bleu"]) == (STEPS, {"en-pt": 5.0})
    assert metrics["tokens"] == run.loop.tokens
    assert metrics["train_loss"] > 0


def test_another_dev_text_begins_to_compare_anew(configure: Configure, tmp_path: Path) -> None:
    text = (tmp_path / "pairs.tsv").read_text("utf-8")
    dev = tmp_path / "dev.tsv"
    dev.write_text(text, "utf-8")
    first = opened(configure(dev=str(dev)))
    list(until(first, 5))
    assert first.loop.best is not None
    dev.write_text("".join(text.splitlines(keepends=True)[:3]), "utf-8")
    again = opened(configure(dev=str(dev)))
    assert again.loop.best is None
    assert again.notes == [f"{dev} changed: scores from here on do not compare with those before"]
