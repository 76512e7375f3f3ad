"""How fast a model is on this machine: latency, throughput, start-up, memory, for each engine and precision.

Each engine and precision is measured in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from translator.config import Direction, SearchConfig
from translator.errors import CheckpointError, TranslatorError
from translator.evaluation.evaluate import peak_memory, pieces_of
from translator.search.native import cores
from translator.translation import EngineName, Translator

ENGINES: tuple[tuple[EngineName, str], ...] = (
    ("ctranslate2", "default"),
    ("ctranslate2", "float32"),
    ("torch", "float32"),
)
"""Engine and precision; the default of the fast engine is what the model was exported in."""
_FEWEST, _PATIENCE = 5, 5  # sentences for a latency, and how many times the time of a throughput it may take


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    model: str
    sources: Sequence[str]
    direction: Direction
    batches: Sequence[int]  # sentences searched together
    beams: Sequence[int]
    seconds: float  # least time a throughput is measured for


@dataclass(frozen=True)
class Throughput:
    """One batch size and beam."""

    batch: int
    beam: int
    sentences_per_second: float
    tokens_per_second: float  # source and target pieces


@dataclass(frozen=True)
class Measured:
    """One engine in one precision."""

    engine: str
    precision: str
    load_seconds: float  # in a process that has imported nothing yet, to the first translation
    latency_p50: float  # ms, one sentence at a time, greedy
    latency_p95: float
    peak_memory: float | None  # MB
    throughputs: list[Throughput]

    @property
    def best(self) -> Throughput:
        """The batch size and beam that translates most a second."""
        return max(self.throughputs, key=lambda t: t.sentences_per_second)


def supported(precision: str) -> bool:
    """Whether this processor computes in that precision."""
    import ctranslate2

    return precision == "default" or precision in ctranslate2.get_supported_compute_types("cpu")


def bench(plan: Plan, engine: EngineName, precision: str) -> Measured | None:
    """:func:`measure` in a process of its own, which is gone afterwards. Raises ``TranslatorError`` if it is killed."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(measure, plan, engine, precision).result()
        except BrokenProcessPool as error:
            raise TranslatorError(f"{engine} in {precision} was killed, perhaps for want of memory") from error


def measure(
    plan: Plan, engine: EngineName, precision: str, clock: Callable[[], float] = time.perf_counter
) -> Measured | None:
    """Measure one engine in this process; ``None`` if the model was not exported for it."""
    begin = clock()
    try:
        translator = Translator.load(plan.model, engine, precision=precision)
    except CheckpointError:
        if engine == "ctranslate2":
            return None
        raise
    translator.translate(plan.sources[0], plan.direction)
    loaded = clock() - begin
    times: list[float] = []
    for source in plan.sources:
        if len(times) >= _FEWEST and sum(times) >= 1000 * _PATIENCE * plan.seconds:
            break  # a slow engine is measured on fewer
        begin = clock()
        translator.translate(source, plan.direction)
        times.append(1000 * (clock() - begin))
    p50, p95 = map(float, np.percentile(times, [50, 95]))
    throughputs = [_throughput(translator, plan, batch, beam, clock) for beam in plan.beams for batch in plan.batches]
    return Measured(engine, translator.precision, loaded, p50, p95, peak_memory(), throughputs)


def _throughput(translator: Translator, plan: Plan, batch: int, beam: int, clock: Callable[[], float]) -> Throughput:
    """Translate the sources, a batch for each core at a time, again and again until the time is up."""
    size, config = batch * max(2, cores()), SearchConfig(beam=beam)
    sentences = tokens = 0
    begin = clock()
    for start in cycle(range(0, len(plan.sources), size)):
        found = translator.translate_batch(plan.sources[start : start + size], plan.direction, config, batch_size=batch)
        sentences += len(found)
        tokens += sum(map(pieces_of, found))
        if (passed := max(clock() - begin, 1e-9)) >= plan.seconds:
            break
    return Throughput(batch, beam, sentences / passed, tokens / passed)


def start_up(model: str, text: str, times: int = 3) -> float:
    """Seconds from the command to the translation of one sentence, the program's start included: the median."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        command = [sys.executable, "-m", "translator", "translate", text, "--model", model]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise TranslatorError(f"translating {text!r} failed: {done.stderr.decode(errors='replace').strip()}")
        found.append(time.perf_counter() - begin)
    return float(np.median(found))
