"""What the commands share: two consoles, errors told, lines read and written."""

from __future__ import annotations

import codecs
import errno
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from translator.draw.language import say, speak
from translator.errors import InputError, OutputError, TranslatorError, UsageError
from translator.files import in_place_of

if TYPE_CHECKING:  # rich takes 30 ms to import, and a plain translation needs none of it
    from rich.console import Console

    from translator.translation import EngineName

LONGEST_LINE = 1_000_000
"""Bytes of a line, its end included: text, not a disk image sent down the pipe by mistake."""


@dataclass(frozen=True)
class GlobalOptions:
    """Options of the whole program, whichever the command: how it behaves on the terminal."""

    color: str = "auto"  # auto, always or never
    quiet: bool = False  # neither warnings nor progress on standard error
    history: bool = True  # keep what is typed at the prompt
    theme: str = "auto"  # of the terminal: auto, dark or light
    recorder: Console | None = None  # keeps what is drawn, to save it as a picture
    at_once: bool = False  # end well without taking down what was loaded: with torch that takes seconds


_global_options = GlobalOptions()
_made: list[Path] = []  # files written so far, to be opened
_CHOICES = {"color": ("auto", "always", "never"), "theme": ("auto", "dark", "light")}


def global_options() -> GlobalOptions:
    """Those in force."""
    return _global_options


def set_global_options(**changes: Any) -> None:
    """Change those in force. Raises ``UsageError`` on an unknown colour mode or theme.

    Colour is told to the environment as well, where Typer and rich look for it when they print help and mistakes.
    """
    global _global_options
    changed = replace(_global_options, **changes)
    for name, choices in _CHOICES.items():
        if getattr(changed, name) not in choices:
            raise UsageError(f"--{name} {getattr(changed, name)}: unknown", f"it takes {', '.join(choices)}")
    _global_options = changed
    if changed.color != "auto":
        on, off = ("FORCE_COLOR", "NO_COLOR") if changed.color == "always" else ("NO_COLOR", "FORCE_COLOR")
        os.environ[on] = "1"
        os.environ.pop(off, None)


@contextmanager
def fresh_global_options() -> Iterator[None]:
    """Forget afterwards what was set inside, so that one process can run the command line twice."""
    global _global_options
    before, out = {name: os.environ.get(name) for name in ("NO_COLOR", "FORCE_COLOR")}, sys.stdout
    _global_options = GlobalOptions()
    _made.clear()
    speak(None)
    try:
        yield
    finally:
        sys.stdout = out
        for name in before:
            os.environ.pop(name, None)
        os.environ.update({name: value for name, value in before.items() if value is not None})
        speak(None)


@contextmanager
def ending(command: str = "") -> Iterator[None]:
    """End the process as it should where the program inside does not end well: with a message and an exit code.

    Where an error does not say what to do next, it is to look at the help of ``command``.
    """
    try:
        with fresh_global_options():
            try:
                yield
            except BrokenPipeError:
                raise
            except (TranslatorError, OSError) as error:
                told = of_the_system(error) if isinstance(error, OSError) else error
                if told is error:
                    told.hint = told.hint or f"translator {command} --help shows what it takes".replace("  ", " ")
                tell_error(told)
                sys.exit(told.exit_code)
            if _global_options.at_once:
                sys.stdout.flush()
                os._exit(0)
    except (BrokenPipeError, SystemExit) as end:
        # Typer and rich make exit code 1 of a broken pipe; but `translator … | head -1` is no failure
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        _drop_stdout()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _drop_stdout() -> None:
    """Or Python complains at exit of what was not written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def of_the_system(error: OSError) -> TranslatorError:
    """What the system refused and no command foresaw: a name that is too long, a full disk behind standard output."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return InputError(f"{os.fsdecode(error.filename)}: {reason}")
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return TranslatorError(f"the system refused: {reason}")
    _drop_stdout()
    return OutputError(f"standard output could not be written: {reason}")


def console_for(out: TextIO, **options: Any) -> Console:
    """A console for ``out`` that knows our colours by name; the terminal is asked for its ground when one is drawn."""
    from rich.console import Console
    from rich.theme import Theme

    from translator.commands.terminal import Named, scheme_of

    if _global_options.color == "never":  # goes further than NO_COLOR, which leaves bold and dim
        options = {"color_system": None} | options
    elif os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
        colours = "truecolor" if os.environ.get("COLORTERM", "") in ("truecolor", "24bit") else "256"
        # colour, but no cursor movements into a file: rich would take FORCE_COLOR for both
        options = {"color_system": colours, "force_terminal": out.isatty()} | options
    theme = Theme()
    theme.styles = named = Named(theme.styles, lambda: scheme_of(_global_options.theme))
    named.console = Console(highlight=False, theme=theme, **options)
    return named.console


def in_colour(file: TextIO) -> bool:
    """Whether plain text to ``file`` may be coloured, or bold."""
    able = bool(os.environ.get("FORCE_COLOR")) or (file.isatty() and os.environ.get("TERM") != "dumb")
    return able and not os.environ.get("NO_COLOR")


def stdout() -> Console:
    """Where results go."""
    return _global_options.recorder or console_for(sys.stdout, soft_wrap=True)


