"""A run folder: what a training reads, where it stands, and how it goes on.

config.toml        the settings in force, with all that was left to choose
environment.json   versions, machine, command, SHA-256 of the corpora
log.jsonl          a record a line: progress, evaluations
metrics.json       how far it is and how good
steps/             the latest evaluated models, where they are asked for, to be averaged
best/              the checkpoint with the best dev BLEU (averaged weights, 16 bits)
last/              the state to go on from: a checkpoint (float32), state.json, state.safetensors, and
                   good.safetensors, the weights to go back to if training diverges

Vocabulary, shape and first weights are learned and drawn anew, or taken from a base, a model that is there: fine-tuning
goes on from its weights with optimisers of its own. Only dropout, which adds no weight, may differ, and the vocabulary
gets one more piece if the run has back-translated text to mark.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w
import torch
from torch import Tensor

from translator.config import PRESETS, Direction, ModelConfig, TrainConfig, preset_for, vocab_size_for
from translator.corpus.batches import BatchStream
from translator.corpus.pairs import Pair
from translator.errors import UsageError
from translator.files import model_folder, write_file
from translator.model.checkpoint import Checkpoint, load_checkpoint
from translator.model.folder import SUBWORDS
from translator.model.transformer import Transformer
from translator.search.native import cores
from translator.text.subwords import TAGS, Subwords
from translator.training.alarms import byte_share
from translator.training.data import Data, dev_batches, sample_lines
from translator.training.distributed import ALONE, World
from translator.training.environment import record_environment
from translator.training.log import RunLog
from translator.training.loop import TrainingLoop
from translator.training.records import DevScores
from translator.training.state import Run, check_same, read_state
from translator.training.trainer import Trainer, choose_precision

__all__ = ["Run", "complete_config", "open_run"]

ScoreMaker = Callable[[Sequence[Pair], Subwords, Sequence[Direction], int], Callable[[Transformer], DevScores]]


def complete_config(config: TrainConfig, pairs: int) -> TrainConfig:
    """Choose by the size of the corpus what the settings leave open: preset, vocabulary, budget.

    A fine-tuning has the shape and vocabulary of its base, and makes a few passes over a corpus that is small, one
    over another.
    """
    small = preset_for(pairs) == "tiny"
    chosen: dict[str, Any] = {}
    if not config.base and config.preset == "auto":
        chosen["preset"] = preset_for(pairs)
    if not config.base and config.vocab_size is None and not config.subwords:
        chosen["vocab_size"] = vocab_size_for(pairs)
    if config.steps is config.epochs is config.minutes is None:
        if config.base:
            chosen["epochs"] = 2.0 if small else 1.0
        else:
            chosen |= {"steps": 1500} if small else {"epochs": 10.0}
    return replace(config, **chosen)


def open_run(config: TrainConfig, data: Data, make_score: ScoreMaker, world: World = ALONE) -> Run:
    """Start a run in ``config.out``, or go on with the one that is there; in ``world``, the leading process writes.

    Raises ``UsageError`` when the folder holds a run with other data or another model, ``OutputError`` when it
    cannot be written.
    """
    world.check_same_text(data.digests)
    config = complete_config(config, data.pairs)
    folder = Path(config.out)
    device = _prepare(config, world)
    state = world.agree(read_state(folder) if world.leads else None)
    base = read_base(config)
    if state is not None:
        check_same(config, data, base, state, folder)
    last = folder / "last" if state else None
    subwords = Subwords(world.agree(_subwords(config, data, base, last).model if world.leads else b""))
    shape = _shape(config, base, len(subwords))
    precision = world.agree(getattr(torch, state["precision"]) if state else choose_precision(config, shape, device))
    torch.manual_seed(config.seed)  # only now: choosing a precision draws numbers
    model = Transformer(shape)
    if base is not None:
        model.load_state_dict(base_weights(base, len(subwords)))
    loop = TrainingLoop(
        Trainer(model.to(device), config, precision, world),
        _stream(config, data, subwords, _workers(config, device, world)),
        dev_batches(config, data, subwords, shape),
        make_score(data.dev, subwords, config.directions, config.eval_sentences),
        save=lambda evaluated: run.save(evaluated) if world.leads else None,
    )
    loop.alarms.byte_share = byte_share(subwords, [side for pair in data.dev for side in pair])
    log = RunLog(folder / "log.jsonl" if world.leads else Path(os.devnull), state["step"] if state else -1)
    run = Run(config, folder, data, base, shape, subwords, loop, precision, log)
    if state is not None:
        run.restore(state)
    if world.leads:
        _write_down(run, device)
    else:  # dropout must not be the same everywhere
        torch.manual_seed(config.seed + 1_000_003 * world.rank + run.resumed_at)
    return run


def read_base(config: TrainConfig) -> Checkpoint | None:
    """The model a run starts from, if it has one.

    Raises ``CheckpointError`` when there is no such model, ``UsageError`` when it cannot be trained as ``config`` says.
    """
    if not config.base:
        return None
    base = load_checkpoint(model_folder(config.base))
    out = Path(config.out).resolve()
    if out in (base.path.resolve(), base.path.resolve().parent):
        raise UsageError(f"{config.out} holds the model to start from", "give a new run folder with --out")
    if unknown := [direction for direction in config.directions if direction not in base.directions]:
        raise UsageError(
            f"{config.base} was not trained for {', '.join(unknown)}", f"add --direction {base.directions[0]}"
        )
    if config.max_pieces > base.shape.max_length:
        raise UsageError(
            f"max_pieces is {config.max_pieces}; {config.base} reads {base.shape.max_length} pieces at most",
            "lower max_pieces",
        )
    return base


def base_weights(base: Checkpoint, vocab_size: int) -> dict[str, Tensor]:
    """The weights of ``base``, float32, with a row for each piece of a vocabulary that may have one more.

    The row of ``<bt>`` begins at the mean of the two direction tags, which are read but never predicted either.
    """
    weights = base.model.state_dict()
    rows = weights["embedding.weight"]  # (V, D)
    if len(rows) < vocab_size:
        weights["embedding.weight"] = torch.cat([rows, rows[list(TAGS.values())].mean(0, keepdim=True)])
    return weights


def _subwords(config: TrainConfig, data: Data, base: Checkpoint | None, last: Path | None) -> Subwords:
    """The vocabulary; ``last`` is the folder of the run's state where it goes on, whose subwords are its own."""
    if last is not None:
        return Subwords.load(last / SUBWORDS)
    if base is not None:
        subwords = base.subwords
    elif config.subwords:
        subwords = Subwords.load(Path(config.subwords))
    else:
        lines = sample_lines(config, data)
        subwords = Subwords.train(lines, config.vocab_size or 8000, threads=torch.get_num_threads())
    marked = any(corpus.machine_side for corpus in data.corpora)
    return subwords.with_back_translated() if marked else subwords


