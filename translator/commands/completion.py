"""What the shell offers after a Tab: names of models, and the words that an option's metavar lists.

It is added to the commands' parameters only while the shell asks, so that no command has to say it and no other start
pays for it. Nothing here opens a model.
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from translator.config import PRESETS
from translator.files import shipped_models

_CHOICES = re.compile(r"[a-z0-9-]+(\|[a-z0-9-]+)+")

Completer = Callable[[str], list[tuple[str, str]]]


def models(incomplete: str) -> list[tuple[str, str]]:
    """Shipped models, model folders here and in ``runs``, and folders on the way to one; each with what it is."""
    found = [(name, "shipped model") for name in shipped_models()]
    head = incomplete[: incomplete.rfind("/") + 1]
    for prefix in [head] if head else ["", "runs/"]:
        for folder in _folders(prefix):
            if _is_model(folder):
                found.append((prefix + folder.name, "model folder"))
            elif prefix == head:
                found.append((f"{prefix}{folder.name}/", "folder"))
    return [pair for pair in found if pair[0].startswith(incomplete)]


def _folders(prefix: str) -> list[Path]:
    try:
        return sorted(p for p in Path(os.path.expanduser(prefix or ".")).iterdir() if p.is_dir() and p.name[0] != ".")
    except OSError:
        return []


def _is_model(folder: Path) -> bool:
    return any((folder / inner / "model.safetensors").is_file() for inner in ("", "best"))


def add_completion(app: Any) -> None:
    """Give every parameter of a ``Typer`` app, its groups included, what can stand for it."""
    for group in app.registered_groups:
        add_completion(group.typer_instance)
    callbacks = [command.callback for command in app.registered_commands]
    if app.registered_callback:
        callbacks.append(app.registered_callback.callback)
    for callback in callbacks:
        hints = typing.get_type_hints(callback, include_extras=True)
        for name, hint in hints.items():
            for info in getattr(hint, "__metadata__", ()):
                if info.autocompletion is None:
                    info.autocompletion = _completer(name, info.metavar or "")
        callback.__annotations__ = hints  # evaluated, and so the changed ones are those that Typer reads


def _completer(name: str, metavar: str) -> Completer | None:
    if name == "model":
        return models
    words = list(PRESETS) if name == "preset" else metavar.split("|") if _CHOICES.fullmatch(metavar) else []
    if not words:
        return None

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return [(word, "") for word in words if word.startswith(incomplete)]

    return complete
