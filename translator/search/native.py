"""CTranslate2's compiled part: imported without the package around it, and begun before the program is all there."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from threading import Thread
from typing import Any

from translator.files import model_folder, sha256


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ctranslate2() -> Any:
    """CTranslate2's compiled module.

    The package around it imports numpy, asyncio and ssl, for which a first translation would wait 100 ms and which it
    never uses.
    """
    name = "ctranslate2._ext"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("ctranslate2")
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None or sys.platform == "win32":  # there the package says where its DLLs are
        import ctranslate2

        return ctranslate2
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(folder: Path, precision: str, threads: int) -> Any:
    """An exported model as CTranslate2 has it. Raises ``RuntimeError`` or ``ValueError`` where it is none."""
    # "default" keeps the type the model was exported in. A thread a batch, not several on one: products this small
    # gain nothing from being shared out, and threads that wait for each other burn what they wait.
    return ctranslate2().Translator(str(folder), compute_type=precision, inter_threads=threads, intra_threads=1)


class Loading(Thread):
    """A model that is being loaded by a thread of its own."""

    folder: Path | None = None  # of the exported model, once it is loaded
    digest = ""  # SHA-256 of its weights
    translator: Any = None

    def __init__(self, model: str) -> None:
        super().__init__()
        self._model = model

    def run(self) -> None:
        """Read it, and translate nothing: the first translation makes the machine code of all."""
        with suppress(Exception):  # whoever asks for the model next says what is wrong with it
            path = model_folder(self._model)
            folder = (path if (path / "config.json").is_file() else path / "best") / "ctranslate2"
            self.digest = sha256(folder / "model.bin")
            self.translator = load(folder, "default", cores())
            self.translator.translate_batch([["</s>"]], beam_size=1, max_decoding_length=1)
            self.folder = folder


_begun: Loading | None = None


def begin_loading(model: str) -> None:
    """Load a model, by name or folder, while the rest of the program is imported: a quarter of a first translation."""
    global _begun
    _begun = Loading(model)
    _begun.start()


def loaded(folder: Path) -> Loading | None:
    """The model that was begun, when it is ready, if it is that of ``folder``; it is given out once."""
    global _begun
    begun, _begun = _begun, None
    if begun is not None:
        begun.join()
    return begun if begun is not None and begun.folder == folder else None
