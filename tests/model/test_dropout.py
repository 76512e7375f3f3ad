"""Dropout's law: a share is dropped, the mean is kept, the gradient goes where the values went."""

from __future__ import annotations

import pytest
import torch

from translator.model.dropout import Dropout


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", [0.1, 0.3, 0.9])
def test_it_drops_the_share_asked_for_and_keeps_the_mean(p: float, dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    out = Dropout(p)(torch.ones(211, 13, 37, dtype=dtype)).float()
    dropped = float((out == 0).float().mean())
    assert dropped == pytest.approx(p, abs=0.006)  # 101,491 values: over 3 standard deviations
    kept = out[out != 0]
    torch.testing.assert_close(
        kept, torch.full_like(kept, 1 / (1 - p)), rtol=1e-2 if dtype == torch.bfloat16 else 2e-4, atol=0
    )


def test_every_place_is_drawn_for_itself() -> None:
    torch.manual_seed(1)
    zero = Dropout(0.5)(torch.ones(4000, 7)) == 0  # 7: the four places of a 64-bit draw fall everywhere
    together = (zero[:, :-1] & zero[:, 1:]).float().mean(dim=0)
    torch.testing.assert_close(together, torch.full_like(together, 0.25), rtol=0, atol=0.04)


def test_the_gradient_is_scaled_and_stopped_like_the_values() -> None:
    torch.manual_seed(1)
    x = torch.full((5, 11), 3.0, requires_grad=True)
    out = Dropout(0.25)(x)
    out.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, out.detach() / 3)
    assert sorted(set(x.grad.flatten().tolist())) == pytest.approx([0, 4 / 3])


def test_a_seed_draws_the_same_again_and_another_does_not() -> None:
    x, drop = torch.ones(3, 101), Dropout(0.4)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first, second = drop(x), drop(x)
    torch.set_rng_state(state)
    assert torch.equal(drop(x), first)
    assert not torch.equal(first, second)


def test_in_evaluation_and_at_zero_nothing_changes() -> None:
    x = torch.randn(3, 5)
    assert torch.equal(Dropout(0.5).eval()(x), x)
    assert torch.equal(Dropout(0.0)(x), x)
    assert not Dropout(1.0)(x).any()


def test_an_empty_tensor_stays_empty() -> None:
    assert Dropout(0.5)(torch.empty(0, 4)).shape == (0, 4)
