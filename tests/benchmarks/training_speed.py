"""How fast ``small`` trains, and how close that is to the machine's matrix product.

    python tests/benchmarks/training_speed.py [--batch-tokens 4096] [--corpus FILE.tsv.gz]

Prints real tokens a second (source + target, padding not counted) of whole steps: both passes, clipping, Muon, AdamW,
the average. The peak is measured in the same run at the model's own shapes: each distinct product of a training step
(forward, and the two of its backward pass) is timed alone, and the step's time, were it nothing but these products,
is the bar. Rounds of peak and training take turns, and medians are printed, because these machines are noisy.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from translator.config import PRESETS, ModelConfig, TrainConfig
from translator.corpus.batches import Batch, BatchStream, Corpus
from translator.corpus.pairs import read_pairs
from translator.files import corpus_file
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.trainer import Trainer, keep_freed_memory


def products(shape: ModelConfig, source: int, target: int) -> list[tuple[int, int, int, int]]:
    """(rows, in, out, times) of every matrix product of a forward pass over so many tokens."""
    D, F, V = shape.d_model, shape.feed_forward, shape.vocab_size
    encoder, decoder = shape.encoder_layers, shape.decoder_layers
    return [
        (source, D, D, 4 * encoder + 2 * decoder),  # self-attention; keys and values of the memory
        (source, D, F, encoder),
        (source, F, D, encoder),
        (target, D, D, 6 * decoder),  # self-attention; queries and output of cross-attention
        (target, D, F, decoder),
        (target, F, D, decoder),
        (target, D, V, 1),
    ]


class Ideal(NamedTuple):
    """What a step's matrix products alone take, forward and backward."""

    seconds: float
    cpu_seconds: float  # of all threads
    operations: float  # floating-point


def seconds_of(work: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Median seconds of ``work``, and median CPU seconds."""
    work()
    times, cpu = [], []
    for _ in range(repeats):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - cpu_begin)
    return statistics.median(times), statistics.median(cpu)


def ideal(shape: ModelConfig, batch: Batch, dtype: torch.dtype) -> Ideal:
    """Time a step's matrix products at the shapes of ``batch``."""
    seconds = cpu_seconds = operations = 0.0
    for rows, width_in, width_out, times in products(shape, batch.source.numel(), batch.target_in.numel()):
        x, w = torch.randn(rows, width_in).to(dtype), torch.randn(width_out, width_in).to(dtype)
        g = torch.randn(rows, width_out).to(dtype)
        for left, right in ((x, w.t()), (g, w), (g.t(), x)):  # forward, gradient of the input, of the weights
            took, cpu = seconds_of(partial(torch.matmul, left, right))
            seconds += times * took
            cpu_seconds += times * cpu
        operations += times * 6 * rows * width_in * width_out
    return Ideal(seconds, cpu_seconds, operations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--corpus", type=Path, help="parallel file; the project's own if not given")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    keep_freed_memory()
    pairs = list(read_pairs(options.corpus or corpus_file("train")))[:100_000]
    subwords = Subwords.train([text for pair in pairs for text in pair], 8000)
    shape = ModelConfig(vocab_size=8000, dropout=0.0, **PRESETS["small"])
    stream = BatchStream(
        [Corpus("speed", pairs)], subwords, ("en-pt", "pt-en"), batch_tokens=options.batch_tokens, max_pieces=128
    )
    batches = [batch for batch, _ in zip(stream, range(8 * options.rounds), strict=False)]
    print(f"{len(pairs):,} pairs, {torch.get_num_threads()} threads, batches of {options.batch_tokens} tokens")
    for dtype in (torch.float32, torch.bfloat16):
        trainer = Trainer(Transformer(shape), TrainConfig(dropout=0.0), dtype)
        trainer.train_step([batches[0]], 0.01)
        speeds, shares, peaks = [], [], []
        for turn in range(options.rounds):
            part = batches[8 * turn : 8 * turn + 8]
            alone = [ideal(shape, batch, dtype) for batch in part[::4]]
            scale = sum(batch.source.numel() + batch.target_in.numel() for batch in part) / sum(
                batch.source.numel() + batch.target_in.numel() for batch in part[::4]
            )
            begin = time.perf_counter()
            tokens = sum(trainer.train_step([batch], 0.01).tokens for batch in part)
            seconds = time.perf_counter() - begin
            speeds.append(tokens / seconds)
            shares.append(scale * sum(i.seconds for i in alone) / seconds)
            peaks.append(sum(i.operations for i in alone) / sum(i.seconds for i in alone) / 1e9)
        print(
            f"{str(dtype).removeprefix('torch.'):>8}: {statistics.median(speeds):,.0f} tokens/s, "
            f"{statistics.median(shares):.0%} of the matrix product's {statistics.median(peaks):.0f} GFLOP/s "
            f"(rounds: {', '.join(f'{share:.0%}' for share in shares)})"
        )


if __name__ == "__main__":
    main()
