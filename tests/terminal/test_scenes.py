"""Ten scenes on a real terminal (a pseudo-terminal, and pyte as its screen), with the shipped model.

python tests/terminal/test_scenes.py        writes docs/terminal-scenes.md and its pictures anew
"""

from __future__ import annotations

import fcntl
import io
import itertools
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from translator.draw.colour import Scheme

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "terminal-scenes.md"
pyte: Any = pytest.importorskip("pyte")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

DARK, LIGHT = {"COLORFGBG": "15;0"}, {"COLORFGBG": "0;15"}
PLAIN, PORTUGUESE = {"NO_COLOR": "1"}, {"COLORFGBG": "15;0", "LC_MESSAGES": "pt_BR.UTF-8"}
SMALL, LARGE = (80, 24), (120, 40)
DONE = r"\$ *\Z"  # the shell asks for the next command
PASTE = "\x1b[200~{}\x1b[201~"


@dataclass(frozen=True)
class Scene:
    """What is typed, and what the screen must show for it."""

    name: str
    title: str
    size: tuple[int, int]  # columns, rows
    look: dict[str, str]
    steps: tuple[tuple[str, str], ...]  # what is typed, and what shows that it was done
    shows: tuple[str, ...]


SCENES = (
    Scene(
        "text",
        "A text, several words without quotation marks, a pipe",
        SMALL,
        DARK,
        (
            ('translator "I am happy."\r', DONE),
            ("translator where do you live\r", DONE),
            (r"printf 'Good morning.\n\nBom dia.\n' | translator" + "\r", DONE),
        ),
        (r"\nEstou feliz\.\n", r"\n[Oo]nde ", r"\nBom dia\.\n\nGood morning\.\n"),
    ),
    Scene(
        "help",
        "The help: commands by what a person wants",
        LARGE,
        LIGHT,
        (("translator --help\r", DONE),),
        (
            r"\nYour own corpus and model\n  corpus ",
            r"\nMeasure\n  evaluate ",
            r"\nOptions\n  --version",
        ),
    ),
    Scene(
        "command",
        "The help of a command",
        SMALL,
        DARK,
        (("translator calibrate --help\r", DONE),),
        (r"Usage: translator calibrate FILE… \[OPTIONS\]\n", r"\nExample\n  translator calibrate dev\.tsv --store\n"),
    ),
    Scene(
        "attention",
        "Where the model looked, on a dark terminal",
        SMALL,
        DARK,
        (('translator attend "I am happy."\r', DONE),),
        (r"<2pt> +I +am +happy", r"feliz │", r"not why it chose the word"),
    ),
    Scene(
        "attention-light",
        "The same on a light terminal, 120 columns wide",
        LARGE,
        LIGHT,
        (('translator attend "My brother works in a hospital."\r', DONE),),
        (r"hospital", r"trabalha │"),
    ),
    Scene(
        "no-colour",
        "Without colour (NO_COLOR): the pieces of a text",
        SMALL,
        PLAIN,
        (('translator tokens "A fluffy blue creature."\r', DONE),),
        (r"<2pt>", r"creature"),
    ),
    Scene(
        "mistakes",
        "Mistakes: what, where, and what to do next",
        SMALL,
        DARK,
        (
            ('translator attend "I am happy." --kidn encoder\r', DONE),
            ("translator --input no.txt\r", DONE),
            ("translator next\r", DONE),
            ('translator "I am happy." --beam wide\r', DONE),
        ),
        (
            r"error: translator attend: there is no option --kidn\ndid you mean --kind\?",
            r"error: no\.txt cannot be read: No such file",
            r"error: translator next: TEXT is missing\nto translate that word",
            r"error: translator translate: --beam wide: it takes a whole number",
        ),
    ),
    Scene(
        "prompt",
        "The prompt: looking inside the last translation, with Tab",
        LARGE,
        DARK,
        (
            ("translator\r", r"auto> \Z"),
            ("I am happy.\r", r"auto en→pt> \Z"),
            (":attend --ki\t", r":attend --kind \Z"),
            (" encoder --head 2\r", r"% of each row[^$]+auto en→pt> \Z"),
            (":next --top 3\r", r"next piece[^$]+auto en→pt> \Z"),
        ),
        (r"\nEstou feliz\.\n", r"encoder", r"head 2/5"),
    ),
    Scene(
        "paste",
        "The prompt: a paste is one text, :settings hides nothing, exit leaves",
        SMALL,
        LIGHT,
        (
            ("translator --no-history\r", r"auto> \Z"),
            (PASTE.format("Good morning.\n\n:quit") + "\r", r"\nBom dia\.\n\n[^\n]+\nauto \S+ \Z"),
            (":settings\r", r"\nglossary +none\nauto \S+ \Z"),
            ("exit\r", DONE),
        ),
        (r"\nBom dia\.\n", r"\nbeam +1\n", r"\nprefix +none\n", r'\(to translate that word: translator "exit"\)'),
    ),
    Scene(
        "portuguese",
        "In Portuguese, where the environment speaks it",
        SMALL,
        PORTUGUESE,
        (("translator plot --help\r", DONE), ("translator --input no.txt\r", DONE)),
        (r"Uso: translator plot", r"erro: não é possível ler no\.txt: não existe o arquivo"),
    ),
)


