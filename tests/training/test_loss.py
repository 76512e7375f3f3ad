"""The sliced loss against torch's: value and both gradients, over more tokens than one slice holds."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from translator.training.loss import SLICE, Loss, cross_entropy

D, V = 13, 29


def case(tokens: int) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(tokens)
    hidden = torch.randn(tokens, D, generator=random, requires_grad=True)
    weight = torch.randn(V, D, generator=random, requires_grad=True)
    return hidden, weight, torch.randint(V, (tokens,), generator=random)


def gradients(hidden: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Both gradients, taken away from their tensors."""
    assert hidden.grad is not None
    assert weight.grad is not None
    found = hidden.grad, weight.grad
    hidden.grad = weight.grad = None
    return found


def test_by_hand() -> None:
    """Two pieces with probabilities 3/4 and 1/4; a tenth of the mass is spread over both."""
    hidden, weight = torch.tensor([[math.log(3)]]), torch.tensor([[1.0], [0.0]])
    plain = cross_entropy(hidden, weight, torch.tensor([0]))
    assert float(plain.smoothed) == pytest.approx(-math.log(0.75), rel=1e-6)
    smoothed = cross_entropy(hidden, weight, torch.tensor([0]), 0.1)
    assert float(smoothed.smoothed) == pytest.approx(-0.95 * math.log(0.75) - 0.05 * math.log(0.25), rel=1e-6)
    assert float(smoothed.nll) == pytest.approx(-math.log(0.75), rel=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
@pytest.mark.parametrize("tokens", [1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 37])
def test_value_and_gradients_are_torchs(tokens: int, smoothing: float) -> None:
    hidden, weight, target = case(tokens)
    loss = cross_entropy(hidden, weight, target, smoothing)
    (3 * loss.smoothed).backward()  # type: ignore[no-untyped-call]
    ours = gradients(hidden, weight)
    expected = F.cross_entropy(hidden @ weight.t(), target, label_smoothing=smoothing)
    (3 * expected).backward()  # type: ignore[no-untyped-call]
    theirs = gradients(hidden, weight)
    assert float(loss.smoothed.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    for our, their in zip(ours, theirs, strict=True):
        assert float(their.abs().max()) > 1e-4
        assert torch.allclose(our, their, rtol=1e-4, atol=1e-6)


def test_nll_is_not_smoothed_and_carries_no_gradient() -> None:
    hidden, weight, target = case(2 * SLICE + 37)
    smoothed = cross_entropy(hidden, weight, target, 0.3)
    expected = F.cross_entropy(hidden @ weight.t(), target)
    assert float(smoothed.nll) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert not smoothed.nll.requires_grad
    assert abs(float(smoothed.smoothed.detach()) - float(smoothed.nll)) > 1e-3


def test_without_gradients_the_value_is_the_same() -> None:
    hidden, weight, target = case(SLICE + 37)
    with_gradients = cross_entropy(hidden, weight, target, 0.1)
    with torch.no_grad():
        without: Loss = cross_entropy(hidden.detach(), weight.detach(), target, 0.1)
    assert not without.smoothed.requires_grad
    assert float(without.smoothed) == float(with_gradients.smoothed.detach())


def test_bfloat16_is_close() -> None:
    """The softmax and its sums stay in float32, the gradient of the weights too until it is handed over."""
    hidden, weight, target = case(SLICE + 37)
    halves = [t.detach().bfloat16().requires_grad_() for t in (hidden, weight)]
    loss = cross_entropy(halves[0], halves[1], target, 0.1)
    loss.smoothed.backward()  # type: ignore[no-untyped-call]
    ours = gradients(halves[0], halves[1])
    expected = F.cross_entropy(hidden @ weight.t(), target, label_smoothing=0.1)
    expected.backward()  # type: ignore[no-untyped-call]
    theirs = gradients(hidden, weight)
    assert (loss.smoothed.dtype, ours[0].dtype, ours[1].dtype) == (torch.float32, torch.bfloat16, torch.bfloat16)
    assert float(loss.smoothed.detach()) == pytest.approx(float(expected.detach()), rel=1e-2)
    for our, their in zip(ours, theirs, strict=True):
        assert float((our.float() - their).norm()) < 0.02 * float(their.norm())
