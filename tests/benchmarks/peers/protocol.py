"""How a contestant of ``training_peers.py`` talks: a request a line in, a JSON object a line out. No other imports, so
that any interpreter can run it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Round:
    """What was trained in one round, and what it took; padding not counted in tokens."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0  # of all threads of the process
    source: int = 0  # tokens
    target: int = 0  # tokens, each predicted
    padded: int = 0  # source and target places, padding counted
    steps: int = 0

    @property
    def tokens(self) -> int:
        return self.source + self.target

    def add(self, other: Round) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Wire:
    """Keeps the standard output for answers; whatever else is printed goes to the standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def say(self, answer: dict[str, Any]) -> None:
        self._out.write(json.dumps(answer) + "\n")
        self._out.flush()

    def requests(self) -> Iterator[list[str]]:
        """The words of each line that comes in."""
        for line in sys.stdin:
            yield line.split()


class Watch:
    """Seconds by the clock and of the CPU since it was made."""

    def __init__(self) -> None:
        self._seconds, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._seconds, time.process_time() - self._cpu


def serve(
    step: Callable[[], Round], nll: Callable[[], float], after: Callable[[], dict[str, Any]] = dict, **facts: Any
) -> None:
    """Answer ``round TOKENS`` by steps until so many tokens are trained in all, ``nll`` by the loss on dev.

    ``step`` trains one batch and counts its tokens, and adds to the time what was spent before; ``after`` tells more
    about the round and is not timed.
    """
    wire = Wire()
    wire.say(facts)
    trained = 0
    for request in wire.requests():
        if request[0] == "nll":
            wire.say({"nll": nll()})
            continue
        total, watch = Round(), Watch()
        while trained + total.tokens < int(request[1]):
            total.add(step())
        trained += total.tokens
        seconds, cpu = watch.read()
        total.seconds += seconds
        total.cpu_seconds += cpu
        wire.say(vars(total) | after())
