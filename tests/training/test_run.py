"""A run folder: stopping changes nothing, to the last bit, and nothing is changed under a run unnoticed."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import PAIRS, STEPS, Told, everything, facts, opened, scores_nothing, until

from translator.config import TrainConfig
from translator.errors import CheckpointError, InputError, UsageError
from translator.model.transformer import Transformer
from translator.training.data import read_data
from translator.training.records import DevScores, Evaluated, Measuring, Progress, Saved
from translator.training.run import open_run


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accumulate": 2, "optimizer": "adamw"},
        {
            "subword_alpha": 0.2,
            "augment": 0.5,
            "typos": 0.3,
            "curriculum": "short-first",
            "ema": 0.0,
            "direction": "pt-en",
        },
        {"precision": "bfloat16"},
    ],
    ids=["plain", "accumulated", "sampled", "bfloat16"],
)
def test_stopping_and_going_on_changes_nothing(
    configure: Callable[..., TrainConfig], tmp_path: Path, options: dict[str, Any]
) -> None:
    whole = opened(configure(**options, out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())
    config = configure(**options)
    assert whole.loop.stream.position.epoch >= 1
    told: Told = []
    first = opened(config)
    for record in first.loop.run():
        told.append(record)
        first.loop.stop = isinstance(record, Progress) and record.step == 2
    assert told[-1] == Saved(2, finished=False)
    second = opened(config)
    assert second.resumed_at == 2
    told += until(second, 6)  # a crash: the last save was at step 4
    third = opened(config)
    assert third.resumed_at == 4
    told += third.loop.run()
    assert facts(told) == facts(expected)
    assert {step for kind, step in facts(told) if kind == "Progress"} == set(range(1, STEPS + 1))
    left, right = everything(third), everything(whole)
    assert left.keys() == right.keys()
    assert len([name for name in left if name.startswith("optimizer/")]) > 50
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


def test_what_a_run_tells_in_order(configure: Callable[..., TrainConfig]) -> None:
    run = opened(configure(steps=8))
    told = [(type(record).__name__[0], record.step) for record in run.loop.run() if not isinstance(record, Measuring)]
    steps = [("P", step) for step in range(9)]
    assert told == [*steps[1:5], ("E", 4), ("S", 4), *steps[5:9], ("E", 8), ("S", 8)]
    assert list(opened(configure(steps=8)).loop.run()) == [Saved(8, finished=True)]  # nothing left to do
    longer = opened(configure(steps=9, adam_lr=0.001))  # another budget or rate is the same run
    assert longer.resumed_at == 8
    assert [record.step for record in longer.loop.run()] == [9, 9, 9, 9]


def test_patience_with_a_model_that_gets_no_better(
    configure: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rates are nearly 0 and its scores fall: the second evaluation in a row without a better one ends the run."""
    falling = iter([6.0, 4.0, 3.0, 2.0, 1.0])

    def make(*_: object) -> Callable[[Transformer], DevScores]:
        return lambda _: DevScores({"en-pt": next(falling)})

    config = configure(eval_every=2, patience=2)
    run = open_run(config, read_data(config), make)
    for record in run.loop.run():
        if isinstance(record, Saved) and record.step == 4:
            break  # gone, and opened again: what it waited for is remembered
    run = open_run(config, read_data(config), make)
    assert run.loop.waited == 1
    records = list(run.loop.run())
    assert records[-1] == Saved(6, finished=True)
    assert [record.best for record in records if isinstance(record, Evaluated)] == [False]


