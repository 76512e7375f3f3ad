"""Where a run stands: written as a whole or not at all, read back to the last bit.

What is told of a step goes to the log before that step is saved, so what is in the log up to the step saved is all
there was. A state of an older version lacks some keys; each has a value that means "as it was then".
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from translator.config import ModelConfig, TrainConfig
from translator.corpus.batches import Position
from translator.errors import InputError, OutputError, UsageError
from translator.files import sweep, write_file
from translator.model.checkpoint import Checkpoint, load_checkpoint, load_tensors, save_checkpoint
from translator.model.folder import WEIGHTS, check_file
from translator.text.subwords import Subwords
from translator.training.data import Data, file_digests
from translator.training.log import RunLog
from translator.training.loop import TrainingLoop
from translator.training.monitor import Monitor
from translator.training.records import Evaluated

STATE, GOOD = "state.safetensors", "good.safetensors"

# What a run may not change between two parts of it: a model of another shape or data is another run.
_TEXT = ("corpora", "base", "replay", "direction", "preset", "vocab_size", "subwords", "mix", "max_pieces")
_STEPS = ("batch_tokens", "accumulate", "optimizer", "dropout", "subword_alpha", "augment", "slots", "copies", "typos")
_FIXED = (*_TEXT, *_STEPS, "curriculum", "mix_temperature", "seed")

_OF_LOOP = ("seconds", "tokens", "best", "waited", "evaluated")

# What state.json has held from the first version on.
_NEEDED = frozenset(["step", "seconds", "tokens", "best", "position", "left_out", "precision", "fixed", "digests"])


@dataclass
class Run:
    """A run opened: ``loop`` is ready to go; ``resumed_at`` is the step it goes on from, 0 for a new one."""

    config: TrainConfig
    folder: Path
    data: Data
    base: Checkpoint | None  # what it fine-tunes, if it does
    shape: ModelConfig
    subwords: Subwords
    loop: TrainingLoop
    precision: torch.dtype
    log: RunLog
    resumed_at: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)  # of the last evaluation and the best
    notes: list[str] = field(default_factory=list)  # what is not as it was when the run last went on
    dev_digest: str | None = None  # SHA-256 of the dev file; of a Moses pair, of the two halves' digests

    def __post_init__(self) -> None:
        if self.config.dev:
            digests = list(file_digests(Path(self.config.dev)).values())
            self.dev_digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()

    def save(self, evaluated: Evaluated | None) -> None:
        """Write ``last``, and ``best`` and ``steps`` where a model was ``evaluated`` and they are due.

        Raises ``OutputError``; what was saved before is kept.
        """
        self.log.sync()
        trainer = self.loop.trainer
        weights = trainer.model.state_dict()
        minutes = round(self.loop.seconds / 60, 1)
        done = {"step": trainer.step, "training_minutes": minutes, "tokens_seen": self.loop.tokens}
        info = model_facts(self.config, self.base, **done)
        put = partial(save_checkpoint, shape=self.shape, subwords=self.subwords, info=info)
        try:
            if evaluated is not None:
                info["dev_bleu_greedy"] = self._note(evaluated)["dev_bleu"]
                if self.config.keep:
                    put(self.folder / "steps" / f"{trainer.step:07}", weights)
                    for old in sorted((self.folder / "steps").glob("[0-9]*"))[: -self.config.keep]:
                        shutil.rmtree(old)
                if evaluated.best:
                    put(self.folder / "best", trainer.averaged.state_dict())
            put(self.folder / "last", weights, dtype=torch.float32, extra=self._write_state)
        except OutputError as error:
            hint = "what was saved before is kept: make room, and the same command goes on from there"
            raise OutputError(error.message, hint) from error
        told = json.dumps(self._metrics())
        finite = json.loads(told, parse_constant=lambda _: None)  # JSON has no word for what is no number
        write_file(self.folder / "metrics.json", json.dumps(finite, indent=2) + "\n")

    def _note(self, evaluated: Evaluated) -> dict[str, Any]:
        """What was measured, rounded, as the newest of ``metrics``."""
        found = {
            "step": evaluated.step,
            "minutes": round(evaluated.seconds / 60, 2),
            "dev_bleu": {direction: round(value, 2) for direction, value in evaluated.scores.bleu.items()},
            "dev_nll": evaluated.dev_nll,
        }
        self.metrics = {"best": found if evaluated.best else self.metrics.get("best"), "last": found}
        return found

    def _metrics(self) -> dict[str, Any]:
        """How far the run is and how good, for people and scripts."""
        loop, recent = self.loop, self.loop.monitor.recent
        return {
            "step": loop.trainer.step,
            "finished": loop.finished,
            "minutes": round(loop.seconds / 60, 2),
            "tokens": loop.tokens,
            "epochs": round(loop.stream.epochs_done(), 4),
            "train_loss": sum(recent) / len(recent) if recent else None,  # label-smoothed, over the last steps
            "rate_factor": loop.monitor.rate_factor,
            **self.metrics,
        }

    def _write_state(self, place: Path) -> None:
        loop = self.loop
        state = {
            "step": loop.trainer.step,
            **{key: getattr(loop, key) for key in _OF_LOOP},
            "monitor": asdict(loop.monitor),
            "largest": loop.trainer.largest,
            "metrics": self.metrics,
            "position": asdict(loop.stream.position),
            "left_out": loop.stream.left_out,
            "precision": str(self.precision).removeprefix("torch."),
            "fixed": _fixed(self.config),
            "base_sha256": self.base.hashes[WEIGHTS] if self.base else None,
            "digests": self.data.digests,
            "dev_sha256": self.dev_digest,
        }
        _save_tensors(loop.trainer.tensors(), place / STATE)
        _save_tensors(loop.good or {}, place / GOOD)
        (place / "state.json").write_text(json.dumps(state, indent=2) + "\n", "utf-8")

    def restore(self, state: dict[str, Any]) -> None:
        """Go where ``state`` stands. Raises ``CheckpointError`` if a file of it is damaged."""
        last, loop = self.folder / "last", self.loop
        checkpoint = load_checkpoint(last)
        tensors = load_tensors(check_file(last, STATE, checkpoint.hashes))
        loop.trainer.restore(checkpoint.model.state_dict(), tensors, state["step"])
        loop.trainer.largest = state["largest"]
        for key in _OF_LOOP:
            setattr(loop, key, state[key])
        if state["monitor"]:
            loop.monitor = Monitor(**state["monitor"])
            device = loop.trainer.model.device
            good = load_tensors(check_file(last, GOOD, checkpoint.hashes))
            # copied: a tensor read from a file holds on to the file, and to its room on the disk
            loop.good = {name: tensor.to(device, copy=True) for name, tensor in good.items()}
        else:
            loop.monitor.kept(state["step"])
        loop.stream.position, loop.stream.left_out = Position(**state["position"]), state["left_out"]
        self.metrics, self.resumed_at = state["metrics"], state["step"]
        if state.get("dev_sha256", self.dev_digest) != self.dev_digest:
            loop.best, loop.waited, self.metrics = None, 0, {}
            self.notes.append(f"{self.config.dev} changed: scores from here on do not compare with those before")


def model_facts(config: TrainConfig, base: Checkpoint | None, **done: float) -> dict[str, Any]:
    """What a checkpoint of the run says of what it learns, what was ``done``, its shape and the model it comes from."""
    facts: dict[str, Any] = {"directions": list(config.directions), **done}
    if base is None:
        return facts | {"preset": config.preset, "trained_pieces": config.max_pieces}
    facts |= {key: base.info[key] for key in ("preset", "trained_pieces", "alignment") if key in base.info}
    if confidence := base.info.get("confidence"):  # near enough; its errors were the base's own
        facts["confidence"] = {"weights": confidence["weights"]}
    return facts | {"base": {"name": config.base, "sha256": base.hashes[WEIGHTS]}}


def _save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, path)


def _fixed(config: TrainConfig) -> dict[str, Any]:
    settings = config.to_dict()
    return {key: settings.get(key) for key in _FIXED}


def read_state(folder: Path) -> dict[str, Any] | None:
    """What ``state.json`` holds, or ``None`` for a new run; clears away what a crash left.

    Raises ``OutputError`` where the folder cannot be made, ``InputError`` for what is no state, ``UsageError`` where a
    run would begin anew over the best model of one whose state is gone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}", "choose another --out") from error
    sweep(folder)
    sweep(folder / "steps")
    path = folder / "last" / "state.json"
    if not path.is_file():
        step = None  # a first save cut short leaves a model alone, that of step 0
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            step = json.loads((folder / "best" / "config.json").read_text("utf-8"))["info"].get("step")
        if step:
            raise UsageError(
                f"{folder / 'best'} holds the model of step {step:,} of a run whose state, {folder / 'last'}, is gone",
                f"give another --out; --from {folder} goes on from its weights",
            )
        return None
    try:
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", "remove the folder to start again") from error
    if not isinstance(state, dict) or not set(state) >= _NEEDED:
        raise InputError(f"{path} is not the state of a run", "remove the folder to start again")
    before = {"waited": 0, "evaluated": state["step"], "largest": None, "metrics": {}, "monitor": state.get("watch")}
    return before | state  # up to 0.6 the monitor was called watch


def check_same(config: TrainConfig, data: Data, base: Checkpoint | None, state: dict[str, Any], folder: Path) -> None:
    """Raises ``UsageError`` unless the run in ``folder`` is to go on with the settings and the text it began with."""
    now = _fixed(config)
    before = _fixed(TrainConfig()) | TrainConfig.renamed(state["fixed"])  # an older run had not all the settings
    if changed := [f"{key} was {before[key]!r}, now {now[key]!r}" for key in _FIXED if before[key] != now[key]]:
        raise UsageError(
            f"{folder} holds a run with other settings: {'; '.join(changed)}", "give the same, or another --out"
        )
    if config.precision not in ("auto", state["precision"]):
        raise UsageError(
            f"{folder} holds a run in {state['precision']}, and {config.precision} is asked for",
            "leave out --precision, or give another --out",
        )
    old, new = state["digests"], data.digests
    files = sorted(file for file in old.keys() | new.keys() if old.get(file) != new.get(file))
    hint = "put it back, or give another --out"
    if state.get("base_sha256") != (base.hashes[WEIGHTS] if base else None):
        raise UsageError(f"the model {config.base} changed since the run in {folder} began", hint)
    if files:
        raise UsageError(f"{', '.join(files)} changed since the run in {folder} began", hint)
