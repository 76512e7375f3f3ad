"""A model on disk: one folder, checked when read, replaced as a whole when written. No pickle, and no torch here.

    config.json          format, shape, what it was trained on, SHA-256 of the files with numbers in them
    subwords.model       SentencePiece
    model.safetensors    weights
    ctranslate2/         the same weights for the fast engine, once exported

Up to 0.5 there was ``languages.safetensors`` as well; it may lie there and is not read. A folder is written beside its
place and moved there once complete; the old one is moved away first and comes back if anything fails in between.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.config import Direction, ModelConfig
from translator.errors import CheckpointError, TranslatorError
from translator.files import recover, sha256, write_file
from translator.text.subwords import Subwords

FORMAT = "translator-checkpoint"
VERSION = 1
WEIGHTS, SUBWORDS = "model.safetensors", "subwords.model"
CONFIG = "config.json"
ENGINE_FOLDER = "ctranslate2"


@dataclass(frozen=True)
class ModelFolder:
    """What is known of a model without its weights."""

    path: Path
    shape: ModelConfig
    subwords: Subwords
    info: dict[str, Any]  # free: directions, step, scores
    hashes: dict[str, str]  # SHA-256 by file name, as written

    @property
    def directions(self) -> list[Direction]:
        """The directions it was trained for."""
        return list(self.info.get("directions", ["en-pt", "pt-en"]))

    @property
    def engine_folder(self) -> Path | None:
        """The exported model of the fast engine, if there is one."""
        folder = self.path / ENGINE_FOLDER
        return folder if (folder / "model.bin").is_file() else None


def resolve(path: Path) -> Path:
    """The model folder meant by ``path``: itself, or ``best`` in a run folder.

    Puts a folder back that a crash left moved away. Raises ``CheckpointError`` if there is none.
    """
    for folder in (path, path / "best"):
        recover(folder)
        if (folder / CONFIG).is_file():
            return folder
    if not path.exists():
        raise CheckpointError(f"no such model: {path}", "name a folder that `translator train` has written")
    raise CheckpointError(f"{path} is not a model folder: it has no config.json", "was the training interrupted early?")


def open_folder(path: Path) -> ModelFolder:
    """Read all but the weights, checked. Raises ``CheckpointError`` on anything missing, altered or foreign."""
    folder = resolve(path)
    config = _read_config(folder)
    hashes: dict[str, str] = config["sha256"]
    check_file(folder, SUBWORDS, hashes)
    try:
        shape = ModelConfig.from_dict(config["model"])
    except TranslatorError as error:
        raise CheckpointError(f"{folder / 'config.json'}: {error.message}", error.hint) from error
    subwords = Subwords.load(folder / SUBWORDS)
    if len(subwords) != shape.vocab_size:
        raise CheckpointError(f"{folder}: {len(subwords)} subwords for a model that has {shape.vocab_size}")
    return ModelFolder(folder, shape, subwords, config["info"], hashes)


def check_file(folder: Path, name: str, hashes: dict[str, str]) -> Path:
    """The path of a file of a model, if it is there and as it was written. Raises ``CheckpointError``."""
    path = folder / name
    if not path.is_file():
        raise CheckpointError(f"{folder} is incomplete: {name} is missing", "copy the folder again from where it came")
    if sha256(path) != hashes.get(name):
        raise CheckpointError(
            f"{path} is damaged or was altered: its SHA-256 is not the one in config.json",
            "copy the folder again from where it came",
        )
    return path


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a translator checkpoint: its format is not {FORMAT!r}")
    if config.get("version") != VERSION or config["version"] is True:
        raise CheckpointError(
            f"{path} has version {config.get('version')}, this program reads version {VERSION}",
            "install the version of translator that wrote it",
        )
    if not all(isinstance(config.get(table), dict) for table in ("model", "sha256", "info")):
        raise CheckpointError(f"{path} is incomplete: it needs the tables model, sha256 and info")
    if config["sha256"].get(CONFIG, digest := _digest(config)) != digest:
        raise CheckpointError(
            f"{path} is damaged or was altered: its own SHA-256 is another",
            "copy the folder again from where it came; what is measured is stored by --store",
        )
    return config


def write_config(place: Path, shape: ModelConfig, info: dict[str, Any]) -> None:
    """Write ``config.json`` for the files that lie in ``place`` now, with the hashes of all that a model is made of."""
    made_of = {".safetensors", ".model", ".bin"}
    files = sorted(path for path in place.rglob("*") if path.suffix in made_of)
    hashes = {str(path.relative_to(place)): sha256(path) for path in files}
    config = {"format": FORMAT, "version": VERSION, "model": shape.to_dict(), "info": info, "sha256": hashes}
    (place / CONFIG).write_text(_written(config), "utf-8")


def update_info(folder: ModelFolder, changes: dict[str, Any]) -> None:
    """Add what was found out about a model to its ``config.json``. Raises ``OutputError``; the old file stays."""
    config = _read_config(folder.path)
    config["info"] |= changes
    write_file(folder.path / CONFIG, _written(config))


def _written(config: dict[str, Any]) -> str:
    """``config`` as it stands in its file, its own digest after the others."""
    config["sha256"].pop(CONFIG, None)
    config["sha256"][CONFIG] = _digest(config)
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def _digest(config: dict[str, Any]) -> str:
    """SHA-256 of shape and provenance, however they are set out."""
    told = json.dumps([config["model"], config["info"]], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
