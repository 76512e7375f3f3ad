"""Attention without learned projections: the embeddings of one sentence look at those of another.

Queries are the target's embeddings, keys and values the source's, each times √D as the model reads them, without
position; softmax(Q Kᵀ / √D) V then writes the target's words as mixtures of the source's. No tag, no ``</s>``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from translator.model.attention import attend
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords


class SimpleAttention:
    """Every stage, in float64: T target tokens (queries) over S source tokens (keys and values), D wide."""

    @torch.inference_mode()
    def __init__(self, model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> None:
        """Attend from one sentence's embeddings to another's. Both hold pieces alone, at least one each."""
        self.source, self.target = ([subwords.piece(i) for i in ids] for ids in (source, target))
        root = math.sqrt(model.config.d_model)
        q, k = (model.embedding.weight[list(ids)].double().cpu() * root for ids in (target, source))
        self.k, self.q = k.numpy(), q.numpy()  # (S, D) √D · embedding, the values too; (T, D)
        self.scores = (q @ k.T).numpy()  # (T, S) q · kᵀ
        self.scaled = self.scores * (1 / root)  # (T, S)
        self.out, self.weights = (x.numpy() for x in attend(q, k, k))  # (T, D), (T, S)
        vectors = np.concatenate([self.k, self.q])
        # (2, D) the two directions in which these vectors differ most (principal components)
        self.axes = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=True)[2][:2]
