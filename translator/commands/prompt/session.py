"""The interactive session without its terminal: a line goes in, what there is to show comes out.

A text is translated by the same function as a pipe, a file or an argument, so that a sentence gets the same
translation everywhere. What can be typed after a colon is a function with ``@command`` above it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from translator.config import Direction, SearchConfig
from translator.draw.language import say
from translator.errors import TranslatorError, UsageError, did_you_mean

if TYPE_CHECKING:
    from translator.model.checkpoint import Checkpoint
    from translator.translation import Alternative, TranslateOptions, Translation, Translator

T = TypeVar("T")
Work = Callable[[Callable[[], Any]], Any]
"""Does something that may take long; the terminal gives one that Ctrl-C can leave."""


def in_background(work: Callable[[], T]) -> Future[T]:
    """Start ``work`` in a thread that does not keep the program from ending."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _open_torch() -> None:
    """Open torch's largest library, half a second, by a call that lets other threads run; an import would not, and
    what is typed in that time would not be seen."""
    found = importlib.util.find_spec("torch")
    library = Path(found.origin).parent / "lib" / "libtorch_cpu.so" if found and found.origin else Path()
    if library.is_file() and hasattr(os, "RTLD_NOW") and "torch" not in sys.modules:
        import ctypes

        ctypes.CDLL(None).dlopen(os.fsencode(library), os.RTLD_NOW)


def _no_options() -> TranslateOptions:
    from translator.translation import TranslateOptions

    return TranslateOptions()


@dataclass(frozen=True)
class State:
    """What commands change: how texts are translated and shown."""

    direction: Direction | None = None  # None = detected for each line
    search: SearchConfig = SearchConfig()  # noqa: RUF009  (frozen)
    n_best: int = 1  # translations shown; the beam widens for them and narrows again
    attention: bool = False  # draw the picture under each translation
    layer: int | None = None  # of the picture, from 1; None = the last
    head: int | None = None  # of the picture, from 1; None = the mean of all
    confidence: bool = False  # mark doubtful words
    options: TranslateOptions = field(default_factory=_no_options)  # words of the user's own, and the rest

    @property
    def config(self) -> SearchConfig:
        """How to search. Raises ``UsageError`` on values out of their range."""
        return replace(self.search, beam=max(self.search.beam, self.n_best), n_best=self.n_best)


class Translated(NamedTuple):
    """A line and its translation, to be shown as ``state`` has it."""

    translation: Translation
    state: State
    line: int | None  # its number in what was pasted; None if it was the only one


Reply = Translated | str | TranslatorError
"""A translation, what a command has to say, or why a line could not be done; the session goes on."""


