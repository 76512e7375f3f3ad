"""Requests that arrive together are translated together, by one thread that alone calls the engine.

While the engine works, what arrives waits; then all of it goes at once. A large request comes in portions, between
which others have their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from translator.commands.serve.gate import Metrics, RequestError
from translator.config import Direction, SearchConfig
from translator.translation import TranslateOptions, Translation, Translator

__all__ = ["Batcher"]

T = TypeVar("T")
_WAIT = 0.005  # seconds that a request may wait for company
_COMPANY = 32  # requests that do not wait for more
_TOGETHER, _PORTION = 128, 64  # passages that the engine gets at once, and those of one request among them


@dataclass(frozen=True)
class _Asked:
    """What passages must have in common to go together."""

    direction: Direction
    config: SearchConfig
    options: TranslateOptions


@dataclass(frozen=True, eq=False)
class _Job:
    """Passages to translate as ``asked``, or something else to ``do`` in the engine's thread."""

    future: asyncio.Future[Any]
    passages: Sequence[str] = ()
    protected: Sequence[Sequence[tuple[int, int]]] | None = None
    asked: _Asked | None = None
    do: Callable[[], Any] = lambda: None


class Batcher:
    """The queue in front of one translator. Made and used within one event loop."""

    def __init__(self, translator: Translator, metrics: Metrics, room: int) -> None:
        """``room``: passages that may wait."""
        self.translator = translator
        self.metrics = metrics
        self.room = room
        self._waiting: asyncio.Queue[_Job] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "engine")
        self._loop = asyncio.create_task(self._run())

    async def translate(
        self,
        passages: Sequence[str],
        direction: Direction,
        config: SearchConfig,
        options: TranslateOptions,
        protected: Sequence[Sequence[tuple[int, int]]] | None = None,
    ) -> list[Translation]:
        """As ``Translator.translate_batch`` does it. Raises ``RequestError`` (503) where too many are waiting."""
        if self.metrics.waiting + len(passages) > self.room:
            raise RequestError(503, "Server is busy: try again in a moment", {"retry-after": "1"})
        self.metrics.waiting += len(passages)
        left = len(passages)
        found: list[Translation] = []
        try:
            for begin in range(0, len(passages), _PORTION):
                part = slice(begin, begin + _PORTION)
                given = protected[part] if protected is not None else None
                asked = _Asked(direction, config, options)
                found += await self._done(passages=passages[part], protected=given, asked=asked)
                left -= len(passages[part])
                self.metrics.waiting -= len(passages[part])
        finally:
            self.metrics.waiting -= left
        return found

    async def call(self, do: Callable[[], T]) -> T:
        """What ``do`` returns, called where the engine is called."""
        result: T = await self._done(do=do)
        return result

    async def close(self) -> None:
        """Let the thread end."""
        self._loop.cancel()
        self._thread.shutdown()

    def _done(self, **given: Any) -> asyncio.Future[Any]:
        job = _Job(asyncio.get_running_loop().create_future(), **given)
        self._waiting.put_nowait(job)
        return job.future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        crowded = False
        while True:
            jobs = [await self._waiting.get()]
            if crowded and self._waiting.qsize() < _COMPANY:  # where one came alone, the next mostly does too
                await asyncio.sleep(_WAIT)
            size = len(jobs[0].passages)
            while not self._waiting.empty() and size < _TOGETHER:
                jobs.append(self._waiting.get_nowait())
                size += len(jobs[-1].passages)
            crowded = len(jobs) > 1
            jobs = [job for job in jobs if not job.future.done()]  # nobody waits for the others any more
            self.metrics.batches += 1
            self.metrics.passages += sum(len(job.passages) for job in jobs)
            outcomes = await loop.run_in_executor(self._thread, self._work, jobs)
            for job in jobs:
                outcome = outcomes[job]
                if job.future.done():
                    continue
                if isinstance(outcome, Exception):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)

    def _work(self, jobs: Sequence[_Job]) -> dict[_Job, Any]:
        """What comes of each job: a result, or the exception."""
        outcomes: dict[_Job, Any] = {}
        groups: list[list[_Job]] = []
        for job in jobs:
            for group in groups:
                alike = job.asked is not None and job.asked == group[0].asked
                if alike and (job.protected is None) == (group[0].protected is None):
                    group.append(job)
                    break
            else:
                groups.append([job])
        for group in groups:
            outcomes |= self._group(group)
        return outcomes

    def _group(self, group: Sequence[_Job]) -> dict[_Job, Any]:
        asked = group[0].asked
        try:
            if asked is None:
                return {group[0]: group[0].do()}
            protected = None
            if group[0].protected is not None:
                protected = [ranges for job in group for ranges in job.protected or ()]
            found = iter(
                self.translator.translate_batch(
                    [passage for job in group for passage in job.passages],
                    asked.direction,
                    asked.config,
                    asked.options,
                    protected=protected,
                )
            )
            return {job: list(islice(found, len(job.passages))) for job in group}
        except Exception as error:
            if len(group) == 1:
                return {group[0]: error}
            return {job: outcome for one in group for job, outcome in self._group([one]).items()}
