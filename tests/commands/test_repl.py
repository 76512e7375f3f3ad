"""The prompt: keys in by a pipe, and the whole program on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from examples import SENTENCES
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from translator import Translator
from translator.commands.prompt.repl import PromptReader, run_repl
from translator.commands.prompt.session import Session, State, Translated, answer
from translator.errors import CheckpointError

EN, PT = SENTENCES[0], SENTENCES[1]
LOADED: Future[Translator] = Future()
LOADED.set_result(cast(Translator, None))
PASTE = "\x1b[200~{}\x1b[201~"


@pytest.fixture
def keys() -> Iterator[Any]:
    with create_pipe_input() as pipe:
        yield pipe


def typed(keys: Any, text: str, history: Path | None = None) -> str:
    reader = PromptReader(history, keys, DummyOutput())
    keys.send_bytes(text.encode("utf-8", "surrogateescape"))
    return reader.read("> ", LOADED)


@pytest.mark.parametrize(
    ("typing", "read"),
    [
        ("mel\r", "mel"),
        ("meel\x1b[D\x7f\r", "mel"),  # left, backspace
        ("el\x01m\r", "mel"),  # Ctrl-A
        ("one\x1b\rtwo\r", "one\ntwo"),  # Alt-Enter
        (PASTE.format("a\r\n\r\nb\n:quit") + "\r", "a\n\nb\n:quit"),
        (PASTE.format("\x1b[31mred\x00 \u202emel\u2066 👩\u200d👧") + "\r", "[31mred mel 👩\u200d👧"),
    ],
)
def test_what_keys_make(keys: Any, typing: str, read: str) -> None:
    assert typed(keys, typing) == read


def test_nobody_typing_and_a_command_begun_are_told(keys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []

    def prepare(now: bool) -> None:
        told.append(now)
        keys.send_text(
            {1: "a", 2: "\x7f:", 3: "help\r"}.get(len(told), "")
        )  # each is typed when the one before is told

    monkeypatch.setattr("translator.commands.prompt.repl._IDLE", 0.01)
    assert PromptReader(None, keys, DummyOutput(), prepare).read("> ", LOADED) == ":help"
    assert told[:3] == [False, False, True]


def test_weights_are_read_while_others_go_on(trained: Path) -> None:
    translator, release = Translator.load(trained), threading.Event()

    class Slow:
        folder = translator.folder

        @property
        def checkpoint(self) -> str:
            release.wait(30)
            return "read"

        def translate(self, *of: Any) -> Any:
            return translator.translate(*of)

    session = Session(lambda: cast(Translator, Slow()))
    session.begin_weights()
    [reply] = answer(session, EN)
    assert isinstance(reply, Translated)
    assert reply.translation.target == PT
    release.set()
    session.wait_for_weights()


def test_tab_completes_commands_at_the_start_of_a_line_only(keys: Any) -> None:
    completer = PromptReader(None, keys, DummyOutput())._prompt.completer
    assert completer is not None

    def offered(text: str) -> list[str]:
        return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]

    assert offered(":swa") == [":swap"]
    assert offered(":at") == [":attention", ":attend"]
    assert offered(":attend --ki") == ["--kind"]
    assert offered(":attend --kind e") == ["encoder"]
    assert offered(":attend --kind encoder ") == offered(":n --") == []
    assert offered("a") == offered("see :swa") == []


def test_bytes_that_are_no_text_become_a_mark(keys: Any) -> None:
    assert typed(keys, "ma\udce7a\r") == "ma\ufffda"


def test_ctrl_c_and_ctrl_d(keys: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        typed(keys, "half a line\x03")
    with pytest.raises(EOFError):
        typed(keys, "\x04")


def test_history_goes_from_one_run_to_the_next_and_is_private(keys: Any, tmp_path: Path) -> None:
    file = tmp_path / "state" / "translator" / "history"
    assert typed(keys, "first\r", file) == "first"
    assert typed(keys, "one\x1b\rtwo\r", file) == "one\ntwo"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.chmod(0o644)  # by an older version, or by hand
    assert typed(keys, "\x1b[A\r", file) == "one\ntwo"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert len(typed(keys, PASTE.format("x" * 10_001) + "\r", file)) == 10_001
    assert file.read_bytes() == before


def test_history_that_cannot_be_kept_is_told_and_no_more(
    keys: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert typed(keys, "mel\r", tmp_path / "file" / "history") == "mel"
    assert "no history is kept" in capsys.readouterr().err


class Lines:
    """A reader of lines known beforehand."""

    def __init__(self, *lines: str) -> None:
        self.lines = iter(lines)
        self.prompts: list[str] = []

    def read(self, prompt: str, loading: Future[Translator]) -> str:
        self.prompts.append(prompt)
        for line in self.lines:
            return line
        raise EOFError


def test_ctrl_c_leaves_a_translation_and_the_session_goes_on(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    translator = Translator.load(trained)
    plain, begun, release = translator.translate, threading.Event(), threading.Event()

    def slow(text: str, *rest: Any) -> Any:
        if text == "slow":
            begun.set()
            release.wait(30)
        return plain(text, *rest)

    def interrupt() -> None:
        begun.wait(30)
        time.sleep(0.1)  # until the main thread waits for the answer
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(translator, "translate", slow)
    threading.Thread(target=interrupt, daemon=True).start()
    shown: list[str] = []
    run_repl(lambda: translator, lambda _, t, __: shown.append(t.target), State(), Lines("slow", EN).read)
    release.set()
    assert shown == [PT]
    assert "cancelled" in capsys.readouterr().out


def test_a_model_is_loaded_once_and_only_its_failure_ends_the_prompt() -> None:
    calls = []

    def load() -> Translator:
        calls.append(1)
        raise CheckpointError("no model there")

    reader = Lines("mel", "mel")
    with pytest.raises(CheckpointError, match="no model there"):
        run_repl(load, lambda *_: None, State(), reader.read)
    assert (len(calls), len(reader.prompts)) == (1, 1)


def test_a_prompt_that_stands_ends_when_the_model_cannot_be_loaded(keys: Any) -> None:
    loading: Future[Translator] = Future()
    reader = PromptReader(None, keys, DummyOutput())
    threading.Timer(0.2, lambda: loading.set_exception(CheckpointError("no"))).start()
    late = threading.Timer(20, lambda: keys.send_text("\r"))  # so that a failure is one, and no wait for ever
    late.start()
    with pytest.raises(EOFError):
        reader.read("> ", loading)
    late.cancel()


def test_a_mistake_of_show_or_of_the_user_does_not_end_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = SimpleNamespace(segments=[], warnings=["\x1b[31mlong"], target="x", direction="en-pt")
    folder = SimpleNamespace(path=Path("/x/\x1b[31mred"))
    translator = SimpleNamespace(translate=lambda *_: found, folder=folder, engine="none")

    def show(*_: Any) -> None:
        raise CheckpointError("no picture \x1b[31m")

    run_repl(
        lambda: cast(Translator, translator),
        show,
        State(),
        Lines("a", ":nothing", "\x1b[2J", ":settings", ":quit", "b").read,
    )
    out, err = capsys.readouterr()
    assert err.count("no picture") == 2
    assert err.count("warning: ") == 2
    assert ":nothing is no command" in err
    assert "red, engine none" in out
    assert "\x1b" not in out + err


def _plain(raw: bytes) -> str:
    """What is complete of it, without cursor movements and colours."""
    text = raw.decode("utf-8", "ignore")
    return re.sub(r"\x1b[^a-zA-Z]*$", "", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text))


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "translator", *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"COLUMNS": "80", "LINES": "24"} | environment,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = b""
        self.seen = ""  # without the terminal's own sequences

    def until(self, pattern: str, seconds: float = 60) -> str:
        """What comes up to ``pattern``; it is not seen again."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{pattern!r} did not come; there is {self.seen!r}"
            assert self._read(), f"{pattern!r} did not come before the end; there is {self.seen!r}"
        text, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return text

    def _read(self) -> bool:
        try:
            new = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        if b"\x1b[6n" in new:  # where is the cursor?
            os.write(self.master, b"\x1b[1;1R")
        before = len(_plain(self.raw))
        self.raw += new
        self.seen += _plain(self.raw)[before:]
        return bool(new)

    def send(self, text: str) -> None:
        os.write(self.master, text.encode())

    def leave(self) -> int:
        """Ctrl-D, and the exit code."""
        self.send("\x04")
        while select.select([self.master], [], [], 60)[0] and self._read():
            pass
        os.close(self.master)
        return self.process.wait(60)


