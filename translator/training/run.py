"""A run folder: what a training reads, where it stands, and how it goes on.

config.toml    the settings in force
log.jsonl      a record a line: progress, evaluations
steps/         the latest evaluated models, where they are asked for, to be averaged
best/          the checkpoint with the best dev BLEU (averaged weights, 16 bits)
last/          the state to go on from: a checkpoint (float32), state.safetensors, state.json
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
import torch
from safetensors.torch import save_file

from translator.config import Direction, ModelConfig, TrainConfig, preset_for
from translator.data.batches import BatchStream, Position
from translator.data.pairs import Pair
from translator.errors import InputError, OutputError, UsageError
from translator.model.checkpoint import load_checkpoint, load_tensors, save_checkpoint
from translator.model.folder import WEIGHTS, check_file, recover
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.loop import DevScores, TrainingLoop
from translator.training.material import Data, dev_batches
from translator.training.start import Start, find_start, read_base
from translator.training.trainer import Trainer, choose_precision

__all__ = ["Run", "complete_config", "open_run"]

ScoreMaker = Callable[[Sequence[Pair], Subwords, Sequence[Direction], int], Callable[[Transformer], DevScores]]

# What a run may not change between two parts of it: a model of another shape or data is another run.
_FIXED = (
    "corpora",
    "base",
    "rehearse",
    "direction",
    "preset",
    "vocab_size",
    "mix",
    "max_pieces",
    "batch_tokens",
    "accumulate",
    "optimizer",
    "dropout",
    "subword_alpha",
    "augment",
    "slots",
    "typos",
    "curriculum",
    "mix_temperature",
    "seed",
)


@dataclass
class Run:
    """A run opened: ``loop`` is ready to go; ``resumed_at`` is the step it goes on from, 0 for a new one."""

    config: TrainConfig
    folder: Path
    start: Start
    loop: TrainingLoop
    data: Data
    precision: torch.dtype
    resumed_at: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shape(self) -> ModelConfig:
        """Of the model in training."""
        return self.start.shape

    @property
    def subwords(self) -> Subwords:
        """Its vocabulary."""
        return self.start.subwords

    @property
    def language_log_odds(self) -> np.ndarray:
        """(V,) float32: how much each piece speaks for English; see text.languages."""
        return self.start.log_odds

    def write_log(self, record: dict[str, Any]) -> None:
        """Append a record to log.jsonl. Raises ``OutputError``."""
        try:
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise OutputError(f"{self.folder / 'log.jsonl'} could not be written: {error.strerror}") from error


_STATE = frozenset(
    ["step", "seconds", "tokens", "best", "position", "left_out", "precision", "fixed", "digests"]
)  # what state.json holds


def complete_config(config: TrainConfig, pairs: int) -> TrainConfig:
    """Settle what was left to the size of the corpus: preset, vocabulary, budget."""
    if config.base:
        return _complete_fine_tuning(config, pairs)
    small_corpus = preset_for(pairs) == "tiny"
    if config.preset == "auto":
        config = replace(config, preset="tiny" if small_corpus else "small")
    if config.vocab_size is None:
        config = replace(config, vocab_size=2000 if pairs < 5_000 else 4000 if small_corpus else 8000)
    if config.steps is config.epochs is config.minutes is None:
        config = replace(config, steps=1500) if small_corpus else replace(config, epochs=10.0)
    return config


def _complete_fine_tuning(config: TrainConfig, pairs: int) -> TrainConfig:
    """Shape and vocabulary are the base's; the budget is a few passes over a corpus that is small, one over another."""
    if config.steps is config.epochs is config.minutes is None:
        config = replace(config, epochs=3.0 if preset_for(pairs) == "tiny" else 1.0)
    return config


def open_run(config: TrainConfig, data: Data, make_score: ScoreMaker) -> Run:
    """Start a run in ``config.out``, or go on with the one that is there.

    Raises ``UsageError`` when the folder holds a run with other data or another model, ``OutputError`` when it
    cannot be written.
    """
    config = complete_config(config, data.pairs)
    folder = Path(config.out)
    _claim(folder)  # an unwritable folder is found out before the work begins
    device = _device(config)
    torch.set_num_threads(config.threads or torch.get_num_threads())
    torch.manual_seed(config.seed)
    state = _read_state(folder)
    base = read_base(config)
    base_digest = base.hashes[WEIGHTS] if base else None
    if state is not None:
        _check_same(config, data, base_digest, state, folder)
    start = find_start(config, data, base, folder / "last" if state else None)
    subwords, shape = start.subwords, start.shape
    precision = getattr(torch, state["precision"]) if state else choose_precision(config, shape, device)
    stream = BatchStream(
        data.corpora,
        subwords,
        config.directions,
        batch_tokens=config.batch_tokens,
        max_pieces=config.max_pieces,
        alpha=config.subword_alpha,
        augment=config.augment,
        slots=config.slots if subwords.slots else 0.0,
        typos=config.typos,
        short_first=config.curriculum == "short-first",
        seed=config.seed,
    )
    loop = TrainingLoop(
        Trainer(start.make_model().to(device), config, precision),
        stream,
        dev_batches(config, data, subwords, shape),
        make_score(data.dev, subwords, config.directions, config.eval_sentences),
        save=lambda best, scores: _save(run, best, scores),
    )
    run = Run(config, folder, start, loop, data, precision)
    if state is not None:
        _restore(run, state)
    (folder / "config.toml").write_text(tomli_w.dumps(config.to_dict()), "utf-8")
    return run


