"""Several checkpoints → one whose weights are their mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from translator.errors import InputError, UsageError
from translator.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

_ASIDE = ("dev_bleu_greedy", "confidence", "alignment", "engine")  # of info: measured on one model, not true of another


def average_checkpoints(folders: Sequence[Path], out: Path) -> Path:
    """Write to ``out`` the checkpoint whose every weight is the mean of that weight in ``folders``.

    Checkpoints of one run, from its last part, average to a model that is often better than each (Vaswani et al. 2017,
    section 6.1); models fine-tuned from one start do too (Wortsman et al. 2022). Runs that began apart do not: their
    units stand in other orders. Raises ``InputError`` where shape or vocabulary differ, ``UsageError`` for less than
    two folders, ``CheckpointError`` for a folder that cannot be read.
    """
    if len(folders) < 2:
        raise UsageError("a mean takes two checkpoints or more", "name their folders")
    first: Checkpoint | None = None
    total: dict[str, Tensor] = {}
    for folder in folders:
        checkpoint = load_checkpoint(folder)
        first = first or checkpoint
        _check_alike(first, checkpoint)
        for name, weight in checkpoint.model.state_dict().items():
            total[name] = total[name] + weight.double() if name in total else weight.double()
    assert first is not None  # there are two folders at least
    mean = {name: (weight / len(folders)).to(torch.float32) for name, weight in total.items()}
    info: dict[str, Any] = {k: v for k, v in first.info.items() if k not in _ASIDE}
    save_checkpoint(out, mean, first.shape, first.subwords, info | {"averaged": len(folders)})
    return out


def _check_alike(first: Checkpoint, other: Checkpoint) -> None:
    shapes = [{**checkpoint.shape.to_dict(), "dropout": 0} for checkpoint in (first, other)]
    if shapes[0] != shapes[1]:
        raise InputError(f"{other.path} has another shape than {first.path}", "only models of one shape have a mean")
    if first.subwords.model != other.subwords.model:
        raise InputError(f"{other.path} has another vocabulary than {first.path}", "only models of one run have a mean")
