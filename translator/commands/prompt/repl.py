"""The prompt: reads lines from a terminal, gives them to a session, shows what comes back.

prompt_toolkit edits the line and keeps the history; on a dumb terminal the line is read plainly. The model is loaded
while the first prompt already stands.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from translator.commands.console import manner, stderr, stdout, tell_error, visible, warn
from translator.commands.prompt.inside import INSIDE, options_of
from translator.commands.prompt.registry import answer
from translator.commands.prompt.session import Failure, Message, Reply, Session, State, Translated, in_background
from translator.commands.prompt.session_commands import COMMANDS
from translator.draw.language import say
from translator.errors import TranslatorError

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from translator.translation import Translation, Translator

T = TypeVar("T")
Show = Callable[["Translator", "Translation", State], None]
"""Prints one translation on standard output, as the state has it."""
_LONGEST_KEPT = 10_000  # characters of an entry of the history; a pasted book is not worth keeping


class LineReader(Protocol):
    """Where lines come from."""

    def read(self, prompt: str, loading: Future[Translator]) -> str:
        """What was typed, or pasted: several lines then. Raises ``EOFError`` at the end or when loading failed."""


def _interruptible(work: Callable[[], T]) -> T:
    """``work()``, which Ctrl-C leaves at once, even from inside the engine; what it still does is thrown away."""
    return in_background(work).result()


def run_repl(load: Callable[[], Translator], show: Show, state: State, reader: LineReader | None = None) -> None:
    """Ask, translate and show until the user leaves. Raises what ``load`` raises."""
    session: Session | None = None
    reader = reader or _reader(lambda: session.begin_weights() if session else None)
    loading = in_background(load)
    stderr().print(say("translator · :help lists the commands, exit or Ctrl-D ends"), style="dim")
    while session is None or not session.ended:
        try:
            text = reader.read(session.prompt if session else _first_prompt(state), loading)
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        if text.strip().lower() in _LEAVE:
            stderr().print(say('(to translate that word: translator "exit")'), style="dim")
            break
        try:
            if session is None:
                session = Session(loading.result(), state, _interruptible)
            for reply in answer(session, text):
                _print(session.translator, reply, show)
        except KeyboardInterrupt:
            stdout().print(f"\n{say('cancelled')}", style="dim")
    if loading.done() and (error := loading.exception()):
        raise error


_LEAVE = ("exit", "quit", ":quit", ":exit", ":q")


def _first_prompt(state: State) -> str:
    return f"{state.direction.replace('-', '→')}> " if state.direction else "auto> "


def _print(translator: Translator, reply: Reply, show: Show) -> None:
    if isinstance(reply, Message):
        stdout().print(visible(reply.text), markup=False)
    elif isinstance(reply, Failure):
        tell_error(reply.error)
    else:
        _print_translation(translator, reply, show)


def _print_translation(translator: Translator, reply: Translated, show: Show) -> None:
    try:
        show(translator, reply.translation, reply.state)
    except TranslatorError as error:
        tell_error(error)
    sys.stdout.flush()
    for warning in reply.translation.warnings:
        warn(warning if reply.line is None else f"line {reply.line}: {warning}")


def history_file() -> Path:
    """Where the history is kept: ``history`` in the user's state folder."""
    from platformdirs import user_state_path

    return user_state_path("translator", appauthor=False) / "history"


def _reader(on_colon: Callable[[], None]) -> LineReader:
    if os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        return PlainReader()
    return PromptReader(history_file() if manner().history else None, on_colon=on_colon)


class PlainReader:
    """For a terminal that cannot move its cursor: the line as the terminal itself gives it."""

    def read(self, prompt: str, loading: Future[Translator]) -> str:
        """One line. Raises ``EOFError``."""
        sys.stdout.write(prompt)
        sys.stdout.flush()
        try:
            raw = sys.stdin.buffer.readline()
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            raise
        if not raw:
            sys.stdout.write("\n")
            raise EOFError
        return raw.decode("utf-8", "replace").rstrip("\r\n")


class PromptReader:
    """A line editor with history, completion of commands, and bracketed paste."""

    def __init__(
        self,
        history: Path | None,
        input: Input | None = None,
        output: Output | None = None,
        on_colon: Callable[[], None] = lambda: None,
    ) -> None:
        """``history`` is a file, made if there is none; with ``None`` nothing is kept. ``on_colon`` is called when a
        command is begun."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
        from prompt_toolkit.keys import Keys

        keys = KeyBindings()

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add(Keys.BracketedPaste)
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text(_printable(event.data))

        self._prompt: PromptSession[str] = PromptSession(
            completer=_completer(),
            complete_while_typing=False,
            history=_history(history),
            key_bindings=keys,
            input=input,
            output=output,
        )
        self._prompt.default_buffer.on_text_changed += lambda buffer: on_colon() if buffer.text == ":" else None

    def read(self, prompt: str, loading: Future[Translator]) -> str:
        """What was typed or pasted, without bytes that are no text. Raises ``EOFError``, ``KeyboardInterrupt``."""

        def watch() -> None:
            loading.add_done_callback(lambda _: self._leave_if_failed(loading))

        style = "" if manner().color == "never" else "bold"
        text = self._prompt.prompt([(style, prompt)], pre_run=None if loading.done() else watch)
        return re.sub("[\ud800-\udfff]", "\ufffd", text)

    def _leave_if_failed(self, loading: Future[Translator]) -> None:
        """End the prompt that stands while the model turns out not to load; called from the loading thread."""
        app = self._prompt.app
        if loading.exception() and app.loop:
            app.loop.call_soon_threadsafe(lambda: app.is_running and app.exit(exception=EOFError))


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


def _completer() -> Completer:
    from prompt_toolkit.completion import Completer, Completion

    class Commands(Completer):
        def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
            text = document.text_before_cursor
            begun = text if " " not in text else text.rpartition(" ")[2]
            return (Completion(word, -len(begun)) for word in completions(text))

    return Commands()


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
