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


def _is_held(model: str) -> bool:
    return _held is not None and _held.folder.path in (folder := model_folder(model), folder / "best")


def load(model: str, engine: EngineName = "auto") -> Translator:
    """The translator of that name or folder. Raises ``CheckpointError``."""
    from translator.translation import Translator

    if not (_held is not None and _is_held(model)):
        return Translator.load(model, engine)
    if engine in ("auto", _held.engine):
        return _held
    other = Translator(_held.folder, engine)
    vars(other)["checkpoint"] = _held.checkpoint  # the same weights, read once
    return other


def weights(model: str) -> Checkpoint:
    """A model with its torch weights. Raises ``CheckpointError``."""
    if _held is not None and _is_held(model):
        return _held.checkpoint
    from translator.model.checkpoint import load_checkpoint

    return load_checkpoint(model_folder(model))


def translated(translator: Translator, text: str, direction: Direction | None) -> Translation:
    """``text`` translated; what was said of it at the prompt, with the options in force there, if it was the last."""
    if _last is not None and translator is _held and text == _last.source and direction in (None, _last.direction):
        return _last
    return translator.translate(text, direction)
