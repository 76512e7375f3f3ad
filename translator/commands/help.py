"""``translator help``: short pages on topics, the help of a command, and the manual page, in roff (man(7)), made of
the commands themselves and of the topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from translator.commands.settings import SETTINGS
from translator.commands.usage import about, paragraphs, usage_line
from translator.draw.language import say, spoken
from translator.errors import UsageError, did_you_mean

_FOLDER = Path(__file__).with_name("topics")
TOPICS = ("examples", "repl", "attention", "corpus", "training", "machines", "checkpoints", "settings", "completion",
          "errors")  # fmt: skip


def page(topic: str) -> str:
    """The page on a topic: a line that says what it is about, a blank one, the text; 80 columns at most."""
    folder = _FOLDER / "pt" if spoken() == "pt" else _FOLDER
    text = (folder / f"{topic}.txt").read_text("utf-8")
    return text + _settings() if topic == "training" else text


def _settings() -> str:
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

        root.command = program(whole=True)
        print(_manual(root))
    elif topic is None:
        rows = (f"  {topic:<13}{title}" for topic, title in _topics())
        print(say("translator help TOPIC, or translator help COMMAND. Topics:"), "", *rows, sep="\n")
    elif topic in TOPICS:
        print(f"{topic}: {page(topic)}", end="")
    elif topic in commands:
        command: Any = root.command.get_command(root, topic)  # type: ignore[attr-defined]
        with command.make_context(topic, [], parent=root, resilient_parsing=True) as own:
            print(command.get_help(own))
    else:
        hint = f"{did_you_mean(topic, [*TOPICS, *commands])}topics: {', '.join(TOPICS)}"
        raise UsageError(f"no help on {topic!r}", hint)


def escape(text: str) -> str:
    """``text`` as roff prints it: no character is taken for a request, hyphens stay hyphens, the rest by code point."""
    special = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
    safe = "".join(special.get(c) or (c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    return "\\&" + safe if safe.startswith(".") else safe


def _manual(root: Any) -> str:
    """The page for the command tree below ``root``, a context of the whole program."""
    from importlib.metadata import version

    lines = [
        f'.TH TRANSLATOR 1 "" "translator {version("translator")}" "{escape(say("User Commands"))}"',
        _heading("NAME"),
        f"translator \\- {escape(say('translate between English and Portuguese, offline'))}",
        _heading("SYNOPSIS"),
        ".B translator",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGS\\fR...]]",
        _heading("DESCRIPTION"),
        escape(" ".join(map(say, paragraphs(root.command.help)))),
        _heading("OPTIONS"),
        *_options(root.command, root),
        _heading("COMMANDS"),
        *_commands(root.command, root, "translator"),
        _heading("ENVIRONMENT"),
    ]
    variables = {setting.variable: setting.help for setting in SETTINGS.values()}
    variables |= {"TRANSLATOR_CONFIG": "The settings file.", "NO_COLOR": "No colour."}
    variables |= {"FORCE_COLOR": "Colour, even into a file or a pipe."}
    for name, text in variables.items():
        lines += [".TP", f".B {escape(name)}", escape(say(text))]
    for name in TOPICS:
        title, _, body = page(name).partition("\n")
        lines += [f".SH {escape(name.upper())}", f"{escape(title[0].upper() + title[1:])}.", *_verbatim(body)]
    return "\n".join(lines)


def _heading(name: str) -> str:
    return f".SH {escape(say(name))}"


def _commands(group: Any, context: Any, path: str) -> Iterator[str]:
    for name, command in getattr(group, "commands", {}).items():
        with command.make_context(name, [], parent=context, resilient_parsing=True) as own:
            yield f".SS {escape(usage_line(command, own, f'{path} {name}'))}"
            for paragraph in paragraphs(command.help):
                yield from (".PP", escape(say(paragraph)))
            yield from _options(command, own)
            yield from _commands(command, own, f"{path} {name}")


def _options(command: Any, context: Any) -> Iterator[str]:
    for param in command.get_params(context):
        names = f"{', '.join([*param.opts, *param.secondary_opts])} {param.metavar or ''}".strip()
        own = names if param.param_type_name == "option" else param.metavar
        yield from (".TP", f".B {escape(own)}", escape(about(param) or "."))  # rare ones too: this is the reference


def _verbatim(body: str) -> Iterator[str]:
    """Paragraphs are filled; lines indented by four stand as they are."""
    verbatim = False
    yield ".PP"
    for line in body.strip("\n").splitlines():
        if line.startswith("    ") != verbatim and line:
            verbatim = not verbatim
            yield from (".RS 4", ".nf") if verbatim else (".fi", ".RE", ".PP")
        if line:
            yield escape(line.removeprefix("    "))
        else:
            yield ".sp" if verbatim else ".PP"
    if verbatim:
        yield from (".fi", ".RE")
