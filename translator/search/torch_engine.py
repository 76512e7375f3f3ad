"""The reference engine: our own search over our own Transformer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from translator.config import SearchConfig
from translator.model.transformer import Transformer
from translator.search.batched import search_sources
from translator.search.hypothesis import Hypothesis
from translator.search.torch_scorer import TorchScorer

__all__ = ["TorchEngine"]


class TorchEngine:
    """See :class:`translator.search.hypothesis.Engine`."""

    name = "torch"

    def __init__(self, model: Transformer) -> None:
        self._scorer = TorchScorer(model)
        self.max_length = self._scorer.max_length

    def search(
        self,
        sources: Sequence[Sequence[int]],
        config: SearchConfig,
        *,
        batch_size: int = 32,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[list[Hypothesis]]:
        """Search in batches of like length."""
        return search_sources(self._scorer, sources, config, batch_size=batch_size, done=done)
