"""Every stage of a head against the tensors that hooks catch inside the model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from examples import SENTENCES
from torch import nn

from translator.explain.reading import KINDS, Kind, exact, read
from translator.explain.stages import HeadStages, head_stages, layers_of
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, Subwords
from translator.translation import Translator

NEAR = 1e-5


@contextmanager
def caught(*modules: nn.Module) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """(input, output) of each module as the model runs, in the order of ``modules``."""
    found: list[Any] = [None] * len(modules)

    def catch(place: int) -> Any:
        def hook(_: nn.Module, given: Any, out: Any) -> None:
            out = out if isinstance(out, torch.Tensor) else out.out
            found[place] = (given[0][0].double().numpy(), out[0].double().numpy())

        return hook

    handles = [module.register_forward_hook(catch(place)) for place, module in enumerate(modules)]
    yield found
    for handle in handles:
        handle.remove()


def modules_of(model: Transformer, kind: Kind, layer: int) -> tuple[nn.LayerNorm, nn.LayerNorm, Any, nn.LayerNorm]:
    """The norms before queries and before keys, the attention, and the norm that reads the stream after it."""
    if kind == "encoder":
        own = model.encoder[layer]
        return own.self_norm, own.self_norm, own.self_attention, own.feed_forward_norm
    decoder = model.decoder[layer]
    if kind == "decoder":
        return decoder.self_norm, decoder.self_norm, decoder.self_attention, decoder.cross_norm
    return decoder.cross_norm, model.encoder_norm, decoder.cross_attention, decoder.feed_forward_norm


def check(model: Transformer, subwords: Subwords, source: list[int], target: list[int], stages: HeadStages) -> None:
    """Every array of ``stages`` lies within 1e-5 of the model's own, caught in a pass of its own.

    In float64 the bound is absolute. In float32 it is a share of the largest number there: one step between float32
    numbers at 1,000 is 6e-5, and the two attention paths of the model itself differ by more. Weights are at most 1.
    """
    kind, layer, head = stages.kind, stages.layer, stages.head
    norm, memory_norm, attention, after = modules_of(model, kind, layer)
    parts = (norm, memory_norm, attention.query, attention.key, attention.value, attention.output, attention, after)
    with torch.inference_mode(), caught(*parts) as found:
        encoded = model.encode(torch.tensor([source]), need_weights=True)
        decoded = model.decode(torch.tensor([[BOS, *target]]), encoded, need_weights=True)
    every = {"encoder": encoded.attention, "decoder": decoded.self_attention, "cross": decoded.cross_attention}[kind]
    E = model.config.d_model // model.config.heads
    own = slice(head * E, (head + 1) * E)
    of_norm, of_memory, of_q, of_k, of_v, of_o, whole, next_norm = found
    q, k, v = (x[1][:, own] for x in (of_q, of_k, of_v))
    weights = every[layer].weights[0, head].double().numpy()
    expected = {
        "residual": of_norm[0],
        "normed": of_norm[1],
        "memory_residual": of_memory[0],
        "memory": of_memory[1],
        "q": q,
        "k": k,
        "v": v,
        "scores": q @ k.T,
        "scaled": q @ k.T / math.sqrt(E),
        "weights": weights,
        "weighted_values": weights[:, :, None] * v[None],
        "head_output": of_o[0][:, own],
        "concatenated": of_o[0],
        "delta": whole[1],
        "new_residual": next_norm[0],
    }
    arrays = stages.arrays()
    single = model.embedding.weight.dtype == torch.float32
    far = {name: np.abs(arrays[name] - value).max() for name, value in expected.items()}
    # float32 rounds the scores, which reach thousands; what the softmax makes of that is in every stage after it
    rounding = float(np.finfo(np.float32).eps * np.abs(expected["scaled"]).max()) if single else 0.0
    allowed = {name: max(NEAR, rounding) * max(1.0, np.abs(value).max() * single) for name, value in expected.items()}
    assert {name: far[name] for name in expected if far[name] > allowed[name]} == {}
    queries = source if kind == "encoder" else [BOS, *target]
    keys = [BOS, *target] if kind == "decoder" else source
    with torch.inference_mode():
        for tokens, ids in ((stages.queries, queries), (stages.keys, keys)):
            assert np.abs(tokens.summed - model.embed(torch.tensor([ids]))[0].numpy()).max() < NEAR
            assert tokens.read == [subwords.piece(i) for i in ids]


@pytest.fixture(scope="module")
def pair(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(SENTENCES[2], "en-pt"), subwords.encode(SENTENCES[1])


@pytest.fixture(scope="module")
def moved(model: Transformer) -> Transformer:
    """The small model with norms and biases that are not 1 and 0, so that leaving one out is seen."""
    other = Transformer(model.config).eval()
    other.load_state_dict(model.state_dict())
    torch.manual_seed(5)
    for name, parameter in other.named_parameters():
        if parameter.dim() == 1:
            nn.init.normal_(parameter, mean=1.0 if name.endswith("norm.weight") else 0.0, std=0.3)
    return other


@pytest.mark.parametrize("kind", KINDS)
def test_each_stage_is_the_models_own(
    moved: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]], kind: Kind
) -> None:
    for layer, head in product(range(layers_of(moved.config, kind)), range(moved.config.heads)):
        stages = head_stages(read(exact(moved), subwords, *pair), kind, layer, head)
        check(exact(moved), subwords, *pair, stages)
        check(moved, subwords, *pair, stages)


def test_the_exact_model_is_a_copy_and_made_once(model: Transformer) -> None:
    double = exact(model)
    assert double.embedding.weight.dtype == torch.float64
    assert model.embedding.weight.dtype == torch.float32
    assert exact(double) is double


@pytest.mark.parametrize("kind", KINDS)
def test_each_stage_of_the_shipped_model_too(kind: Kind) -> None:
    translator = Translator.load(engine="torch")
    model, subwords = translator.checkpoint.model, translator.subwords
    double = exact(model)
    source = subwords.source("A fluffy blue creature roamed the verdant forest.", "en-pt")
    target = subwords.encode("Uma criatura azul e fofa vagava pela floresta verdejante.")
    for layer in range(layers_of(model.config, kind)):
        stages = head_stages(read(exact(double), subwords, source, target), kind, layer, layer % 4)
        check(double, subwords, source, target, stages)
        check(model, subwords, source, target, stages)


CHECKED = ("residual", "normed", "memory_residual", "memory", "q", "k", "v", "scores", "weights", "head_output")


@pytest.mark.parametrize("field", [*CHECKED, "concatenated", "delta", "new_residual"])
def test_the_check_sees_a_change_in_any_stage(
    moved: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]], field: str
) -> None:
    stages = head_stages(read(exact(moved), subwords, *pair), "cross", 1, 1)
    vars(stages)[field] = getattr(stages, field) + 2 * NEAR
    with pytest.raises(AssertionError):
        check(exact(moved), subwords, *pair, stages)


@pytest.mark.parametrize("kind", KINDS)
def test_the_laws_between_the_stages(
    moved: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]], kind: Kind
) -> None:
    s = head_stages(read(exact(moved), subwords, *pair), kind, 1, 2)
    E = moved.config.d_model // moved.config.heads
    assert s.scale == 1 / math.sqrt(E)
    own = slice(2 * E, 3 * E)
    for x, weight, bias, result in (
        (s.normed, s.query_weight, s.query_bias, s.q),
        (s.memory, s.key_weight, s.key_bias, s.k),
        (s.memory, s.value_weight, s.value_bias, s.v),
    ):
        np.testing.assert_allclose(x @ weight + bias, result, atol=1e-12)
    np.testing.assert_allclose(s.weights.sum(axis=1), 1, atol=1e-12)
    assert (s.weights[~s.mask] == 0).all()
    assert (np.isneginf(s.masked) == ~s.mask).all()
    np.testing.assert_allclose(s.weighted_values.sum(axis=1), s.head_output, atol=1e-12)
    np.testing.assert_allclose(s.concatenated[:, own], s.head_output, atol=1e-12)
    np.testing.assert_allclose(s.head_output @ s.output_weight[own], s.contribution, atol=1e-12)
    np.testing.assert_allclose(s.concatenated @ s.output_weight + s.output_bias, s.delta, atol=1e-12)
    np.testing.assert_allclose(s.contributions.sum(axis=0) + s.output_bias, s.delta, atol=1e-12)
    np.testing.assert_allclose(s.residual + s.delta, s.new_residual, atol=1e-12)
    T, S = len(s.queries.labels), len(s.keys.labels)
    assert s.mask.tolist() == (np.tri(T, S) if kind == "decoder" else np.ones((T, S))).astype(bool).tolist()


def test_rows_are_named_by_what_is_predicted_and_columns_by_what_is_read(
    model: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]]
) -> None:
    source, target = pair
    pieces = [subwords.piece(i) for i in target]
    cross = head_stages(read(exact(model), subwords, *pair), "cross")
    own = head_stages(read(exact(model), subwords, *pair), "decoder")
    reads = head_stages(read(exact(model), subwords, *pair), "encoder")
    assert cross.queries.labels == own.queries.labels == [*pieces, "</s>"]
    assert cross.queries.read == own.keys.labels == ["<s>", *pieces]
    assert cross.keys.labels == reads.queries.labels == [subwords.piece(i) for i in source]
    known = read(model, subwords, source, target).attention["cross"]
    assert (cross.queries.words, cross.keys.words) == (known.rows.words, known.columns.words)
    np.testing.assert_allclose(cross.weights, known.weights[0, 0], atol=1e-6)
    for tokens in (cross.queries, cross.keys, own.keys):
        assert [i for w in tokens.words for i in range(w.start, w.stop)] == list(range(len(tokens.labels)))


@pytest.mark.parametrize(
    ("kind", "layer", "head"), [("cross", 2, 0), ("encoder", 3, 0), ("cross", 0, 3), ("cross", -1, 0)]
)
def test_a_layer_or_head_that_is_not_there(
    model: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]], kind: Kind, layer: int, head: int
) -> None:
    with pytest.raises(IndexError, match=f"no layer {layer}, head {head}"):
        head_stages(read(exact(model), subwords, *pair), kind, layer, head)
