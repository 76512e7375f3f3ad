"""Requests that arrive together are translated together, by one thread that alone calls the engine.

While the engine works, what arrives waits; then all of it goes at once. A large request comes in portions, between
which others have their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from starlette.exceptions import HTTPException

from translator.commands.serve.gate import Metrics
from translator.config import Direction, SearchConfig
from translator.translation import TranslateOptions, Translation, Translator

T = TypeVar("T")
Protected = Sequence[Sequence[tuple[int, int]]]
_WAIT = 0.005  # seconds that a request may wait for company
_COMPANY = 32  # requests that do not wait for more
_TOGETHER, _PORTION = 128, 64  # passages that the engine gets at once, and those of one request among them


@dataclass(frozen=True, eq=False)
class _Job:
    """Passages to translate; jobs with the same key are done as one."""

    future: asyncio.Future[list[Translation]]
    key: Hashable
    work: Callable[..., Sequence[Translation]]  # of passages and, by name, what is protected in them
    passages: Sequence[str]
    protected: Protected | None


class Batcher:
    """The queue in front of one translator. Made and used within one event loop."""

    def __init__(self, translator: Translator, metrics: Metrics, room: int) -> None:
        """``room``: passages that may wait."""
        self.translator, self.metrics, self.room = translator, metrics, room
        self._waiting: asyncio.Queue[_Job] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "engine")
        self._loop = asyncio.create_task(self._run())

    async def translate(
        self,
        passages: Sequence[str],
        direction: Direction,
        config: SearchConfig,
        options: TranslateOptions,
        protected: Protected | None = None,
    ) -> list[Translation]:
        """As ``Translator.translate_batch`` does it. Raises ``HTTPException`` (503) where too many are waiting."""
        left = len(passages)
        if self.metrics.waiting and self.metrics.waiting + left > self.room:
            raise HTTPException(503, "Server is busy: try again in a moment", {"retry-after": "1"})
        work = partial(self.translator.translate_batch, direction=direction, config=config, options=options)
        own = object() if options.glossary else options.confidence  # nobody else has the same glossary
        key = (direction, config, own, protected is None)
        found: list[Translation] = []
        self.metrics.waiting += left
        try:
            for begin in range(0, len(passages), _PORTION):
                part = slice(begin, begin + _PORTION)
                future: asyncio.Future[list[Translation]] = asyncio.get_running_loop().create_future()
                given = None if protected is None else protected[part]
                self._waiting.put_nowait(_Job(future, key, work, passages[part], given))
                new = await future
                found += new
                self.metrics.passages += len(new)
                self.metrics.waiting -= len(new)
                left -= len(new)
        finally:
            self.metrics.waiting -= left
        return found

    async def call(self, do: Callable[[], T]) -> T:
        """What ``do`` returns, called where the engine is called."""
        self.metrics.batches += 1
        return await asyncio.get_running_loop().run_in_executor(self._thread, do)

    async def close(self) -> None:
        """Let the thread end."""
        self._loop.cancel()
        self._thread.shutdown()

    async def _run(self) -> None:
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
            outcomes = await asyncio.get_running_loop().run_in_executor(self._thread, _all, jobs)
            for job, outcome in outcomes.items():
                if job.future.done():
                    continue
                if isinstance(outcome, Exception):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)


def _all(jobs: Sequence[_Job]) -> dict[_Job, list[Translation] | Exception]:
    """What comes of each job: results, or the exception. Those of one key are done as one; where that fails each alone,
    so that only the one at fault hears of it."""
    outcomes: dict[_Job, list[Translation] | Exception] = {}
    groups = [[job for job in jobs if job.key == key] for key in dict.fromkeys(job.key for job in jobs)]
    for group in groups:  # which grows
        passages = [passage for job in group for passage in job.passages]
        protected = [ranges for job in group for ranges in job.protected or ()]
        try:
            found = iter(group[0].work(passages, protected=None if group[0].protected is None else protected))
            outcomes |= {job: list(islice(found, len(job.passages))) for job in group}
        except Exception as error:
            if len(group) == 1:
                outcomes[group[0]] = error
            else:
                groups += [[job] for job in group]
    return outcomes
