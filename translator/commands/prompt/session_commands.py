"""What can be typed after a colon. A new command is a function with ``@command`` above it.

The function gets the session and what stood after the name, changes the session's state or reads it, and returns what
to say. It raises ``UsageError`` for a value it cannot take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from translator.config import Direction
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.commands.prompt.session import Session

__all__ = ["COMMANDS", "Command", "command", "find_command"]

Handler = Callable[["Session", str], str]


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
        return f":{self.name} {self.argument}".rstrip() + f"  {self.help}"


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


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f":{name} takes a whole number, not {text!r}", f"for example :{name} 3")
    return int(text)


def _choose(session: Session, direction: Direction) -> str:
    known = session.translator.folder.directions
    if direction not in known:
        raise UsageError(f"this model was not trained for {direction}", f"it knows {', '.join(known)}")
    session.change(direction=direction)
    return ""  # the prompt shows it


_LANGUAGES = {"en": "pt", "pt": "en"}


def _other(name: str, language: str) -> str:
    if language not in _LANGUAGES:
        raise UsageError(f":{name} {language}: unknown language", "languages: en (English), pt (Portuguese)")
    return _LANGUAGES[language]


@command("from", "en|pt", "translate out of this language")
def _from(session: Session, language: str) -> str:
    return _choose(session, "en-pt" if _other("from", language) == "pt" else "pt-en")


@command("to", "en|pt", "translate into this language")
def _to(session: Session, language: str) -> str:
    return _choose(session, "en-pt" if _other("to", language) == "en" else "pt-en")


@command("swap", help="translate the other way round")
def _swap(session: Session, _: str) -> str:
    if session.direction is None:
        raise UsageError("there is no direction to swap yet", "translate something first, or say :to en or :to pt")
    return _choose(session, "pt-en" if session.direction == "en-pt" else "en-pt")


@command("auto", help="detect the language of each line")
def _auto(session: Session, _: str) -> str:
    session.change(direction=None)
    return ""


@command("attention", "[on|off]", "show under each translation where it looked", aliases=("a",))
def _attention(session: Session, wanted: str) -> str:
    if wanted not in ("", "on", "off"):
        raise UsageError(f":attention {wanted}: unknown", "it takes on or off, or nothing to switch over")
    session.change(attention=wanted == "on" if wanted else not session.state.attention)
    return f"attention is {'shown' if session.state.attention else 'not shown'}"


@command("layer", "N|last", "decoder layer of the picture")
def _layer(session: Session, text: str) -> str:
    layers = session.translator.folder.shape.decoder_layers
    session.change(layer=None if text == "last" else _within("layer", text, layers), attention=True)
    return f"attention of {'the last layer' if text == 'last' else f'layer {text}'}"


@command("head", "N|mean", "head of the picture")
def _head(session: Session, text: str) -> str:
    heads = session.translator.folder.shape.heads
    session.change(head=None if text == "mean" else _within("head", text, heads), attention=True)
    return f"attention of {'all heads, their mean' if text == 'mean' else f'head {text}'}"


def _within(name: str, text: str, count: int) -> int:
    value = _whole(name, text)
    if not 1 <= value <= count:
        raise UsageError(f":{name} {value}: this model has {name}s 1 to {count}")
    return value


@command("n", "N", "show the N best translations")
def _n(session: Session, text: str) -> str:
    session.change(n_best=_whole("n", text))
    return f"{text} translations of each line" if int(text) > 1 else "one translation of each line"


@command("beam", "N", "hypotheses kept while searching; 1 is greedy")
def _beam(session: Session, text: str) -> str:
    from dataclasses import replace

    session.change(search=replace(session.state.search, beam=_whole("beam", text)))
    return f"beam {session.state.config.beam}"


@command("confidence", "[on|off]", "mark doubtful words", aliases=("c",))
def _confidence(session: Session, wanted: str) -> str:
    if wanted not in ("", "on", "off"):
        raise UsageError(f":confidence {wanted}: unknown", "it takes on or off, or nothing to switch over")
    told = wanted == "on" if wanted else not session.state.confidence
    session.change(confidence=told)
    session.change_options(confidence=told)
    return f"doubtful words are {'marked' if told else 'not marked'}"


@command("alternatives", "WORD", "what else could stand for a word of the last translation", aliases=("alt",))
def _alternatives(session: Session, word: str) -> str:
    if session.last is None:
        raise UsageError("there is no translation yet", "translate something first")
    found = session.alternatives(word)
    return "\n".join(f"{100 * one.probability:5.1f} %  {one.target}" for one in found)


@command("prefix", "[TEXT]", "what translations must begin with; nothing ends it")
def _prefix(session: Session, text: str) -> str:
    session.change_options(prefix=text)
    return f"translations begin with {text!r}" if text else "translations begin as they like"


@command("keep", "[WORD]", "a word never to translate; nothing lets all go")
def _keep(session: Session, word: str) -> str:
    kept = (*session.options.keep, word) if word else ()
    session.change_options(keep=kept)
    return f"kept: {', '.join(kept)}" if kept else "no word is kept"


@command("glossary", "[FILE]", "your own terms: term, tab, translation; nothing ends it")
def _glossary(session: Session, name: str) -> str:
    if not name:
        session.change_options(glossary=None)
        return "no glossary"
    from pathlib import Path

    from translator.commands.console import read_lines
    from translator.text.glossary import read_glossary

    path = Path(name).expanduser()
    glossary = read_glossary(read_lines(path), path)
    session.change_options(glossary=glossary)
    return f"{len(glossary.terms)} terms"


@command("settings", help="what is in force")
def _settings(session: Session, _: str) -> str:
    state, translator = session.state, session.translator
    config = state.config
    rows = {
        "model": f"{translator.folder.path.name}, engine {translator.engine}",
        "direction": state.direction or "detected for each line",
        "beam": str(config.beam),
        "length penalty": f"{config.length_penalty:g}",
        "n": str(config.n_best),
        "attention": "shown" if state.attention else "not shown",
    }
    return "\n".join(f"{name:<16}{value}" for name, value in rows.items())


@command("help", "[COMMAND]", "this list, or one command of it", aliases=("h", "?"))
def _help(session: Session, name: str) -> str:
    if name:
        return find_command(name.removeprefix(":")).usage
    rows = [(f":{c.name} {c.argument}".rstrip(), c.help) for c in COMMANDS.values()]
    width = max(len(left) for left, _ in rows) + 2
    notes = [
        "Anything else is translated; :: at the start stands for a : that is text.",
        "Several lines pasted together are translated line by line, blank ones kept.",
        "Alt-Enter begins a new line, Ctrl-R searches the history, Ctrl-C cancels the",
        "line or the translation, Ctrl-D quits.",
    ]
    return "\n".join([*(f"{left:<{width}}{right}" for left, right in rows), "", *notes])


@command("quit", help="leave", aliases=("q", "exit"))
def _quit(session: Session, _: str) -> str:
    session.ended = True
    return ""
