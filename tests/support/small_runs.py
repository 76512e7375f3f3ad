"""Training runs small enough for a test: twelve pairs, a model of a few thousand weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import torch
from examples import SENTENCES
from torch import Tensor

from translator.config import TrainConfig
from translator.model.transformer import Transformer
from translator.training.data import read_data
from translator.training.records import DevScores, Evaluated, Progress, Record, RolledBack
from translator.training.run import Run, open_run

SMALL = {"d_model": 34, "heads": 2, "feed_forward": 53, "encoder_layers": 2, "decoder_layers": 1}
Configure = Callable[..., TrainConfig]
PAIRS = [(f"{en} {n}", f"{pt} {n}") for n in range(3) for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)]
STEPS = 11


Told = list[Record]


def scores_nothing(*_: object) -> Callable[[Transformer], DevScores]:
    return lambda _: DevScores({"en-pt": 0.0})


def opened(config: TrainConfig) -> Run:
    return open_run(config, read_data(config), scores_nothing)


def until(run: Run, step: int) -> Iterator[Record]:
    """The records of ``run`` up to the progress of ``step``, then it is gone: nothing is saved."""
    for record in run.loop.run():
        yield record
        if isinstance(record, Progress) and record.step == step:
            return


def facts(records: Sequence[Record]) -> dict[tuple[str, int], tuple[float, ...]]:
    """What must not depend on stopping, by kind and step; times are left out."""
    found: dict[tuple[str, int], tuple[float, ...]] = {}
    now: tuple[float, ...]
    for record in records:
        if isinstance(record, Progress):
            now = (record.loss, record.nll, record.gradient_norm, record.learning_rate, record.tokens, record.epoch)
        elif isinstance(record, Evaluated):
            now = (record.dev_nll, float(record.best))
        elif isinstance(record, RolledBack):
            now = (record.to, record.rate_factor)
        else:
            continue
        key = (type(record).__name__, record.step)
        assert found.setdefault(key, now) == now, "a step done twice must be done alike"
    return found


def everything(run: Run) -> dict[str, Tensor]:
    return run.loop.trainer.tensors() | run.loop.trainer.model.state_dict()


def same(left: Run, right: Run) -> bool:
    a, b = everything(left), everything(right)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def logged(run: Run) -> list[tuple[str, int]]:
    records = [json.loads(line) for line in (run.folder / "log.jsonl").read_text("utf-8").splitlines()]
    return [(record["kind"], record["step"]) for record in records]
