"""What can be typed after a colon: how texts are translated and shown, and what looks inside.

What looks inside are the command line's own commands, on the text that was translated last: ``:attend --kind encoder``
is ``translator attend --kind encoder TEXT`` with the model that is loaded already, on the translation that was shown.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from translator.commands.index import COMMANDS as ALL
from translator.commands.prompt.session import COMMANDS, Session, command, find_command
from translator.commands.requests import check_direction
from translator.config import Direction
from translator.draw.language import say
from translator.errors import TranslatorError, UsageError

__all__ = ["COMMANDS", "NOTES"]


def _choose(session: Session, direction: Direction) -> str:
    check_direction(session.translator.folder, direction)
    session.change(direction=direction)
    return ""  # the prompt shows it


_OTHER: dict[Direction, Direction] = {"en-pt": "pt-en", "pt-en": "en-pt"}


def _of_language(name: str, of_english: Direction, session: Session, language: str) -> str:
    if language not in ("en", "pt"):
        raise UsageError(f":{name} {language}: unknown language", "languages: en (English), pt (Portuguese)")
    return _choose(session, of_english if language == "en" else _OTHER[of_english])


command("from", "en|pt", "translate out of this language")(partial(_of_language, "from", "en-pt"))
command("to", "en|pt", "translate into this language")(partial(_of_language, "to", "pt-en"))


@command("swap", "", "translate the other way round")
def _swap(session: Session, _: str) -> str:
    if session.direction is None:
        raise UsageError("there is no direction to swap yet", "translate something first, or say :to en or :to pt")
    return _choose(session, _OTHER[session.direction])


@command("auto", "", "detect the language of each line")
def _auto(session: Session, _: str) -> str:
    session.change(direction=None)
    return ""


def _switched(name: str, wanted: str, now: bool) -> bool:
    if wanted not in ("", "on", "off"):
        raise UsageError(f":{name} {wanted}: unknown", "it takes on or off, or nothing to switch over")
    return wanted == "on" if wanted else not now


@command("attention", "[on|off]", "show under each translation where it looked", "a")
def _attention(session: Session, wanted: str) -> str:
    session.change(attention=_switched("attention", wanted, session.state.attention))
    return f"attention is {'shown' if session.state.attention else 'not shown'}"


def _whole(name: str, text: str, most: int | None = None) -> int:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f":{name} takes a whole number, not {text!r}", f"for example :{name} 3")
    if most is not None and not 1 <= int(text) <= most:
        raise UsageError(f":{name} {int(text)}: this model has {name}s 1 to {most}")
    return int(text)


@command("layer", "N|last", "decoder layer of the picture")
def _layer(session: Session, text: str) -> str:
    layers = session.translator.folder.shape.decoder_layers
    session.change(layer=None if text == "last" else _whole("layer", text, layers), attention=True)
    return f"attention of {'the last layer' if text == 'last' else f'layer {text}'}"


@command("head", "N|mean", "head of the picture")
def _head(session: Session, text: str) -> str:
    heads = session.translator.folder.shape.heads
    session.change(head=None if text == "mean" else _whole("head", text, heads), attention=True)
    return f"attention of {'all heads, their mean' if text == 'mean' else f'head {text}'}"


@command("n", "N", "show the N best translations")
def _n(session: Session, text: str) -> str:
    session.change(n_best=_whole("n", text))
    return f"{text} translations of each line" if int(text) > 1 else "one translation of each line"


@command("beam", "N", "hypotheses kept while searching; 1 is greedy")
def _beam(session: Session, text: str) -> str:
    session.change(search=replace(session.state.search, beam=_whole("beam", text)))
    return f"beam {session.state.config.beam}"


@command("confidence", "[on|off]", "mark doubtful words", "c")
def _confidence(session: Session, wanted: str) -> str:
    told = _switched("confidence", wanted, session.state.confidence)
    session.change(confidence=told)
    session.change_options(confidence=told)
    return f"doubtful words are {'marked' if told else 'not marked'}"


@command("alternatives", "WORD", "what else could stand for a word of the last translation", "alt")
def _alternatives(session: Session, word: str) -> str:
    if session.last is None:
        raise UsageError("there is no translation yet", "translate something first")
    return "\n".join(f"{100 * one.probability:5.1f} %  {one.target}" for one in session.alternatives(word))


@command("prefix", "[TEXT]", "what translations must begin with; nothing ends it")
def _prefix(session: Session, text: str) -> str:
    session.change_options(prefix=text)
    return f"translations begin with {text!r}" if text else "translations begin as they like"


@command("keep", "[WORD]", "a word never to translate; nothing lets all go")
def _keep(session: Session, word: str) -> str:
    kept = (*session.state.options.keep, word) if word else ()
    session.change_options(keep=kept)
    return f"kept: {', '.join(kept)}" if kept else "no word is kept"


@command("glossary", "[FILE]", "your own terms: term, tab, translation; nothing ends it")
def _glossary(session: Session, name: str) -> str:
    from translator.commands.console import read_lines
    from translator.text.glossary import read_glossary

    path = Path(name).expanduser()
    glossary = read_glossary(read_lines(path), path) if name else None
    session.change_options(glossary=glossary)
    return f"{len(glossary.terms)} terms" if glossary else "no glossary"


_OPTIONS = "[OPTIONS]"
INSIDE: dict[str, tuple[str, str]] = {
    "attend": (_OPTIONS, "source"),
    "trace": (_OPTIONS, "source"),
    "layers": (_OPTIONS, "source"),
    "next": (_OPTIONS, "source"),
    "tokens": (_OPTIONS, "source"),
    "align": (_OPTIONS, "source"),
    "similar": (_OPTIONS, "source and target"),
    "context": ("WORD SENTENCE", "source after WORD"),
    "embed": ("WORD…", ""),
    "sheet": ("-o FILE", "source"),
    "tour": (_OPTIONS, "source"),
}
"""What is typed after each, and what of the last translation it gets."""


def _look(name: str, session: Session, argument: str) -> str:
    """Run the command of that name; it prints by itself. Raises ``UsageError`` for words it does not take."""
    import typer

    from translator.commands.app import command_named
    from translator.commands.console import of_the_system
    from translator.commands.loaded import holding
    from translator.commands.usage import mistake

    try:
        words = shlex.split(argument)
    except ValueError as error:
        raise UsageError(f":{name} {argument}: a quotation mark is open", "close the quotation mark") from error
    found, words = command_named(name), _words(name, session, words)
    try:
        with holding(session.translator, session.last), found.make_context(f":{name}", words) as context:
            session.wait_for_weights()
            found.invoke(context)
    except typer.Exit:
        pass
    except TranslatorError:
        raise
    except OSError as error:
        raise of_the_system(error) from error
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        raise mistake(error) from error
    return ""


def _words(name: str, session: Session, words: list[str]) -> list[str]:
    """The command line, without the command's name. Raises ``UsageError`` where there is nothing to look into yet."""
    own, gets, last = ["--model", str(session.translator.folder.path)], INSIDE[name][1], session.last
    if not gets or "--help" in words or "--help-all" in words:
        return [*own, *words]
    if last is None:
        raise UsageError("there is no translation yet", "translate something first")
    source, _, target = last.direction.partition("-")
    own += ["--from", source, "--to", target]
    if gets == "source after WORD":
        return [*own, *words[:1], last.source, *words[1:]]
    texts = [last.source, last.target] if gets == "source and target" else [last.source]
    # texts first, so that an option without its value takes none of them; behind -- if they look like options
    return [*own, *words, "--", *texts] if any(text.startswith("-") for text in texts) else [*own, *texts, *words]


