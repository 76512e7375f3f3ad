"""Many files and folders into one folder: names are kept, what is done stays done, what cannot be done is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from translator.commands.console import tell_error
from translator.commands.translate.task import tell
from translator.documents import document_kind
from translator.errors import InputError, OutputError, TranslatorError, UsageError


@dataclass(frozen=True)
class FileJob:
    """A file and where its translation goes."""

    source: Path
    target: Path


def file_jobs(names: Sequence[str], folder: Path, suffix: str = "") -> list[FileJob]:
    """What there is to do for files and folders; of a folder, the files of known formats in it and below it.

    Raises ``UsageError`` where two files would have one name, or a file its own.
    """
    jobs: dict[Path, FileJob] = {}
    for source, relative in _found(names, folder):
        target = folder / relative.with_name(relative.name + suffix)
        other = jobs.setdefault(target, FileJob(source, target))
        if other.source != source:
            raise UsageError(f"{other.source} and {source} would both become {target}", "translate them one by one")
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError(f"{source} would be replaced by its translation", "name another folder with --to-dir")
    if not jobs:
        raise UsageError(
            "--to-dir: there is nothing to translate", "name files, or folders with files of known formats"
        )
    return list(jobs.values())


def _found(names: Sequence[str], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each file, and its name below the folder that was named."""
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        for below, folders, files in os.walk(path):
            here = Path(below)
            folders[:] = sorted(
                f for f in folders if not f.startswith(".") and (here / f).resolve() != folder.resolve()
            )
            for file in sorted(files):
                if not file.startswith(".") and not file.endswith(".part.json") and document_kind(Path(file)):
                    yield here / file, (here / file).relative_to(path)


def translate_files(jobs: Sequence[FileJob], translate: Callable[[FileJob], None], *, force: bool) -> None:
    """Translate each file that has no translation yet. Raises ``TranslatorError`` at the end if one could not be."""
    waiting = [job for job in jobs if force or not job.target.exists()]
    if len(waiting) < len(jobs):
        tell(f"{len(jobs) - len(waiting)} of {len(jobs)} files are there already")
    failed = 0
    for number, job in enumerate(waiting, start=1):
        tell(f"[{number}/{len(waiting)}] {job.source} → {job.target}")
        try:
            _make_folder(job.target.parent)
            translate(job)
        except (TranslatorError, OSError) as error:
            failed += 1
            tell_error(error if isinstance(error, TranslatorError) else InputError(f"{job.source}: {error.strerror}"))
    if failed:
        raise TranslatorError(
            f"{failed} of {len(waiting)} files could not be translated",
            "the others are; run it again for the rest" if failed < len(waiting) else "why is said above",
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}", "name another folder with --to-dir") from error
