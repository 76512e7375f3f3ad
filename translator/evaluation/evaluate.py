"""A model on a test set: its translations, their scores, and the recipe that gives the same numbers again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import Pair
from translator.evaluation.scores import Score, score_translations
from translator.translation import Translator

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """One direction of one test set."""

    direction: Direction
    sentences: int
    scores: list[Score]
    seconds: float  # translating only
    tokens: int  # source and target pieces, special ones not counted
    hypotheses: list[str]

    @property
    def tokens_per_second(self) -> float:
        """Source and target pieces a second."""
        return self.tokens / self.seconds


def evaluate(
    translator: Translator,
    pairs: Sequence[Pair],
    direction: Direction,
    config: SearchConfig,
    *,
    batch_size: int = 128,
    done: Callable[[int], None] = lambda _: None,
    resamples: int = 0,
) -> Evaluation:
    """Translate one side of ``pairs`` and score the result against the other, with the interval of so many resamples.
    ``done`` hears of finished lines."""
    sources = [pair.en if direction == "en-pt" else pair.pt for pair in pairs]
    references = [pair.pt if direction == "en-pt" else pair.en for pair in pairs]
    begin = time.perf_counter()
    translations = translator.translate_batch(sources, direction, config, batch_size=batch_size, done=done)
    seconds = time.perf_counter() - begin
    hypotheses = [translation.target for translation in translations]
    segments = [segment for translation in translations for segment in translation.segments]
    tokens = sum(len(segment.source_ids) - 2 + len(segment.hypotheses[0].ids) for segment in segments)
    return Evaluation(
        direction, len(pairs), score_translations(hypotheses, references, resamples), seconds, tokens, hypotheses
    )
