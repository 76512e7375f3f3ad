"""The model that a command works with: read from its folder, or the one that the prompt holds already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from translator.files import model_folder

if TYPE_CHECKING:
    from translator.config import Direction
    from translator.model.checkpoint import Checkpoint
    from translator.translation import EngineName, Translation, Translator

_held: Translator | None = None
_last: Translation | None = None


@contextmanager
def holding(translator: Translator, last: Translation | None) -> Iterator[None]:
    """Let the commands inside work with ``translator`` and with ``last``, what it translated last."""
    global _held, _last
    _held, _last = translator, last
    try:
        yield
    finally:
        _held = _last = None


def _held_as(model: str) -> Translator | None:
    """The translator of the prompt, if it is of that name or folder."""
    folder = model_folder(model) if _held else None
    return _held if _held and folder and _held.folder.path in (folder, folder / "best") else None


def load(model: str, engine: EngineName = "auto") -> Translator:
    """The translator of that name or folder. Raises ``CheckpointError``."""
    from translator.translation import Translator

    held = _held_as(model)
    if held is None:
        return Translator.load(model, engine)
    if engine in ("auto", held.engine):
        return held
    other = Translator(held.folder, engine)
    vars(other)["checkpoint"] = held.checkpoint  # the same weights, read once
    return other


def weights(model: str) -> Checkpoint:
    """A model with its torch weights. Raises ``CheckpointError``."""
    if held := _held_as(model):
        return held.checkpoint
    from translator.model.checkpoint import load_checkpoint

    return load_checkpoint(model_folder(model))


def translated(translator: Translator, text: str, direction: Direction | None) -> Translation:
    """``text`` translated; what was said of it at the prompt, with the options in force there, if it was the last."""
    if _last is not None and translator is _held and text == _last.source and direction in (None, _last.direction):
        return _last
    return translator.translate(text, direction)
