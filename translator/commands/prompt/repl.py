"""The prompt: reads lines from a terminal, gives them to a session, shows what comes back.

prompt_toolkit edits the line and keeps the history; on a dumb terminal the line is read plainly. The model is loaded
while the first prompt already stands; what looking inside needs, once nothing is typed after a first translation.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from translator.commands.console import global_options, set_global_options, stderr, stdout, tell_error, visible, warn
from translator.commands.prompt.session import Reply, Session, State, Translated, answer, in_background
from translator.commands.prompt.session_commands import COMMANDS, INSIDE, options_of
from translator.draw.language import say
from translator.errors import TranslatorError

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from translator.translation import Translation, Translator

Show = Callable[["Translator", "Translation", State], None]
"""Prints one translation on standard output, as the state has it."""
_LONGEST_KEPT = 10_000  # characters of an entry of the history; a pasted book is not worth keeping
_IDLE = 1.0  # seconds without a key after which nobody is thought to be typing
_LEAVE = ("exit", "quit", ":quit", ":exit", ":q")


Read = Callable[[str, Future["Translator"]], str]
"""What was typed after the prompt, or pasted: several lines then. The future is of the model; raises ``EOFError`` at
the end or when that could not be loaded."""


def run_repl(load: Callable[[], Translator], show: Show, state: State, read: Read | None = None) -> None:
    """Ask, translate and show until the user leaves. Raises what ``load`` raises."""
    loading = in_background(load)
    # Ctrl-C leaves what may take long at once, even inside the engine; what it still does is thrown away
    session = Session(loading.result, state, lambda work: in_background(work).result())
    read = read or _reader(session)
    stderr().print(say("translator · :help lists the commands, exit or Ctrl-D ends"), style="dim")
    while not session.ended:
        try:
            text = read(session.prompt, loading)
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        if text.strip().lower() in _LEAVE:
            stderr().print(say('(to translate that word: translator "exit")'), style="dim")
            break
        try:
            translator = loading.result()
            for reply in answer(session, text):
                _print(translator, reply, show)
        except KeyboardInterrupt:
            stdout().print(f"\n{say('cancelled')}", style="dim")
    if loading.done() and (error := loading.exception()):
        raise error


def _print(translator: Translator, reply: Reply, show: Show) -> None:
    if isinstance(reply, str):
        stdout().print(visible(reply), markup=False)
    elif isinstance(reply, Translated):
        try:
            show(translator, reply.translation, reply.state)
        except TranslatorError as error:
            tell_error(error)
        sys.stdout.flush()
        for warning in reply.translation.warnings:
            warn(warning if reply.line is None else f"line {reply.line}: {warning}")
    else:
        tell_error(reply)


def _reader(session: Session) -> Read:
    if os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        return _read_plainly
    from platformdirs import user_state_path

    history = user_state_path("translator", appauthor=False) / "history"

    def prepare(now: bool) -> None:
        if now or session.last:
            session.begin_weights()
            set_global_options(at_once=True)

    return PromptReader(history if global_options().history else None, prepare=prepare).read


def _read_plainly(prompt: str, loading: Future[Translator]) -> str:
    """A line from a terminal that cannot move its cursor, as the terminal itself gives it."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    raw = b""
    try:
        raw = sys.stdin.buffer.readline()
    finally:
        if not raw:
            sys.stdout.write("\n")
    if not raw:
        raise EOFError
    return raw.decode("utf-8", "replace").rstrip("\r\n")


class PromptReader:
    """A line editor with history, completion of commands, and bracketed paste."""

    def __init__(
        self,
        history: Path | None,
        input: Input | None = None,
        output: Output | None = None,
        prepare: Callable[[bool], None] = lambda now: None,
    ) -> None:
        """``history`` is a file, made if there is none; with ``None`` nothing is kept. ``prepare`` is called with
        ``True`` when a command is begun, and with ``False`` when nothing was typed for a while."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
        from prompt_toolkit.keys import Keys

        keys = KeyBindings()

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add(Keys.BracketedPaste)
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text(_printable(event.data))

        class Commands(Completer):
            def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
                text = document.text_before_cursor
                return (Completion(word, -len(text.rpartition(" ")[2])) for word in completions(text))

        self._prompt: PromptSession[str] = PromptSession(
            completer=Commands(),
            complete_while_typing=False,
            history=_history(history),
            key_bindings=keys,
            input=input,
            output=output,
        )
        self._prepare = prepare
        self._idle: TimerHandle | None = None
        self._prompt.default_buffer.on_text_changed += self._typed

    def _typed(self, buffer: Buffer) -> None:
        if buffer.text == ":":
            self._prepare(True)
        if self._idle:
            self._idle.cancel()
        if loop := self._prompt.app.loop:
            self._idle = loop.call_later(_IDLE, self._prepare, False)

    def read(self, prompt: str, loading: Future[Translator]) -> str:
        """What was typed or pasted, without bytes that are no text. Raises ``EOFError``, ``KeyboardInterrupt``."""
        app = self._prompt.app

        def leave_if_failed(_: Future[Translator]) -> None:  # called from the loading thread, while the prompt stands
            if loading.exception() and app.loop:
                app.loop.call_soon_threadsafe(lambda: app.is_running and app.exit(exception=EOFError))

        def begin() -> None:
            self._typed(self._prompt.default_buffer)
            if not loading.done():
                loading.add_done_callback(leave_if_failed)

        style = "" if global_options().color == "never" else "bold"
        text = self._prompt.prompt([(style, prompt)], pre_run=begin)
        return re.sub("[\ud800-\udfff]", "\ufffd", text)


def completions(text: str) -> list[str]:
    """What can stand for the last word of ``text``, where that is the beginning of a command."""
    if not text.startswith(":") or "\n" in text:
        return []
    name, space, rest = text[1:].partition(" ")
    if not space:
        return [f":{known}" for known in COMMANDS if known.startswith(name)]
    *before, word = rest.split(" ")
    options = dict(options_of(name)) if name in INSIDE else {}
    given = options.get(before[-1], []) if before else []
    return [one for one in (given or (options if word.startswith("-") else [])) if one.startswith(word)]


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _printable(pasted: str) -> str:
    """A paste without the control and bidi characters that would show it other than it is; translation drops them."""
    return _UNSEEN.sub("", pasted.replace("\r\n", "\n").replace("\r", "\n"))


def _history(path: Path | None) -> History:
    """A file that only its user can read; in memory where that cannot be had."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    if path is None:
        return InMemoryHistory()

    class PrivateHistory(FileHistory):
        def store_string(self, string: str) -> None:
            if len(string) <= _LONGEST_KEPT:
                try:
                    super().store_string(string)
                except OSError as error:  # a full disk must not end the session
                    warn(f"{path} could not be written: {error.strerror}")

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)
    except OSError as error:
        warn(f"no history is kept: {path} cannot be written: {error.strerror}")
        return InMemoryHistory()
    return PrivateHistory(str(path))
