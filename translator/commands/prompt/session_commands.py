"""The prompt's own commands: how texts are translated and shown. What looks inside is in ``inside``."""

from __future__ import annotations

from translator.commands.prompt import inside
from translator.commands.prompt.registry import COMMANDS, command, find_command
from translator.commands.prompt.session import Session
from translator.config import Direction
from translator.draw.language import say
from translator.errors import UsageError

__all__ = ["COMMANDS", "NOTES"]


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


inside.register()


@command("settings", help="what is in force")
def _settings(session: Session, _: str) -> str:
    state, translator, options = session.state, session.translator, session.options
    config = state.config
    rows = {
        "model": f"{translator.folder.path.name}, engine {translator.engine}",
        "direction": state.direction or "detected for each line",
        "beam": str(config.beam),
        "length penalty": f"{config.length_penalty:g}",
        "n": str(config.n_best),
        "attention": "shown" if state.attention else "not shown",
        "layer": str(state.layer or "last"),
        "head": str(state.head or "mean"),
        "confidence": "marked" if state.confidence else "not marked",
        "prefix": options.prefix or "none",
        "keep": ", ".join(options.keep) or "none",
        "glossary": f"{len(options.glossary.terms)} terms" if options.glossary else "none",
    }
    return "\n".join(f"{say(name):<20}{say(value)}" for name, value in rows.items())


NOTES = (
    "Anything else is translated; :: at the start stands for a : that is text.",
    "Several lines pasted together are translated line by line, blank ones kept.",
    "Alt-Enter begins a new line, Ctrl-R searches the history, Ctrl-C cancels the line or the translation, "
    "exit, quit or Ctrl-D leaves.",
)


@command("help", "[COMMAND]", "this list, or one command of it", aliases=("h", "?"))
def _help(session: Session, name: str) -> str:
    if name:
        return find_command(name.removeprefix(":")).usage
    import textwrap

    rows = [(f":{c.name} {c.argument}".rstrip(), say(c.help)) for c in COMMANDS.values()]
    width = max(len(left) for left, _ in rows) + 2
    lines = [textwrap.wrap(f"{left:<{width}}{right}", 79, subsequent_indent=" " * width) for left, right in rows]
    notes = [textwrap.wrap(say(note), 79) for note in NOTES]
    return "\n".join(line for paragraph in [*lines, [""], *notes] for line in paragraph)


@command("quit", help="leave", aliases=("q", "exit"))
def _quit(session: Session, _: str) -> str:
    session.ended = True
    return ""
