"""Muon in float32 is torch's Muon: the same steps but for bfloat16's rounding, and truly orthogonal ones."""

from __future__ import annotations

import pytest
import torch

from translator.config import ModelConfig, TrainConfig
from translator.model.transformer import Transformer
from translator.training import muon
from translator.training.muon import Muon, bfloat16_is_fast, orthogonalised
from translator.training.trainer import Trainer

CUBIC = (1.5, -0.5, 0.0)  # converges to the nearest orthogonal matrix


@pytest.mark.parametrize("shape", [(7, 7), (5, 11), (13, 3)])
def test_many_steps_of_the_cubic_give_the_orthogonal_factor(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    matrix = torch.randn(shape)
    u, _, vt = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalised(matrix[None], CUBIC, 60, 1e-7)[0]
    torch.testing.assert_close(found, u @ vt, rtol=0, atol=1e-4)


def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "bfloat16_is_fast", lambda device: False)


@pytest.mark.parametrize("shape", [(32, 32), (16, 64), (64, 16)])
def test_it_moves_as_torchs_own(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    in_float32(monkeypatch)
    torch.manual_seed(1)
    begin = torch.randn(shape)
    ours, theirs = torch.nn.Parameter(begin.clone()), torch.nn.Parameter(begin.clone())
    mine = Muon([ours], lr=0.02, weight_decay=0.1)
    torchs: torch.optim.Optimizer = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1)
    for _ in range(4):
        ours.grad = torch.randn(shape)
        theirs.grad = ours.grad.clone()
        mine.step()
        torchs.step()
    way = (theirs - begin).norm()
    assert (ours - theirs).norm() < 0.03 * way  # bfloat16 has 8 bits
    assert mine.state_dict()["state"][0].keys() == torchs.state_dict()["state"][0].keys()


def test_in_stacks_of_bfloat16_it_moves_exactly_as_torchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "bfloat16_is_fast", lambda device: True)
    torch.manual_seed(1)
    shapes = [(32, 32), (16, 64), (32, 32), (64, 16), (32, 32), (16, 64)]
    ours, theirs = ([torch.nn.Parameter(torch.full(shape, 0.5)) for shape in shapes] for _ in range(2))
    mine = Muon(ours, lr=0.02, weight_decay=0.1)
    torchs: torch.optim.Optimizer = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1)
    for step in range(3):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            one.grad = None if step == index == 0 else torch.randn(one.shape)  # one without a gradient stays
            other.grad = None if one.grad is None else one.grad.clone()
        mine.step()
        torchs.step()
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-3)  # products in stacks may round otherwise
    assert mine.state_dict()["state"].keys() == torchs.state_dict()["state"].keys()
    assert mine.state_dict()["state"][0].keys() == torchs.state_dict()["state"][0].keys()


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
    torch.testing.assert_close(orthogonalised(matrix[None], coefficients, 5, 1e-7)[0], x)


def test_a_parameter_without_gradient_stays() -> None:
    parameter = torch.nn.Parameter(torch.ones(3, 5))
    Muon([parameter], lr=0.5, weight_decay=0.5).step()
    assert torch.equal(parameter, torch.ones(3, 5))


@pytest.mark.parametrize("fast", [True, False])
def test_the_processor_decides(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    found = {"avx2": True, "avx512_bf16": fast, "amx_bf16": False}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert bfloat16_is_fast(torch.device("cpu")) is fast
    assert bfloat16_is_fast(torch.device("cuda"))
    seen: list[torch.dtype] = []

    def seeing(stacked: torch.Tensor, *_: object) -> torch.Tensor:
        seen.append(stacked.dtype)
        return stacked

    monkeypatch.setattr(muon, "orthogonalised", seeing)
    parameter = torch.nn.Parameter(torch.ones(3, 5))
    parameter.grad = torch.ones(3, 5)
    Muon([parameter]).step()
    assert seen == [torch.bfloat16 if fast else torch.float32]


def test_the_trainer_moves_its_matrices_by_it() -> None:
    shape = ModelConfig(vocab_size=11, d_model=8, heads=2, feed_forward=16, encoder_layers=1, decoder_layers=1)
    moved = {
        type(optimizer): set(named) for optimizer, _, named in Trainer(Transformer(shape), TrainConfig())._optimizers
    }
    assert all(name.endswith("weight") and name != "embedding.weight" for name in moved[Muon])
    assert "embedding.weight" in moved[torch.optim.AdamW]
