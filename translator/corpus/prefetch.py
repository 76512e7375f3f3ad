"""Prefetching: work done ahead by other processes, its results in order.

A GPU trains faster than one process can cut sentences into pieces. Where there are processes to spare, they prepare
what comes next; since each piece of work depends on its place alone, the results are those of doing it all in turn.
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
from typing import Any, TypeVar

from translator.errors import TranslatorError

T = TypeVar("T")
_PR_SET_PDEATHSIG = 1

_work: Callable[..., Any]  # of a process that works ahead


def in_order(
    work: Callable[[int, int], T], places: Iterator[tuple[int, int]], workers: int
) -> Iterator[tuple[int, int, T]]:
    """``work`` of each of ``places``, which may be endless, in their order; by as many processes, 0 = by this one.

    Two results a process are made ahead at most. Where processes cannot be forked, this one does the work. Raises
    ``TranslatorError`` if one of them is killed.
    """
    if not workers or sys.platform != "linux":  # elsewhere all of the text would be copied to each
        for place in places:
            yield (*place, work(*place))
        return
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), initializer=_begin, initargs=(work,))
    waiting: deque[tuple[tuple[int, int], Future[T]]] = deque()
    try:
        for place in places:
            waiting.append((place, executor.submit(_do, place)))
            if len(waiting) >= 2 * workers:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    except BrokenProcessPool as error:  # by a result, or where the next work is handed out
        raise TranslatorError(
            "a process that prepares batches was killed, perhaps for want of memory",
            "the last save is kept: go on from there with fewer --workers",
        ) from error
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _next(waiting: deque[tuple[tuple[int, int], Future[T]]]) -> tuple[int, int, T]:
    place, future = waiting.popleft()
    return (*place, future.result())


def _begin(work: Callable[..., Any]) -> None:
    global _work
    _work = work
    begin_worker()


def begin_worker() -> None:
    """Ctrl-C is for the process that began this one; and when that is gone, in whatever way, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _do(place: tuple[int, int]) -> Any:
    return _work(*place)
