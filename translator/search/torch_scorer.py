"""The scorer over our own Transformer, with its KV cache, and one without it to check the cache against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from translator.corpus.batches import pad
from translator.model.transformer import DecoderState, Encoded, Transformer


class TorchScorer:
    """Encodes the sources once, then one token a row and step."""

    def __init__(self, model: Transformer) -> None:
        self.model = model.eval()
        self.max_length = model.config.max_length - 1  # <s> takes a place in the decoder

    def _encode(self, sources: Sequence[Sequence[int]]) -> Encoded:
        ids, mask = pad(sources)
        device = self.model.device
        return self.model.encode(ids.to(device), None if mask is None else mask.to(device))

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> DecoderState:
        """Encode, and project the memory to keys and values for every decoder layer."""
        return self.model.start(self._encode(sources))

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """One decoder step."""
        logits, state = self.model.step(tokens.to(self.model.device), state)
        return logits.float().log_softmax(dim=-1), state

    def select(self, state: DecoderState, rows: Tensor) -> DecoderState:
        """Reorder the cache."""
        return state.select(rows)


@dataclass(frozen=True)
class _Prefix:
    encoded: Encoded
    tokens: Tensor  # (B, t)


class UncachedScorer(TorchScorer):
    """Reads the whole prefix again at every step: slow, and obviously right."""

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> _Prefix:  # type: ignore[override]
        """Encode; nothing is projected ahead."""
        encoded = self._encode(sources)
        return _Prefix(encoded, torch.empty(len(sources), 0, dtype=torch.int64, device=self.model.device))

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: _Prefix) -> tuple[Tensor, _Prefix]:  # type: ignore[override]
        """One full teacher-forced pass over the prefix."""
        prefix = torch.cat([state.tokens, tokens[:, None].to(self.model.device)], dim=1)
        hidden = self.model.decode(prefix, state.encoded).hidden[:, -1]
        return self.model.logits(hidden).float().log_softmax(dim=-1), _Prefix(state.encoded, prefix)

    def select(self, state: _Prefix, rows: Tensor) -> _Prefix:  # type: ignore[override]
        """Reorder memory and prefixes."""
        mask = None if state.encoded.mask is None else state.encoded.mask.index_select(0, rows)
        encoded = Encoded(state.encoded.memory.index_select(0, rows), mask)
        return _Prefix(encoded, state.tokens.index_select(0, rows))
