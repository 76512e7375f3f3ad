"""A translation that was asked for, ready to begin, and where its result goes: a file that grows, or straight out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from translator.commands.console import note_made, open_output, stderr, visible
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.commands.translate.asked import Asked
    from translator.config import Direction, SearchConfig
    from translator.translation import TranslateOptions, Translator
    from translator.translation.resumable import Growing, Make


@dataclass(frozen=True)
class Task:
    """Who translates, and how."""

    asked: Asked
    translator: Translator
    direction: Direction | None
    config: SearchConfig
    options: TranslateOptions

    def recipe(self, path: Path) -> dict[str, Any]:
        """All that changes the result, as plain data."""
        from translator.model.folder import WEIGHTS

        elsewhere = ("input", "output", "to_dir", "force", "model", "glossary")
        plain = {key: value for key, value in vars(self.asked).items() if key not in elsewhere}
        glossary = self.asked.glossary.read_bytes() if self.asked.glossary and self.asked.glossary.is_file() else b""
        return plain | {
            "input": path.name,
            "model_sha256": self.translator.folder.hashes[WEIGHTS],
            "engine": self.translator.engine,
            "glossary_sha256": hashlib.sha256(glossary).hexdigest() if glossary else None,
        }


class Straight:
    """Goes straight out, and cannot be gone on with: to standard output or a pipe, or made of what comes from one."""

    def __init__(self, text: TextIO) -> None:
        self.text, self.progress = text, dict[str, Any]()
        self._kept: list[bytes] = []

    def check(self, digest: str) -> None:
        """There is nothing of before."""

    def append(self, content: bytes, digest: str, *, whole: bool = False, **progress: Any) -> None:
        """Write ``content``, or keep it where something is to be made of the ``whole``."""
        if whole:
            self._kept.append(content)
        else:
            self.text.flush()
            self.text.buffer.write(content)

    def finish(self, make: Make | None = None) -> None:
        """Write what ``make`` makes of what was kept."""
        if make:
            made = io.BytesIO()
            make(io.BytesIO(b"".join(self._kept)), made)
            self.append(made.getvalue(), "")
        self.text.flush()


@contextmanager
def result(task: Task, source: Path | None, out: Path | None, newline: str = "") -> Iterator[Growing | Straight]:
    """Where the translation of ``source`` goes: where both are files, into one that grows, and with which the same
    command goes on. Raises ``UsageError`` if ``out`` exists, ``OutputError`` if it cannot be written."""
    force = task.asked.force
    if source is None or out is None or not source.is_file() or (out.exists() and not out.is_file()):
        with open_output(out, force=force, newline=newline) as file:
            yield Straight(file)
        return
    if out.exists() and not force:
        raise UsageError(f"{out} exists already", "add --force to replace it, or name another file")
    from translator.translation.resumable import Growing

    growing = Growing(out.resolve() if out.is_symlink() else out, source, task.recipe(source))
    try:
        with growing:
            if growing.progress:
                tell(f"{growing.part}: going on where it was stopped")
            yield growing
    except KeyboardInterrupt:
        if growing.progress:
            tell(f"stopped: {growing.part} holds what is done; the same command goes on from there")
        raise
    note_made(out)


def tell(message: str) -> None:
    """Something to know, on standard error."""
    from rich.text import Text

    from translator.draw.language import say

    stderr().print(Text(visible(say(message)), "dim"), soft_wrap=True)


def refused(note: str, where: str = "") -> InputError:
    """What ``note`` says of a text in neither language, for whoever asked for no copies of such."""
    return InputError(where + note.partition(":")[0], "--from en or --from pt translates it all the same")
