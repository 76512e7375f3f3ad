"""Workers that die: in a module that a process of its own finds, as it does not find those of tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from translator.errors import TranslatorError

__all__ = ["make_fragile", "never_ready"]


def make_fragile(folder: Path) -> Callable[[str], str]:
    return partial(_fragile, folder)


def _fragile(folder: Path, item: str) -> str:
    """Dies at "always", and at "once" the first time."""
    if item == "always" or (item == "once" and not (folder / "once").exists()):
        (folder / "once").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "wrong":
        raise TranslatorError("as it should")
    return item.upper()


def never_ready() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)
