"""A progress bar on standard error for long translations, where somebody can see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.commands.console import stderr
from translator.draw.language import say
from translator.errors import InputError

Begun = Callable[[int | None], Callable[[int], None]]
"""Takes how many there are to do, if that is known, and gives what to call with how many more are done."""


def count_lines(path: Path) -> int:
    """Lines of a file, the last without an end too. Raises ``InputError`` if it cannot be read."""
    lines, last = 0, b"\n"
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
                last = block[-1:]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return lines + (last != b"\n")


@contextmanager
def translating(output: Path | None, unit: str = "lines") -> Iterator[Begun]:
    """A bar, only if standard error is a terminal and the translations do not go there too."""
    if not sys.stderr.isatty() or (output is None and sys.stdout.isatty()):
        yield lambda _: lambda _: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else say(f"{task.speed:,.0f} {unit}/s"))

    told = (DownloadColumn(), TransferSpeedColumn()) if unit == "bytes" else (MofNCompleteColumn(), Speed())
    columns = (BarColumn(), *told, TimeRemainingColumn())
    # rich would send standard output through the bar's console, and so to the terminal instead of where it goes
    with Progress(*columns, console=stderr(), transient=True, speed_estimate_period=5, redirect_stdout=False) as bar:

        def begun(total: int | None) -> Callable[[int], None]:
            task = bar.add_task("translating", total=total)
            return lambda count: bar.advance(task, count)

        yield begun
