"""Looking inside from the prompt: the command line's own commands, on the text that was translated last.

``:attend --kind encoder`` is ``translator attend --kind encoder TEXT`` with the model that is loaded already, on the
very translation that was shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import partial

from translator.commands.index import COMMANDS as ALL
from translator.commands.prompt.registry import command
from translator.commands.prompt.session import Session
from translator.errors import TranslatorError, UsageError


def _of_text(words: list[str], source: str, target: str) -> list[str]:
    return _with(words, [source])


def _of_both(words: list[str], source: str, target: str) -> list[str]:
    return _with(words, [source, target])


def _with(words: list[str], texts: list[str]) -> list[str]:
    """Texts first, so that an option without its value takes none of them; behind ``--`` if they look like options."""
    return [*words, "--", *texts] if any(text.startswith("-") for text in texts) else [*texts, *words]


def _of_word(words: list[str], source: str, target: str) -> list[str]:
    return [*words[:1], source, *words[1:]]


def _as_typed(words: list[str], source: str, target: str) -> list[str]:
    return words


_OPTIONS = "[OPTIONS]"
INSIDE: dict[str, tuple[str, Callable[[list[str], str, str], list[str]], tuple[str, ...]]] = {
    "attend": (_OPTIONS, _of_text, ()),
    "trace": (_OPTIONS, _of_text, ()),
    "layers": (_OPTIONS, _of_text, ("lens",)),
    "next": (_OPTIONS, _of_text, ()),
    "tokens": (_OPTIONS, _of_text, ()),
    "align": (_OPTIONS, _of_text, ()),
    "similar": (_OPTIONS, _of_both, ()),
    "context": ("WORD SENTENCE", _of_word, ()),
    "embed": ("WORD…", _as_typed, ()),
    "sheet": ("-o FILE", _of_text, ()),
    "tour": (_OPTIONS, _of_text, ()),
}
"""What is typed after each, what of the last translation it gets, and its other names."""


def register() -> None:
    """Make each a command of the prompt."""
    for name, (argument, _, aliases) in INSIDE.items():
        command(name, argument, _lower(ALL[name].summary), aliases)(partial(_look, name))


def _lower(text: str) -> str:
    return text[0].lower() + text[1:].removesuffix(".")


def _look(name: str, session: Session, argument: str) -> str:
    """Run the command of that name; it prints by itself. Raises ``UsageError`` for words it does not take."""
    import typer

    from translator.commands.app import command_named
    from translator.commands.console import of_the_system
    from translator.commands.loaded import holding
    from translator.commands.mistakes import told

    try:
        words = shlex.split(argument)
    except ValueError as error:
        raise UsageError(f":{name} {argument}: a quotation mark is open", "close the quotation mark") from error
    found = command_named(name)
    try:
        with (
            holding(session.translator, session.last),
            found.make_context(f":{name}", _words(name, session, words)) as c,
        ):
            session.wait_for_weights()
            found.invoke(c)
    except (typer.Exit, TranslatorError) as error:
        if isinstance(error, TranslatorError):
            raise
    except OSError as error:
        raise of_the_system(error) from error
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        raise told(error) from error
    return ""


def _words(name: str, session: Session, words: list[str]) -> list[str]:
    """The command line, without the command's name. Raises ``UsageError`` where there is nothing to look into yet."""
    own = ["--model", str(session.translator.folder.path)]
    _, put, _ = INSIDE[name]
    last = session.last
    if put is _as_typed or "--help" in words or "--help-all" in words:
        return [*own, *words]
    if last is None:
        raise UsageError("there is no translation yet", "translate something first")
    source, _, target = last.direction.partition("-")
    return [*own, "--from", source, "--to", target, *put(words, last.source, last.target)]


def options_of(name: str) -> Iterator[tuple[str, list[str]]]:
    """The options of a command that looks inside, each with the words it can be given, if they are few."""
    from translator.commands.app import command_named

    for parameter in command_named(name).params:
        if parameter.param_type_name == "option":
            choices = (parameter.metavar or "").split("|")
            yield from ((option, choices if len(choices) > 1 else []) for option in parameter.opts)
