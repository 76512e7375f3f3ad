"""Which mixture of a fine-tuned model and its base is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from small_runs import Configure

from translator.corpus.pairs import Pair
from translator.evaluation import adaptation
from translator.evaluation.adaptation import Scores, adapt
from translator.model.checkpoint import load_checkpoint
from translator.training.data import read_data
from translator.training.records import DevScores
from translator.training.run import base_weights, open_run


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({0.0: 10.0, 0.4: 12.0, 0.7: 15.0, 1.0: 14.0}, 0.7),  # neither the lowest nor the last
        ({0.0: 10.0, 0.4: 12.0, 0.7: 12.0, 1.0: 11.0}, 0.7),  # of equals more of the fine-tuned
        ({0.0: 10.0, 0.4: 9.0, 0.7: 8.0, 1.0: 7.0}, 0.4),
    ],
)
def test_the_best_mixture_is_kept(
    configure: Configure, trained: Any, monkeypatch: pytest.MonkeyPatch, scores: dict[float, float], expected: float
) -> None:
    """``measure`` is told by the mixture it is given: how far it lies from the base."""
    config = configure(base=str(trained), vocab_size=None, steps=1, ema=0.0)
    rising = iter([1.0, 2.0])  # so that the best model is the one trained
    run = open_run(config, read_data(config), lambda *_: lambda _: DevScores({"en-pt": next(rising)}))
    list(run.loop.run())
    assert run.base is not None
    start = base_weights(run.base, run.shape.vocab_size)
    tuned = load_checkpoint(run.folder / "best").model.state_dict()
    kept: list[dict[str, torch.Tensor]] = []

    def measure(_: object, weights: dict[str, torch.Tensor], __: Mapping[str, Sequence[Pair]]) -> Scores:
        moved = weights["embedding.weight"] - start["embedding.weight"]
        share = float(moved.abs().sum() / (tuned["embedding.weight"] - start["embedding.weight"]).abs().sum())
        value = scores[min(scores, key=lambda one: abs(one - share))]
        return {("domain", "en-pt"): value, ("domain", "pt-en"): value}

    monkeypatch.setattr(adaptation, "measure", measure)
    monkeypatch.setattr(adaptation, "_write", lambda _, __, weights, ___: kept.append(weights))
    found = adapt(run, shares=(0.4, 0.7, 1.0))
    assert found.share == expected
    assert [change.after for change in found.changes] == [scores[expected]] * 2
    assert [change.before for change in found.changes] == [10.0] * 2
    blended = start["embedding.weight"].lerp(tuned["embedding.weight"], expected)
    assert torch.allclose(kept[0]["embedding.weight"], blended)
