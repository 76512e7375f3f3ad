"""``translator help``: short pages on topics, the help of a command, a manual page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from translator.draw.language import say, spoken
from translator.errors import UsageError

_FOLDER = Path(__file__).with_name("topics")
TOPICS = (
    "examples",
    "repl",
    "attention",
    "corpus",
    "training",
    "machines",
    "checkpoints",
    "settings",
    "completion",
    "errors",
)


def page(topic: str) -> str:
    """The page on a topic: a line that says what it is about, a blank one, the text. At most 80 columns wide."""
    folder = _FOLDER / "pt" if spoken() == "pt" else _FOLDER
    text = (folder / f"{topic}.txt").read_text("utf-8")
    return text + _settings() if topic == "training" else text


def _settings() -> str:
    """Every setting of a training: its name, what it takes, its default, what it is."""
    from dataclasses import MISSING, fields
    from textwrap import fill
    from typing import get_type_hints

    from translator.commands.options import takes
    from translator.config import TrainConfig

    hints = get_type_hints(TrainConfig)
    lines = ["", say("Settings, for --config FILE, --set NAME=VALUE or an option of the name:"), ""]
    for field in fields(TrainConfig):
        told = "" if field.default in (MISSING, None, "", ()) else f" [{say('default')}: {field.default}]"
        head = f"  {field.name} ({takes(hints[field.name])[1] or 'list'}): "
        lines.append(fill(head + say(field.metadata["help"]) + told, 79, subsequent_indent=" " * 6))
    return "\n".join(lines) + "\n"


def _topics() -> list[tuple[str, str]]:
    return [(topic, page(topic).partition("\n")[0]) for topic in TOPICS]


def help(
    context: typer.Context,
    topic: Annotated[
        str | None, typer.Argument(help="A topic or a command; none lists the topics.", autocompletion=_topics)
    ] = None,
    man: Annotated[bool, typer.Option("--man", help="Print a manual page (roff) of all commands.")] = False,
) -> None:
    """Explain a topic, or a command.

    Example: translator help attention
    """
    root = context.find_root()
    commands = root.command.list_commands(root)  # type: ignore[attr-defined]
    if man:
        if topic:
            raise UsageError("--man prints the whole manual", "leave the topic out")
        from translator.commands.app import program
        from translator.commands.man import manual

        root.command = program(whole=True)
        print(manual(root, [(name, page(name)) for name in TOPICS]), end="")
    elif topic is None:
        print(_contents())
    elif topic in TOPICS:
        print(f"{topic}: {page(topic)}", end="")
    elif topic in commands:
        _command_help(root, root.command.get_command(root, topic), topic)  # type: ignore[attr-defined]
    else:
        raise UsageError(f"no help on {topic!r}", _hint(topic, [*TOPICS, *commands]))


def _contents() -> str:
    rows = [f"  {topic:<13}{title}" for topic, title in _topics()]
    return "\n".join([say("translator help TOPIC, or translator help COMMAND. Topics:"), "", *rows])


def _command_help(root: Any, command: Any, name: str) -> None:
    with command.make_context(name, [], parent=root, resilient_parsing=True) as own:
        print(command.get_help(own))


def _hint(topic: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(topic, known, n=1)
    return (f"did you mean {near[0]}? " if near else "") + f"topics: {', '.join(TOPICS)}"
