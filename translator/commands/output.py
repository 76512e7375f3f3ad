"""What the commands that draw share: pictures shown, files written together, tables as CSV."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translator.commands.console import json_line, note_made, stdout
from translator.files import in_place_of

if TYPE_CHECKING:
    from rich.console import RenderableType

File = tuple[Path | None, Callable[[], str | bytes]]
"""Where to, and what makes it; nothing is made where there is no path."""


def show(*pictures: RenderableType, apart: bool = False) -> None:
    """Draw on standard output, each as wide as it was made; ``apart`` sets an empty line between them."""
    console = stdout()
    for number, picture in enumerate(pictures):
        if apart and number:
            console.print()
        console.print(picture, no_wrap=True, crop=False)


def print_json(data: object) -> None:
    """One line of JSON on standard output; not a number is an error."""
    print(json_line(data, allow_nan=False))


def write_files(*files: File, force: bool) -> None:
    """Write all that have a path; all are opened before any is made. Raises ``UsageError`` and ``OutputError``."""
    with ExitStack() as opened:
        wanted = [(path, make, opened.enter_context(in_place_of(path, force=force))) for path, make in files if path]
        for path, make, descriptor in wanted:
            with os.fdopen(descriptor, "wb") as file:
                content = make()
                file.write(content.encode() if isinstance(content, str) else content)
            note_made(path)


def svg_file(path: Path | None, make: Callable[[], str]) -> File:
    """A picture for :func:`write_files`: SVG, or PNG where ``path`` ends so."""

    def made() -> bytes:
        from translator.draw.svg import picture_bytes

        return picture_bytes(make(), path or Path())

    return path, made


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV, RFC 4180 with newlines."""
    import csv
    import io

    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return file.getvalue()


def plain(value: Any) -> Any:
    """A result as JSON takes it: dataclasses by their fields, arrays as lists, numbers to six decimals, −0.0 as 0.0."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value


def arrow(direction: str) -> str:
    """``en-pt`` as a title says it: ``EN→PT``."""
    return direction.upper().replace("-", "→")
