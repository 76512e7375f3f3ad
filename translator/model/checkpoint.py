"""A model on disk: one folder, checked when read, replaced as a whole when written. No pickle.

    model.safetensors   weights, and the log-odds of each piece by language
    config.json         format, model shape, what it was trained on, SHA-256 of the other two
    subwords.model      SentencePiece

A folder is written beside its place and moved there once complete; the old one is moved away first and comes back if
anything fails in between.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from translator.config import Direction, ModelConfig
from translator.errors import CheckpointError, OutputError, TranslatorError
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

__all__ = ["Checkpoint", "load_checkpoint", "load_tensors", "replace_folder", "resolve", "save_checkpoint"]

FORMAT = "translator-checkpoint"
VERSION = 1
_FILES = ("model.safetensors", "subwords.model")
_LOG_ODDS = "language_log_odds"


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to use, and what is known about it."""

    model: Transformer  # float32, evaluation mode
    subwords: Subwords
    language_log_odds: np.ndarray  # (V,) float32, how much each piece speaks for English; see text.languages
    info: dict[str, Any] = field(default_factory=dict)  # free: directions, step, scores
    path: Path | None = None

    @property
    def directions(self) -> list[Direction]:
        """The directions it was trained for."""
        return list(self.info.get("directions", ["en-pt", "pt-en"]))


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve(path: Path) -> Path:
    """The checkpoint folder meant by ``path``: itself, or ``best`` in a run folder.

    Puts a folder back that a crash left moved away. Raises ``CheckpointError`` if there is none.
    """
    for folder in (path, path / "best"):
        _recover(folder)
        if (folder / "config.json").is_file():
            return folder
    if not path.exists():
        raise CheckpointError(f"no such model: {path}", "name a folder that `translator train` has written")
    raise CheckpointError(f"{path} is not a model folder: it has no config.json", "was the training interrupted early?")


def load_checkpoint(path: Path, device: str = "cpu") -> Checkpoint:
    """Read and check a checkpoint. Raises ``CheckpointError`` on anything missing, truncated, altered or foreign."""
    folder = resolve(path)
    config = _read_config(folder)
    for name in _FILES:
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder} is incomplete: {name} is missing")
        if sha256(folder / name) != config["sha256"].get(name):
            raise CheckpointError(
                f"{folder / name} is damaged or was altered: its SHA-256 is not the one in config.json",
                "copy the folder again from where it came",
            )
    try:
        shape = ModelConfig.from_dict(config["model"])
    except TranslatorError as error:
        raise CheckpointError(f"{folder / 'config.json'}: {error.message}", error.hint) from error
    subwords = Subwords.load(folder / "subwords.model")
    if len(subwords) != shape.vocab_size:
        raise CheckpointError(f"{folder}: {len(subwords)} subwords for a model that has {shape.vocab_size}")
    with torch.device("meta"):
        model = Transformer(shape)
    model = model.to_empty(device="cpu")
    model.reset_positions()
    tensors = {name: tensor.float() for name, tensor in load_tensors(folder / "model.safetensors").items()}
    log_odds = tensors.pop(_LOG_ODDS, torch.zeros(len(subwords)))
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(f"{folder}: the weights do not fit the shape in config.json") from error
    return Checkpoint(model.to(device).eval(), subwords, log_odds.numpy(), config.get("info", {}), folder)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a translator checkpoint: its format is not {FORMAT!r}")
    if config.get("version") != VERSION:
        raise CheckpointError(
            f"{path} has version {config.get('version')}, this program reads version {VERSION}",
            "install the version of translator that wrote it",
        )
    if not isinstance(config.get("model"), dict) or not isinstance(config.get("sha256"), dict):
        raise CheckpointError(f"{path} is incomplete: it needs the tables model and sha256")
    return config


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
    language_log_odds: np.ndarray,
    info: dict[str, Any],
    *,
    dtype: torch.dtype = torch.float16,
    extra: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write a checkpoint to ``folder``, replacing what is there only once all of it is on disk.

    ``extra`` may write more files into the folder before it is moved into place. Raises ``OutputError``.
    """

    def fill(place: Path) -> None:
        tensors = {**weights, _LOG_ODDS: torch.from_numpy(language_log_odds)}
        # save_file wants memory of its own for each tensor
        save_file({k: v.detach().to("cpu", dtype).contiguous().clone() for k, v in tensors.items()}, place / _FILES[0])
        (place / "subwords.model").write_bytes(subwords.model)
        hashes = {name: sha256(place / name) for name in _FILES}
        config = {"format": FORMAT, "version": VERSION, "model": shape.to_dict(), "info": info, "sha256": hashes}
        (place / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
        extra(place)

    replace_folder(folder, fill)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _recover(folder: Path) -> None:
    if not folder.exists() and _aside(folder).is_dir():
        _aside(folder).rename(folder)


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write a folder, then put it in the place of ``folder``.

    Raises ``OutputError``; the old one stays.
    """
    new = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    try:
        _recover(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        new.mkdir()
        fill(new)
        for path in new.iterdir():
            _sync(path)
        if folder.exists():
            shutil.rmtree(_aside(folder), ignore_errors=True)
            folder.rename(_aside(folder))
        new.rename(folder)
        _sync(folder.parent)
        shutil.rmtree(_aside(folder), ignore_errors=True)
    except (OSError, SafetensorError) as error:
        _recover(folder)
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{folder} could not be written: {reason}", "what stood there before is kept") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
