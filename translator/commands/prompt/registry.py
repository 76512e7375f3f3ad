"""What can be typed after a colon. A new command is a function with ``@command`` above it.

The function gets the session and what stood after the name, changes the session's state or reads it, and returns what
to say. It raises ``UsageError`` for a value it cannot take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from translator.commands.prompt.session import Failure, Message, Reply, Session
from translator.draw.language import say
from translator.errors import TranslatorError, UsageError

Handler = Callable[[Session, str], str]


@dataclass(frozen=True)
class Command:
    """One command of the prompt."""

    name: str
    argument: str  # as in the help: "N", "[N]" if it may be left out, "" if it takes none
    help: str
    run: Handler
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """How it is typed, and what it does."""
        return f":{self.name} {self.argument}".rstrip() + f"  {say(self.help)}"


COMMANDS: dict[str, Command] = {}
_BY_NAME: dict[str, Command] = {}


def command(
    name: str, argument: str = "", help: str = "", aliases: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Make a function a command of the prompt."""

    def add(run: Handler) -> Handler:
        made = Command(name, argument, help, run, aliases)
        COMMANDS[name] = made
        _BY_NAME.update(dict.fromkeys((name, *aliases), made))
        return run

    return add


def find_command(name: str) -> Command:
    """The command of that name. Raises ``UsageError`` with the nearest there is."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    from difflib import get_close_matches

    near = get_close_matches(name, _BY_NAME, n=1)
    guess = f"did you mean :{near[0]}? " if near else ""
    raise UsageError(f":{name} is no command", f"{guess}:help lists them; :: begins a text with a colon")


def answer(session: Session, text: str) -> Iterator[Reply]:
    """What there is to show for a line that was typed, or for several that were pasted.

    Several lines are all text: nothing in them is a command, and blank ones are kept. In a single line ``::`` at the
    start stands for a ``:`` that is not a command's.
    """
    try:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        if not text.strip():
            return
        if len(lines) == 1 and text.startswith(":") and not text.startswith("::"):
            if message := _run(session, lines[0][1:]):
                yield Message(message if "\n" in message else say(message))
            return
        yield from session.translate(lines if len(lines) > 1 else [lines[0].removeprefix(":")])
    except TranslatorError as error:
        yield Failure(error)


def _run(session: Session, line: str) -> str:
    name, _, argument = line.strip().partition(" ")
    found, argument = find_command(name), argument.strip()
    if argument and not found.argument:
        raise UsageError(f":{found.name} takes nothing after it", found.usage)
    if not argument and found.argument and not found.argument.startswith("["):
        raise UsageError(f":{found.name} needs {found.argument}", found.usage)
    return found.run(session, argument)
