"""Losses that are no numbers or leap up: training goes back, with half the rates, and says so."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from small_runs import STEPS, Configure, Told, everything, facts, opened, same
from torch import Tensor

from translator.commands.train.view import training_view
from translator.corpus.batches import Batch
from translator.errors import TranslatorError
from translator.model.transformer import Transformer
from translator.training import monitor
from translator.training.monitor import Monitor
from translator.training.records import Progress, RolledBack
from translator.training.schedule import rate
from translator.training.trainer import Trainer


def test_which_losses_are_a_spike() -> None:
    """After losses of 3.0 ± 0.1 the deviation is 0.148, so a spike is over 3 + 8 × 0.15 (5 % of the median)."""
    seen = Monitor(vocabulary=8000)
    assert seen.limit() == pytest.approx(2 * math.log(8000))
    for step in range(100):
        assert seen.look((2.9, 3.0, 3.1)[step % 3], 1.0) == ""
    assert seen.limit() == pytest.approx(3 + 8 * 0.15)
    for _ in range(monitor.SUSTAINED - 1):
        assert seen.look(4.3, 1.0) == ""
    assert seen.look(4.1, 1.0) == ""  # it was only a bad patch
    assert seen.streak == 0
    for _ in range(monitor.SUSTAINED - 1):
        assert seen.look(4.3, 1.0) == ""
        assert not seen.to_keep(1000)
    assert seen.look(4.4, 1.0) == "the loss was above 4.20 for 8 steps, and is 4.4 now"
    assert Monitor(**json.loads(json.dumps(asdict(seen)))) == seen
    seen.went_back(200)
    assert (seen.streak, seen.rate_factor, seen.rollbacks, max(seen.recent)) == (0, 0.5, 1, 4.3)
    assert not seen.to_keep(299)
    assert seen.to_keep(300)


@pytest.mark.parametrize(
    ("loss", "norm", "told"),
    [(math.nan, 1.0, "the loss is no longer a number"), (2.0, math.inf, "the gradient is no longer a number")],
)
def test_what_is_no_number_is_told_at_once(loss: float, norm: float, told: str) -> None:
    assert Monitor(vocabulary=100).look(loss, norm) == told


def poison(monkeypatch: pytest.MonkeyPatch, *steps: int) -> None:
    """The losses of these attempts are no numbers."""
    honest = Trainer._loss

    def loss(self: Trainer, model: Transformer, batch: Batch) -> tuple[Tensor, Tensor]:
        value, nll = honest(self, model, batch)
        return (value * math.nan if model.training and self.step + 1 in steps else value), nll

    monkeypatch.setattr(Trainer, "_loss", loss)


def test_a_batch_that_gives_no_number_takes_the_run_back(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "KEEP_EVERY", 3)
    poison(monkeypatch, 6)
    run = opened(configure())
    weights: dict[int, dict[str, Tensor]] = {}
    told: Told = []
    for record in run.loop.run():
        told.append(record)
        weights[record.step] = {name: tensor.clone() for name, tensor in everything(run).items()}
    assert [r for r in told if isinstance(r, RolledBack)] == [RolledBack(6, 3, "the loss is no longer a number", 0.5)]
    for name, tensor in weights[3].items():
        if name != "rng":
            assert torch.equal(weights[6][name], tensor), name
    after = next(record for record in told if isinstance(record, Progress) and record.step == 7)
    assert after.learning_rate == rate(run.config, 6, 6 / STEPS) / 2
    assert all(math.isfinite(float(tensor.double().sum())) for tensor in everything(run).values())
    assert [record.step for record in told if isinstance(record, Progress)] == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("stops", [(6, 7), (4, 5), (5, 6), (3, 9)], ids=str)
def test_a_run_that_went_back_is_still_exact(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: tuple[int, int]
) -> None:
    """Saved at the first step and killed after the second, around the step that goes wrong."""
    monkeypatch.setattr(monitor, "KEEP_EVERY", 3)
    poison(monkeypatch, 6, 9)
    whole = opened(configure(out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())
    assert len([record for record in expected if isinstance(record, RolledBack)]) == 2
    told: Told = []
    first = opened(configure())
    for record in first.loop.run():
        told.append(record)
        first.loop.stop = isinstance(record, Progress | RolledBack) and record.step == stops[0]
    second = opened(configure())
    for record in second.loop.run():
        told.append(record)
        if isinstance(record, Progress | RolledBack) and record.step == stops[1]:
            break
    third = opened(configure())
    assert third.resumed_at in (stops[0], 4, 8)
    told += third.loop.run()
    assert facts(told) == facts(expected)
    assert same(third, whole)
    assert third.loop.monitor == whole.loop.monitor


def test_a_learning_rate_of_a_thousand_is_given_up(configure: Configure) -> None:
    run = opened(configure(muon_lr=1000.0, adam_lr=1000.0, steps=400, warmup_steps=0, eval_every=1000))
    told: Told = []
    with pytest.raises(TranslatorError, match=r"training diverges: at step \d+ the loss .* halved 5 times") as caught:
        list(map(told.append, run.loop.run()))
    assert caught.value.exit_code == 1
    assert [r.rate_factor for r in told if isinstance(r, RolledBack)] == [0.5**n for n in range(1, 6)]
    assert {r.to for r in told if isinstance(r, RolledBack)} == {0}


def test_going_back_is_said_and_logged(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from rich.console import Console

    poison(monkeypatch, 6)
    run = opened(configure())
    out = io.StringIO()
    with training_view(run, Console(file=out, width=300)) as show:
        for record in run.loop.run():
            show(record)
    told = (
        "step 6  the loss is no longer a number: back to the weights of step 0, on with other sentences and 0.5 times"
    )
    assert told in out.getvalue()
    records = [json.loads(line) for line in (run.folder / "log.jsonl").read_text("utf-8").splitlines()]
    expected = {
        "kind": "rolledback",
        "step": 6,
        "to": 0,
        "reason": "the loss is no longer a number",
        "rate_factor": 0.5,
    }
    assert [record for record in records if record["kind"] == "rolledback"] == [expected]
