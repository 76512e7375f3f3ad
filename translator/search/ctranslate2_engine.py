"""The fast engine: CTranslate2 over the exported model. It needs no torch, starts at once, and runs in int8.

It finds what our own search finds: the same beam, the same end (W hypotheses completed), ranked again by our own
length penalty, because CTranslate2's is another formula.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import ctranslate2

from translator.config import SearchConfig
from translator.errors import CheckpointError
from translator.search.hypothesis import Hypothesis, batches_by_length, hypothesis, length_limit, rank
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
        batch_size: int = 32,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[list[Hypothesis]]:
        """Search in batches of like length; a source that reached its own limit is searched again with it."""
        results: list[list[Hypothesis]] = [[] for _ in sources]
        for batch in batches_by_length(sources, batch_size):
            limits = [length_limit(sources[i], config, self.max_length) for i in batch]
            found = self._search([sources[i] for i in batch], config, max(limits))
            for index, limit, hypotheses in zip(batch, limits, found, strict=True):
                if limit < max(limits) and any(len(h.ids) + h.ended >= limit for h in hypotheses):
                    hypotheses = self._search([sources[index]], config, limit)[0]
                results[index] = hypotheses
            done(len(batch))
        return results

    def _search(self, sources: list[Sequence[int]], config: SearchConfig, limit: int) -> list[list[Hypothesis]]:
        found = self._translator.translate_batch(
            [[self._pieces[i] for i in source] for source in sources],
            beam_size=config.beam,
            num_hypotheses=config.beam,
            length_penalty=_NO_PENALTY,
            max_decoding_length=limit,
            max_input_length=0,
            return_scores=True,
            return_end_token=True,
        )
        return [
            rank(
                [
                    hypothesis([self._ids[piece] for piece in pieces], score, config.length_penalty)
                    for pieces, score in zip(result.hypotheses, result.scores, strict=True)
                ],
                config,
            )
            for result in found
        ]
