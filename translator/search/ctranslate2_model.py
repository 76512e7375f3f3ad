"""CTranslate2's own translator, loaded from an exported model; ahead of time, if it is known what will be needed.

Loading and the first translation are the cost of a start: the first product of each kind has its machine code written
on the spot, which takes ten times as long as a sentence. None of it needs Python, so it can go on beside the imports.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from threading import Thread
from typing import Any

__all__ = ["begin_loading", "load_model"]

_loading: dict[tuple[Path, int], _Loading] = {}


def load_model(folder: Path, threads: int = 0) -> Any:
    """The ``ctranslate2.Translator`` of a folder; ``threads`` 0 = as many as this process may use.

    Raises ``RuntimeError`` or ``ValueError`` if there is no model CTranslate2 can read.
    """
    threads = threads or _cores()
    begun = _loading.pop((folder, threads), None)
    loaded = begun.wait() if begun else None
    return _load(folder, threads) if loaded is None else loaded


def begin_loading(folder: Path, sha256: str) -> None:
    """Begin to load the model of ``folder`` if it is what ``sha256`` says, and let it translate for practice.

    :func:`load_model` takes it from here. Whatever goes wrong is left for it to find again, and to tell.
    """
    threads = _cores()
    _loading[folder, threads] = _Loading(folder, threads, sha256)


class _Loading:
    """A model on its way, in a thread of its own."""

    def __init__(self, folder: Path, threads: int, sha256: str) -> None:
        self._model: Any = None
        self._thread = Thread(target=self._load, args=(folder, threads, sha256))
        self._thread.start()

    def _load(self, folder: Path, threads: int, sha256: str) -> None:
        import hashlib

        try:
            data = (folder / "model.bin").read_bytes()
            if hashlib.sha256(data).hexdigest() != sha256:
                return
            model = _load(folder, threads)
            # Any short source does, and its result is nobody's: what counts is that every kind of product is met.
            self._practice = model.translate_batch(
                [["</s>"]], beam_size=4, num_hypotheses=4, max_decoding_length=1, asynchronous=True
            )
        except (OSError, RuntimeError, ValueError, ImportError):
            return
        self._model = model

    def wait(self) -> Any:
        """The model; ``None`` if it could not be loaded."""
        self._thread.join()
        return self._model


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load(folder: Path, threads: int) -> Any:
    # "default" keeps the type the model was exported in. A thread a batch, not several on one: products this small gain
    # nothing from being shared out, and threads that wait for each other burn what they wait.
    return _ctranslate2().Translator(str(folder), compute_type="default", inter_threads=threads, intra_threads=1)


def _ctranslate2() -> Any:
    """CTranslate2's compiled module, without the package around it.

    The package imports numpy, asyncio and ssl, for which a first translation would wait 100 ms and which it never uses.
    """
    name = "ctranslate2._ext"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("ctranslate2")
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None or sys.platform == "win32":  # there the package says where its DLLs are
        import ctranslate2

        return ctranslate2
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module
