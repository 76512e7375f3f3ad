"""What moves the weights: Muon (Jordan 2024) the matrices, AdamW (Loshchilov and Hutter 2019) everything else.

The same steps as ``torch.optim`` makes, all parameters in a few calls. torch's Muon orthogonalises one matrix after the
other, in bfloat16 always: a GPU then waits for a thousand launches a step, and a CPU without instructions for bfloat16
works through it number by number (a step of ``small`` spends 16 CPU seconds there, 1.5 where AVX-512 helps, against
0.3 with the instructions; in float32 it is 0.5 to 0.6 on all three). And whoever makes an optimiser of ``torch.optim``
imports torch._dynamo, which takes longer than the first step of a small model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import filterfalse

import torch
from torch import Tensor, nn

from translator.config import TrainConfig

_MOMENTUM, _STEPS, _COEFFICIENTS, _TINY = 0.95, 5, (3.4445, -4.775, 2.0315), 1e-7  # of Muon, as torch has them
_BETAS, _EPS = (0.9, 0.98), 1e-9  # of AdamW (Vaswani et al. 2017, section 5.3)


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether products in bfloat16 have instructions of their own there. True where torch cannot tell."""
    find: Callable[[], dict[str, object]] | None = getattr(torch.cpu, "get_capabilities", None)
    if device.type != "cpu" or find is None:
        return True
    return any(bool(has) for name, has in find().items() if "bf16" in name)


def orthogonalised(matrices: Tensor, coefficients: tuple[float, float, float], steps: int) -> Tensor:
    """The Newton–Schulz iteration X ← aX + (bA + cA²)X, A = XXᵀ, on each of ``matrices`` (N, D, F), in their precision.

    All of it is a polynomial in the first A times the first X. In float32, where X is long, only A and that polynomial
    are iterated, on the shorter side, and X is multiplied once: for D × 4D that is half the work. Near a square it
    would be more: a step multiplies D × D four times, where the plain iteration has 1 + 2F/D such products. The same
    up to rounding.
    """
    a, b, c = coefficients
    x = matrices if matrices.shape[1] <= matrices.shape[2] else matrices.mT
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=_TINY)
    if x.dtype == torch.bfloat16 or x.shape[2] <= 1.5 * x.shape[1]:
        for _ in range(steps):
            gram = x @ x.mT
            x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    else:
        gram, product = x @ x.mT, torch.eye(x.shape[1], dtype=x.dtype, device=x.device).expand(len(x), -1, -1)
        for _ in range(steps):
            factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)  # bA + cA²
            factor.diagonal(dim1=1, dim2=2).add_(a)
            gram, product = factor @ gram @ factor, factor @ product  # all three commute
        x = product @ x
    return x if matrices.shape[1] <= matrices.shape[2] else x.mT


def muon(weights: list[Tensor], grads: list[Tensor], momenta: list[Tensor], *, lr: float, decay: float) -> None:
    """One step with Nesterov momentum, in place; the matrices of one shape are orthogonalised together."""
    torch._foreach_lerp_(momenta, grads, 1 - _MOMENTUM)
    updates = torch._foreach_lerp(grads, momenta, _MOMENTUM)
    torch._foreach_mul_(weights, 1 - lr * decay)
    for height, width in dict.fromkeys(weight.shape for weight in weights):
        alike = [number for number, weight in enumerate(weights) if weight.shape == (height, width)]
        stacked = torch.stack([updates[number] for number in alike])  # (N, D, F)
        stacked = stacked.bfloat16() if bfloat16_is_fast(stacked.device) else stacked.float()
        moved = orthogonalised(stacked, _COEFFICIENTS, _STEPS).to(updates[0].dtype)
        scale = math.sqrt(max(1, height / width))
        torch._foreach_add_([weights[number] for number in alike], list(moved), alpha=-lr * scale)


def adamw(
    weights: list[Tensor],
    grads: list[Tensor],
    steps: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    *,
    lr: float,
    decay: float,
) -> None:
    """One step, in place, of the weights and of the moving means of their gradients and of the squares of those."""
    torch._foreach_add_(steps, 1)
    torch._foreach_mul_(weights, 1 - lr * decay)
    torch._foreach_lerp_(means, grads, 1 - _BETAS[0])
    torch._foreach_mul_(squares, _BETAS[1])
    torch._foreach_addcmul_(squares, grads, grads, 1 - _BETAS[1])
    scales = torch._foreach_sqrt(squares)
    torch._foreach_div_(scales, [math.sqrt(1 - _BETAS[1] ** float(step)) for step in steps])
    torch._foreach_add_(scales, _EPS)
    torch._foreach_addcdiv_(weights, means, scales, [-lr / (1 - _BETAS[0] ** float(step)) for step in steps])


class Optimizers:
    """Moves the parameters of a model; ``state`` has what is remembered of each, by NAME/KEY of torch."""

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        self.parameters = dict(model.named_parameters())
        self.state: dict[str, Tensor] = {}  # nothing before the first step
        self._config = config

    def take(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a copy of ``state``; the counts of steps stay on the CPU, as torch has them."""
        device = self.parameters["embedding.weight"].device
        self.state = {key: t.to("cpu" if key.endswith("/step") else device, copy=True) for key, t in state.items()}

    def by_muon(self, name: str) -> bool:
        """Whether Muon moves the parameter of that name."""
        is_matrix = self.parameters[name].dim() == 2 and name != "embedding.weight"
        return is_matrix and self._config.optimizer == "muon"

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move all that have a gradient, at ``rate`` times the peak learning rates, and let go of the gradients."""
        moved = [name for name, weight in self.parameters.items() if weight.grad is not None]
        self._move(muon, filter(self.by_muon, moved), ("momentum_buffer",), rate * self._config.muon_lr)
        others = filterfalse(self.by_muon, moved)
        self._move(adamw, others, ("step", "exp_avg", "exp_avg_sq"), rate * self._config.adam_lr)

    def _move(self, move: Callable[..., None], names: Iterable[str], keys: tuple[str, ...], lr: float) -> None:
        weights = {name: self.parameters[name] for name in names}
        for name, weight in weights.items():
            for key in keys:
                if f"{name}/{key}" not in self.state:
                    self.state[f"{name}/{key}"] = torch.zeros(()) if key == "step" else torch.zeros_like(weight)
        remembered = ([self.state[f"{name}/{key}"] for name in weights] for key in keys)
        grads = [weight.grad for weight in weights.values()]
        if weights:
            move(list(weights.values()), grads, *remembered, lr=lr, decay=self._config.weight_decay)
        for weight in weights.values():
            weight.grad = None
