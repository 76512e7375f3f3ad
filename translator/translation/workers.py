"""Pieces of work shared out among workers, each an engine of its own; a worker that is killed costs only its piece.

A worker is this process (a plain loop), a process of this machine, or an actor of a Ray cluster: the loop that gives
them work is one. It knows three things of a worker: ``ready``, ``submit`` and what a call raises once it is lost.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from translator.corpus.prefetch import begin_worker
from translator.errors import CheckpointError, TranslatorError, UsageError
from translator.model.folder import WEIGHTS
from translator.search.native import cores
from translator.translation.translator import EngineName, Translator

TRIES = 3  # workers a piece may cost before it is given up: it may be what kills them
Item = TypeVar("Item")
Work = Callable[[Any], Any]
Make = Callable[[], Work]  # loads the engine, where the worker is; it travels there by its name


class Worker(Protocol):
    """What does one piece of work at a time."""

    lost: tuple[type[Exception], ...]  # what ``ready`` and ``submit`` raise once the worker is gone
    ready: Future[str]  # who it is (host:pid), as soon as its engine is loaded

    def submit(self, given: Any) -> Future[Any]:
        """Begin a piece of work."""

    def close(self) -> None:
        """End it, whatever it does."""


@dataclass(frozen=True)
class Done(Generic[Item]):
    """A piece of work and what came of it."""

    item: Item
    result: Any  # ``None`` where it was given up, its workers killed
    worker: str


def share_out(
    items: Iterable[Item], start: Callable[[], Worker], count: int, *, given: Callable[[Item], Any]
) -> Iterator[Done[Item]]:
    """Each of ``items`` with its result, as they come, by ``count`` workers; ``given`` is what of an item travels.

    A lost worker is replaced, and what it had is given to the next that is free. Raises ``TranslatorError`` where
    workers die before they are ready.
    """
    waiting, more = deque[tuple[Item, int]](), iter(items)
    idle: list[tuple[Worker, str]] = []
    loading: dict[Future[str], Worker] = {}
    busy: dict[Future[Any], tuple[Worker, str, Item, int]] = {}
    failures = 0

    def begin() -> None:
        worker = start()
        loading[worker.ready] = worker

    try:
        for _ in range(count):
            begin()
        while True:
            while idle and (piece := waiting.popleft() if waiting else _next(more)):
                worker, name = idle.pop()
                busy[worker.submit(given(piece[0]))] = (worker, name, *piece)
            if idle and not busy:
                return
            for future in wait([*loading, *busy], return_when=FIRST_COMPLETED).done:
                if future in loading:
                    worker = loading.pop(future)
                    try:
                        idle.append((worker, _result(future)))
                    except worker.lost as error:
                        failures += 1
                        if failures > TRIES * count:
                            raise TranslatorError(f"workers end before they are ready: {error}") from error
                        begin()
                    continue
                worker, name, item, tries = busy.pop(future)
                try:
                    done = Done(item, _result(future), name)
                except worker.lost:
                    begin()
                    if tries < TRIES:
                        waiting.append((item, tries + 1))
                    else:
                        yield Done(item, None, name)
                else:
                    idle.append((worker, name))
                    yield done
    finally:
        for worker in [*loading.values(), *(w for w, *_ in busy.values()), *(w for w, _ in idle)]:
            worker.close()


def in_turn(items: Iterable[Item], start: Callable[[], Worker], count: int) -> Iterator[Any]:
    """The result of each of ``items``, in their order. Raises ``TranslatorError`` where one was given up."""
    early: dict[int, Any] = {}
    at = 0
    for done in share_out(enumerate(items), start, count, given=lambda item: item[1]):
        if done.result is None:
            raise TranslatorError(f"{TRIES} processes were killed at the same piece of work", "want of memory?")
        early[done.item[0]] = done.result
        while at in early:
            yield early.pop(at)
            at += 1


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except TranslatorError as error:
        raise getattr(error, "cause", error) from None  # Ray puts one of its own around it


def _next(more: Iterator[Item]) -> tuple[Item, int] | None:
    for item in more:
        return item, 1
    return None


class ThisProcess:
    """A plain loop: the work is done at once, here."""

    lost: tuple[type[Exception], ...] = ()

    def __init__(self, make: Make) -> None:
        self.ready: Future[str] = Future()
        self._work = make()
        self.ready.set_result(_name())

    def submit(self, given: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        future.set_result(self._work(given))
        return future

    def close(self) -> None:
        """Nothing is to be ended."""


class OwnProcess:
    """A process of this machine."""

    lost: tuple[type[Exception], ...] = (BrokenExecutor,)

    def __init__(self, make: Make) -> None:
        spawned = multiprocessing.get_context("spawn")  # threads of the engine do not come through a fork
        self._executor = ProcessPoolExecutor(1, spawned, initializer=begin_worker)
        self.ready: Future[str] = self._executor.submit(_load, make)

    def submit(self, given: Any) -> Future[Any]:
        """Send it there."""
        return self._executor.submit(_do, given)

    def close(self) -> None:
        """Kill it: nobody wants what it is at."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        with suppress(*self.lost, OSError, TimeoutError):
            os.kill(int(self.ready.result(timeout=0).rpartition(":")[2]), signal.SIGKILL)


