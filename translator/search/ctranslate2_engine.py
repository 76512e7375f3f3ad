"""The fast engine: CTranslate2 over the exported model. It needs no torch, starts at once, and runs in int8.

It finds what our own search finds: the same beam, the same end (W hypotheses completed), ranked again by our own
length penalty, because CTranslate2's is another formula.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translator.config import SearchConfig
from translator.errors import CheckpointError
from translator.search.hypothesis import Hypothesis, batches_by_length, hypothesis, length_limit, rank
from translator.search.native import cores, ctranslate2, load
from translator.text.subwords import Subwords

if TYPE_CHECKING:
    import numpy as np

# CTranslate2 stops at the first completed hypothesis when its own penalty is exactly 0; this one changes no score.
_NO_PENALTY = 1e-9
_BATCH_TOKENS = 2048  # pieces of a batch of sources, padding counted: of 256 to 3,072 this took the least time
_FEWEST_TOKENS = 512  # what smaller batches take longer for, the cores would have to gain by ending together
_BATCHES_A_THREAD = 4
_MANY = 64  # sources from which on memory is kept
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h


@cache
def _keep_memory() -> None:
    """Have the C library keep what CTranslate2 frees, as its next step wants the same again: giving it to the system
    and getting it back cleared took an eighth of the time."""
    if sys.platform == "linux":
        import ctypes

        if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # glibc has it
            mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most it takes
            mallopt(_M_TRIM_THRESHOLD, 1 << 29)


class _Pieces(dict[int, str]):
    """Id → piece, looked up when first needed: a sentence uses a dozen of thousands."""

    def __init__(self, subwords: Subwords) -> None:
        self.subwords = subwords

    def __missing__(self, id: int) -> str:
        return self.setdefault(id, self.subwords.piece(id))


class _Ids(dict[str, int]):
    """Piece → id, likewise."""

    def __init__(self, subwords: Subwords) -> None:
        self.subwords = subwords

    def __missing__(self, piece: str) -> int:
        return self.setdefault(piece, self.subwords.id(piece))


@dataclass(frozen=True)
class _Batch:
    """Sources that are being searched."""

    indices: list[int]
    sources: list[Sequence[int]]
    prefixes: list[Sequence[int]]
    limits: list[int]
    scores: bool
    results: list[Any]  # CTranslate2's, to be waited for


class CTranslate2Engine:
    """See :class:`translator.search.hypothesis.Engine`."""

    name = "ctranslate2"

    def __init__(
        self,
        folder: Path,
        subwords: Subwords,
        max_length: int,
        *,
        threads: int = 0,
        precision: str = "default",
        loaded: Any = None,
    ) -> None:
        """Load an exported model, if it is not ``loaded`` already (``native.load``). ``threads`` 0 = as many as this
        process may use; ``precision`` is CTranslate2's ``compute_type``. Raises ``CheckpointError``."""
        self.max_length = max_length
        self.threads = threads or cores()
        self.in_batches = False  # draws: see draw_in_batches
        self._pieces, self._ids = _Pieces(subwords), _Ids(subwords)
        try:
            self._translator = loaded or load(folder, precision, self.threads)
        except (RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"{folder} cannot be loaded: {error}", "write it again with `translator export`, or use --engine torch"
            ) from error

    @property
    def precision(self) -> str:
        """What it computes in."""
        return str(self._translator.compute_type)

    def search(
        self,
        sources: Sequence[Sequence[int]],
        config: SearchConfig,
        *,
        prefixes: Sequence[Sequence[int]] | None = None,
        batch_size: int = 128,
        done: Callable[[int], None] = lambda _: None,
        scores: bool = True,
    ) -> list[list[Hypothesis]]:
        """Search in batches of like length and like work; a source that reached its own limit is searched again."""
        results: list[list[Hypothesis]] = [[] for _ in sources]
        if config.sample and not self.in_batches:
            from translator.search.sampling import sample

            for index, source in enumerate(sources):
                results[index] = sample(self, source, config, prefixes[index] if prefixes else ())
                done(1)
            return results
        if len(sources) >= _MANY:
            _keep_memory()
        share = -(-len(sources) // self.threads)  # few sources are shared out among the threads
        tokens = sum(map(len, sources)) // (_BATCHES_A_THREAD * self.threads)
        tokens = min(max(tokens, _FEWEST_TOKENS), _BATCH_TOKENS)
        waiting: deque[_Batch] = deque()
        for batch in batches_by_length(sources, max(1, min(batch_size, share)), tokens):
            given = [prefixes[i] if prefixes else () for i in batch]
            waiting.append(self._post(batch, [sources[i] for i in batch], given, config, scores or config.beam > 1))
            if len(waiting) > 2 * self.threads:
                self._take(waiting.popleft(), config, results, done)
        while waiting:
            self._take(waiting.popleft(), config, results, done)
        return results

    def draw_in_batches(self, seed: int) -> None:
        """From now on, sample in batches, by CTranslate2's own generator: many times as fast, one draw a source.

        What is drawn then depends on the batch too, and with several threads on which of them comes first.
        """
        self.in_batches = True
        ctranslate2().set_random_seed(seed)

    def _post(
        self,
        indices: list[int],
        sources: list[Sequence[int]],
        prefixes: list[Sequence[int]],
        config: SearchConfig,
        scores: bool,
    ) -> _Batch:
        """Have a batch searched, and do not wait for it."""
        limits = [
            length_limit(source, config, self.max_length, prefix)
            for source, prefix in zip(sources, prefixes, strict=True)
        ]
        results = self._translator.translate_batch(
            self._spelled(sources),
            target_prefix=self._spelled(prefixes) if any(prefixes) else None,
            beam_size=1 if config.sample else config.beam,
            num_hypotheses=1 if config.sample else config.beam,
            sampling_topk=config.top_k if config.sample else 1,
            sampling_temperature=config.temperature if config.sample else 1.0,
            length_penalty=_NO_PENALTY,
            max_decoding_length=max(limits),
            max_input_length=0,
            return_scores=scores,  # greedy search needs none: without, it takes a sixteenth less
            return_end_token=True,
            asynchronous=True,
        )
        return _Batch(indices, sources, prefixes, limits, scores, results)

    def _take(
        self, batch: _Batch, config: SearchConfig, results: list[list[Hypothesis]], done: Callable[[int], None]
    ) -> None:
        """Wait for a batch, and search again what its own limit would have cut off."""
        found = self._hypotheses(batch, config)
        for index, source, prefix, limit, hypotheses in zip(
            batch.indices, batch.sources, batch.prefixes, batch.limits, found, strict=True
        ):
            if limit < max(batch.limits) and any(len(h.ids) + h.ended >= limit for h in hypotheses):
                [hypotheses] = self._hypotheses(self._post([index], [source], [prefix], config, batch.scores), config)
            results[index] = hypotheses
        done(len(batch.indices))

    def _hypotheses(self, batch: _Batch, config: SearchConfig) -> list[list[Hypothesis]]:
        begun = [0.0] * len(batch.sources)  # CTranslate2 does not count the prefix
        if batch.scores and any(batch.prefixes):
            begun = [
                float(sum(rows[t, piece] for t, piece in enumerate(prefix)))
                for rows, prefix in zip(self._log_p(batch.sources, batch.prefixes), batch.prefixes, strict=True)
            ]
        found = (waiting.result() for waiting in batch.results)
        return [
            rank(
                [
                    hypothesis([self._ids[piece] for piece in pieces], score + before, config.length_penalty)
                    for pieces, score in zip(result.hypotheses, result.scores or [math.nan], strict=True)
                ],
                config,
            )
            for result, before in zip(found, begun, strict=True)
        ]

    def next_log_p(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """Read off the step after the prefix."""
        return [rows[len(prefix)] for rows, prefix in zip(self._log_p(sources, prefixes), prefixes, strict=True)]

    def _log_p(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """(prefix length + 1, V) log-probabilities a source: of each piece of its prefix, and of the next."""
        import numpy as np

        found = []
        for source, prefix in zip(sources, prefixes, strict=True):  # one at a time: the limit is the batch's
            [result] = self._translator.translate_batch(
                self._spelled([source]),
                target_prefix=self._spelled([prefix]) if prefix else None,
                beam_size=1,
                max_decoding_length=len(prefix) + 1,
                max_input_length=0,
                return_logits_vocab=True,
            )
            logits = np.array(result.logits[0])  # (steps, V)
            highest = logits.max(axis=1, keepdims=True)
            found.append(logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True)))
        return found

    def score(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[float]]:
        """One teacher-forced pass."""
        if not sources:
            return []
        found = self._translator.score_batch(
            self._spelled(sources), self._spelled(targets), max_batch_size=32, max_input_length=0
        )
        return [list(result.log_probs) for result in found]

    def attention(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[list[float]]]:
        """Forced passes in batches of like length."""
        found: list[list[list[float]]] = [[] for _ in sources]
        for batch in batches_by_length(sources, _BATCH_TOKENS, _BATCH_TOKENS):
            results = self._translator.translate_batch(
                self._spelled([sources[i] for i in batch]),
                target_prefix=self._spelled([targets[i] for i in batch]),
                beam_size=1,
                max_decoding_length=max(len(targets[i]) for i in batch) + 1,
                max_input_length=0,
                return_attention=True,
            )
            for i, result in zip(batch, results, strict=True):
                found[i] = [list(row[: len(sources[i])]) for row in result.attention[0][: len(targets[i])]]
        return found

    def close(self) -> None:
        """Unload the weights."""
        self._translator.unload_model()

    def _spelled(self, rows: Sequence[Sequence[int]]) -> list[list[str]]:
        return [[self._pieces[i] for i in row] for row in rows]
