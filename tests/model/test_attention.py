"""Attention by hand, both paths alike, and against torch's own."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.model.attention import KeysValues, MultiHeadAttention, attend, attend_fused, causal_mask

B, H, T, S, E = 2, 3, 5, 7, 11  # no two equal, so a swapped axis cannot pass
D = H * E


def draw(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


def some_mask(*shape: int) -> Tensor:
    """True = may attend; every row may attend to its first key at least."""
    mask = draw(*shape, seed=8) > 0
    mask[..., 0] = True
    return mask


def test_attend_by_hand() -> None:
    """E = 4, so scores are halved: 2 ln 3 becomes ln 3, and the weights 3/4 and 1/4."""
    q = torch.tensor([[[[1.0, 0, 0, 0], [0, 1, 0, 0]]]])
    k = torch.tensor([[[[2 * math.log(3), 0, 0, 0], [0, 2 * math.log(4), 0, 0]]]])
    v = torch.tensor([[[[8.0, 0], [0, 100]]]])
    out, weights = attend(q, k, v)
    assert torch.allclose(weights, torch.tensor([[[[0.75, 0.25], [0.2, 0.8]]]]))
    assert torch.allclose(out, torch.tensor([[[[6.0, 25.0], [1.6, 80.0]]]]))


def test_a_mask_by_hand() -> None:
    """All scores equal: each row spreads itself over what it may attend to."""
    v = torch.tensor([[[[6.0], [12.0], [30.0]]]])
    zeros = torch.zeros(1, 1, 3, 2)
    out, weights = attend(zeros, zeros, v, causal_mask(3))
    assert torch.allclose(weights[0, 0], torch.tensor([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]]))
    assert torch.allclose(out[0, 0, :, 0], torch.tensor([6.0, 9.0, 16.0]))


def test_causal_mask_by_hand() -> None:
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize("shape", [None, (B, 1, 1, S), (B, 1, T, S), (B, H, T, S)])
def test_rows_sum_to_one_and_what_is_masked_weighs_exactly_nothing(shape: tuple[int, ...] | None) -> None:
    mask = None if shape is None else some_mask(*shape)
    weights = attend(draw(B, H, T, E) * 9, draw(B, H, S, E) * 9, draw(B, H, S, E), mask).weights
    assert weights.shape == (B, H, T, S)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(B, H, T))
    assert bool((weights >= 0).all())
    if mask is not None:
        masked = weights[~mask.expand_as(weights)]
        assert len(masked) > 9
        assert torch.equal(masked, torch.zeros_like(masked))


def test_what_is_masked_cannot_be_seen() -> None:
    q, k, v, mask = draw(B, H, T, E), draw(B, H, S, E), draw(B, H, S, E, seed=4), some_mask(B, 1, 1, S)
    hidden = ~mask.transpose(2, 3)  # (B, 1, S, 1)
    changed = attend(q, k.masked_fill(hidden, 77.0), v.masked_fill(hidden, -55.0), mask)
    assert torch.equal(changed.out, attend(q, k, v, mask).out)


@pytest.mark.parametrize("shape", [None, (B, 1, 1, S), (B, H, T, S)])
def test_the_fused_path_gives_the_same(shape: tuple[int, ...] | None) -> None:
    q, k, v = draw(B, H, T, E), draw(B, H, S, E), draw(B, H, S, E, seed=4)
    mask = None if shape is None else some_mask(*shape)
    assert torch.allclose(attend_fused(q, k, v, mask), attend(q, k, v, mask).out, atol=1e-6)


def test_the_fused_path_gives_the_same_under_the_causal_mask() -> None:
    q, k, v = draw(B, H, T, E), draw(B, H, T, E, seed=4), draw(B, H, T, E, seed=5)
    expected = attend(q, k, v, causal_mask(T)).out
    assert torch.allclose(attend_fused(q, k, v, causal=True), expected, atol=1e-6)
    assert not torch.allclose(attend(q, k, v).out, expected, atol=1e-2)


@pytest.fixture
def ours() -> MultiHeadAttention:
    torch.manual_seed(5)
    return MultiHeadAttention(D, H).eval()


def theirs(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    """torch's module with our weights."""
    module = nn.MultiheadAttention(D, H, batch_first=True).eval()
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        module.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        module.out_proj.weight.copy_(ours.output.weight)
        module.out_proj.bias.copy_(ours.output.bias)
    return module


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_cross_attention_is_torchs(ours: MultiHeadAttention, masked: bool, need_weights: bool) -> None:
    x, memory = draw(B, T, D), draw(B, S, D)
    mask = some_mask(B, S) if masked else None
    with torch.no_grad():
        out, heads = ours(
            x,
            ours.keys_values(memory),
            None if mask is None else mask[:, None, None, :],
            need_weights=need_weights,
        )
        expected, expected_weights = theirs(ours)(
            x, memory, memory, None if mask is None else ~mask, average_attn_weights=False
        )
    assert torch.allclose(out, expected, atol=1e-6)
    if need_weights:
        assert torch.allclose(heads.weights, expected_weights, atol=1e-6)
    else:
        assert heads is None


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_causal_self_attention_is_torchs(ours: MultiHeadAttention, need_weights: bool, gradients: bool) -> None:
    """With gradients our explicit path runs, without them the fused one."""
    x = draw(B, T, D)
    with torch.set_grad_enabled(gradients):
        out, heads = ours(x, ours.keys_values(x), causal=True, need_weights=need_weights)
        expected, expected_weights = theirs(ours)(x, x, x, attn_mask=~causal_mask(T), average_attn_weights=False)
    assert torch.allclose(out, expected, atol=1e-6)
    if need_weights:
        assert torch.allclose(heads.weights, expected_weights, atol=1e-6)


def test_gradients_are_torchs(ours: MultiHeadAttention) -> None:
    x, memory, mask, probe = draw(B, T, D), draw(B, S, D), some_mask(B, S), draw(B, T, D, seed=6)
    other = theirs(ours)
    out, _ = ours(x, ours.keys_values(memory), mask[:, None, None, :])
    (out * probe).sum().backward()
    (other(x, memory, memory, ~mask)[0] * probe).sum().backward()
    assert other.in_proj_weight.grad is not None
    parts = [part.weight.grad for part in (ours.query, ours.key, ours.value)]
    grads = torch.cat([part for part in parts if part is not None])
    assert torch.allclose(grads, other.in_proj_weight.grad, atol=1e-4)
    assert float(grads.abs().max()) > 1e-2


def test_heads_are_split_side_by_side(ours: MultiHeadAttention) -> None:
    x = torch.arange(B * T * D).view(B, T, D).float()
    heads = ours.split(x)
    assert heads.shape == (B, H, T, E)
    assert heads[1, 2, 3].tolist() == x[1, 3, 2 * E : 3 * E].tolist()


def test_heads_do_not_see_one_another(ours: MultiHeadAttention) -> None:
    """Other keys and values in one head change that head's part of the mix alone."""
    x, memory = draw(B, T, D), draw(B, S, D)
    seen: list[Tensor] = []
    ours.output.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    k, v = ours.keys_values(memory)
    with torch.no_grad():
        ours(x, KeysValues(k, v))
        changed_k, changed_v = k.clone(), v.clone()
        changed_k[:, 1] += 1
        changed_v[:, 1] *= 2
        ours(x, KeysValues(changed_k, changed_v))
    before, after = (part.view(B, T, H, E).unbind(dim=2) for part in seen)
    assert [bool(F.l1_loss(a, b) > 0) for a, b in zip(before, after, strict=True)] == [False, True, False]