def options_of(name: str) -> Iterator[tuple[str, list[str]]]:
    """The options of a command that looks inside, each with the words it can be given, if they are few."""
    from translator.commands.app import command_named

    for parameter in command_named(name).params:
        if parameter.param_type_name == "option":
            choices = (parameter.metavar or "").split("|")
            yield from ((option, choices if len(choices) > 1 else []) for option in parameter.opts)


for _name, (_argument, _gets) in INSIDE.items():
    _help = ALL[_name].summary[0].lower() + ALL[_name].summary[1:].removesuffix(".")
    command(_name, _argument, _help, *(["lens"] if _name == "layers" else []))(partial(_look, _name))


@command("settings", "", "what is in force")
def _settings(session: Session, _: str) -> str:
    state, translator, options = session.state, session.translator, session.state.options
    rows = {
        "model": f"{translator.folder.path.name}, engine {translator.engine}",
        "direction": state.direction or "detected for each line",
        "beam": state.config.beam,
        "length penalty": f"{state.config.length_penalty:g}",
        "n": state.n_best,
        "attention": "shown" if state.attention else "not shown",
        "layer": state.layer or "last",
        "head": state.head or "mean",
        "confidence": "marked" if state.confidence else "not marked",
        "prefix": options.prefix or "none",
        "keep": ", ".join(options.keep) or "none",
        "glossary": f"{len(options.glossary.terms)} terms" if options.glossary else "none",
    }
    return "\n".join(f"{say(name):<20}{say(str(value))}" for name, value in rows.items())


NOTES = (
    "Anything else is translated; :: at the start stands for a : that is text.",
    "Several lines pasted together are translated line by line, blank ones kept.",
    "Alt-Enter begins a new line, Ctrl-R searches the history, Ctrl-C cancels the line or the translation, "
    "exit, quit or Ctrl-D leaves.",
)


@command("help", "[COMMAND]", "this list, or one command of it", "h", "?")
def _list(session: Session, name: str) -> str:
    if name:
        found = find_command(name.removeprefix(":"))
        return f"{found.usage}  {say(found.help)}"
    width = max(len(found.usage) for found in COMMANDS.values()) + 2
    lines = []
    for found in COMMANDS.values():
        lines += textwrap.wrap(f"{found.usage:<{width}}{say(found.help)}", 79, subsequent_indent=" " * width)
    return "\n".join([*lines, "", *(line for note in NOTES for line in textwrap.wrap(say(note), 79))])


@command("quit", "", "leave", "q", "exit")
def _quit(session: Session, _: str) -> str:
    session.ended = True
    return ""