def record_to(path: Path) -> Callable[[], None]:
    """Keep what is printed from now on; returns what writes it to ``path`` when all is done.

    Raises ``UsageError`` if ``path`` is no place for a picture; what it returns raises ``OutputError``, and
    ``UsageError`` where nothing was printed.
    """
    from translator.commands.saving import Recorded, check_save, saved
    from translator.commands.terminal import scheme_of

    check_save(path)
    recorder = console_for(sys.stdout, soft_wrap=True, record=True, file=sys.stdout)
    set_global_options(recorder=recorder)
    sys.stdout = Recorded(recorder, sys.stdout)

    def write() -> None:
        sys.stdout = recorder.file
        if recorder.export_text(clear=False).strip():
            write_bytes(path, saved(recorder, path, scheme_of(_global_options.theme)))
        elif sys.exc_info()[0] is None:
            raise UsageError(f"--save {path}: the command printed nothing, so there is nothing to save")

    return write


def note_made(path: Path) -> None:
    """Remember a file that was written, for :func:`open_made`."""
    _made.append(path)


def open_made() -> None:
    """Show the pictures, pages and spreadsheets that were made, with what the system opens them with.

    Raises ``UsageError`` where none was made.
    """
    made = [path for path in _made if path.suffix.lower() in (".svg", ".png", ".html", ".xlsx")]
    if not made and sys.exc_info()[0] is None:
        raise UsageError("--open: no file was made that could be opened", "name one with --svg, --html or --save")
    for path in made:
        from typer import launch

        if launch(str(path)):
            warn(f"{path} was made; the system did not open it")


def stderr() -> Console:
    """Where warnings and progress go; silent with ``--quiet``."""
    return console_for(sys.stderr, stderr=True, quiet=_global_options.quiet)


def tell_error(error: TranslatorError) -> None:
    """What went wrong and what to do next, on standard error."""
    console = stderr()
    console.quiet = False
    hint = f"\n{visible(say(error.hint, typed=True))}" if error.hint else ""
    _tell(console, ("error", "bold red"), error.message, hint)


def warn(message: str) -> None:
    """A warning on standard error."""
    _tell(stderr(), ("warning", "yellow"), message)


def _tell(console: Console, kind: tuple[str, str], message: str, hint: str = "") -> None:
    """User text goes in as text, never as markup. On a terminal lines are broken between words; else they stay as
    they are, for what reads them."""
    from rich.text import Text

    text = Text.assemble((f"{say(kind[0])}: ", kind[1]), visible(say(message, typed=True)), (hint, "dim"))
    console.print(text, soft_wrap=not console.is_terminal, overflow="ignore", crop=False)


def engine_named(name: str) -> EngineName:
    """The engine of that name. Raises ``UsageError``."""
    if name not in ("auto", "ctranslate2", "torch"):
        raise UsageError(f"--engine {name}: unknown engine", "engines: auto, ctranslate2, torch")
    return cast("EngineName", name)


def visible(text: str) -> str:
    """``text`` with control characters spelled out, so that a file name cannot move the cursor."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def json_line(data: object, *, allow_nan: bool = True) -> str:
    """``data`` as JSON on one line: letters as they are, what moves a cursor or turns a line around escaped."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=allow_nan)
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Co" else json.dumps(c)[1:-1] for c in text)


def read_lines(path: Path | None) -> Iterator[str]:
    """Lines of a file, or of standard input, without their ends; split at newlines only.

    Raises ``InputError`` naming the line that is not UTF-8 or over ``LONGEST_LINE``, or the file that cannot be read.
    """
    name = str(path) if path else "standard input"
    try:
        with path.open("rb") if path else nullcontext(sys.stdin.buffer) as file:
            for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), start=1):
                if len(raw) > LONGEST_LINE:
                    raise InputError(
                        f"{name}, line {number}: longer than {LONGEST_LINE:,} bytes", "put a paragraph on a line"
                    )
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                try:
                    yield raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
                except UnicodeDecodeError as error:
                    raise InputError(
                        f"{name}, line {number}: not UTF-8 (byte 0x{raw[error.start]:02X})",
                        "convert it, for example with: iconv -f latin1 -t utf-8",
                    ) from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error


def line_end(path: Path | None) -> str:
    """How the lines of a file end, by its first: as Windows ends them or not."""
    with suppress(OSError):
        if path is not None and path.is_file():
            with path.open("rb") as file:
                return "\r\n" if file.readline(1 << 16).endswith(b"\r\n") else "\n"
    return "\n"


@contextmanager
def open_output(path: Path | None, *, force: bool = False, newline: str = "\n") -> Iterator[TextIO]:
    """A text file that takes its place when the block ends well, or standard output.

    Raises ``UsageError`` if the file exists and ``force`` is not given, ``OutputError`` if it cannot be written.
    """
    if path is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline=newline)
        yield sys.stdout
        return
    with in_place_of(path, force=force) as descriptor, open(descriptor, "w", encoding="utf-8", newline=newline) as file:
        yield file
    note_made(path)


def write_bytes(path: Path, content: bytes, *, force: bool = False) -> None:
    """Write a whole binary file. Raises as :func:`open_output` does."""
    with in_place_of(path, force=force) as descriptor, os.fdopen(descriptor, "wb") as file:
        file.write(content)
    note_made(path)
