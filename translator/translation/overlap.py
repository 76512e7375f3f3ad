"""Chunks of a long text, two at a time: one is prepared and checked in Python while the engine searches the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from translator.errors import InputError

__all__ = ["overlapped"]

Chunk = TypeVar("Chunk")
Found = TypeVar("Found")


def overlapped(work: Callable[[Chunk, Callable[[int], None]], Found], chunks: Iterator[Chunk]) -> Iterator[Found]:
    """``work`` of each of ``chunks``, in order, in two threads.

    ``work`` is given what to call after each batch; that ends it where nobody wants the rest any more. A chunk that
    cannot be read (``InputError``) ends all, after those before it.
    """
    from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

    ended = False

    def go_on(_: int) -> None:
        if ended:
            raise CancelledError

    waiting: deque[Future[Found]] = deque()
    failed: InputError | None = None
    pool = ThreadPoolExecutor(2)
    try:
        while failed is None:
            try:
                waiting.append(pool.submit(work, next(chunks), go_on))
            except StopIteration:
                break
            except InputError as error:
                failed = error
            if len(waiting) > 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failed is not None:
            raise failed
    finally:
        ended = True
        pool.shutdown(cancel_futures=True)