def _device(config: TrainConfig) -> torch.device:
    """Where to train. Raises ``UsageError`` if a GPU is asked for and there is none."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device is cuda, but torch finds no GPU here", "use --device cpu")
    return torch.device("cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu")


def _save(run: Run, best: bool, scores: DevScores | None) -> None:
    loop, trainer = run.loop, run.loop.trainer
    info: dict[str, Any] = {
        "directions": list(run.config.directions),
        "step": trainer.step,
        "training_minutes": round(loop.seconds / 60, 1),
        "tokens_seen": loop.tokens,
        **run.start.facts(run.config),
    }
    if scores is not None:
        info["dev_bleu_greedy"] = {direction: round(value, 2) for direction, value in scores.bleu.items()}
    if scores is not None and run.config.keep:
        _keep(run, info)
    if best:
        averaged = trainer.averaged.state_dict()
        save_checkpoint(run.folder / "best", averaged, run.shape, run.subwords, run.language_log_odds, info)
    state = {
        "step": trainer.step,
        "seconds": loop.seconds,
        "tokens": loop.tokens,
        "best": loop.best,
        "waited": loop.waited,
        "position": asdict(run.loop.stream.position),
        "left_out": run.loop.stream.left_out,
        "precision": str(run.precision).removeprefix("torch."),
        "fixed": _fixed(run.config),
        "base_sha256": run.start.base.hashes[WEIGHTS] if run.start.base else None,
        "digests": run.data.digests,
    }

    def extra(place: Path) -> None:
        tensors = {k: v.detach().cpu().contiguous().clone() for k, v in trainer.tensors().items()}
        save_file(tensors, place / "state.safetensors")
        (place / "state.json").write_text(json.dumps(state, indent=2) + "\n", "utf-8")

    save_checkpoint(
        run.folder / "last",
        trainer.model.state_dict(),
        run.shape,
        run.subwords,
        run.language_log_odds,
        info,
        dtype=torch.float32,
        extra=extra,
    )


def _keep(run: Run, info: dict[str, Any]) -> None:
    """Keep the model of this step, as the optimisers have it, in RUN/steps; of the earlier ones only the latest."""
    steps = run.folder / "steps"
    weights = run.loop.trainer.model.state_dict()
    save_checkpoint(
        steps / f"{run.loop.trainer.step:07}", weights, run.shape, run.subwords, run.language_log_odds, info
    )
    for old in sorted(steps.glob("[0-9]*"))[: -run.config.keep]:
        shutil.rmtree(old)


def _restore(run: Run, state: dict[str, Any]) -> None:
    last = run.folder / "last"
    checkpoint = load_checkpoint(last)
    tensors = load_tensors(check_file(last, "state.safetensors", checkpoint.hashes))
    run.loop.trainer.restore(checkpoint.model.state_dict(), tensors, state["step"])
    run.loop.seconds, run.loop.tokens, run.loop.best = state["seconds"], state["tokens"], state["best"]
    run.loop.waited = state.get("waited", 0)
    run.loop.stream.position = Position(**state["position"])
    run.loop.stream.left_out = state["left_out"]
    run.resumed_at = state["step"]


def _fixed(config: TrainConfig) -> dict[str, Any]:
    settings = config.to_dict()
    return {key: settings.get(key) for key in _FIXED}


def _read_state(folder: Path) -> dict[str, Any] | None:
    recover(folder / "last")
    path = folder / "last" / "state.json"
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", "remove the folder to start again") from error
    if not isinstance(state, dict) or not set(state) >= _STATE:
        raise InputError(f"{path} is not the state of a run", "remove the folder to start again")
    return state


def _check_same(config: TrainConfig, data: Data, base_digest: str | None, state: dict[str, Any], folder: Path) -> None:
    before, now = _fixed(TrainConfig()) | state["fixed"], _fixed(config)  # an older run had not all the settings
    changed = [key for key in _FIXED if before[key] != now[key]]
    if changed:
        told = "; ".join(f"{key} was {before[key]!r}, now {now[key]!r}" for key in changed)
        raise UsageError(f"{folder} holds a run with other settings: {told}", "give the same, or another --out")
    if state.get("base_sha256") != base_digest:
        raise UsageError(
            f"the model {config.base} changed since the run in {folder} began", "put it back, or give another --out"
        )
    if state["digests"] != data.digests:
        files = sorted(p for p in data.digests if state["digests"].get(p) != data.digests[p])
        raise UsageError(
            f"{', '.join(files)} changed since the run in {folder} began", "put it back, or give another --out"
        )


def _claim(folder: Path) -> None:
    """Make the run folder and see that a file can be written there. Raises ``OutputError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}", "choose another --out") from error
