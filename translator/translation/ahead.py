"""Calls made one ahead: while the engine computes for one, Python makes the next ready for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Result = TypeVar("Result")


def one_ahead(calls: Iterable[Callable[[], Result]]) -> Iterator[Result]:
    """The result of each call, in order; what a call raises, or taking the next one, is raised in its turn.

    Two are under way at a time, each in a thread: Python's share of a translation, a tenth, costs no time where there
    is a second core. The next call is taken before a result is given, so it must not be waited for: no live pipe.
    """
    from concurrent.futures import Future, ThreadPoolExecutor  # a single text does without

    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(2)
    failure: Exception | None = None
    more = iter(calls)
    try:
        while failure is None:
            try:
                waiting.append(pool.submit(next(more)))
            except StopIteration:
                break
            except Exception as error:  # what was taken before is good, and wanted
                failure = error
            if len(waiting) == 3:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)
