"""Training: it learns, and its rates, averages and means are what the formulas say."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from translator.config import ModelConfig, SearchConfig, TrainConfig
from translator.corpus.batches import BatchStream, Corpus, Example, collate
from translator.corpus.pairs import Pair
from translator.model.transformer import Transformer
from translator.search.search import search_texts
from translator.search.torch_engine import TorchScorer
from translator.text.subwords import PAD, Subwords
from translator.training.run import complete_config
from translator.training.schedule import rate, share_done
from translator.training.trainer import Trainer


def test_it_learns_to_reverse_digits() -> None:
    """Strings of two to five digits; what it is asked is nothing it has seen."""
    draw = random.Random(4)
    texts = sorted({"".join(draw.choices("0123456789", k=draw.randint(2, 5))) for _ in range(2600)})
    draw.shuffle(texts)
    unseen, seen = texts[:60], texts[60:]
    subwords = Subwords.train(seen, 300)
    config = TrainConfig(steps=200, warmup_steps=10, dropout=0.0, label_smoothing=0.0, ema=0.9)
    torch.manual_seed(3)
    shape = ModelConfig(len(subwords), 32, 4, 64, encoder_layers=1, decoder_layers=1, dropout=0.0, max_length=16)
    trainer = Trainer(Transformer(shape), config)
    pairs = [Pair(text, text[::-1]) for text in seen]
    stream = BatchStream([Corpus("digits", pairs)], subwords, ["en-pt"], batch_tokens=1000, max_pieces=16)
    for step, batch in zip(range(200), stream, strict=False):
        trainer.train_step([batch], rate(config, step, step / 200))
    found = search_texts(TorchScorer(trainer.averaged), subwords, unseen, "en-pt", SearchConfig(beam=1))
    assert sum(text == told[::-1] for text, told in zip(unseen, found, strict=True)) >= 54


def test_the_rate_by_hand() -> None:
    config = TrainConfig(warmup_steps=4, decay=0.5)
    assert [rate(config, step, 0.0) for step in range(7)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])
    assert [rate(config, 50, done) for done in (0.3, 0.5, 0.75, 0.9, 1.0)] == pytest.approx([1, 1, 0.5, 0.2, 0])
    assert rate(config, 1, 0.75) == pytest.approx(0.4 * 0.5)  # a budget shorter than the warm-up
    assert rate(replace(config, decay=0.0), 50, 1.0) == 1
    assert [rate(replace(config, decay=1.0), 50, done) for done in (0.0, 0.25, 1.0)] == [1, 0.75, 0]
    assert rate(replace(config, warmup_steps=0), 0, 0.0) == 1
    opened = TrainConfig(steps=200)  # the warm-up is left open: over after a tenth of the steps, not after 100
    assert [rate(opened, step, step / 200) for step in (0, 10, 20)] == pytest.approx([1 / 101, 0.5, 1])
    assert rate(replace(opened, steps=5000), 50, 0.01) == pytest.approx(51 / 101)
    assert rate(TrainConfig(), 50, 0.0) == pytest.approx(51 / 101)


def test_the_other_schedules_by_hand() -> None:
    cosine = TrainConfig(schedule="cosine", warmup_steps=3)
    assert [rate(cosine, 50, done) for done in (0.0, 1 / 3, 0.5, 1.0)] == pytest.approx([1, 0.75, 0.5, 0])
    assert rate(cosine, 1, 0.5) == pytest.approx(0.25)
    assert rate(replace(cosine, warmup_steps=None), 20, 0.1) == pytest.approx(0.5 * (1 + math.cos(math.pi / 10)))
    root = TrainConfig(schedule="inverse-sqrt", warmup_steps=3)
    assert [rate(root, step, 0.9) for step in (0, 1, 3, 15, 99)] == pytest.approx([0.25, 0.5, 1, 0.5, 0.2])


def test_the_share_done_by_hand() -> None:
    assert share_done(TrainConfig(steps=8), 2, 9e9, 9.0) == 0.25
    assert share_done(TrainConfig(minutes=2.0), 99, 30.0, 9.0) == 0.25
    assert share_done(TrainConfig(epochs=4.0), 99, 9e9, 1.0) == 0.25
    assert share_done(TrainConfig(steps=8), 12, 0.0, 0.0) == 1
    assert share_done(TrainConfig(), 99, 9e9, 99.0) == 0


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (4_999, {"preset": "tiny", "vocab_size": 2000, "steps": 1500}),
        (5_000, {"preset": "tiny", "vocab_size": 4000, "steps": 1500}),
        (20_000, {"preset": "small", "vocab_size": 8000, "epochs": 10.0}),
    ],
)
def test_what_is_left_open_goes_by_the_size_of_the_corpus(pairs: int, expected: dict[str, Any]) -> None:
    assert complete_config(TrainConfig(), pairs).to_dict() == TrainConfig().to_dict() | expected
    given = TrainConfig(preset="base", vocab_size=500, minutes=1.0)
    assert complete_config(given, pairs) == given


def small_trainer(config: TrainConfig) -> Trainer:
    torch.manual_seed(5)
    return Trainer(Transformer(ModelConfig(50, 14, 2, 17, 1, 1, dropout=0.0, max_length=16)), config)


LONG = [Example([5, 9, 12, 33, 3], [8, 9, 10, 11, 3]), Example([5, 9, 3], [8, 3])]
SHORT = [Example([4, 41, 3], [44, 3])]


def test_the_average_by_hand() -> None:
    """Its decay is (1 + step) / (10 + step) at first, so that early steps are soon forgotten."""
    trainer = small_trainer(TrainConfig(ema=0.21))
    start = trainer.model.embedding.weight.detach().clone()
    trainer.train_step([collate(LONG)], 1.0)
    first = trainer.model.embedding.weight.detach().clone()
    expected = 2 / 11 * start + 9 / 11 * first
    assert torch.allclose(trainer.averaged.embedding.weight, expected, atol=1e-6)
    assert float((first - start).abs().max()) > 1e-4
    trainer.train_step([collate(SHORT)], 1.0)  # 3 / 12 is over 0.21
    expected = 0.21 * expected + 0.79 * trainer.model.embedding.weight.detach()
    assert torch.allclose(trainer.averaged.embedding.weight, expected, atol=1e-6)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_batches_added_up_are_one_large_batch(precision: torch.dtype) -> None:
    """Nine target tokens in batches of seven and two; the mean of the two means would be another number."""
    trainers = [small_trainer(TrainConfig(optimizer="adamw", adam_lr=0.1, clip=1e9)) for _ in range(2)]
    trainers = [Trainer(trainer.model, trainer.config, precision) for trainer in trainers]
    apart = trainers[0].train_step([collate(LONG), collate(SHORT)], 1.0)
    whole = trainers[1].train_step([collate([*LONG, *SHORT])], 1.0)
    close = 1e-5 if precision == torch.float32 else 2e-2
    assert apart.tokens == whole.tokens
    found, expected = ((r.loss, r.nll, r.gradient_norm) for r in (apart, whole))
    assert found == pytest.approx(expected, rel=close)
    mean = sum(trainers[0].dev_nll([collate(e)]) for e in (LONG, SHORT)) / 2
    assert abs(mean - trainers[0].dev_nll([collate(LONG), collate(SHORT)])) > 1e-4


def test_adamw_alone_moves_every_weight() -> None:
    trainer = small_trainer(TrainConfig(optimizer="adamw"))
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    trainer.train_step([collate(LONG)], 1.0)
    after = trainer.model.state_dict()
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    assert not any("momentum_buffer" in name for name in trainer.tensors())
    assert any("momentum_buffer" in name for name in muon_tensors())


def muon_tensors() -> dict[str, torch.Tensor]:
    trainer = small_trainer(TrainConfig())
    trainer.train_step([collate(LONG)], 1.0)
    return trainer.tensors()


def test_no_rate_no_move() -> None:
    trainer = small_trainer(TrainConfig(ema=0.0))
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    result = trainer.train_step([collate(LONG)], 0.0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in trainer.model.state_dict().items())
    assert (result.tokens, trainer.averaged is trainer.model) == (15, True)
    assert result.gradient_norm > 0


def test_dev_nll_is_the_mean_over_tokens_not_over_batches() -> None:
    trainer = small_trainer(TrainConfig())
    batches = [collate(LONG), collate(SHORT)]
    total = tokens = 0.0
    with torch.no_grad():
        for batch in batches:
            model = trainer.averaged
            log_p = model.logits(model.decode(batch.target_in, model.encode(batch.source, batch.source_mask)).hidden)
            picked = log_p.log_softmax(dim=-1).gather(2, batch.target_out[..., None])[..., 0]
            total -= float(picked[batch.target_out != PAD].sum())
            tokens += float((batch.target_out != PAD).sum())
    assert tokens == 9
    assert trainer.dev_nll(batches) == pytest.approx(total / tokens, rel=1e-5)
