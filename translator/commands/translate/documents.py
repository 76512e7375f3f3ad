"""Whole documents: they go in, and come out in the same form."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from translator.commands.console import warn
from translator.commands.progress import Begun
from translator.commands.translate.bilingual import Bilingual, bilingual_text
from translator.documents import UNKNOWN, DocumentKind, document_kind, open_file
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.config import Direction, SearchConfig
    from translator.documents import DocumentFile
    from translator.translation import TranslateOptions, Translation, Translator

_KINDS = get_args(DocumentKind)
_AT_ONCE = 256  # passages translated together


def kind_of(wanted: str, path: Path | None) -> DocumentKind:
    """The kind asked for, or with ``auto`` the one the file's name speaks of. Raises ``UsageError``."""
    if wanted == "auto":
        if (known := document_kind(path) if path else "txt") is not None:
            return known
        if path and path.suffix.lower() in UNKNOWN:
            raise UsageError(
                f"{path} is a {path.suffix} file, a format that is not known here",
                f"formats: {', '.join(_KINDS)}; --format txt translates its lines as they stand",
            )
        return "txt"
    wanted = "txt" if wanted == "text" else wanted
    if wanted not in _KINDS:
        raise UsageError(f"--format {wanted}: unknown", f"formats: auto, {', '.join(_KINDS)}")
    return cast("DocumentKind", wanted)


def read_document(path: Path, kind: DocumentKind) -> DocumentFile:
    """A whole file and its passages. Raises ``InputError`` if it cannot be read as what it should be."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return open_file(raw, kind, str(path))


def refused(note: str, where: str = "") -> InputError:
    """What ``note`` says of a text in neither language, for whoever asked for no copies of such."""
    return InputError(where + note.partition(":")[0], "--from en or --from pt translates it all the same")


def translated_file(
    translator: Translator,
    document: DocumentFile,
    direction: Direction | None,
    config: SearchConfig,
    options: TranslateOptions,
    begun: Begun,
    bilingual: Bilingual | None = None,
    *,
    refuse: bool = False,
) -> bytes:
    """A document in the other language, or both side by side; ``begun`` hears how many passages there are, and gives
    what to call with each one done. A document is in one language: it is told from all of it.

    One in a third language comes back as it is, with a warning; with ``refuse``, ``InputError`` is raised.
    """
    from translator.text.languages import neither
    from translator.translation.ahead import one_ahead

    passages = document.passages
    if direction is None and (note := neither("\n".join(passages))):
        if refuse:
            raise refused(note)
        warn(note)
        return document.raw
    direction = direction or translator.direction_of("\n".join(passages)[:20_000])
    advance = begun(len(passages))
    translated: list[str] = []

    def part(begin: int) -> list[Translation]:
        chunk = range(begin, min(begin + _AT_ONCE, len(passages)))
        protected = [document.protected(i) for i in chunk]
        return translator.translate_batch([passages[i] for i in chunk], direction, config, options, protected=protected)

    calls = (partial(part, begin) for begin in range(0, len(passages), _AT_ONCE))
    for number, translation in enumerate(chain.from_iterable(one_ahead(calls))):
        translated.append(translation.target)
        advance(1)
        for warning in translation.warnings:
            warn(f"passage {number + 1} ({passages[number][:40]!r}): {warning}")
    if bilingual is None:
        return document.fill(translated)
    pairs = [
        (document.plain(i, source), document.plain(i, target))
        for i, (source, target) in enumerate(zip(passages, translated, strict=True))
    ]
    return bilingual_text(pairs, bilingual, direction).encode("utf-8", "replace")