@pytest.fixture
def terminal(trained: Path, tmp_path: Path) -> Iterator[Any]:
    from translator.model.checkpoint import add_engine

    model = tmp_path / "model"
    shutil.copytree(trained / "best", model)
    add_engine(model, "int8")
    started: list[Terminal] = []

    def start(*argv: str, **environment: str) -> Terminal:
        own = {"TRANSLATOR_MODEL": str(model), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm"}
        started.append(Terminal(list(argv), own | environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_the_program_on_a_terminal(terminal: Any, tmp_path: Path) -> None:
    one = terminal()
    one.until("auto>")
    one.send(f"{EN}\r")
    one.until(re.escape(PT))
    one.until("auto en→pt>")
    one.send(PASTE.format(f"{EN}\n\n{PT}") + "\r")
    assert re.search(rf"{re.escape(PT)}\r?\n\r?\n{re.escape(EN)}", one.until(rf"\n{re.escape(EN)}\r\n")) is not None
    one.until("auto pt→en>")
    one.send("half\x03")
    one.until("auto pt→en>")
    one.send(":swap\r")
    one.until("en→pt>")
    assert one.leave() == 0
    history = tmp_path / "state" / "translator" / "history"
    assert f"+{EN}\n" in history.read_text("utf-8")
    assert "half" not in history.read_text("utf-8")


@pytest.mark.parametrize(("inside", "code", "out"), [("pass", 0, "said\n"), ("sys.exit(3)", 3, "said\nlate\n")])
def test_an_end_that_waits_for_nothing_loses_nothing(inside: str, code: int, out: str) -> None:
    script = "import atexit, sys; from translator.commands.console import ending, set_global_options\n"
    script += (
        f"atexit.register(print, 'late')\nwith ending():\n    set_global_options(at_once=True); print('said'); {inside}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, "")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_what_looking_inside_needs_is_read_in_silence_once_nothing_is_typed(terminal: Any) -> None:
    one = terminal()
    one.until("auto>")
    one.send(f"{EN}\r")
    one.until("auto en→pt>")
    maps = Path(f"/proc/{one.process.pid}/maps")
    assert "libtorch_python" not in maps.read_text("utf-8")
    end = time.monotonic() + 60
    while "libtorch_python" not in maps.read_text("utf-8"):
        assert time.monotonic() < end
        time.sleep(0.05)
    one.send(f"{PT}\r")
    before = one.until(re.escape(EN))
    assert set(re.findall(r"\S+", before)) <= {"auto", "en→pt>", "auto>", "\x08auto", *PT.split(), *EN.split()}
    one.until("auto pt→en>")
    assert one.leave() == 0


def test_the_program_on_a_dumb_terminal_keeps_no_history_if_asked(terminal: Any, tmp_path: Path) -> None:
    one = terminal("--no-history", "translate", "--to", "pt", TERM="dumb")
    one.until("en→pt>")
    one.send(f"\x16\x1b\x16[31m{EN}\n")  # Ctrl-V: the terminal passes the next character on as it is
    one.until("en→pt>")
    one.send(":n 2\n")
    one.until("2 translations of each line")
    one.until("en→pt>")
    assert one.leave() == 0
    assert b"\x1b" not in one.raw
    assert not (tmp_path / "state").exists()


def test_the_setting_switches_history_off(terminal: Any, tmp_path: Path) -> None:
    one = terminal(TRANSLATOR_HISTORY="off")
    one.until("auto>")
    one.send(f"{EN}\r")
    one.until(re.escape(PT))
    one.until("auto en→pt>")
    assert one.leave() == 0
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("word", ["exit", "quit", "Exit ", ":q"])
def test_a_word_that_leaves_leaves(trained: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    shown: list[str] = []
    run_repl(
        lambda: Translator.load(trained), lambda _, t, __: shown.append(t.target), State(), Lines(EN, word, PT).read
    )
    assert shown == [PT]
    assert 'translator "exit"' in capsys.readouterr().err
