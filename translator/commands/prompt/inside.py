"""Looking inside from the prompt: the command line's own commands, on the text that was translated last.

``:attend --kind encoder`` is ``translator attend --kind encoder TEXT`` with the model that is loaded already, on the
very translation that was shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial

from translator.commands.index import COMMANDS as ALL
from translator.commands.prompt.session import Session, command
from translator.errors import TranslatorError, UsageError

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


def register() -> None:
    """Make each a command of the prompt."""
    for name, (argument, _) in INSIDE.items():
        summary = ALL[name].summary
        aliases = ("lens",) if name == "layers" else ()
        command(name, argument, summary[0].lower() + summary[1:].removesuffix("."), *aliases)(partial(_look, name))


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
        raise told(error) from error
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
