"""An interactive session without its terminal: a line goes in, what there is to show comes out.

It knows no commands: ``registry`` tells those from text. A text is translated by the same function as a pipe, a file
or an argument, so that a sentence gets the same translation everywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from translator.config import Direction, SearchConfig
from translator.errors import TranslatorError

if TYPE_CHECKING:
    from translator.translation import Alternative, TranslateOptions, Translation, Translator

T = TypeVar("T")


class Work(Protocol):
    """Does something that may take long; the terminal gives one that Ctrl-C can leave."""

    def __call__(self, work: Callable[[], T]) -> T:
        """The result of ``work()``."""


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


def _at_once(work: Callable[[], T]) -> T:
    return work()


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
    options: TranslateOptions | None = None  # words of the user's own, and the rest

    @property
    def config(self) -> SearchConfig:
        """How to search. Raises ``UsageError`` on values out of their range."""
        return replace(self.search, beam=max(self.search.beam, self.n_best), n_best=self.n_best)


@dataclass(frozen=True)
class Translated:
    """A line and its translation, to be shown as ``state`` has it."""

    translation: Translation
    state: State
    line: int | None  # its number in what was pasted; None if it was the only one


@dataclass(frozen=True)
class Message:
    """What a command has to say."""

    text: str


@dataclass(frozen=True)
class Failure:
    """A line that could not be done; the session goes on."""

    error: TranslatorError


Reply = Translated | Message | Failure


class Session:
    """One user at one prompt, with one model."""

    def __init__(self, translator: Translator, state: State | None = None, work: Work = _at_once) -> None:
        """``work`` runs what may take long."""
        self.translator = translator
        self.state = State()
        self.last: Translation | None = None  # the last text that was translated
        self.ended = False
        self._work = work
        self._weights: Future[Any] | None = None  # torch and what it reads, which takes seconds
        self.change(**vars(state or self.state))

    @property
    def prompt(self) -> str:
        """The direction in force; with detection, what it found last as well."""
        if self.state.direction:
            return f"{self.state.direction.replace('-', '→')}> "
        return f"auto {self.last.direction.replace('-', '→')}> " if self.last else "auto> "

    @property
    def direction(self) -> Direction | None:
        """The direction that the prompt shows."""
        return self.state.direction or (self.last.direction if self.last else None)

    def change(self, **changes: Any) -> None:
        """Change the state. Raises ``UsageError``, and changes nothing, on values out of their range."""
        state = replace(self.state, **changes)
        _ = state.config
        self.state = state
        if state.attention:  # so that they are there when the next line is
            self.begin_weights()

    def begin_weights(self) -> None:
        """Begin to read what looking inside needs, while the user types."""
        if self._weights is None:
            self._weights = in_background(lambda: self.translator.checkpoint)

    def wait_for_weights(self) -> None:
        """Until looking inside takes no longer than it must. Raises ``CheckpointError``."""
        self.begin_weights()
        if self._weights:
            self._work(self._weights.result)

    @property
    def options(self) -> TranslateOptions:
        """What is asked of a translation beyond the search."""
        from translator.translation import TranslateOptions

        return self.state.options or TranslateOptions()

    def change_options(self, **changes: Any) -> None:
        """Ask something else of translations. Raises ``UsageError``, and changes nothing, if the model cannot do it."""
        options = replace(self.options, **changes)
        self.translator.translate_batch([], None, None, options)
        self.change(options=options)

    def alternatives(self, word: str) -> list[Alternative]:
        """What else could stand for ``word`` in the last translation. Raises ``InputError`` naming its words."""
        segments = self.last.segments if self.last else []
        for segment in segments:
            words = self.translator.subwords.words(segment.hypotheses[0].ids)
            if word.casefold() in (w.text.casefold() for w in words) or segment is segments[-1]:
                config = self.state.config
                return self._work(lambda: self.translator.alternatives(segment, word, config=config))  # noqa: B023
        return []

    def translate(self, lines: list[str]) -> Iterator[Reply]:
        """Each line with its translation, as it is done."""
        state = self.state
        for number, line in enumerate(lines, start=1):  # one by one: each is shown at once, and Ctrl-C skips the rest
            translation = self._translated(line, state)
            if translation.segments:
                self.last = translation
            yield Translated(translation, state, number if len(lines) > 1 else None)

    def _translated(self, line: str, state: State) -> Translation:
        def work() -> Translation:
            found = self.translator.translate(line, state.direction, state.config, state.options)
            if state.attention and self._weights:
                self._weights.result()
            return found

        return self._work(work)