def test_a_vocabulary_that_is_given(configure: Callable[..., TrainConfig], tmp_path: Path) -> None:
    first = opened(configure(out=str(tmp_path / "first")))
    path = tmp_path / "given.model"
    path.write_bytes(first.subwords.model)
    given = opened(configure(subwords=str(path), vocab_size=None, seed=9, workers=1))
    assert given.subwords.model == first.subwords.model
    assert given.shape.vocab_size == len(first.subwords)
    assert given.config.vocab_size is None
    for record in given.loop.run():
        given.loop.stop = isinstance(record, Progress)
    path.unlink()  # the run has its own
    assert opened(configure(subwords=str(path), vocab_size=None, seed=9)).resumed_at == 1
    with pytest.raises(CheckpointError, match=r"given\.model cannot be read"):
        opened(configure(subwords=str(path), vocab_size=None, out=str(tmp_path / "third")))
    with pytest.raises(UsageError, match="leave out --vocab-size"):
        configure(subwords=str(path))


def test_a_best_model_whose_run_is_gone_is_not_overwritten(
    configure: Callable[..., TrainConfig], tmp_path: Path
) -> None:
    list(opened(configure()).loop.run())
    shutil.rmtree(tmp_path / "run" / "last")
    best = tmp_path / "run" / "best" / "config.json"
    config = json.loads(best.read_text("utf-8"))
    config["info"]["step"] = 8
    best.write_text(json.dumps(config), "utf-8")
    with pytest.raises(UsageError, match=r"best holds the model of step 8 of a run whose state, .*last, is gone"):
        opened(configure())
    config["info"]["step"] = 0  # a first save cut short
    best.write_text(json.dumps(config), "utf-8")
    assert opened(configure()).resumed_at == 0


@pytest.fixture
def begun(configure: Callable[..., TrainConfig]) -> Callable[..., TrainConfig]:
    """A run stopped after its first step."""
    run = opened(configure())
    for record in run.loop.run():
        run.loop.stop = isinstance(record, Progress)
    return configure