class Session:
    """One user at one prompt, with one model."""

    def __init__(
        self, load: Callable[[], Translator], state: State | None = None, work: Work = lambda work: work()
    ) -> None:
        """``load`` gives the model, always the same; ``work`` runs what may take long."""
        self.state = state or State()
        self.last: Translation | None = None  # the last text that was translated
        self.ended = False
        self._load, self._work = load, work
        self._weights: Future[Checkpoint] | None = None  # torch and what it reads, which takes seconds

    @property
    def translator(self) -> Translator:
        """The model, waited for."""
        return self._load()

    @property
    def direction(self) -> Direction | None:
        """The direction that the prompt shows: the one in force, or with detection what it found last."""
        return self.state.direction or (self.last.direction if self.last else None)

    @property
    def prompt(self) -> str:
        """What stands before the cursor."""
        shown = (self.direction or "").replace("-", "→")
        return f"{'' if self.state.direction else 'auto '}{shown}".rstrip() + "> "

    def change(self, **changes: Any) -> None:
        """Change the state. Raises ``UsageError``, and changes nothing, on values out of their range."""
        state = replace(self.state, **changes)
        _ = state.config
        self.state = state
        if state.attention:  # so that they are there when the next line is
            self.begin_weights()

    def begin_weights(self) -> Future[Checkpoint]:
        """Begin to read what looking inside needs, while the user types or reads."""

        def read() -> Checkpoint:
            _open_torch()
            return self.translator.checkpoint

        self._weights = self._weights or in_background(read)
        return self._weights

    def wait_for_weights(self) -> None:
        """Until looking inside takes no longer than it must. Raises ``CheckpointError``."""
        self._work(self.begin_weights().result)

    def change_options(self, **changes: Any) -> None:
        """Ask something else of translations. Raises ``UsageError``, and changes nothing, if the model cannot do it."""
        options = replace(self.state.options, **changes)
        self.translator.translate_batch([], None, None, options)
        self.change(options=options)

    def alternatives(self, word: str) -> list[Alternative]:
        """What else could stand for ``word`` in the last translation. Raises ``InputError`` naming its words."""
        translator, segments = self.translator, self.last.segments if self.last else []
        for segment in segments:
            words = [found.text.casefold() for found in translator.subwords.words(segment.hypotheses[0].ids)]
            if word.casefold() in words or segment is segments[-1]:
                config = self.state.config
                found: list[Alternative] = self._work(lambda: translator.alternatives(segment, word, config=config))  # noqa: B023
                return found
        return []

    def translate(self, lines: list[str]) -> Iterator[Reply]:
        """Each line with its translation, as it is done."""
        state = self.state

        def translated(line: str) -> Translation:
            weights = self.begin_weights() if state.attention else None
            found = self.translator.translate(line, state.direction, state.config, state.options)
            if weights:
                weights.result()
            return found

        for number, line in enumerate(lines, start=1):  # one by one: each is shown at once, and Ctrl-C skips the rest
            translation = self._work(lambda: translated(line))  # noqa: B023
            if translation.segments:
                self.last = translation
            yield Translated(translation, state, number if len(lines) > 1 else None)


Handler = Callable[[Session, str], str]
"""Changes the session or reads it, by what stood after the name; returns what to say, or raises ``UsageError``."""


class Command(NamedTuple):
    """What can be typed after a colon."""

    name: str
    argument: str  # as in the help: "N", "[N]" if it may be left out, "" if it takes none
    help: str
    run: Handler
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """How it is typed."""
        return f":{self.name} {self.argument}".rstrip()


COMMANDS: dict[str, Command] = {}


def command(name: str, argument: str = "", help: str = "", *aliases: str) -> Callable[[Handler], Handler]:
    """Make a function a command of the prompt."""

    def add(run: Handler) -> Handler:
        COMMANDS[name] = Command(name, argument, help, run, aliases)
        return run

    return add


def find_command(name: str) -> Command:
    """The command of that name. Raises ``UsageError`` with the nearest there is."""
    known = {alias: found for found in COMMANDS.values() for alias in (found.name, *found.aliases)}
    if name in known:
        return known[name]
    near = did_you_mean(name, known, ":")
    raise UsageError(f":{name} is no command", f"{near}:help lists them; :: begins a text with a colon")


def answer(session: Session, text: str) -> Iterator[Reply]:
    """What there is to show for a line that was typed, or for several that were pasted.

    Several lines are all text: nothing in them is a command, and blank ones are kept. In a single line ``::`` at the
    start stands for a ``:`` that is not a command's.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    if not text.strip():
        return
    try:
        if len(lines) > 1:
            yield from session.translate(lines)
        elif not text.startswith(":") or text.startswith("::"):
            yield from session.translate([lines[0].removeprefix(":")])
        elif message := _run(session, lines[0][1:]):
            yield message if "\n" in message else say(message)
    except TranslatorError as error:
        yield error


def _run(session: Session, line: str) -> str:
    name, _, argument = line.strip().partition(" ")
    found, argument = find_command(name), argument.strip()
    if argument and not found.argument:
        raise UsageError(f":{found.name} takes nothing after it", f"{found.usage}  {say(found.help)}")
    if not argument and found.argument and not found.argument.startswith("["):
        raise UsageError(f":{found.name} needs {found.argument}", f"{found.usage}  {say(found.help)}")
    return found.run(session, argument)
