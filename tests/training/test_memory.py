"""Too little memory: a batch is computed in parts with the same gradient, and what is still too large is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_runs import Configure, Told, facts, opened, same, until
from torch import Tensor

from translator.config import TrainConfig
from translator.corpus.batches import Batch, Example, collate, split
from translator.errors import TranslatorError
from translator.model.transformer import Transformer
from translator.training.records import BatchSplit
from translator.training.trainer import Trainer

ROWS = [Example([3, *range(10, 10 + n), 2], [*range(30, 30 + n), 2]) for n in (3, 5, 5, 7, 7)]


def test_a_batch_splits_along_its_sentences() -> None:
    batch = collate(ROWS)
    assert batch.size == 5 * (9 + 8)
    parts = split(batch, 40)
    assert [len(part.source) for part in parts] == [2, 1, 2]
    assert sum(part.tokens for part in parts) == batch.tokens
    assert torch.equal(torch.cat([part.target_in for part in parts]), batch.target_in)
    assert split(batch, 85) == [batch]
    assert [len(part.source) for part in split(batch, 1)] == [1] * 5


def crowded(monkeypatch: pytest.MonkeyPatch, size: int, error: Exception) -> list[int]:
    """Training on more than ``size`` tokens at once finds no memory, after it left half a gradient behind."""
    honest, sizes = Trainer._loss, list[int]()

    def loss(self: Trainer, model: Transformer, batch: Batch) -> tuple[Tensor, Tensor]:
        sizes.append(batch.size)
        value, nll = honest(self, model, batch)
        if batch.size > size and model.training:
            value.backward()  # type: ignore[no-untyped-call]
            raise error
        return value, nll

    monkeypatch.setattr(Trainer, "_loss", loss)
    return sizes


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    MemoryError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_a_batch_too_large_gives_the_same_gradient_in_parts(
    model: Transformer, monkeypatch: pytest.MonkeyPatch, error: Exception, precision: torch.dtype
) -> None:
    config = TrainConfig(clip=1e9)
    trainers = []
    for _ in range(2):
        copy = Transformer(model.config)
        copy.load_state_dict(model.state_dict())
        for part in copy.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        trainers.append(Trainer(copy, config, precision))
    batches = [collate(ROWS[:2]), collate(ROWS)]
    expected = trainers[0].gradients(batches).read()
    sizes = crowded(monkeypatch, 20, error)
    found = trainers[1].gradients(batches).read()
    assert trainers[1].largest == 17  # 85 did not fit; neither did two sentences of 17, under its half
    assert sizes[-7:] == [13, 13, 17, 17, 17, 17, 17]
    assert found.tokens == expected.tokens
    close = 1e-5 if precision == torch.float32 else 0.03
    assert found.loss == pytest.approx(expected.loss, rel=close)
    assert found.gradient_norm == pytest.approx(expected.gradient_norm, rel=close)
    for (name, ours), theirs in zip(trainers[1].model.named_parameters(), trainers[0].model.parameters(), strict=True):
        assert ours.grad is not None, name
        assert theirs.grad is not None, name
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=close, atol=close * expected.gradient_norm)


def test_finding_out_that_memory_is_short_leaves_no_trace(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropout, which is on, draws as if the batch had been split from the start."""
    crowded(monkeypatch, 20, ERRORS[0])
    gradients = []
    for known in (None, 17):
        copy = Transformer(model.config)
        copy.load_state_dict(model.state_dict())
        trainer = Trainer(copy, TrainConfig())
        trainer.largest = known
        torch.manual_seed(5)
        trainer.gradients([collate(ROWS)])
        gradients.append([parameter.grad for parameter in copy.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


def test_too_little_memory_is_told_once_and_remembered(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded(monkeypatch, 150, ERRORS[0])
    whole = opened(configure(out=str(tmp_path / "whole")))
    expected = list(whole.loop.run())
    splits = [record for record in expected if isinstance(record, BatchSplit)]
    assert len(splits) == 1
    assert splits[0].size <= 150
    told: Told = list(until(opened(configure()), 6))
    again = opened(configure())
    assert again.loop.trainer.largest == splits[0].size
    told += again.loop.run()
    assert facts(told) == facts(expected)
    assert same(again, whole)


def test_a_sentence_too_large_for_the_memory_is_an_error(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    crowded(monkeypatch, 1, ERRORS[0])
    with pytest.raises(TranslatorError, match=r"one sentence of \d+ tokens .* too large for the memory") as caught:
        list(opened(configure()).loop.run())
    assert caught.value.exit_code == 1


def test_too_little_memory_for_an_evaluation_is_an_error(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(configure())

    def full(_: object) -> float:
        raise ERRORS[0]

    monkeypatch.setattr(run.loop.trainer, "dev_nll", full)
    with pytest.raises(TranslatorError, match="the evaluation at step 4 is too large for the memory") as caught:
        list(run.loop.run())
    assert caught.value.exit_code == 1


def test_dev_is_measured_in_parts_that_fit(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(model, TrainConfig())
    sizes = crowded(monkeypatch, 20, ERRORS[0])
    batches = [collate(ROWS[:2]), collate(ROWS)]
    whole = trainer.dev_nll(batches)
    assert sizes == [batch.size for batch in batches]
    sizes.clear()
    trainer.largest = 17
    assert trainer.dev_nll(batches) == pytest.approx(whole, rel=1e-6)
    assert max(sizes) == 17


def test_another_error_is_not_taken_for_too_little_memory(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded(monkeypatch, 1, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(opened(configure()).loop.run())
