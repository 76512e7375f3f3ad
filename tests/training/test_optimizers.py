"""Muon and AdamW move as torch's do: Muon but for bfloat16's rounding, AdamW to the bit."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from translator.config import ModelConfig, TrainConfig
from translator.model.transformer import Transformer
from translator.training import optimizers
from translator.training.optimizers import Optimizers, adamw, bfloat16_is_fast, muon, orthogonalised

CUBIC = (1.5, -0.5, 0.0)  # converges to the nearest orthogonal matrix


@pytest.mark.parametrize("shape", [(7, 7), (5, 11), (13, 3)])
def test_many_steps_of_the_cubic_give_the_orthogonal_factor(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    matrix = torch.randn(shape)
    u, _, vt = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalised(matrix[None], CUBIC, 60)[0]
    torch.testing.assert_close(found, u @ vt, rtol=0, atol=1e-4)


@pytest.mark.parametrize("fast", [True, False])
def test_muon_moves_as_torchs_own(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizers, "bfloat16_is_fast", lambda _: fast)
    torch.manual_seed(1)
    shapes = [(32, 32), (16, 64), (32, 32), (64, 16), (32, 32), (16, 64)]
    ours, theirs = ([torch.full(shape, 0.5) for shape in shapes] for _ in range(2))
    momenta = [torch.zeros(shape) for shape in shapes]
    for weight in theirs:
        weight.requires_grad_()
    torchs: torch.optim.Optimizer = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1)
    for _ in range(4):
        grads = [torch.randn(shape) for shape in shapes]
        for weight, grad in zip(theirs, grads, strict=True):
            weight.grad = grad.clone()
        muon(ours, grads, momenta, lr=0.02, decay=0.1)
        torchs.step()
    for one, other in zip(ours, theirs, strict=True):
        way = float((other.detach() - 0.5).norm())
        assert float((one - other.detach()).norm()) < 0.03 * way  # bfloat16 has 8 bits


def test_adamw_moves_exactly_as_torchs_own() -> None:
    torch.manual_seed(1)
    ours = [torch.randn(7, 5), torch.randn(3)]
    theirs = [weight.clone().requires_grad_() for weight in ours]
    steps, means, squares = [torch.zeros(()) for _ in ours], *([torch.zeros_like(w) for w in ours] for _ in range(2))
    torchs = torch.optim.AdamW(theirs, lr=0.02, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.1)
    for _ in range(5):
        grads: list[Tensor] = [torch.randn_like(weight) for weight in ours]
        for weight, grad in zip(theirs, grads, strict=True):
            weight.grad = grad.clone()
        adamw(ours, grads, steps, means, squares, lr=0.02, decay=0.1)
        torchs.step()
    assert all(torch.equal(*pair) for pair in zip(ours, theirs, strict=True))
    remembered = torchs.state[theirs[0]]
    assert torch.equal(means[0], remembered["exp_avg"])
    assert torch.equal(squares[0], remembered["exp_avg_sq"])
    assert float(steps[0]) == float(remembered["step"]) == 5


@pytest.mark.parametrize("shape", [(19, 19), (17, 23), (13, 31), (29, 11)])
def test_both_ways_of_iterating_agree(shape: tuple[int, int]) -> None:
    """In float64, where rounding does not matter: five steps of torch's coefficients."""
    torch.manual_seed(1)
    a, b, c = coefficients = (3.4445, -4.775, 2.0315)
    matrix = torch.randn(shape, dtype=torch.float64)
    x = matrix / matrix.norm()
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    torch.testing.assert_close(orthogonalised(matrix[None], coefficients, 5)[0], x)


def small(optimizer: str = "muon") -> Optimizers:
    shape = ModelConfig(vocab_size=11, d_model=8, heads=2, feed_forward=16, encoder_layers=1, decoder_layers=1)
    config = TrainConfig.from_dict({"optimizer": optimizer, "weight_decay": 0.5})
    return Optimizers(Transformer(shape), config)


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_only_a_parameter_with_a_gradient_moves(optimizer: str) -> None:
    found = small(optimizer)
    before = {name: weight.detach().clone() for name, weight in found.parameters.items()}
    given = [
        "embedding.weight",
        next(name for name in before if before[name].dim() == 2 and name != "embedding.weight"),
    ]
    for name in given:
        found.parameters[name].grad = torch.ones_like(before[name])
    found.step(1.0)
    assert [name for name, weight in found.parameters.items() if not torch.equal(weight, before[name])] == given
    assert {key.partition("/")[0] for key in found.state} == set(given)
    assert all(weight.grad is None for weight in found.parameters.values())


@pytest.mark.parametrize("fast", [True, False])
def test_the_processor_decides(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    found = {"avx2": True, "avx512_bf16": fast, "amx_bf16": False}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert bfloat16_is_fast(torch.device("cpu")) is fast
    assert bfloat16_is_fast(torch.device("cuda"))
    seen: list[torch.dtype] = []

    def seeing(stacked: Tensor, *_: object) -> Tensor:
        seen.append(stacked.dtype)
        return stacked

    monkeypatch.setattr(optimizers, "orthogonalised", seeing)
    muon([torch.ones(3, 5)], [torch.ones(3, 5)], [torch.ones(3, 5)], lr=1.0, decay=0.0)
    assert seen == [torch.bfloat16 if fast else torch.float32]


def test_muon_moves_the_matrices_but_the_embedding() -> None:
    found = small()
    by_muon = {name for name in found.parameters if found.by_muon(name)}
    assert by_muon == {n for n, p in found.parameters.items() if p.dim() == 2} - {"embedding.weight"}
    assert not any(map(small("adamw").by_muon, found.parameters))
