"""A model with pieces for more characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from translator.model.checkpoint import Checkpoint, add_engine, save_checkpoint


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
