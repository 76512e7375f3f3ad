"""Where the files that come with the program are: in an installed package, or in a checkout of the project."""

from __future__ import annotations

from pathlib import Path

from translator.errors import CheckpointError, InputError

__all__ = ["DEFAULT_MODEL", "corpus_file", "model_folder", "shipped_models"]

DEFAULT_MODEL = "en-pt"


def _roots() -> list[Path]:
    package = Path(__file__).resolve().parent
    return [package / "_shipped", package.parent]


def shipped_models() -> list[str]:
    """Names of the models that came with the program."""
    names = {path.parent.name for root in _roots() for path in root.glob("checkpoints/*/config.json")}
    return sorted(names)


def model_folder(name: str) -> Path:
    """The folder of a model given by path, or by the name of one that came with the program.

    Raises ``CheckpointError`` when there is neither.
    """
    path = Path(name)
    if path.exists():
        return path
    for root in _roots():
        if (folder := root / "checkpoints" / name).is_dir():
            return folder
    known = ", ".join(shipped_models()) or "none"
    raise CheckpointError(f"no such model: {name}", f"give a folder that `translator train` wrote; shipped: {known}")


def corpus_file(split: str) -> Path:
    """The project's own corpus: ``train``, ``dev`` or ``test``. Raises ``InputError`` if this install lacks it."""
    for root in _roots():
        if (path := root / "corpus" / f"{split}.tsv").is_file():
            return path
    raise InputError("this install has no corpus of its own", "name a corpus file")
