"""Label-smoothed cross-entropy, computed a slice of tokens at a time.

The plain way writes (N, V) logits, their log-softmax and both gradients to memory: for 2,000 target tokens and 8,000
pieces that is a quarter of a gigabyte a step, and the memory, not the arithmetic, sets the pace. Here the projection,
the softmax and their gradients are taken for a slice of tokens at once while they lie in the cache; only the gradients
of ``hidden`` and ``weight`` are kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

SLICE = 256  # target tokens; with 8,000 pieces a slice of logits is 4 MB in bfloat16, about a CPU's cache
SLICE_ON_GPU = 8192  # a GPU wants large products more than a warm cache


class Loss(NamedTuple):
    """Scalars over N target tokens, in nats a token."""

    smoothed: Tensor  # what is minimised
    nll: Tensor  # without smoothing, for people; carries no gradient


class _SlicedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, target: Tensor, smoothing: float, learns: bool
    ) -> tuple[Tensor, Tensor]:
        N, V = hidden.shape[0], weight.shape[0]
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device)
        smoothed, nll = torch.zeros(2, device=hidden.device)
        size = SLICE if hidden.device.type == "cpu" else SLICE_ON_GPU
        for begin in range(0, N, size):
            h, y = hidden[begin : begin + size], target[begin : begin + size, None]  # (n, D), (n, 1)
            log_p = (h @ weight.t()).float().log_softmax(dim=-1)  # (n, V)
            picked = log_p.gather(1, y).sum()
            nll -= picked
            smoothed -= (1 - smoothing) * picked + smoothing / V * log_p.sum()
            if learns:
                # d smoothed / d logits = p - (1 - ε) one_hot(y) - ε / V
                grad = log_p.exp_()
                if smoothing:
                    grad -= smoothing / V
                grad.scatter_add_(1, y, torch.full_like(y, smoothing - 1, dtype=grad.dtype))
                grad = grad.to(hidden.dtype)
                grad_hidden[begin : begin + size] = grad @ weight
                grad_weight += grad.t() @ h
        ctx.save_for_backward(grad_hidden, grad_weight)
        ctx.weight_dtype = weight.dtype
        return smoothed / N, nll / N

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        grad_hidden, grad_weight = ctx.saved_tensors
        scale = grads[0] / grad_hidden.shape[0]
        return grad_hidden * scale.to(grad_hidden.dtype), (grad_weight * scale).to(ctx.weight_dtype), None, None, None


def cross_entropy(hidden: Tensor, weight: Tensor, target: Tensor, smoothing: float = 0.0) -> Loss:
    """Mean label-smoothed cross-entropy (Szegedy et al. 2016, section 7) of ``target`` under softmax(hidden weightᵀ).

    hidden (N, D), weight (V, D), target (N,) int64, all N of them real tokens. Once differentiable.
    """
    learns = torch.is_grad_enabled()  # which ``forward`` is not told
    smoothed, nll = _SlicedCrossEntropy.apply(hidden, weight, target, smoothing, learns)  # type: ignore[no-untyped-call]
    return Loss(smoothed, nll.detach())
