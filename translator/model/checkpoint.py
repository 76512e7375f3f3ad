"""A model folder with its weights: load, save, export for the fast engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from translator.config import ModelConfig
from translator.errors import CheckpointError
from translator.files import replace_folder
from translator.model.export import export_ctranslate2
from translator.model.folder import (
    ENGINE_FOLDER,
    SUBWORDS,
    WEIGHTS,
    ModelFolder,
    check_file,
    open_folder,
    write_config,
)
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords


@dataclass(frozen=True)
class Checkpoint(ModelFolder):
    """A model ready to use, and what is known about it."""

    model: Transformer  # float32, evaluation mode


def load_checkpoint(path: Path, device: str = "cpu") -> Checkpoint:
    """Read and check a model. Raises ``CheckpointError`` on anything missing, truncated, altered or foreign."""
    return with_weights(open_folder(path), device)


def with_weights(folder: ModelFolder, device: str = "cpu") -> Checkpoint:
    """Read the weights of an open folder. Raises ``CheckpointError``."""
    path = check_file(folder.path, WEIGHTS, folder.hashes)
    model = Transformer(folder.shape)  # not on the meta device: that imports torch._dynamo, five times the time
    try:
        model.load_state_dict({name: tensor.float() for name, tensor in load_tensors(path).items()})
    except RuntimeError as error:
        raise CheckpointError(f"{path}: the weights do not fit the shape in config.json") from error
    return Checkpoint(**vars(folder), model=model.to(device).eval())


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file. Raises ``CheckpointError`` if it is truncated or something else."""
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read as safetensors: {error}") from error


def save_checkpoint(
    folder: Path,
    weights: dict[str, Tensor],
    shape: ModelConfig,
    subwords: Subwords,
    info: dict[str, Any],
    *,
    dtype: torch.dtype = torch.float16,
    extra: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write a model to ``folder``, replacing what is there only once all of it is on disk.

    ``extra`` may write more files into the folder before it is moved into place. Raises ``OutputError``.
    """

    def fill(place: Path) -> None:
        # save_file wants memory of its own for each tensor
        save_file({k: v.detach().to("cpu", dtype).contiguous().clone() for k, v in weights.items()}, place / WEIGHTS)
        (place / SUBWORDS).write_bytes(subwords.model)
        extra(place)
        write_config(place, shape, info)

    replace_folder(folder, fill)


def add_engine(path: Path, quantization: Literal["float32", "int8"]) -> Path:
    """Export a model for the fast engine, into its own folder; returns that folder.

    The torch weights that are exported are those on disk, so both engines speak for the same file. Raises
    ``CheckpointError`` or ``OutputError``.
    """
    checkpoint = load_checkpoint(path)

    def fill(place: Path) -> None:
        for file in checkpoint.path.iterdir():
            if file.is_file():
                shutil.copy2(file, place / file.name)
        export_ctranslate2(checkpoint.model, checkpoint.subwords, place / ENGINE_FOLDER, quantization)
        write_config(place, checkpoint.shape, checkpoint.info | {"engine": quantization})

    replace_folder(checkpoint.path, fill)
    return checkpoint.path / ENGINE_FOLDER
