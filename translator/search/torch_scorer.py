"""The scorer over our own Transformer, with its KV cache."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from translator.corpus.batches import pad
from translator.model.transformer import DecoderState, Transformer


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
