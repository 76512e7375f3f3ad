"""The reference engine: our own search over our own Transformer, with its KV cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from translator.config import SearchConfig
from translator.corpus.batches import pad
from translator.model.transformer import Decoded, DecoderState, Transformer
from translator.search.hypothesis import Hypothesis
from translator.search.sampling import sample
from translator.search.search import search, search_sources
from translator.text.subwords import BOS, EOS


class TorchScorer:
    """Encodes the sources once, then one token a row and step."""

    def __init__(self, model: Transformer) -> None:
        self.model = model.eval()
        self.max_length = model.config.max_length - 1  # <s> takes a place in the decoder

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> DecoderState:
        """Encode, and project the memory to keys and values for every decoder layer."""
        ids, mask = pad(sources)
        device = self.model.device
        return self.model.start(self.model.encode(ids.to(device), None if mask is None else mask.to(device)))

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """One decoder step."""
        logits, state = self.model.step(tokens.to(self.model.device), state)
        return logits.float().log_softmax(dim=-1), state

    def select(self, state: DecoderState, rows: Tensor) -> DecoderState:
        """Reorder the cache."""
        return state.select(rows)


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
        found = []
        for source, target in zip(sources, targets, strict=True):
            weights = self._decoded(source, target, need_weights=True).cross_weights
            assert weights is not None
            found.append(weights[-1, 0].mean(dim=0)[: len(target)].tolist())
        return found

    def close(self) -> None:
        """Nothing is held that Python does not free by itself."""

    @torch.inference_mode()
    def _log_p(self, source: Sequence[int], prefix: Sequence[int]) -> np.ndarray:
        """(prefix length + 1, V) log-probabilities: of each piece of the prefix, and of the next."""
        logits = self._scorer.model.logits(self._decoded(source, prefix).hidden[0])
        return np.asarray(logits.float().log_softmax(dim=-1).cpu().numpy())

    def _decoded(self, source: Sequence[int], target: Sequence[int], *, need_weights: bool = False) -> Decoded:
        model = self._scorer.model
        encoded = model.encode(torch.tensor([list(source)], device=model.device))
        return model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded, need_weights=need_weights)