def _shape(config: TrainConfig, base: Checkpoint | None, vocab_size: int) -> ModelConfig:
    """The shape of the model to train."""
    if base is not None:
        return replace(base.shape, vocab_size=vocab_size, dropout=config.dropout)
    longest = max(256, 2 * config.max_pieces)
    return ModelConfig(vocab_size, dropout=config.dropout, max_length=longest, **PRESETS[config.preset])


def _stream(config: TrainConfig, data: Data, subwords: Subwords, workers: int) -> BatchStream:
    return BatchStream(
        data.corpora,
        subwords,
        config.directions,
        batch_tokens=config.batch_tokens,
        max_pieces=config.max_pieces,
        alpha=config.subword_alpha,
        augment=config.augment,
        slots=config.slots if subwords.slots else 0.0,
        copies=config.copies,
        typos=config.typos,
        short_first=config.curriculum == "short-first",
        seed=config.seed,
        workers=workers,
    )


def _write_down(run: Run, device: torch.device) -> None:
    """The settings with all that ``auto`` came to, and what the run runs on. Raises ``OutputError``."""
    resolved = replace(
        run.config,
        precision="float32" if run.precision == torch.float32 else "bfloat16",
        device="cuda" if device.type == "cuda" else "cpu",
        threads=torch.get_num_threads(),
    )
    write_file(run.folder / "config.toml", tomli_w.dumps(resolved.to_dict()))
    digests = run.data.digests | ({run.config.dev: run.dev_digest} if run.dev_digest else {})
    run.notes += record_environment(run.folder / "environment.json", device.type, run.resumed_at, digests)


def _prepare(config: TrainConfig, world: World) -> torch.device:
    """Where to train; with settings of torch that hold for the whole process.

    Beside a GPU one thread is enough for what is left to the CPU; several would wait for cores that the processes have
    which prepare batches (16 cores, H200: 0.74 million tokens a second with 16 threads, 1.7 million with one).
    cuDNN's attention is compiled anew for each shape, and nearly every batch has its own: 410 ms a step.
    Raises ``UsageError`` if a GPU is asked for and there is none.
    """
    on_gpu = config.device != "cpu" and torch.cuda.is_available()
    if config.device == "cuda" and not on_gpu:
        raise UsageError("device is cuda, but torch finds no GPU here", "use --device cpu")
    torch.set_num_threads(config.threads or (1 if on_gpu else torch.get_num_threads()))
    if not on_gpu:
        return torch.device("cpu")
    torch.backends.cuda.enable_cudnn_sdp(False)
    return torch.device("cuda", world.local_rank) if world.size > 1 else torch.device("cuda")


def _workers(config: TrainConfig, device: torch.device, world: World) -> int:
    """Processes beside each that trains: beside a GPU, its share of the cores but one, 12 at most, which an H200 was
    fed with."""
    if config.workers is not None or device.type != "cuda":
        return config.workers or 0
    return max(1, min(12, cores() // world.local_size - 1))
