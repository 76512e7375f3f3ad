"""The Transformer's laws: padding and the future change nothing, the cache and the weights are free of side effects."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from translator.config import PRESETS, ModelConfig
from translator.corpus.batches import pad
from translator.model.transformer import Encoded, Transformer, positions

FIRST = 6  # ids below are special


def rows_of_ids(longest: int) -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(st.integers(FIRST, 340), min_size=1, max_size=longest), min_size=1, max_size=5)


def draw_ids(batch: int, length: int, seed: int = 1) -> Tensor:
    return torch.randint(FIRST, 340, (batch, length), generator=torch.Generator().manual_seed(seed))


def far_apart(a: Tensor, b: Tensor) -> bool:
    """That something else would come out had it mattered."""
    return float((a - b).abs().max()) > 1e-2


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=2e-5)


@torch.no_grad()
def hidden(model: Transformer, source: Tensor, mask: Tensor | None, target: Tensor) -> Tensor:
    return model.decode(target, model.encode(source, mask)).hidden


@given(rows_of_ids(13))
def test_padding_never_changes_a_result(model: Transformer, rows: list[list[int]]) -> None:
    source, mask = pad(rows)
    target = draw_ids(len(rows), 5)
    together = hidden(model, source, mask, target)
    for i, row in enumerate(rows):
        alone = hidden(model, torch.tensor([row]), None, target[i : i + 1])
        assert close(together[i : i + 1], alone)


def test_what_stands_in_the_padding_is_never_read(model: Transformer) -> None:
    source, mask = pad([[7, 8, 9], [10, 11, 12, 13, 14]])
    assert mask is not None
    other = source.masked_fill(~mask, 200)
    with torch.no_grad():
        memories = [model.encode(ids, mask, need_weights=True) for ids in (source, other)]
    assert torch.equal(memories[0].memory[mask], memories[1].memory[mask])
    assert far_apart(memories[0].memory[0, 3:], memories[1].memory[0, 3:])
    weights = torch.stack([heads.weights for heads in memories[0].attention])
    assert weights.shape == (3, 2, 3, 5, 5)  # L, B, H, S, S
    assert torch.equal(weights[:, 0, :, :, 3:], torch.zeros(3, 3, 5, 2))


@given(st.integers(0, 6), st.integers(FIRST, 340))
def test_a_later_target_token_never_changes_an_earlier_state(model: Transformer, place: int, token: int) -> None:
    source, target = draw_ids(2, 11), draw_ids(2, 7, seed=2)
    changed = target.clone()
    changed[:, place] = torch.where(target[:, place] == token, token + 1, token)
    before, after = (hidden(model, source, None, ids) for ids in (target, changed))
    assert close(before[:, :place], after[:, :place])
    assert far_apart(before[:, place], after[:, place])


def test_asking_for_weights_changes_nothing(model: Transformer) -> None:
    source, mask = pad([[7, 8, 9], [10, 11, 12, 13, 14]])
    target = draw_ids(2, 7)
    with torch.no_grad():
        encoded = model.encode(source, mask)
        shown = model.encode(source, mask, need_weights=True)
        assert not encoded.attention
        assert close(encoded.memory, shown.memory)
        plain = model.decode(target, encoded)
        decoded = model.decode(target, encoded, need_weights=True)
    assert [*plain.self_attention, *plain.cross_attention, *plain.stream] == []
    assert close(plain.hidden, decoded.hidden)
    of_self = torch.stack([heads.weights for heads in decoded.self_attention])
    assert of_self.shape == (2, 2, 3, 7, 7)  # L, B, H, T, T
    assert decoded.cross_weights.shape == (2, 2, 3, 7, 5)  # L, B, H, T, S
    assert torch.equal(of_self, of_self.tril())
    for weights in (of_self, decoded.cross_weights):
        assert torch.allclose(weights.sum(dim=-1), torch.ones(weights.shape[:-1]))


def stepped(model: Transformer, encoded: Encoded, target: Tensor) -> Tensor:
    """Logits (B, T, V), a token at a time."""
    state = model.start(encoded)
    logits = []
    for t in range(target.shape[1]):
        assert state.steps == t
        scores, state = model.step(target[:, t], state)
        logits.append(scores)
    return torch.stack(logits, dim=1)


@given(rows_of_ids(9), st.integers(1, 13))
def test_steps_with_the_cache_give_what_reading_at_once_gives(
    model: Transformer, rows: list[list[int]], length: int
) -> None:
    source, mask = pad(rows)
    target = draw_ids(len(rows), length)
    with torch.no_grad():
        encoded = model.encode(source, mask)
        at_once = model.logits(model.decode(target, encoded).hidden)
        assert close(stepped(model, encoded, target), at_once)


def test_selecting_rows_reorders_repeats_and_drops(model: Transformer) -> None:
    source, mask = pad([[7, 8, 9], [10, 11, 12, 13, 14], [15, 16, 17, 18]])
    target, rows = draw_ids(3, 5), torch.tensor([2, 0, 2, 2])
    with torch.no_grad():
        state = model.start(model.encode(source, mask))
        for t in range(4):
            _, state = model.step(target[:, t], state)
        expected, _ = model.step(target[:, 4], state)
        picked = state.select(rows)
        found, after = model.step(target[rows, 4], picked)
        again, _ = model.step(target[:, 4], state)
    assert (picked.steps, after.steps) == (4, 5)
    assert close(found, expected[rows])
    assert far_apart(expected[0], expected[2])
    assert torch.equal(again, expected)  # the state selected from is as it was


def test_positions_by_hand() -> None:
    """D = 6: rates 1, 1/100 and 1/10000; three sines, then three cosines."""
    table = positions(4, 6)
    angles = [3, 0.03, 0.0003]
    assert table.shape == (4, 6)
    assert table[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert table[3].tolist() == pytest.approx([*map(math.sin, angles), *map(math.cos, angles)], abs=1e-6)


def test_an_embedding_by_hand(model: Transformer) -> None:
    ids = torch.tensor([[9, 17]])
    with torch.no_grad():
        expected = [math.sqrt(42) * model.embedding.weight[i] + positions(61, 42)[t] for t, i in ((3, 9), (4, 17))]
        assert torch.allclose(model.embed(ids, start=3)[0], torch.stack(expected), atol=1e-6)


def test_the_same_words_elsewhere_are_read_otherwise(model: Transformer) -> None:
    ids = draw_ids(1, 7)
    with torch.no_grad():
        memory, turned = model.encode(ids).memory, model.encode(ids.flip(1)).memory.flip(1)
    assert far_apart(memory, turned)


def test_one_matrix_embeds_and_scores(model: Transformer) -> None:
    state = model.state_dict()
    assert [name for name, tensor in state.items() if len(model.embedding.weight) in tensor.shape] == [
        "embedding.weight"
    ]
    assert "position" not in state
    probe = torch.randn(2, 42, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(model.logits(probe), probe @ model.embedding.weight.T)


def expected_parameters(V: int, D: int, F: int, encoder: int, decoder: int) -> int:
    """Attention: four D x D maps. Feed-forward: there and back. A norm: scale and shift. A map has its biases."""
    attention, feed_forward, norm = 4 * (D * D + D), 2 * D * F + F + D, 2 * D
    encoder_layer = attention + feed_forward + 2 * norm
    decoder_layer = 2 * attention + feed_forward + 3 * norm
    return V * D + encoder * encoder_layer + decoder * decoder_layer + 2 * norm


@pytest.mark.parametrize(
    ("preset", "total"),
    [("tiny", 256_000 + 926_208), ("small", 512_000 + 6_846_464), ("base", 1_024_000 + 44_140_544)],
)
def test_parameters_of_the_presets(preset: str, total: int) -> None:
    shape = PRESETS[preset]
    with torch.device("meta"):
        model = Transformer(ModelConfig(vocab_size=2000, **shape))
    assert sum(p.numel() for p in model.parameters()) == total
    sizes = (shape["d_model"], shape["feed_forward"], shape["encoder_layers"], shape["decoder_layers"])
    assert total == expected_parameters(2000, *sizes)


def test_dropout_is_for_training_only() -> None:
    torch.manual_seed(2)
    model = Transformer(ModelConfig(50, 14, 2, 17, 1, 1, dropout=0.5))
    source, target = torch.tensor([[7, 8, 9]]), torch.tensor([[2, 7]])
    assert far_apart(hidden(model, source, None, target), hidden(model, source, None, target))
    model.eval()
    assert torch.equal(hidden(model, source, None, target), hidden(model, source, None, target))


def test_every_parameter_learns() -> None:
    """A gradient reaches all of them; nothing stands idle. (Keys' biases shift a whole row of scores: no effect.)"""
    torch.manual_seed(2)
    model = Transformer(ModelConfig(50, 14, 2, 17, 2, 2, dropout=0.0))
    logits = model.logits(model.decode(torch.tensor([[2, 7, 8]]), model.encode(torch.tensor([[5, 8, 9, 3]]))).hidden)
    logits.square().sum().backward()  # type: ignore[no-untyped-call]
    idle = [n for n, p in model.named_parameters() if p.grad is None or float(p.grad.abs().max()) < 1e-5]
    assert all(name.endswith("attention.key.bias") for name in idle)
