"""Where the decoder looked: cross-attention of one translation, over tokens and over words.

Read by one teacher-forced pass over the finished translation, in evaluation mode, on the explicit attention path; the
search keeps no books. Row t belongs to the token *predicted* at step t: the decoder's input is shifted by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from translator.model.transformer import Transformer
from translator.text.subwords import BOS, EOS, Subwords, Word

__all__ = ["CrossAttention", "cross_attention", "entropy", "to_words"]


@dataclass(frozen=True)
class CrossAttention:
    """All cross-attention weights of one translation."""

    source: list[str]  # tokens as pieces: tag, pieces, </s>
    target: list[str]  # tokens predicted: pieces, </s>
    weights: np.ndarray  # (L, H, T, S) float64; every row sums to 1
    source_words: list[Word]  # over the source tokens, the tag and </s> words of their own
    target_words: list[Word]

    def words(self, layer: int | None = None, head: int | None = None) -> np.ndarray:
        """(target words, source words); a layer or head not given is averaged over."""
        chosen = self.weights.mean(axis=0) if layer is None else self.weights[layer]  # (H, T, S)
        chosen = chosen.mean(axis=0) if head is None else chosen[head]  # (T, S)
        return to_words(chosen, self.target_words, self.source_words)


def to_words(weights: np.ndarray, rows: Sequence[Word], columns: Sequence[Word]) -> np.ndarray:
    """Tokens → words: a word gets the sum of its pieces' columns and the mean of its pieces' rows.

    Rows that sum to 1 still do.
    """
    summed = np.stack([weights[:, w.start : w.stop].sum(axis=1) for w in columns], axis=1)
    return np.stack([summed[w.start : w.stop].mean(axis=0) for w in rows], axis=0)


def entropy(weights: np.ndarray) -> np.ndarray:
    """Entropy of each row, in bits: 0 where all weight lies on one column, log2(columns) where it is even."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.asarray(-(weights * logs).sum(axis=-1))


@torch.inference_mode()
def cross_attention(
    model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]
) -> CrossAttention:
    """Read the weights. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone."""
    encoded = model.eval().encode(torch.tensor([list(source)], device=model.device))
    decoded = model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded, need_weights=True)
    assert decoded.cross_weights is not None
    weights = decoded.cross_weights[:, 0].double()  # (L, H, T, S)
    weights = weights / weights.sum(dim=-1, keepdim=True)  # float32 rows sum to 1 only to 1e-7
    inside = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(source[1:-1])]
    end = Word(subwords.piece(EOS), len(source) - 1, len(source))
    return CrossAttention(
        source=[subwords.piece(i) for i in source],
        target=[subwords.piece(i) for i in [*target, EOS]],
        weights=weights.cpu().numpy(),
        source_words=[Word(subwords.piece(source[0]), 0, 1), *inside, end],
        target_words=[*subwords.words(target), Word(subwords.piece(EOS), len(target), len(target) + 1)],
    )