def test_a_run_keeps_its_precision(begun: Callable[..., TrainConfig]) -> None:
    with pytest.raises(UsageError, match="holds a run in float32, and bfloat16 is asked for"):
        opened(begun(precision="bfloat16"))
    assert opened(begun(precision="auto")).precision == torch.float32


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dropout": 0.2}, "dropout was 0.1, now 0.2"),
        ({"seed": 2, "max_pieces": 64}, "max_pieces was 128, now 64; seed was 1, now 2"),
        ({"direction": "pt-en"}, "direction was 'both', now 'pt-en'"),
        ({"corpora": ("tests.tsv",)}, r"corpora was \['.*pairs\.tsv'\], now \['tests\.tsv'\]"),
        ({"subword_alpha": 0.1}, "subword_alpha was 0.0, now 0.1"),
        ({"optimizer": "adamw"}, "optimizer was 'muon', now 'adamw'"),
        ({"augment": 0.5}, "augment was 0.0, now 0.5"),
        ({"mix": {"pairs": 2.0}}, r"mix was {}, now {'pairs': 2\.0}"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_settings_that_may_not_change_under_a_run(
    begun: Callable[..., TrainConfig], options: dict[str, Any], told: str
) -> None:
    data = read_data(begun())
    with pytest.raises(UsageError, match=rf"holds a run with other settings: {told}$"):
        open_run(begun(**options), data, scores_nothing)


def test_text_that_may_not_change_under_a_run(begun: Callable[..., TrainConfig], tmp_path: Path) -> None:
    corpus = tmp_path / "pairs.tsv"
    before = corpus.read_text("utf-8")
    corpus.write_text(before.replace("tiny", "big"), "utf-8")
    with pytest.raises(UsageError, match=r"pairs\.tsv changed since the run in .*run began"):
        opened(begun())
    corpus.write_text(before, "utf-8")
    assert opened(begun()).resumed_at == 1
    state = tmp_path / "run" / "last" / "state.json"
    known = json.loads(state.read_text("utf-8"))
    known["digests"]["gone.tsv.json"] = "0"
    state.write_text(json.dumps(known), "utf-8")
    with pytest.raises(UsageError, match=r"^gone\.tsv\.json changed since the run in"):
        opened(begun())


def test_an_average_may_begin_later(configure: Callable[..., TrainConfig]) -> None:
    run = opened(configure(ema=0.0))
    for record in run.loop.run():
        run.loop.stop = isinstance(record, Progress)
    trainer = opened(configure(ema=0.9)).loop.trainer
    assert trainer.averaged is not trainer.model
    assert all(
        torch.equal(mean, weight)
        for mean, weight in zip(trainer.averaged.parameters(), trainer.model.parameters(), strict=True)
    )


def test_metrics_are_json_whatever_was_measured(
    configure: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = opened(configure(steps=1))
    monkeypatch.setattr(run.loop.trainer, "dev_nll", lambda _: math.nan)
    list(run.loop.run())

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"), parse_constant=refuse)
    assert metrics["last"]["dev_nll"] is None
    assert metrics["train_loss"] > 0


@pytest.mark.parametrize("name", ["moses", "moses.en", "moses.pt"])
def test_both_halves_of_a_moses_pair_are_watched(
    configure: Callable[..., TrainConfig], tmp_path: Path, name: str
) -> None:
    """Whichever of its three names a pair is given by."""
    for half, side in (("en", 0), ("pt", 1)):
        (tmp_path / f"moses.{half}").write_text("".join(f"{pair[side]}\n" for pair in PAIRS), "utf-8")
    config = configure(corpora=(str(tmp_path / name),), dev=str(tmp_path / name))
    run = opened(config)
    list(run.loop.run())
    assert set(run.data.digests) == {str(tmp_path / "moses.en"), str(tmp_path / "moses.pt")}
    dev = run.dev_digest
    changed = tmp_path / "moses.pt"
    changed.write_text(changed.read_text("utf-8").replace("0", "5"), "utf-8")
    with pytest.raises(UsageError, match=r"moses\.pt changed since the run in .*run began"):
        opened(config)
    assert opened(replace(config, out=str(tmp_path / "other"))).dev_digest not in (dev, None)


def test_a_damaged_state_is_named(begun: Callable[..., TrainConfig], tmp_path: Path) -> None:
    path = tmp_path / "run" / "last" / "state.safetensors"
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"state\.safetensors is damaged"):
        opened(begun())


@pytest.mark.parametrize("text", ["{}", "[]"])
def test_a_foreign_state_is_named(begun: Callable[..., TrainConfig], tmp_path: Path, text: str) -> None:
    """It has no hash of its own, as config.json has none."""
    (tmp_path / "run" / "last" / "state.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"state\.json"):
        opened(begun())


def test_a_run_whose_last_save_was_cut_short_goes_on(begun: Callable[..., TrainConfig], tmp_path: Path) -> None:
    """A crash between the two renames left the state beside its place; it must not begin anew."""
    (tmp_path / "run" / "last").rename(tmp_path / "run" / ".last.old")
    assert opened(begun()).resumed_at == 1


def test_data_without_which_there_is_no_run(configure: Callable[..., TrainConfig]) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"dev": "-"}, "a training does not read standard input"),
        ({"corpora": ("-",)}, "a training does not read standard input"),
        ({"mix": {"news": 2.0}}, "--mix names news, which is no corpus of this run"),
        ({"mix": {"pairs": 0.0}}, "the mix leaves no sentence to train on"),
    ]
    for options, told in refused:
        with pytest.raises(UsageError, match=told):
            read_data(configure(**options))


def test_a_temperature_evens_out_the_corpora(configure: Callable[..., TrainConfig], tmp_path: Path) -> None:
    """A corpus of 12 pairs beside one of 48: at T = 2 their shares are as 1 to 2, at T = 1 as 1 to 4."""
    large = tmp_path / "large.tsv"
    large.write_text("".join(f"{en} again {n}\t{pt} de novo {n}\n" for n in range(4) for en, pt in PAIRS), "utf-8")
    names = (str(tmp_path / "pairs.tsv"), str(large))
    for temperature, expected in ((1.0, [12, 48]), (2.0, [20, 40])):
        data = read_data(configure(corpora=names, mix_temperature=temperature))
        assert [c.weight * len(c.pairs) for c in data.corpora] == pytest.approx(expected)
