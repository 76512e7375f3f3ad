"""Prefetching: work done ahead by other processes, its results in order.

A GPU trains faster than one process can cut sentences into pieces. Where there are processes to spare, they prepare
what comes next; since each piece of work depends on what it is given alone, the results are those of doing it in turn.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Literal, TypeVar, TypeVarTuple

from translator.errors import TranslatorError

T = TypeVar("T")
Given = TypeVarTuple("Given")
_PR_SET_PDEATHSIG = 1
_KILLED = TranslatorError(
    "a process that prepares batches was killed, perhaps for want of memory",
    "the last save is kept: go on from there with fewer --workers",
)
_work: Callable[..., Any]  # of a process that works ahead


def in_order(
    work: Callable[[*Given], T],
    pieces: Iterator[tuple[*Given]],
    workers: int,
    method: Literal["fork", "spawn"] = "fork",
    killed: TranslatorError = _KILLED,
) -> Iterator[tuple[tuple[*Given], T]]:
    """Each of ``pieces``, which may be endless, with what ``work`` makes of it, in order.

    So many processes do the work, 0 = this one; two results each are made ahead at most. Forked, they have what
    ``work`` holds without copying it; where they cannot be, this process does the work. Spawned, they are safe beside
    threads. Raises ``killed`` if one of them is.
    """
    if not workers or (method == "fork" and sys.platform != "linux"):  # elsewhere all of it would be copied to each
        for piece in pieces:
            yield piece, work(*piece)
        return
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context(method), _begin, (work,))
    waiting: deque[tuple[tuple[*Given], Future[T]]] = deque()
    try:
        for piece in pieces:
            waiting.append((piece, executor.submit(_do, piece)))
            if len(waiting) >= 2 * workers:
                piece, future = waiting.popleft()
                yield piece, future.result()
        for piece, future in waiting:
            yield piece, future.result()
    except BrokenProcessPool as error:  # by a result, or where the next work is handed out
        raise killed from error
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _begin(work: Callable[..., Any]) -> None:
    global _work
    _work = work
    begin_worker()


def _do(piece: tuple[Any, ...]) -> Any:
    return _work(*piece)


def begin_worker() -> None:
    """Ctrl-C is for the process that began this one; and when that is gone, in whatever way, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
