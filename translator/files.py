"""All that touches a disk: where the files are that come with the program, and how new ones take their place.

What is written is written beside its place and moved there once complete, a folder as a whole. A file that is
replaced keeps its mode. What a crash left behind is mended by whoever comes next. Where two may not write at once,
one has the lock.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from translator.errors import CheckpointError, InputError, OutputError, UsageError

DEFAULT_MODEL = "en-pt"


_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "_shipped", _PACKAGE.parent)  # as installed, and in a checkout


def shipped_models() -> list[str]:
    """Names of the models that came with the program."""
    return sorted({path.parent.name for root in _ROOTS for path in root.glob("checkpoints/*/config.json")})


def model_folder(name: str) -> Path:
    """The folder of a model given by path, or by the name of a shipped one. Raises ``CheckpointError`` on neither."""
    if (path := Path(name)).exists():
        return path
    for root in _ROOTS:
        if (folder := root / "checkpoints" / name).is_dir():
            return folder
    known = ", ".join(shipped_models()) or "none"
    raise CheckpointError(f"no such model: {name}", f"give a folder that `translator train` wrote; shipped: {known}")


def corpus_file(split: str) -> Path:
    """The project's own corpus: ``train``, ``dev`` or ``test``. Raises ``InputError`` if this install lacks it."""
    for root in _ROOTS:
        if (path := root / "corpus" / f"{split}.tsv").is_file():
            return path
    raise InputError("this install has no corpus of its own", "name a corpus file")


@contextmanager
def in_place_of(path: Path, *, force: bool) -> Iterator[int]:
    """A temporary file beside ``path``, open for writing, that takes its place when the block ends well; whoever
    writes closes it.

    A file that is replaced keeps its mode. What a link points to is replaced, not the link; a named pipe or a device
    is written to as it is. Raises ``UsageError`` if there is a file and ``force`` is not given, ``OutputError`` if it
    cannot be written.
    """
    as_it_is = path.exists() and not (path.is_file() or path.is_dir())
    if path.exists() and not force and not as_it_is:
        raise UsageError(f"{path} exists already", "add --force to replace it, or name another file")
    path = path.resolve() if path.is_symlink() and not as_it_is else path
    import tempfile  # with shutil and its compressions; most translations go to the screen

    name = ""
    try:
        if as_it_is:
            descriptor = os.open(path, os.O_WRONLY)
        else:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        hint = "" if as_it_is else "name a file in a writable folder"
        raise OutputError(f"{path} cannot be written: {error.strerror}", hint) from error
    try:
        yield descriptor
        if name:
            os.umask(mask := os.umask(0))
            os.chmod(name, path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~mask)
            os.replace(name, path)
    except OSError as error:
        hint = "" if as_it_is else "nothing was changed"
        raise OutputError(f"{path} could not be written: {error.strerror}", hint) from error
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_file(path: Path, text: str) -> None:
    """Put a text file in the place of ``path`` once it is on the disk, whole. Raises ``OutputError``; the old stays."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, "utf-8")
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise OutputError(f"{path} could not be written: {error.strerror}", "nothing was changed") from error


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def recover(folder: Path) -> None:
    """Put ``folder`` back if a crash left it moved aside, between the two renames of :func:`replace_folder`."""
    if not folder.exists() and _aside(folder).is_dir():
        _aside(folder).rename(folder)


def sweep(place: Path) -> None:
    """Mend and clear away what a killed process left of folders it was writing in ``place``; no other may do so now."""
    import shutil

    for aside in place.glob(".*.old"):
        recover(place / aside.name[1 : -len(".old")])
        shutil.rmtree(aside, ignore_errors=True)
    for new in place.glob(".*.new-*"):
        shutil.rmtree(new, ignore_errors=True)


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write a folder, then put it in the place of ``folder``; at an ``OutputError`` the old one stays."""
    import shutil  # imported on use: reading needs neither

    from safetensors import SafetensorError

    new = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    try:
        recover(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(new, ignore_errors=True)  # left by a crash of a process with the same id, as containers have
        new.mkdir()
        fill(new)
        for path in [*new.rglob("*"), new]:
            path.chmod(0o755 if path.is_dir() else 0o644)  # some writers make files for their owner alone
            sync(path)
        if folder.exists():
            shutil.rmtree(_aside(folder), ignore_errors=True)
            folder.rename(_aside(folder))
        new.rename(folder)
        sync(folder.parent)
        shutil.rmtree(_aside(folder), ignore_errors=True)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{folder} could not be written: {reason}", "what stood there before is kept") from error
    finally:
        recover(folder)
        shutil.rmtree(new, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk itself. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(file: Path, doing: str, instead: str) -> Iterator[None]:
    """Keep every other process from what ``doing`` names ("RUN is being trained"); ``instead`` is what else to do.

    The lock is the kernel's, on a file that names the process: it ends with the process, however that dies, so there
    is no stale one to clear away. Where the system or the file system has none, nothing is locked.
    Raises ``UsageError`` if another process has it, ``OutputError`` if the folder cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened, is_ours = _locked(file)
    except OSError as error:
        raise OutputError(f"{file.parent} cannot be written: {error.strerror}", instead) from error
    with opened:
        if not is_ours:
            opened.seek(0)
            holder = opened.read().decode("utf-8", "replace").strip() or "unknown"
            raise UsageError(
                f"{doing} by another process, pid {holder}", f"wait for it, stop it with: kill {holder}, or {instead}"
            )
        try:
            opened.truncate(0)
            opened.write(f"{os.getpid()}\n".encode())
        except OSError as error:  # the disk is full
            raise OutputError(f"{file.parent} cannot be written: {error.strerror}", instead) from error
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink()


def _locked(file: Path) -> tuple[IO[bytes], bool]:
    """``file`` open, and whether it is ours: the one that has its name now, not one just removed."""
    while True:
        opened = file.open("ab+", buffering=0)
        is_ours = take(opened.fileno())
        with suppress(FileNotFoundError):
            if not is_ours or os.path.samestat(os.fstat(opened.fileno()), file.stat()):
                return opened, is_ours
        opened.close()


def take(descriptor: int) -> bool:
    """Lock an open file until it is closed; whether no other process has it, as far as the system knows of locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