_work: Work  # of a process that was begun as a worker


def _load(make: Make) -> str:
    global _work
    _work = make()
    return _name()


def _do(given: Any) -> Any:
    return _work(given)


def _name() -> str:
    import socket

    return f"{socket.gethostname()}:{os.getpid()}"


class _Actor:
    """What runs on a machine of the cluster."""

    def __init__(self, make: Make) -> None:
        self._make = make

    def load(self) -> str:
        self._work = self._make()
        return _name()

    def do(self, given: Any) -> Any:
        return self._work(given)


class _OnRay:
    """An actor of a Ray cluster, on one core of whichever machine has one free."""

    def __init__(self, make: Make) -> None:
        import ray
        from ray.exceptions import NodeDiedError, OutOfMemoryError, RayActorError

        self.lost: tuple[type[Exception], ...] = (RayActorError, OutOfMemoryError, NodeDiedError)
        self._kill = ray.kill
        actor: Any = ray.remote(num_cpus=1, max_restarts=0)(_Actor)
        self._actor: Any = actor.remote(make)
        self.ready: Future[str] = self._actor.load.remote().future()

    def submit(self, given: Any) -> Future[Any]:
        """Send it there."""
        future: Future[Any] = self._actor.do.remote(given).future()
        return future

    def close(self) -> None:
        """End the actor."""
        with suppress(Exception):  # the cluster may be gone
            self._kill(self._actor)


def load_engine(model: str, engine: EngineName, hash: str, work: Callable[..., Any], options: Sequence[Any]) -> Work:
    """``work`` with an engine of one thread, on the machine that this runs on, and ``options`` before what it is given.

    Raises ``CheckpointError`` where that machine has no such model, or another of the name.
    """
    translator = Translator.load(model, engine, threads=1)
    if translator.engine == "torch":
        import torch

        torch.set_num_threads(1)
    if translator.folder.hashes[WEIGHTS] != hash:
        raise CheckpointError(f"{model} is another model on {_name()}", "install the same everywhere")
    return partial(work, translator, *options)


def start_workers(ray: str | None, make: Make, workers: int) -> tuple[Callable[[], Worker], int]:
    """What starts a worker, on the cluster at ``ray`` or here, and how many are wanted; 0 = a core each."""
    if ray is not None:
        start, count = _ray_workers(ray, make)
        return start, workers or count
    count = workers or cores()
    return partial(OwnProcess if count > 1 else ThisProcess, make), count


def _ray_workers(address: str, make: Make) -> tuple[Callable[[], Worker], int]:
    """What starts an actor of the cluster at ``address``, and how many cores the cluster has now.

    Raises ``UsageError`` where Ray is not installed, or no cluster answers.
    """
    try:
        from importlib import import_module

        ray = import_module("ray")  # it is not typed throughout
    except ImportError as error:
        raise UsageError("--ray needs Ray", "install it with: pip install 'translator[cluster]'") from error
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address}: {error}", "begin one with: ray start --head; --ray auto finds it"
        ) from error
    return partial(_OnRay, make), int(ray.cluster_resources().get("CPU", 1))
