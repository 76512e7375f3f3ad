"""``params``: counts agree with the modules, with torch's own counter, and with the published GPT-3."""

from __future__ import annotations

import json

import pytest
import torch
from rich.cells import cell_len
from torch.utils.flop_counter import FlopCounterMode

from translator.commands.params import short
from translator.config import ModelConfig
from translator.explain.parameters import GPT3, HeadCount, count_parameters, gpt3_parts, multiply_adds
from translator.model.transformer import Transformer
from translator.text.subwords import BOS


def test_every_parameter_is_in_one_part(model: Transformer) -> None:
    assert sum(part.count for part in count_parameters(model)) == sum(p.numel() for p in model.parameters())


def test_heads_and_biases_make_an_attention_module(model: Transformer) -> None:
    D, H = model.config.d_model, model.config.heads
    head = HeadCount(D, D // H)
    assert head.total == 4 * head.each == 4 * 42 * 14
    for part in count_parameters(model):
        if part.name.endswith("attention"):
            assert part.count == part.modules * (H * head.total + 4 * D)


@pytest.mark.parametrize(("source", "target"), [(1, 1), (13, 7), (2, 31), (29, 5)])
def test_multiply_adds_are_those_that_torch_counts(model: Transformer, source: int, target: int) -> None:
    """The encoder once, then one cached step a token: as greedy search does. Weights on, so that products are seen."""
    with FlopCounterMode(display=False) as counter:
        state = model.start(model.encode(torch.ones(1, source, dtype=torch.int64), need_weights=True))
        for _ in range(target):
            _, state = model.step(torch.tensor([BOS]), state)
    work = multiply_adds(model.config, source, target)
    assert 2 * sum(part.total for part in work) == counter.get_total_flops()
    assert [part.name for part in work] == [part.name for part in count_parameters(model)]


def test_multiply_adds_by_hand() -> None:
    shape = ModelConfig(vocab_size=11, d_model=2, heads=1, feed_forward=3, encoder_layers=1, decoder_layers=1)
    by_part = {work.name: (work.products, work.attention) for work in multiply_adds(shape, 5, 7)}
    assert by_part == {
        "embeddings, tied": (7 * 2 * 11, 0),
        "encoder self-attention": (5 * 4 * 2 * 2, 2 * 5 * 5 * 2),
        "encoder feed-forward": (5 * 2 * 2 * 3, 0),
        # token t attends to t tokens: 1 + 2 + … + 7 = 28 scores and 28 weighted values, 2 wide
        "decoder masked self-attention": (7 * 4 * 2 * 2, 2 * 28 * 2),
        "decoder cross-attention": (7 * 2 * 2 * 2 + 5 * 2 * 2 * 2, 2 * 7 * 5 * 2),
        "decoder feed-forward": (7 * 2 * 2 * 3, 0),
        "layer norms": (0, 0),
    }


def test_gpt3_as_published() -> None:
    parts = {part.name: part.count for part, _ in gpt3_parts(GPT3, 1)}
    assert GPT3.head.each == 1_572_864
    assert GPT3.head.total == 6_291_456
    assert GPT3.heads * GPT3.head.total == 603_979_776
    assert parts == {
        "embedding": 617_558_016,
        "query": 14_495_514_624,
        "key": 14_495_514_624,
        "value": 14_495_514_624,
        "output": 14_495_514_624,
        "up-projection": 57_982_058_496,
        "down-projection": 57_982_058_496,
        "unembedding": 617_558_016,
    }
    assert sum(parts[name] for name in ("query", "key", "value", "output")) == 57_982_058_496
    assert sum(parts.values()) == 175_181_291_520


def test_one_token_through_gpt3_meets_every_weight_once_but_the_embedding() -> None:
    for part, work in gpt3_parts(GPT3, 1):
        assert work.products == (0 if part.name == "embedding" else part.count)
    attention = sum(work.attention for _, work in gpt3_parts(GPT3, 3))
    assert attention == 96 * 2 * (1 + 2 + 3) * 12_288


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 "),
        (999, "999 "),
        (1_000, "1.00 k"),
        (12_345, "12.3 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (9_994_999, "9.99 M"),
        (9_995_000, "10.0 M"),
        (99_950_000, "100 M"),
        (3 * 10**12, "3.00 T"),
        (10**15, "1000 T"),
    ],
)
def test_short_numbers(number: int, text: str) -> None:
    assert short(number) == text


def test_gpt3_on_the_command_line(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("params", "--preset", "gpt3")
    assert code == 0
    for number in ("6,291,456", "603,979,776", "57,982,058,496", "175,181,291,520", "33.1%", "1,572,864"):
        assert number in out
    assert max(map(cell_len, out.splitlines())) <= 80
    data = json.loads(run("params", "--preset", "gpt3", "--target-tokens", "1", "--json")[1])
    assert (data["total"], data["attention"], data["block"]) == (175_181_291_520, 57_982_058_496, 603_979_776)
    assert round(data["attention_share"], 3) == 0.331
    assert data["lengths"] == {"target": 1}


def test_a_model_on_the_command_line(run, trained) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("params", str(trained), "--source-tokens", "5", "--target-tokens", "7")
    assert code == 0
    assert "5 source tokens into 7" in " ".join(out.split())
    assert max(map(cell_len, out.splitlines())) <= 80
    data = json.loads(run("params", str(trained), "--source-tokens", "5", "--target-tokens", "7", "--json")[1])
    assert sum(data["parts"].values()) == data["total"]
    assert sum(data["multiply_adds"].values()) == data["multiply_adds_total"]
    assert data["attention"] == sum(count for name, count in data["parts"].items() if name.endswith("attention"))
    assert data["lengths"] == {"source": 5, "target": 7}


def test_a_model_in_the_settings_does_not_stand_in_the_way_of_a_preset(run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TRANSLATOR_MODEL", "/no/where")
    assert run("params", "--preset", "tiny")[0] == 0


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["params", "--preset", "gpt2"], "presets: tiny, quick, medium, small, base, gpt3"),
        (["params", "en-pt", "--preset", "gpt3"], "are both given"),
        (["params", "--preset", "gpt3", "--source-tokens", "3"], "decoder only"),
        (["params", "--preset", "gpt3", "--target-tokens", "2049"], "from 1 to 2,048"),
        (["params", "--preset", "tiny", "--source-tokens", "0"], "--source-tokens 0: it must be from 1 to 256"),
        (["params", "/no/where"], "no such model"),
    ],
)
def test_a_mistake_gets_a_message(run, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(*argv)
    assert code == 2
    assert says in " ".join(err.split())
    assert out == ""
