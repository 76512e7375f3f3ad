"""Where a run stands: written as a whole or not at all, read back to the last bit.

What is told of a step goes to the log before that step is saved, so what is in the log up to the step saved is all
there was. A state of an older version lacks some keys; each has a value that means "as it was then".
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from translator.config import TrainConfig
from translator.corpus.batches import Position
from translator.errors import InputError, OutputError, UsageError
from translator.files import sweep, write_file
from translator.model.checkpoint import load_checkpoint, load_tensors, save_checkpoint
from translator.model.folder import WEIGHTS, check_file
from translator.training.data import Data
from translator.training.monitor import Monitor
from translator.training.opened import Run
from translator.training.records import Evaluated

STATE, GOOD = "state.safetensors", "good.safetensors"

# What a run may not change between two parts of it: a model of another shape or data is another run.
_FIXED = (
    "corpora",
    "base",
    "replay",
    "direction",
    "preset",
    "vocab_size",
    "subwords",
    "mix",
    "max_pieces",
    "batch_tokens",
    "accumulate",
    "optimizer",
    "dropout",
    "subword_alpha",
    "augment",
    "slots",
    "copies",
    "typos",
    "curriculum",
    "mix_temperature",
    "seed",
)

# What state.json has held from the first version on.
_NEEDED = frozenset(["step", "seconds", "tokens", "best", "position", "left_out", "precision", "fixed", "digests"])


def save(run: Run, evaluated: Evaluated | None) -> None:
    """Write ``last``, and ``best`` if ``evaluated`` says so. Raises ``OutputError``; what was saved before is kept."""
    run.log.sync()
    loop, trainer = run.loop, run.loop.trainer
    info: dict[str, Any] = {
        "directions": list(run.config.directions),
        "step": trainer.step,
        "training_minutes": round(loop.seconds / 60, 1),
        "tokens_seen": loop.tokens,
        **run.start.facts(run.config),
    }
    if evaluated is not None:
        info["dev_bleu_greedy"] = {key: round(value, 2) for key, value in evaluated.scores.bleu.items()}
        _measure(run, evaluated)
    try:
        if evaluated is not None and run.config.keep:
            _keep(run, info)
        if evaluated is not None and evaluated.best:
            averaged = trainer.averaged.state_dict()
            save_checkpoint(run.folder / "best", averaged, run.shape, run.subwords, info)
        save_checkpoint(
            run.folder / "last",
            trainer.model.state_dict(),
            run.shape,
            run.subwords,
            info,
            dtype=torch.float32,
            extra=_writer(run),
        )
    except OutputError as error:
        hint = "what was saved before is kept: make room, and the same command goes on from there"
        raise OutputError(error.message, hint) from error
    write_file(run.folder / "metrics.json", json.dumps(_finite(_metrics(run)), indent=2, allow_nan=False) + "\n")


def _keep(run: Run, info: dict[str, Any]) -> None:
    """Keep the model of this step, as the optimisers have it, in RUN/steps; of the earlier ones only the latest."""
    steps = run.folder / "steps"
    weights = run.loop.trainer.model.state_dict()
    save_checkpoint(steps / f"{run.loop.trainer.step:07}", weights, run.shape, run.subwords, info)
    for old in sorted(steps.glob("[0-9]*"))[: -run.config.keep]:
        shutil.rmtree(old)


def _writer(run: Run) -> Callable[[Path], None]:
    loop = run.loop
    state = {
        "step": loop.trainer.step,
        "seconds": loop.seconds,
        "tokens": loop.tokens,
        "best": loop.best,
        "waited": loop.waited,
        "evaluated": loop.evaluated,
        "monitor": loop.monitor.to_dict(),
        "largest": loop.trainer.largest,
        "metrics": run.metrics,
        "position": asdict(loop.stream.position),
        "left_out": loop.stream.left_out,
        "precision": str(run.precision).removeprefix("torch."),
        "fixed": _fixed(run.config),
        "base_sha256": run.start.base.hashes[WEIGHTS] if run.start.base else None,
        "digests": run.data.digests,
        "dev_sha256": run.dev_digest,
    }

    def write(place: Path) -> None:
        _save_tensors(loop.trainer.tensors(), place / STATE)
        _save_tensors(loop.good or {}, place / GOOD)
        (place / "state.json").write_text(json.dumps(state, indent=2) + "\n", "utf-8")

    return write


def _save_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, path)


def _measure(run: Run, evaluated: Evaluated) -> None:
    bleu = {direction: round(value, 2) for direction, value in evaluated.scores.bleu.items()}
    found = {
        "step": evaluated.step,
        "minutes": round(evaluated.seconds / 60, 2),
        "dev_bleu": bleu,
        "dev_nll": evaluated.dev_nll,
    }
    run.metrics = {"best": found if evaluated.best else run.metrics.get("best"), "last": found}


def _metrics(run: Run) -> dict[str, Any]:
    """How far the run is and how good, for people and scripts."""
    loop = run.loop
    recent = loop.monitor.recent
    return {
        "step": loop.trainer.step,
        "finished": loop.finished,
        "minutes": round(loop.seconds / 60, 2),
        "tokens": loop.tokens,
        "epochs": round(loop.stream.epochs_done(), 4),
        "train_loss": sum(recent) / len(recent) if recent else None,  # label-smoothed, over the last steps
        "rate_factor": loop.monitor.rate_factor,
        **run.metrics,
    }


def _finite(value: Any) -> Any:
    """``value`` with ``None`` for what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def restore(run: Run, state: dict[str, Any]) -> None:
    """Put ``run`` where ``state`` stands. Raises ``CheckpointError`` if a file of it is damaged."""
    last, loop = run.folder / "last", run.loop
    checkpoint = load_checkpoint(last)
    tensors = load_tensors(check_file(last, STATE, checkpoint.hashes))
    loop.trainer.restore(checkpoint.model.state_dict(), tensors, state["step"])
    loop.trainer.largest = state.get("largest")
    loop.seconds, loop.tokens, loop.best = state["seconds"], state["tokens"], state["best"]
    loop.waited, loop.evaluated = state.get("waited", 0), state.get("evaluated", state["step"])
    if seen := state.get("monitor") or state.get("watch"):  # what it was called up to 0.6
        loop.monitor = Monitor(**seen)
        device = loop.trainer.model.device
        good = load_tensors(check_file(last, GOOD, checkpoint.hashes))
        # copied: a tensor read from a file holds on to the file, and to its room on the disk
        loop.good = {name: tensor.to(device, copy=True) for name, tensor in good.items()}
    else:
        loop.monitor.kept(state["step"])
    loop.stream.position = Position(**state["position"])
    loop.stream.left_out = state["left_out"]
    run.metrics = state.get("metrics", {})
    run.resumed_at = state["step"]
    if state.get("dev_sha256", run.dev_digest) != run.dev_digest:
        loop.best, loop.waited, run.metrics = None, 0, {}
        run.notes.append(f"{run.config.dev} changed: scores from here on do not compare with those before")


