"""Attention without learned projections: the embeddings of one sentence look at those of another.

Queries are the target's embeddings, keys and values the source's, each times √D as the model reads them, without
position; softmax(Q Kᵀ / √D) V then writes the target's words as mixtures of the source's. No tag, no ``</s>``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from translator.model.attention import attend
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords


@dataclass(frozen=True)
class SimpleAttention:
    """Every stage, in float64: T target tokens (queries) over S source tokens (keys and values), D wide."""

    source: list[str]
    target: list[str]
    k: np.ndarray  # (S, D) √D · embedding; the values too
    q: np.ndarray  # (T, D)
    scores: np.ndarray  # (T, S) q · kᵀ
    scaled: np.ndarray  # (T, S) scores / √D
    weights: np.ndarray  # (T, S)
    out: np.ndarray  # (T, D)
    axes: np.ndarray  # (2, D) the two directions in which these vectors differ most (principal components)


@torch.inference_mode()
def simple_attention(
    model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]
) -> SimpleAttention:
    """Attend from one sentence's embeddings to another's. Both hold pieces alone, at least one each."""
    root = math.sqrt(model.config.d_model)
    q, k = (model.embedding.weight[list(ids)].double().cpu() * root for ids in (target, source))
    out, weights = (x.numpy() for x in attend(q, k, k))
    vectors, scores = torch.cat([k, q]).numpy(), (q @ k.T).numpy()
    _, _, axes = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=True)
    sides = [[subwords.piece(i) for i in ids] for ids in (source, target)]
    return SimpleAttention(
        sides[0], sides[1], k.numpy(), q.numpy(), scores, scores * (1 / root), weights, out, axes[:2]
    )
