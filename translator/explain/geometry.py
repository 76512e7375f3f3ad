"""Angles between vectors, and a plane to look at them on. Numpy only.

    cos(u, v) = u·v / (‖u‖ ‖v‖)

1 is the same direction, 0 a right angle, −1 the opposite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Projection:
    """Vectors seen on the plane that keeps most of their variance."""

    coordinates: np.ndarray  # (n, k) float64, the mean of the vectors at the origin
    explained: np.ndarray  # (k,) share of the variance on each axis, falling; sums to at most 1


def unit(vectors: np.ndarray) -> np.ndarray:
    """``vectors`` (..., D) at length 1; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors, dtype=float), where=norms > 0))


def cosines(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Cosine of every row of ``vectors`` (n, D) with ``query`` (D,): (n,)."""
    return np.asarray(unit(vectors) @ unit(query))


def cosine_matrix(vectors: np.ndarray) -> np.ndarray:
    """Cosines between all rows of ``vectors`` (n, D): (n, n), symmetric.

    A vector and its exact copy have cosine 1.0 to the last bit: every dot product is added up in one order, and
    √(x·x) gives x back in IEEE arithmetic. A blocked matrix product would promise neither.
    """
    dots = (vectors[:, None, :] * vectors[None, :, :]).sum(axis=-1)  # (n, n)
    lengths = np.diag(dots)
    scale = np.sqrt(lengths[:, None] * lengths[None, :])
    return np.asarray(np.divide(dots, scale, out=np.zeros_like(dots), where=scale > 0))


def principal_components(vectors: np.ndarray, k: int = 2) -> Projection:
    """The ``k`` directions of largest variance of ``vectors`` (n, D), by a singular value decomposition.

    With X the vectors less their mean and X = U S Vᵀ, the coordinates are U S and the share of axis i is sᵢ² / Σ s².
    A direction and its opposite explain the same; the one whose largest component is positive is taken, so the same
    vectors always give the same picture. Axes that do not exist (fewer vectors than axes) are 0.
    """
    centred = vectors - vectors.mean(axis=0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    total = float((s**2).sum())
    coordinates, explained = np.zeros((len(vectors), k)), np.zeros(k)
    if total > 1e-24 * max(1.0, float((vectors**2).sum())):  # else all in one place: what is left is rounding
        axes = vt[:k]  # (k or fewer, D)
        signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
        coordinates[:, : len(axes)] = centred @ (axes * signs[:, None]).T
        explained[: len(axes)] = s[:k] ** 2 / total
    return Projection(coordinates, explained)


def entropy(weights: np.ndarray) -> np.ndarray:
    """Entropy of each row, in bits: 0 where all weight lies on one column, log2(columns) where it is even."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.asarray(-(weights * logs).sum(axis=-1)) + 0.0  # -0.0 becomes 0.0