def _fixed(config: TrainConfig) -> dict[str, Any]:
    settings = config.to_dict()
    return {key: settings.get(key) for key in _FIXED}


def read_state(folder: Path) -> dict[str, Any] | None:
    """What ``state.json`` holds, or ``None`` for a new run; clears away what a crash left. Raises ``InputError``."""
    sweep(folder)
    sweep(folder / "steps")
    path = folder / "last" / "state.json"
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", "remove the folder to start again") from error
    if not isinstance(state, dict) or not set(state) >= _NEEDED:
        raise InputError(f"{path} is not the state of a run", "remove the folder to start again")
    return state


def check_same(config: TrainConfig, data: Data, base_digest: str | None, state: dict[str, Any], folder: Path) -> None:
    """Raises ``UsageError`` unless the run in ``folder`` is to go on with the settings and the text it began with."""
    now = _fixed(config)
    before = _fixed(TrainConfig()) | TrainConfig.renamed(state["fixed"])  # an older run had not all the settings
    changed = [key for key in _FIXED if before[key] != now[key]]
    if changed:
        told = "; ".join(f"{key} was {before[key]!r}, now {now[key]!r}" for key in changed)
        raise UsageError(f"{folder} holds a run with other settings: {told}", "give the same, or another --out")
    if config.precision not in ("auto", state["precision"]):
        raise UsageError(
            f"{folder} holds a run in {state['precision']}, and {config.precision} is asked for",
            "leave out --precision, or give another --out",
        )
    if state.get("base_sha256") != base_digest:
        raise UsageError(
            f"the model {config.base} changed since the run in {folder} began", "put it back, or give another --out"
        )
    if state["digests"] != data.digests:
        old, new = state["digests"], data.digests
        files = sorted(file for file in old.keys() | new.keys() if old.get(file) != new.get(file))
        raise UsageError(
            f"{', '.join(files)} changed since the run in {folder} began", "put it back, or give another --out"
        )
