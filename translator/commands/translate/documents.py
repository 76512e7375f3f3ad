"""Whole documents: Markdown and subtitles go in, and come out in the same form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast, get_args

from translator.commands.console import warn
from translator.documents import UNKNOWN, DocumentKind, document_kind, open_document
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.config import Direction, SearchConfig
    from translator.translation import TranslateOptions, Translator

__all__ = ["kind_of", "not_ours", "read_document", "refused", "translate_document"]

_KINDS = get_args(DocumentKind)
_AT_ONCE = 256  # passages translated together


def kind_of(wanted: str, path: Path | None) -> DocumentKind:
    """The kind asked for, or with ``auto`` the one the file's name speaks of. Raises ``UsageError``."""
    if wanted == "auto" and path and path.suffix.lower() in UNKNOWN:
        raise UsageError(
            f"{path} is a {path.suffix} file, a format that is not known here",
            f"formats: {', '.join(_KINDS)}; --format txt translates its lines as they stand",
        )
    if wanted == "auto":
        return (document_kind(path) if path else None) or "txt"
    if wanted not in _KINDS:
        raise UsageError(f"--format {wanted}: unknown", f"formats: auto, {', '.join(_KINDS)}")
    return cast("DocumentKind", wanted)


def read_document(path: Path) -> str:
    """A whole file, every character as it is. Raises ``InputError`` naming the line that is not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line}: not UTF-8 (byte 0x{raw[error.start]:02X})",
            "convert it, for example with: iconv -f latin1 -t utf-8",
        ) from error


def refused(note: str, where: str = "") -> InputError:
    """What ``note`` says of a text in neither language, for whoever asked for no copies of such."""
    return InputError(where + note.partition(":")[0], "--from en or --from pt translates it all the same")


def not_ours(text: str, kind: DocumentKind, *, refuse: bool) -> bool:
    """Whether a document is in neither language, told from all of it, and a warning that it is. Raises ``InputError``
    instead if it is to be refused."""
    from translator.text.languages import neither

    note = neither("\n".join(open_document(text, kind).passages))
    if note and refuse:
        raise refused(note)
    if note:
        warn(note)
    return bool(note)


def translate_document(
    translator: Translator,
    text: str,
    kind: DocumentKind,
    direction: Direction | None,
    config: SearchConfig,
    options: TranslateOptions,
    file: TextIO,
    begun: Callable[[int], Callable[[int], None]],
) -> None:
    """Translate a document's passages and write it whole; ``begun`` hears how many there are, and gives what to call
    with each one done. A document is in one language: it is told from all of it."""
    document = open_document(text, kind)
    passages = document.passages
    direction = direction or translator.direction_of("\n".join(passages)[:20_000])
    advance = begun(len(passages))
    translated: list[str] = []
    for begin in range(0, len(passages), _AT_ONCE):
        chunk = range(begin, min(begin + _AT_ONCE, len(passages)))
        found = translator.translate_batch(
            [passages[i] for i in chunk],
            direction,
            config,
            options,
            protected=[document.protected(i) for i in chunk],
        )
        for number, translation in zip(chunk, found, strict=True):
            translated.append(translation.target)
            advance(1)
            for warning in translation.warnings:
                warn(f"passage {number + 1} ({passages[number][:40]!r}): {warning}")
    file.write(document.fill(translated))
