"""What the shell offers after a Tab: names of models, and the words that an option's metavar lists.

It is added to the commands' parameters only while the shell asks, so that no command has to say it and no other start
pays for it. Nothing here opens a model.
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Callable
from contextlib import suppress
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
        place = Path(os.path.expanduser(prefix or "."))
        with suppress(OSError):
            for folder in sorted(p for p in place.iterdir() if p.is_dir() and p.name[0] != "."):
                if any((folder / inner / "model.safetensors").is_file() for inner in ("", "best")):
                    found.append((prefix + folder.name, "model folder"))
                elif prefix == head:
                    found.append((f"{prefix}{folder.name}/", "folder"))
    return [pair for pair in found if pair[0].startswith(incomplete)]


def add_completion(app: Any) -> None:
    """Give every parameter of a ``Typer`` app, its groups included, what can stand for it."""
    for group in app.registered_groups:
        add_completion(group.typer_instance)
    own = [*app.registered_commands, *([app.registered_callback] if app.registered_callback else [])]
    for callback in (one.callback for one in own):
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
    return (lambda incomplete: [(word, "") for word in words if word.startswith(incomplete)]) if words else None
