"""``translator train``'s own parts under the benchmark: its batches, its trainer, its schedule, its defaults."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from training_speed import ideal

from peers.data import DIRECTIONS, Prepared, prepared
from peers.protocol import Round, Watch, serve
from translator.config import TrainConfig
from translator.corpus.batches import Batch, BatchStream, Corpus
from translator.model.transformer import Transformer
from translator.text.subwords import PAD
from translator.training.schedule import rate, share_done
from translator.training.trainer import Trainer, choose_precision, keep_freed_memory


class Source:
    """The stream's batches one after another, and the share of a pool's encoding that falls on each."""

    def __init__(self, data: Prepared) -> None:
        stream = BatchStream(
            [Corpus("speed", data.pairs)],
            data.subwords,
            DIRECTIONS,
            batch_tokens=data.batch_tokens,
            max_pieces=data.max_pieces,
            seed=data.seed,
        )
        self._batches = iter(stream)
        watch = Watch()
        self._first: Batch | None = next(self._batches)  # encodes the whole pool
        spent = watch.read()
        self.seconds, self.cpu_seconds = (value / stream.position.batches for value in spent)

    def next(self) -> tuple[Batch, Round]:
        """A batch, and the round it begins: its tokens counted, its encoding charged."""
        batch, self._first = self._first or next(self._batches), None
        target = int((batch.target_out != PAD).sum())
        padded = batch.source.numel() + batch.target_in.numel()
        return batch, Round(self.seconds, self.cpu_seconds, batch.tokens - target, target, padded, 1)


def main(folder: str, precision: str) -> None:
    data = prepared(Path(folder))
    keep_freed_memory()
    torch.manual_seed(1)
    config = TrainConfig(steps=data.steps)
    shape = data.shape(config.dropout)
    auto = choose_precision(config, shape, torch.device("cpu"))
    dtype = torch.float32 if precision == "float32" else torch.bfloat16
    trainer = Trainer(Transformer(shape), config, dtype)
    source = Source(data)
    seen: list[Batch] = []

    def step() -> Round:
        batch, counted = source.next()
        seen.append(batch)
        trainer.train_step([batch], rate(config, trainer.step, share_done(config, trainer.step, 0.0, 0.0)))
        return counted

    def after() -> dict[str, Any]:
        """The time of this round's matrix products alone, from every fourth batch."""
        some = seen[::4]
        scale = sum(b.source.numel() + b.target_in.numel() for b in seen) / sum(
            b.source.numel() + b.target_in.numel() for b in some
        )
        alone = [ideal(shape, batch, dtype) for batch in some]
        seen.clear()
        seconds = sum(i.seconds for i in alone)
        return {
            "ideal_seconds": scale * seconds,
            "ideal_cpu_seconds": scale * sum(i.cpu_seconds for i in alone),
            "flops": sum(i.operations for i in alone) / seconds,
        }

    serve(step, lambda: trainer.dev_nll(data.dev), after, auto=str(auto).removeprefix("torch."))


if __name__ == "__main__":
    main(*sys.argv[1:])
