"""Where a run's vocabulary, shape and first weights come from: learned and drawn anew, or taken from a base model.

A base is a model somebody trained: fine-tuning goes on from its weights with an optimiser of its own, so the shape
and the subwords are the base's too. Only dropout, which adds no weight, may differ, and a vocabulary gets one more
piece if the run has back-translated text to mark.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from translator.config import PRESETS, ModelConfig, TrainConfig
from translator.errors import UsageError
from translator.files import model_folder
from translator.model.checkpoint import Checkpoint, load_checkpoint
from translator.model.folder import SUBWORDS, WEIGHTS
from translator.text.subwords import TAGS, Subwords
from translator.training.data import Data, sample_lines


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


def model_facts(config: TrainConfig, base: Checkpoint | None) -> dict[str, Any]:
    """What a checkpoint of the run says of what it learns, of its shape and of the model it comes from."""
    facts: dict[str, Any] = {"directions": list(config.directions)}
    if base is None:
        return facts | {"preset": config.preset, "trained_pieces": config.max_pieces}
    facts |= {key: base.info[key] for key in ("preset", "trained_pieces", "alignment") if key in base.info}
    if confidence := base.info.get("confidence"):  # near enough; its errors were the base's own
        facts["confidence"] = {"weights": confidence["weights"]}
    return facts | {"base": {"name": config.base, "sha256": base.hashes[WEIGHTS]}}


def find_subwords(config: TrainConfig, data: Data, base: Checkpoint | None, last: Path | None) -> Subwords:
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


def shape_for(config: TrainConfig, base: Checkpoint | None, vocab_size: int) -> ModelConfig:
    """The shape of the model to train."""
    if base is not None:
        return replace(base.shape, vocab_size=vocab_size, dropout=config.dropout)
    longest = max(256, 2 * config.max_pieces)
    return ModelConfig(vocab_size, dropout=config.dropout, max_length=longest, **PRESETS[config.preset])
