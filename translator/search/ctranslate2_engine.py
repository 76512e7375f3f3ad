"""The fast engine: CTranslate2 over the exported model. It needs no torch, starts at once, and runs in int8.

It finds what our own search finds: the same beam, the same end (W hypotheses completed), ranked again by our own
length penalty, because CTranslate2's is another formula.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import ctranslate2
import numpy as np

from translator.config import SearchConfig
from translator.errors import CheckpointError
from translator.search.hypothesis import Hypothesis, batches_by_length, hypothesis, length_limit, rank
from translator.search.sampling import sample
from translator.text.subwords import Subwords

__all__ = ["CTranslate2Engine"]

# CTranslate2 stops at the first completed hypothesis when its own penalty is exactly 0; this one changes no score.
_NO_PENALTY = 1e-9


class CTranslate2Engine:
    """See :class:`translator.search.hypothesis.Engine`."""

    name = "ctranslate2"

    def __init__(self, folder: Path, subwords: Subwords, max_length: int, *, threads: int = 0) -> None:
        """Load an exported model. ``threads`` 0 = as many as the machine has. Raises ``CheckpointError``."""
        self.max_length = max_length
        self._pieces = [subwords.piece(i) for i in range(len(subwords))]
        self._ids = {piece: i for i, piece in enumerate(self._pieces)}
        try:
            # "default" keeps the type the model was exported in
            self._translator = ctranslate2.Translator(
                str(folder), compute_type="default", intra_threads=threads or os.cpu_count() or 1
            )
        except (RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"{folder} cannot be loaded: {error}", "write it again with `translator export`, or use --engine torch"
            ) from error

    def search(
        self,
        sources: Sequence[Sequence[int]],
        config: SearchConfig,
        *,
        prefixes: Sequence[Sequence[int]] | None = None,
        batch_size: int = 32,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[list[Hypothesis]]:
        """Search in batches of like length; a source that reached its own limit is searched again with it."""
        results: list[list[Hypothesis]] = [[] for _ in sources]
        if config.sample:
            for index, source in enumerate(sources):
                results[index] = sample(self, source, config, prefixes[index] if prefixes else ())
                done(1)
            return results
        for batch in batches_by_length(sources, batch_size):
            given = [prefixes[i] if prefixes else () for i in batch]
            limits = [
                length_limit(sources[i], config, self.max_length, prefix)
                for i, prefix in zip(batch, given, strict=True)
            ]
            found = self._search([sources[i] for i in batch], given, config, max(limits))
            for index, prefix, limit, hypotheses in zip(batch, given, limits, found, strict=True):
                if limit < max(limits) and any(len(h.ids) + h.ended >= limit for h in hypotheses):
                    hypotheses = self._search([sources[index]], [prefix], config, limit)[0]
                results[index] = hypotheses
            done(len(batch))
        return results

    def _search(
        self, sources: list[Sequence[int]], prefixes: list[Sequence[int]], config: SearchConfig, limit: int
    ) -> list[list[Hypothesis]]:
        forced = any(prefixes)
        found = self._translator.translate_batch(
            self._spelled(sources),
            target_prefix=self._spelled(prefixes) if forced else None,
            beam_size=config.beam,
            num_hypotheses=config.beam,
            length_penalty=_NO_PENALTY,
            max_decoding_length=limit,
            max_input_length=0,
            return_scores=True,
            return_end_token=True,
        )
        begun = [0.0] * len(sources)  # CTranslate2 does not count the prefix
        if forced:
            begun = [
                float(sum(rows[t, piece] for t, piece in enumerate(prefix)))
                for rows, prefix in zip(self._log_p(sources, prefixes), prefixes, strict=True)
            ]
        return [
            rank(
                [
                    hypothesis([self._ids[piece] for piece in pieces], score + before, config.length_penalty)
                    for pieces, score in zip(result.hypotheses, result.scores, strict=True)
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

    def close(self) -> None:
        """Unload the weights."""
        self._translator.unload_model()

    def _spelled(self, rows: Sequence[Sequence[int]]) -> list[list[str]]:
        return [[self._pieces[i] for i in row] for row in rows]
