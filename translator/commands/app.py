"""The command line: its commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from translator.commands.console import ending, open_made, record_to, set_global_options
from translator.commands.index import COMMANDS
from translator.commands.settings import Settings, read_settings
from translator.commands.usage import command_help, give_words, mistake, program_help
from translator.draw.language import LANGUAGES, speak
from translator.errors import UsageError

TEXTS = {
    "texts": typer.Argument(
        help="Texts to translate; none, or -, reads standard input, line by line. With --to-dir, files and folders.",
        metavar="TEXT…",
    )
}
_EVERY = "--help-all"


class _Command(TyperCommand):
    """A command whose help is ours."""

    def get_help(self, ctx: Any) -> str:
        """Its help, without the options that few people use."""
        return command_help(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises ``typer.Exit`` after the help with all options, if that is asked for."""
        words = list(args)
        if _EVERY in (words[: words.index("--")] if "--" in words else words):
            print(command_help(self, ctx, every=True))
            raise typer.Exit
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "ctx", ctx) is None:  # an option without its value: Typer forgets whose
                vars(error)["ctx"] = ctx
            vars(error)["words"] = words
            raise


class _Group(TyperGroup):
    """A group of commands whose help is ours."""

    get_help = _Command.get_help


class _Program(TyperGroup):
    """The whole program; each command is imported when it is asked for."""

    def get_help(self, ctx: Any) -> str:
        """The commands by what a person wants."""
        return program_help(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises ``typer.Exit`` after the help with all options, if that is asked for before a command."""
        asked = _EVERY in args and not set(COMMANDS) & set(args)
        rest = super().parse_args(ctx, [word for word in args if word != _EVERY] if asked else args)
        if asked:  # only now is the language known that --lang may ask for
            print(program_help(self, ctx, every=True))
            raise typer.Exit
        return rest

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, with the user's settings as its defaults."""
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            self.commands[cmd_name] = command_named(cmd_name)
            inner = getattr(self.commands[cmd_name], "commands", {})
            if ctx is not None and ctx.default_map and inner:
                ctx.default_map[cmd_name] |= {name: dict(ctx.obj.values) for name in inner}
        return self.commands.get(cmd_name)


@cache
def command_named(name: str) -> Any:
    """The command of that name, ready to be called with words."""
    module, _, attribute = COMMANDS[name].place.partition(":")
    found = getattr(importlib.import_module(f"translator.commands.{module}"), attribute)
    if name == "translate":
        from translator.commands.options import with_settings
        from translator.commands.translate.asked import Asked

        found = with_settings(Asked, TEXTS, defaults=True)(found)
    own = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
    if isinstance(found, typer.Typer):
        own = found
        own._add_completion, own.rich_markup_mode = False, None
        own.info.cls, own.info.context_settings = _Group, _HELP
        for inner in own.registered_commands:
            inner.cls, inner.context_settings = _Command, (inner.context_settings or {}) | _HELP
    else:
        own.command(name, cls=_Command)(found)
    if _asked_by_the_shell():
        from translator.commands.completion import add_completion

        add_completion(own)
    command: Any = typer.main.get_command(own)
    command.name = name
    for info in own.registered_commands:
        assert info.callback is not None
        one = command.commands[info.name] if hasattr(command, "commands") else command
        give_words(one, info.callback)
        for parameter in one.params if _asked_by_the_shell() else ():
            vars(parameter)["hidden"] = False  # rare options are offered too
    return command


def _asked_by_the_shell() -> bool:
    """What can be completed, after a Tab."""
    return "_TRANSLATOR_COMPLETE" in os.environ


_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(name="translator", cls=_Program, rich_markup_mode=None, context_settings=_HELP)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"translator {version('translator')}")
        raise typer.Exit


def _at_once(context: typer.Context, parameter: typer.CallbackParam, value: str | None) -> str | None:
    """Follow an option of the whole program before a help or a mistake is told."""
    if parameter.name == "lang":
        if value not in (None, *LANGUAGES):
            raise UsageError(f"--lang {value}: unknown language", f"it takes {' or '.join(LANGUAGES)}")
        speak(value)
    else:
        set_global_options(**{str(parameter.name): value})
    if parameter.name == "color":
        context.color = {"always": True, "never": False}.get(str(value), context.color)
    return value


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(metavar="en|pt", callback=_at_once, is_eager=True, help="Language of help and messages."),
    ] = None,
    color: Annotated[
        str,
        typer.Option(metavar="auto|always|never", callback=_at_once, is_eager=True, help="When to use colour."),
    ] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Neither warnings nor progress; errors still.")] = False,
    history: Annotated[bool, typer.Option(help="Keep what is typed at the prompt.")] = True,
    theme: Annotated[
        str, typer.Option(metavar="auto|dark|light", callback=_at_once, help="Ground that colours suit.")
    ] = "auto",
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Save it too: .svg, .png or .html.")] = None,
    open: Annotated[bool, typer.Option("--open", help="Open the pictures and pages that were made.")] = False,
) -> None:
    """Translate English and Portuguese, offline, and see where the model looked."""
    set_global_options(quiet=quiet, history=history)
    if open:
        context.call_on_close(open_made)
    if save is not None:
        context.call_on_close(record_to(save))
    settings: Settings = context.obj
    if context.invoked_subcommand not in ("config", "help"):  # the two that help to mend a mistake in them
        settings.checked()
    if context.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):  # the help, as a mistake; else a prompt
            print(context.get_help())
            raise typer.Exit(2)
        command = context.command.get_command(context, "translate")  # type: ignore[attr-defined]
        with command.make_context("translate", [], parent=context) as own:
            command.invoke(own)


def program(*, whole: bool = False) -> Any:
    """The tree of commands; with ``whole``, with every command in it, which takes their modules."""
    if _asked_by_the_shell():
        from translator.commands.completion import add_completion

        add_completion(app)
    tree: Any = typer.main.get_command(app)
    for parameter in tree.params:
        parameter.hidden = "completion" in parameter.name and not _asked_by_the_shell()
    give_words(tree, root)
    for name in COMMANDS if whole else ():
        tree.get_command(None, name)
    return tree


def _language_asked(argv: list[str]) -> str | None:
    """The value of ``--lang``, of several the last, on a command line that begins with the options of the program."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    words = [part for word in words for part in (word.split("=", 1) if word.startswith("--lang=") else [word])]
    return next((value for name, value in reversed(list(pairwise(words))) if name == "--lang"), None)


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a run failed, 2 usage or input, 130 interrupted."""
    settings = read_settings()
    words = sys.argv[1:] if argv is None else argv
    with ending(next((word for word in words if word in COMMANDS), "")):
        if (asked := _language_asked(words)) in LANGUAGES:  # a mistake that is found before it is told in it too
            speak(asked)
        try:
            # ``help`` takes no settings, and what stood under its name would be taken for the default of ``--help``
            own = {name: dict(settings.values) for name in COMMANDS if name != "help"}
            code = program()(
                args=argv,
                prog_name="translator",
                obj=settings,
                default_map=dict(settings.values) | own,
                standalone_mode=False,
            )
        except Exception as error:
            if not hasattr(error, "format_message"):  # what Typer says of a mistake on the command line
                raise
            raise mistake(error) from error
        if isinstance(code, int) and code:
            sys.exit(code)
    sys.exit(0)
