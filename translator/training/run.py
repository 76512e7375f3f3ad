"""A run folder: what a training reads, where it stands, and how it goes on.

config.toml        the settings in force, with all that was left to choose
environment.json   versions, machine, command, SHA-256 of the corpora
log.jsonl          a record a line: progress, evaluations
metrics.json       how far it is and how good
steps/             the latest evaluated models, where they are asked for, to be averaged
best/              the checkpoint with the best dev BLEU (averaged weights, 16 bits)
last/              the state to go on from: a checkpoint (float32), state.json, state.safetensors, and
                   good.safetensors, the weights to go back to if training diverges
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import tomli_w
import torch

from translator.config import Direction, TrainConfig, preset_for, vocab_size_for
from translator.corpus.batches import BatchStream
from translator.corpus.pairs import Pair
from translator.errors import OutputError, UsageError
from translator.files import write_file
from translator.model.folder import WEIGHTS
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.alarms import byte_share
from translator.training.data import Data, dev_batches, file_digests
from translator.training.distributed import ALONE, World
from translator.training.environment import record_environment
from translator.training.log import RunLog, SilentLog
from translator.training.loop import TrainingLoop
from translator.training.opened import Run
from translator.training.records import DevScores
from translator.training.start import find_start, read_base
from translator.training.state import check_same, read_state, restore, save
from translator.training.trainer import Trainer, choose_precision

__all__ = ["Run", "complete_config", "open_run"]

ScoreMaker = Callable[[Sequence[Pair], Subwords, Sequence[Direction], int], Callable[[Transformer], DevScores]]


def complete_config(config: TrainConfig, pairs: int) -> TrainConfig:
    """Choose by the size of the corpus what the settings leave open: preset, vocabulary, budget."""
    if config.base:
        return _complete_fine_tuning(config, pairs)
    small_corpus = preset_for(pairs) == "tiny"
    if config.preset == "auto":
        config = replace(config, preset="tiny" if small_corpus else "small")
    if config.vocab_size is None and not config.subwords:
        config = replace(config, vocab_size=vocab_size_for(pairs))
    if config.steps is config.epochs is config.minutes is None:
        config = replace(config, steps=1500) if small_corpus else replace(config, epochs=10.0)
    return config


def _complete_fine_tuning(config: TrainConfig, pairs: int) -> TrainConfig:
    """Shape and vocabulary are the base's; the budget is a few passes over a corpus that is small, one over another."""
    if config.steps is config.epochs is config.minutes is None:
        config = replace(config, epochs=2.0 if preset_for(pairs) == "tiny" else 1.0)
    return config


def open_run(config: TrainConfig, data: Data, make_score: ScoreMaker, world: World = ALONE) -> Run:
    """Start a run in ``config.out``, or go on with the one that is there; in ``world``, the leading process writes.

    Raises ``UsageError`` when the folder holds a run with other data or another model, ``OutputError`` when it
    cannot be written.
    """
    world.check_same_text(data.digests)
    config = complete_config(config, data.pairs)
    folder = Path(config.out)
    if world.leads:
        _claim(folder)  # an unwritable folder is found out before the work begins
    device = _device(config, world)
    _prepare(device, config)
    state = world.agree(read_state(folder) if world.leads else None)
    if state is None and world.leads:
        _check_no_other(folder)
    base = read_base(config)
    base_digest = base.hashes[WEIGHTS] if base else None
    if state is not None:
        check_same(config, data, base_digest, state, folder)
    start = find_start(config, data, base, folder / "last" if state else None, world)
    subwords, shape = start.subwords, start.shape
    precision = world.agree(getattr(torch, state["precision"]) if state else choose_precision(config, shape, device))
    stream = BatchStream(
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
        workers=_workers(config, device, world),
    )
    torch.manual_seed(config.seed)  # only now: choosing a precision draws numbers
    loop = TrainingLoop(
        Trainer(start.make_model().to(device), config, precision, world),
        stream,
        dev_batches(config, data, subwords, shape),
        make_score(data.dev, subwords, config.directions, config.eval_sentences),
        save=lambda evaluated: save(run, evaluated) if world.leads else None,
    )
    loop.alarms.byte_share = byte_share(subwords, [side for pair in data.dev for side in pair])
    log = RunLog(folder / "log.jsonl", state["step"] if state else -1) if world.leads else SilentLog()
    run = Run(config, folder, start, loop, data, precision, log, _dev_digest(config))
    if state is not None:
        restore(run, state)
    if world.leads:
        _write_down(run, device)
    else:  # dropout must not be the same everywhere
        torch.manual_seed(config.seed + 1_000_003 * world.rank + run.resumed_at)
    return run


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


def _dev_digest(config: TrainConfig) -> str | None:
    """SHA-256 of the dev file; of a Moses pair, of the two halves' digests."""
    if not config.dev:
        return None
    digests = list(file_digests(Path(config.dev)).values())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _device(config: TrainConfig, world: World) -> torch.device:
    """Where to train. Raises ``UsageError`` if a GPU is asked for and there is none."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device is cuda, but torch finds no GPU here", "use --device cpu")
    if config.device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", world.local_rank) if world.size > 1 else torch.device("cuda")


def _check_no_other(folder: Path) -> None:
    """Raises ``UsageError`` where a run in ``folder`` would begin anew over the best model of one whose state is gone.

    Only a first save cut short leaves a model alone, that of step 0.
    """
    try:
        step = json.loads((folder / "best" / "config.json").read_text("utf-8"))["info"].get("step")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    if step:
        raise UsageError(
            f"{folder / 'best'} holds the model of step {step:,} of a run whose state, {folder / 'last'}, is gone",
            f"give another --out; --from {folder} goes on from its weights",
        )


def _prepare(device: torch.device, config: TrainConfig) -> None:
    """Settings of torch that hold for the whole process.

    Beside a GPU one thread is enough for what is left to the CPU; several would wait for cores that the processes have
    which prepare batches (16 cores, H200: 0.74 million tokens a second with 16 threads, 1.7 million with one).
    cuDNN's attention is compiled anew for each shape, and nearly every batch has its own: 410 ms a step.
    """
    torch.set_num_threads(config.threads or (1 if device.type == "cuda" else torch.get_num_threads()))
    if device.type == "cuda":
        torch.backends.cuda.enable_cudnn_sdp(False)


def _workers(config: TrainConfig, device: torch.device, world: World) -> int:
    """Processes beside each that trains: beside a GPU, its share of the cores but one, 12 at most, which an H200 was
    fed with."""
    if config.workers is not None:
        return config.workers
    if device.type != "cuda":
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(12, cores // world.local_size - 1))


def _claim(folder: Path) -> None:
    """Make the run folder and see that a file can be written there. Raises ``OutputError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}", "choose another --out") from error