class Terminal:
    """A shell on a pseudo-terminal, and what its screen shows."""

    def __init__(self, size: tuple[int, int], look: dict[str, str], folder: Path) -> None:
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        program = folder / "bin" / "translator"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m translator "$@"\n')
        program.chmod(0o755)
        kept = ("HOME", "PATH", "PYTHONPATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ} | look
        environment |= {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PS1": "$ ",
            "TERM": "xterm-256color",
            "XDG_STATE_HOME": str(folder / "state"),
            "TRANSLATOR_CONFIG": str(folder / "none.toml"),
        }
        environment["LC_CTYPE"] = "C.UTF-8"
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.screen.write_process_input = lambda data: os.write(self.master, data.encode())
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "+o", "history", "-i"],
            stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=folder, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)

    @property
    def text(self) -> str:
        """What the screen shows, without blanks at the end of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n") + " "

    def until(self, pattern: str, seconds: float = 40) -> None:
        """Wait for a screen that ``pattern`` is found in, and that stays."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                self.stream.feed(os.read(self.master, 1 << 16))
            elif re.search(pattern, self.text):
                return
        raise AssertionError(f"{pattern!r} did not come; the screen is\n{self.text}")

    def close(self) -> None:
        """End the shell and what runs in it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        os.close(self.master)


def played(scene: Scene, folder: Path) -> Terminal:
    """A terminal on which the scene was played to its end."""
    terminal = Terminal(scene.size, scene.look, folder)
    try:
        terminal.until(DONE)
        for typed, done in scene.steps:
            os.write(terminal.master, typed.encode())
            terminal.until(re.escape(typed.split("\t")[0].split("\r")[0][:20].removeprefix("\x1b[200~").split("\n")[0]))
            terminal.until(done)
    finally:
        terminal.close()
    return terminal


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_scene(scene: Scene, tmp_path: Path) -> None:
    terminal = played(scene, tmp_path)
    for pattern in scene.shows:
        assert re.search(pattern, "\n" + terminal.text), f"{pattern!r} is not on the screen\n{terminal.text}"
    assert "Traceback" not in terminal.text
    coloured = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()} - {"default"}
    assert not (coloured and "NO_COLOR" in scene.look)


def test_the_page_has_every_scene() -> None:
    text = PAGE.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [scene.title for scene in SCENES]
    assert all((PAGE.parent / name).is_file() for name in re.findall(r"\]\((\S+\.svg)\)", text))


def _cells(terminal: Terminal) -> Iterator[Any]:
    """The lines of the screen with their colours, as rich has them."""
    from rich.style import Style
    from rich.text import Text

    def color(name: str) -> str:
        named = name.replace("brown", "yellow").replace("bright", "bright_")
        return f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else named

    def style(cell: Any) -> Style:
        return Style(color=color(cell.fg), bgcolor=color(cell.bg), bold=cell.bold, reverse=cell.reverse)

    for number, shown in enumerate(terminal.text.splitlines()):
        row = [terminal.screen.buffer[number][column] for column in range(len(shown))]
        runs = ((look, "".join(cell.data for cell in cells)) for look, cells in itertools.groupby(row, style))
        yield Text.assemble(*((text, look) for look, text in runs))


def _picture(terminal: Terminal, scene: Scene) -> str:
    from rich.console import Console

    from translator.commands.saving import saved

    console = Console(
        record=True, width=scene.size[0], file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in _cells(terminal):
        console.print(line, no_wrap=True, crop=False)
    scheme: Scheme = "light" if scene.look is LIGHT else "dark"
    return saved(console, Path("scene.svg"), scheme).decode()


def write_page() -> None:
    """Play every scene, and write what the screens show."""
    parts = [
        "# Ten scenes in a terminal\n\nMade by `python tests/terminal/test_scenes.py`: typed into a shell on a "
        "terminal of 80×24 or 120×40, dark, light or without colour, and copied from its screen.\n"
    ]
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            terminal = played(scene, Path(folder))
        parts.append(
            f"\n## {scene.title}\n\n```text\n{terminal.text.removesuffix(' ').removesuffix('$').rstrip()}\n```\n"
        )
        if scene.name.startswith("attention"):
            name = f"pictures/terminal-{scene.name}.svg"
            (PAGE.parent / name).write_text(_picture(terminal, scene), "utf-8")
            parts.append(f"\n![{scene.title}]({name})\n")
    PAGE.write_text("".join(parts), "utf-8")


if __name__ == "__main__":
    write_page()
