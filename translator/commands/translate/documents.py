"""Whole documents: they go in, and come out in the same form, a part at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast, get_args

from translator.commands.console import warn
from translator.commands.progress import translating
from translator.commands.translate.bilingual import Bilingual, foot, head, rows
from translator.commands.translate.task import Task, refused, result
from translator.documents import PACKAGES, UNKNOWN, DocumentKind, document_kind, open_source
from translator.documents.document import says_something
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.config import Direction
    from translator.documents import Part
    from translator.translation import Translation

_KINDS = get_args(DocumentKind)
_AT_ONCE = 256  # passages translated together
_SAMPLE = 20_000  # characters that tell the language


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


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file open for reading anywhere; what comes through a pipe is kept aside for that. Raises ``InputError``."""
    try:
        with path.open("rb") as file:
            if file.seekable():
                yield file
                return
            import tempfile

            with tempfile.TemporaryFile() as kept:
                _copy(file, kept)
                yield kept
    except OSError as error:
        if error.filename is None:
            raise
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def translate_document(task: Task, path: Path, kind: DocumentKind, out: Path | None, form: Bilingual | None) -> None:
    """A document in the other language, or both side by side in ``form``. Its beginning tells the language it is in.

    One in a third language comes back as it is, with a warning. Raises ``InputError`` if that was not to be, or if it
    cannot be read as what it should be.
    """
    with _opened(path) as file:
        source = open_source(file, kind, str(path))
        parts = source.parts()
        first = next(parts)
        if kind == "srt" and not first.document.slots and says_something(first.document.text):
            raise InputError(
                f"{path}: no times of subtitles are found", "--format txt translates its lines as they stand"
            )
        parts = chain([first], parts)  # what cannot be read is told before anything is made
        with result(task, path, out) as to, translating(out, "bytes") as begun:
            before, advance = to.progress, begun(source.size)
            direction, parts = (before["direction"], parts) if before else _direction(task, parts)
            form = form if direction else None
            is_package = kind in PACKAGES and not form
            digest, sizes, passages, number = hashlib.sha256(), Counter[str](before.get("sizes")), 0, 0
            changed = before.get("changed", False)
            for number, part in enumerate(parts, start=1):
                digest.update(part.raw)
                if number > before.get("parts", 0):
                    new = _words(task, part, direction, passages, advance)
                    content = _side_by_side(part, new, form, direction, number == 1) if form else part.fill(new)
                    sizes[part.name] += len(content)
                    changed = changed or content != part.raw
                    state = {"parts": number, "direction": direction, "sizes": sizes, "changed": changed}
                    to.append(content, digest.hexdigest(), whole=is_package, **state)
                else:
                    advance(len(part.raw))
                passages += len(part.document.slots)
                if number == before.get("parts"):
                    to.check(digest.hexdigest())
            if number < before.get("parts", 0):
                to.check(digest.hexdigest())
            if is_package and changed:
                to.finish(lambda texts, new: source.write(texts, sizes, new))
            elif is_package:
                file.seek(0)
                to.finish(lambda texts, new: _copy(file, new))
            else:
                to.finish(partial(_copy, foot=foot(form).encode()) if form and foot(form) else None)


def _copy(source: IO[bytes], target: IO[bytes], foot: bytes = b"") -> None:
    while block := source.read(1 << 20):
        target.write(block)
    target.write(foot)


def _direction(task: Task, parts: Iterator[Part]) -> tuple[Direction | None, Iterator[Part]]:
    """Into which language, ``None`` for a third one that is copied; and the parts again."""
    from translator.text.languages import neither

    if task.direction:
        return task.direction, parts
    read: list[Part] = []
    sample = ""
    while len(sample) < _SAMPLE and (part := next(parts, None)):
        read.append(part)
        sample += "\n".join([*([sample] if sample else []), *part.document.passages])
    if note := neither(sample):
        if task.asked.other_language == "refuse":
            raise refused(note)
        warn(note)
    return None if note else task.translator.direction_of(sample[:_SAMPLE]), chain(read, parts)


def _words(
    task: Task, part: Part, direction: Direction | None, before: int, advance: Callable[[int], None]
) -> list[str]:
    """The translations of the passages of ``part``, ``before`` which there are so many; warnings go to the user."""
    passages, size = part.document.passages, len(part.raw)
    if direction is None or not passages:
        advance(size)
        return passages
    count = len(passages)
    protected = [part.document.protected(i) for i in range(count)]

    def of(begin: int) -> list[Translation]:
        cut, (translator, config, options) = (
            slice(begin, begin + _AT_ONCE),
            (task.translator, task.config, task.options),
        )
        return translator.translate_batch(passages[cut], direction, config, options, protected=protected[cut])

    from translator.translation.ahead import one_ahead

    translated: list[str] = []
    for found in one_ahead(partial(of, begin) for begin in range(0, count, _AT_ONCE)):
        begin = len(translated)
        for number, translation in enumerate(found, start=begin):
            translated.append(translation.target)
            for warning in translation.warnings:
                warn(f"passage {before + number + 1} ({passages[number][:40]!r}): {warning}")
        advance(size * len(translated) // count - size * begin // count)
    return translated


def _side_by_side(
    part: Part, translated: list[str], form: Bilingual, direction: Direction | None, is_first: bool
) -> bytes:
    document, way = part.document, direction or "en-pt"
    pairs = (
        (document.plain(i, source), document.plain(i, target))
        for i, (source, target) in enumerate(zip(document.passages, translated, strict=True))
    )
    return ((head(form, way) if is_first else "") + rows(pairs, form, way)).encode("utf-8", "replace")
