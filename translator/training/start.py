"""Where a run's vocabulary, shape and first weights come from: learned and drawn anew, or taken from a base model.

A base is a model somebody trained: fine-tuning goes on from its weights with an optimiser of its own, so the shape
and the subwords are the base's too. Only dropout, which adds no weight, may differ, and
a vocabulary gets one more piece if the run has back-translated text to mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from translator.config import PRESETS, ModelConfig, TrainConfig
from translator.errors import UsageError
from translator.files import model_folder
from translator.model.checkpoint import Checkpoint, load_checkpoint
from translator.model.folder import SUBWORDS, WEIGHTS
from translator.model.transformer import Transformer
from translator.text.subwords import TAGS, Subwords
from translator.training.data import Data, sample_lines
from translator.training.distributed import ALONE, World


@dataclass(frozen=True)
class Start:
    """What a run begins with; ``base`` is the model it comes from, if it comes from one."""

    shape: ModelConfig
    subwords: Subwords
    base: Checkpoint | None = None

    def weights(self) -> dict[str, Tensor] | None:
        """The base's weights, float32, with a row for each piece of this run's vocabulary; ``None`` without a base.

        The row of ``<bt>`` begins at the mean of the two direction tags, which are read but never predicted either.
        """
        if self.base is None:
            return None
        weights = self.base.model.state_dict()
        rows = weights["embedding.weight"]  # (V, D)
        if len(rows) < self.shape.vocab_size:
            weights["embedding.weight"] = torch.cat([rows, rows[list(TAGS.values())].mean(0, keepdim=True)])
        return weights

    def make_model(self) -> Transformer:
        """The model before its first step, on the CPU."""
        model = Transformer(self.shape)
        if weights := self.weights():
            model.load_state_dict(weights)
        return model

    def facts(self, config: TrainConfig) -> dict[str, Any]:
        """What a checkpoint of the run says of the shape and of the model it comes from."""
        if self.base is None:
            return {"preset": config.preset, "trained_pieces": config.max_pieces}
        kept: dict[str, Any] = {
            key: self.base.info[key] for key in ("preset", "trained_pieces", "alignment") if key in self.base.info
        }
        if confidence := self.base.info.get("confidence"):  # near enough; its errors were the base's own
            kept["confidence"] = {"weights": confidence["weights"]}
        return kept | {"base": {"name": config.base, "sha256": self.base.hashes[WEIGHTS]}}


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
    unknown = [direction for direction in config.directions if direction not in base.directions]
    if unknown:
        raise UsageError(
            f"{config.base} was not trained for {', '.join(unknown)}", f"add --direction {base.directions[0]}"
        )
    if config.max_pieces > base.shape.max_length:
        raise UsageError(
            f"max_pieces is {config.max_pieces}; {config.base} reads {base.shape.max_length} pieces at most",
            "lower max_pieces",
        )
    return base


def find_start(
    config: TrainConfig, data: Data, base: Checkpoint | None, last: Path | None, world: World = ALONE
) -> Start:
    """What the run begins with; ``last`` is the folder of its state where it goes on, whose subwords are its own. In
    ``world``, the leading process learns the subwords."""
    subwords = Subwords(world.agree(_subwords(config, data, base, last).model if world.leads else b""))
    if base is not None:
        shape = replace(base.shape, vocab_size=len(subwords), dropout=config.dropout)
        return Start(shape, subwords, base)
    shape = ModelConfig(
        vocab_size=len(subwords),
        dropout=config.dropout,
        max_length=max(256, 2 * config.max_pieces),
        **PRESETS[config.preset],
    )
    return Start(shape, subwords)


def _subwords(config: TrainConfig, data: Data, base: Checkpoint | None, last: Path | None) -> Subwords:
    if last is not None:
        return Subwords.load(last / SUBWORDS)
    if base is not None:
        subwords = base.subwords
    elif config.subwords:
        subwords = Subwords.load(Path(config.subwords))
    else:
        english, portuguese = sample_lines(config, data)
        subwords = Subwords.train([*english, *portuguese], config.vocab_size or 8000, threads=torch.get_num_threads())
    marked = any(corpus.machine_side for corpus in data.corpora)
    return subwords.with_back_translated() if marked else subwords
