"""One process a run folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.errors import OutputError, UsageError

__all__ = ["run_lock"]


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Keep every other process from training in ``folder``, which is made if it is not there.

    The lock is the kernel's, on a file that names the process: it ends with the process, however that dies, so there
    is no stale one to clear away. Where the system or the file system has none, nothing is locked.
    Raises ``UsageError`` if another process has it, ``OutputError`` if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("ab+", buffering=0)
    except OSError as error:
        raise _unwritable(folder, error) from error
    with file:
        if not _take(file.fileno()):
            file.seek(0)
            holder = file.read().decode("utf-8", "replace").strip() or "unknown"
            raise UsageError(
                f"{folder} is being trained by another process, pid {holder}",
                f"wait for it, stop it with: kill {holder}, or give another --out",
            )
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
        except OSError as error:  # the disk is full
            raise _unwritable(folder, error) from error
        yield


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder} cannot be written: {error.strerror}", "choose another --out")


def _take(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
