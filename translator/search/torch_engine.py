"""The reference engine: our own search over our own Transformer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from translator.config import SearchConfig
from translator.model.transformer import Transformer
from translator.search.hypothesis import Hypothesis
from translator.search.sampling import sample
from translator.search.search import search, search_sources
from translator.search.torch_scorer import TorchScorer
from translator.text.subwords import BOS, EOS


class TorchEngine:
    """See :class:`translator.search.hypothesis.Engine`."""

    name = "torch"

    def __init__(self, model: Transformer) -> None:
        self._scorer = TorchScorer(model)
        self.precision = str(next(model.parameters()).dtype).removeprefix("torch.")
        self.max_length = self._scorer.max_length

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
        """Search in batches of like length; with prefixes, one source at a time."""
        if prefixes is None and not config.sample:
            return search_sources(self._scorer, sources, config, batch_size=batch_size, done=done)
        results = []
        for source, prefix in zip(sources, prefixes or [()] * len(sources), strict=True):
            if config.sample:
                results.append(sample(self, source, config, prefix))
            else:
                results += search(self._scorer, [source], config, prefix)
            done(1)
        return results

    def next_log_p(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """One teacher-forced pass a source."""
        return [self._log_p(source, prefix)[-1] for source, prefix in zip(sources, prefixes, strict=True)]

    def score(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[float]]:
        """One teacher-forced pass a source."""
        return [
            [float(row[piece]) for row, piece in zip(self._log_p(source, target), [*target, EOS], strict=True)]
            for source, target in zip(sources, targets, strict=True)
        ]

    @torch.inference_mode()
    def attention(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[list[float]]]:
        """One teacher-forced pass each."""
        return [self._attention(source, target) for source, target in zip(sources, targets, strict=True)]

    def _attention(self, source: Sequence[int], target: Sequence[int]) -> list[list[float]]:
        model = self._scorer.model
        encoded = model.encode(torch.tensor([list(source)], device=model.device))
        decoded = model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded, need_weights=True)
        assert decoded.cross_weights is not None
        found: list[list[float]] = decoded.cross_weights[-1, 0].mean(dim=0)[: len(target)].tolist()
        return found

    def close(self) -> None:
        """Nothing is held that Python does not free by itself."""

    @torch.inference_mode()
    def _log_p(self, source: Sequence[int], prefix: Sequence[int]) -> np.ndarray:
        """(prefix length + 1, V) log-probabilities: of each piece of the prefix, and of the next."""
        model = self._scorer.model
        encoded = model.encode(torch.tensor([list(source)], device=model.device))
        hidden = model.decode(torch.tensor([[BOS, *prefix]], device=model.device), encoded).hidden[0]
        return np.asarray(model.logits(hidden).float().log_softmax(dim=-1).cpu().numpy())
