"""The manual page, in roff (man(7)), made from the commands themselves and the topics of ``translator help``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from translator.commands.settings import SETTINGS
from translator.commands.usage import about, paragraphs, usage_line


def escape(text: str) -> str:
    """``text`` as roff prints it: no character is taken for a request, hyphens stay hyphens, the rest by code point."""
    special = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
    safe = "".join(special.get(c) or (c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    return "\\&" + safe if safe.startswith(".") else safe


def manual(root: Any, topics: Sequence[tuple[str, str]]) -> str:
    """The page for the command tree below ``root``, a context of the whole program."""
    from importlib.metadata import version

    lines = [
        f'.TH TRANSLATOR 1 "" "translator {version("translator")}" "User Commands"',
        ".SH NAME",
        f"translator \\- {escape('translate between English and Portuguese, offline')}",
        ".SH SYNOPSIS",
        ".B translator",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGS\\fR...]]",
        ".SH DESCRIPTION",
        escape(" ".join(paragraphs(root.command.help))),
        ".SH OPTIONS",
        *_options(root.command, root),
        ".SH COMMANDS",
        *_commands(root.command, root, "translator"),
        *_environment(),
    ]
    for name, text in topics:
        title, _, body = text.partition("\n")
        lines += [f".SH {escape(name.upper())}", f"{escape(title[0].upper() + title[1:])}.", *_verbatim(body)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, context: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        with command.make_context(name, [], parent=context, resilient_parsing=True) as own:
            usage, text = usage_line(command, own, f"{path} {name}"), paragraphs(command.help)
            yield f".SS {escape(usage)}"
            for paragraph in text:
                yield from (".PP", escape(paragraph))
            yield from _options(command, own)
            if getattr(command, "commands", None):
                yield from _commands(command, own, f"{path} {name}")


def _options(command: Any, context: Any) -> Iterator[str]:
    for param in command.get_params(context):
        names = f"{', '.join([*param.opts, *param.secondary_opts])} {param.metavar or ''}"
        own = names.strip() if param.param_type_name == "option" else param.metavar
        yield from (".TP", f".B {escape(own)}", escape(about(param) or "."))  # rare ones too: this is the reference


def _environment() -> Iterator[str]:
    yield ".SH ENVIRONMENT"
    for setting in SETTINGS.values():
        yield from (".TP", f".B {escape(setting.variable)}", escape(setting.help))
    others = {
        "TRANSLATOR_CONFIG": "The settings file.",
        "NO_COLOR": "No colour.",
        "FORCE_COLOR": "Colour, even into a file or a pipe.",
    }
    for name, text in others.items():
        yield from (".TP", f".B {name}", escape(text))


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
