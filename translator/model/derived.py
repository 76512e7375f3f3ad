"""Models made of others without training: the mean of several, and one with pieces for more characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from translator.errors import InputError, UsageError
from translator.model.checkpoint import Checkpoint, add_engine, load_checkpoint, save_checkpoint

_ASIDE = {"dev_bleu_greedy", "confidence", "alignment", "engine"}  # of info: measured on one, not true of the mean


def average_checkpoints(folders: Sequence[Path], out: Path) -> Path:
    """Write to ``out`` the checkpoint whose every weight is the mean of that weight in ``folders``.

    Checkpoints of one run, from its last part, average to a model that is often better than each (Vaswani et al. 2017,
    section 6.1); models fine-tuned from one start do too (Wortsman et al. 2022). Runs that began apart do not: their
    units stand in other orders. Raises ``InputError`` where shape or vocabulary differ, ``UsageError`` for less than
    two folders, ``CheckpointError`` for a folder that cannot be read.
    """
    if len(folders) < 2:
        raise UsageError("a mean takes two checkpoints or more", "name their folders")
    first = load_checkpoint(folders[0])
    total: dict[str, Tensor] = {name: weight.double() for name, weight in first.model.state_dict().items()}
    for folder in folders[1:]:
        other = load_checkpoint(folder)
        if replace(first.shape, dropout=0) != replace(other.shape, dropout=0):
            raise InputError(
                f"{other.path} has another shape than {first.path}", "only models of one shape have a mean"
            )
        if first.subwords.model != other.subwords.model:
            raise InputError(
                f"{other.path} has another vocabulary than {first.path}", "only models of one run have a mean"
            )
        for name, weight in other.model.state_dict().items():
            total[name] += weight.double()
    mean = {name: (weight / len(folders)).float() for name, weight in total.items()}
    info = {key: value for key, value in first.info.items() if key not in _ASIDE} | {"averaged": len(folders)}
    save_checkpoint(out, mean, first.shape, first.subwords, info)
    return out


def extend_model(base: Checkpoint, characters: Sequence[str], out: Path) -> Path:
    """Write to ``out`` the model of ``base`` with a piece for each of ``characters``, which must have none so far.

    The old rows of the embedding, which is also the output layer, stay as they are. A new row begins at the mean of
    the rows of the bytes that spelled its character, which is what the model knows of it (Hewitt 2021 takes the mean
    of all rows; here these say more). What the new pieces mean is learned by fine-tuning. Raises ``OutputError``.
    """
    subwords = base.subwords.with_characters(characters)
    weights = base.model.state_dict()
    rows = weights["embedding.weight"]  # (V, D)
    spelled = [base.subwords.byte_ids(character) for character in characters]
    weights["embedding.weight"] = torch.cat([rows, *(rows[ids].mean(0, keepdim=True) for ids in spelled)])
    info = {key: value for key, value in base.info.items() if key not in ("dev_bleu_greedy", "engine")}
    save_checkpoint(out, weights, replace(base.shape, vocab_size=len(subwords)), subwords, info)
    if "engine" in base.info:
        add_engine(out, base.info["engine"])
    return out
