"""Settings: exact through JSON and TOML, nothing unknown, nothing out of range."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from translator.config import PRESETS, ModelConfig, SearchConfig, TrainConfig, preset_for
from translator.errors import UsageError

Config = ModelConfig | SearchConfig | TrainConfig

CONFIGS: list[Config] = [
    ModelConfig(),
    ModelConfig(vocab_size=357, d_model=42, heads=3, dropout=0.0, max_length=8),
    SearchConfig(),
    SearchConfig(beam=5, length_penalty=0.6, n_best=5, max_ratio=1e-9),
    TrainConfig(),
    TrainConfig(
        corpora=("a.tsv", "ç d.tsv.gz"),
        dev='q"uote\\.tsv',
        direction="pt-en",
        preset="tiny",
        mix={"a": 0.1, "ç d": 2.0},
        minutes=1.5,
        threads=1,
        device="cpu",
        precision="bfloat16",
        seed=0,
    ),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_through_json_and_toml(config: Config) -> None:
    data = config.to_dict()
    assert None not in data.values()
    assert type(config).from_dict(data) == config
    assert type(config).from_dict(json.loads(json.dumps(data))) == config
    assert type(config).from_dict(tomllib.loads(tomli_w.dumps(data))) == config


@given(
    st.builds(
        TrainConfig,
        corpora=st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=3).map(tuple),
        mix=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), st.floats(0, 9), max_size=3),
        epochs=st.none() | st.floats(1e-6, 1e6),
        muon_lr=st.floats(1e-9, 1),
        seed=st.integers(0, 2**31),
        vocab_size=st.none() | st.integers(300, 60_000),
    )
)
def test_any_settings_through_toml(config: TrainConfig) -> None:
    assert TrainConfig.from_dict(tomllib.loads(tomli_w.dumps(config.to_dict()))) == config


def test_none_is_left_out_and_comes_back() -> None:
    assert TrainConfig(steps=9).to_dict()["steps"] == 9
    assert not {"steps", "epochs", "minutes", "threads", "vocab_size"} & set(TrainConfig().to_dict())
    assert TrainConfig.from_dict({"steps": None}) == TrainConfig()


def test_whole_numbers_serve_as_fractions() -> None:
    config = TrainConfig.from_dict({"epochs": 3, "mix": {"a": 2}, "clip": 1})
    assert [type(value) for value in (config.epochs, config.mix["a"], config.clip)] == [float] * 3


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SearchConfig().beam = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (SearchConfig, {"beams": 4}, "unknown setting beams"),
        (TrainConfig, {"lr": 1, "Steps": 2}, "unknown settings Steps, lr"),
        (ModelConfig, {"heads": "4"}, "heads is '4'; it takes int"),
        (ModelConfig, {"heads": 4.0}, "heads is 4.0; it takes int"),
        (ModelConfig, {"heads": True}, "heads is True; it takes int"),
        (ModelConfig, {"heads": None}, "heads is None; it takes int"),
        (ModelConfig, {"dropout": "0.1"}, "dropout is '0.1'; it takes float"),
        (ModelConfig, {"dropout": False}, "dropout is False; it takes float"),
        (TrainConfig, {"steps": 1.5}, "steps is 1.5; it takes int"),
        (TrainConfig, {"minutes": "9"}, "minutes is '9'; it takes float"),
        (TrainConfig, {"direction": "en-fr"}, "direction is 'en-fr'; it takes one of both, en-pt, pt-en"),
        (TrainConfig, {"precision": 16}, "precision is 16; it takes one of auto, float32, bfloat16"),
        (TrainConfig, {"corpora": "a.tsv"}, "corpora is 'a.tsv'; it takes a list of strings"),
        (TrainConfig, {"corpora": [1]}, "corpora is [1]; it takes a list of strings"),
        (TrainConfig, {"mix": {"a": "half"}}, "mix is {'a': 'half'}; it takes a table of numbers"),
        (TrainConfig, {"mix": ["a"]}, "mix is ['a']; it takes a table of numbers"),
        (TrainConfig, {"out": 3}, "out is 3; it takes str"),
    ],
)
def test_unknown_keys_and_wrong_types(kind: type[Config], data: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        kind.from_dict(data)


def test_an_unknown_key_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        SearchConfig.from_dict({"width": 4})
    assert caught.value.hint == (
        "known settings: beam, length_penalty, max_ratio, n_best, sample, seed, temperature, top_k"
    )


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (ModelConfig, {"vocab_size": 0}, "vocab_size is 0; it must be above 0"),
        (ModelConfig, {"decoder_layers": 0}, "decoder_layers is 0; it must be above 0"),
        (ModelConfig, {"d_model": 250}, "d_model 250 does not divide into 4 heads"),
        (ModelConfig, {"d_model": 15, "heads": 3}, "d_model is 15; sine and cosine positions need an even width"),
        (ModelConfig, {"dropout": 1.0}, "dropout is 1.0; it must be at least 0 and below 1"),
        (ModelConfig, {"dropout": NAN}, "dropout is nan; it must be at least 0 and below 1"),
        (ModelConfig, {"max_length": 7}, "max_length is 7; it must be at least 8"),
        (SearchConfig, {"beam": 0, "n_best": 1}, "beam is 0; it must be from 1 to 64"),
        (SearchConfig, {"beam": 65}, "beam is 65; it must be from 1 to 64"),
        (SearchConfig, {"length_penalty": -0.1}, "length_penalty is -0.1; it must be from 0 to 5"),
        (SearchConfig, {"length_penalty": NAN}, "length_penalty is nan; it must be from 0 to 5"),
        (SearchConfig, {"beam": 4, "n_best": 5}, "n-best is 5; it must be from 1 to the beam, which is 4"),
        (SearchConfig, {"seed": 1 << 64}, "seed is 18446744073709551616; it must be at least 0 and below 2⁶³"),
        (TrainConfig, {"seed": 1 << 63}, "seed is 9223372036854775808; it must be at least 0 and below 2⁶³"),
        (TrainConfig, {"workers": -1}, "workers is -1; it must be at least 0"),
        (SearchConfig, {"n_best": 0}, "n-best is 0; it must be from 1 to the beam, which is 1"),
        (SearchConfig, {"max_ratio": 0.0}, "max_ratio is 0.0; it must be above 0"),
        (TrainConfig, {"batch_tokens": 0}, "batch_tokens is 0; it must be above 0"),
        (TrainConfig, {"steps": 0}, "steps is 0; it must be above 0"),
        (TrainConfig, {"minutes": -1.0}, "minutes is -1.0; it must be above 0"),
        (TrainConfig, {"threads": 0}, "threads is 0; it must be above 0"),
        (TrainConfig, {"ema": 1.0}, "ema is 1.0; it must be at least 0 and below 1"),
        (TrainConfig, {"label_smoothing": -0.1}, "label_smoothing is -0.1; it must be at least 0 and below 1"),
        (TrainConfig, {"augment": 1.0}, "augment is 1.0; it must be at least 0 and below 1"),
        (TrainConfig, {"muon_lr": 0.0}, "muon_lr is 0.0; it must be above 0"),
        (TrainConfig, {"clip": NAN}, "clip is nan; it must be above 0"),
        (TrainConfig, {"decay": 1.1}, "decay is 1.1; it must be from 0 to 1"),
        (TrainConfig, {"subword_alpha": -1.0}, "subword_alpha is -1.0; it must be at least 0"),
        (TrainConfig, {"warmup_steps": -1}, "warmup_steps is -1; it must be at least 0"),
        (TrainConfig, {"steps": 5, "minutes": 1.0}, "steps and minutes are given; a run has one budget"),
        (TrainConfig, {"mix": {"a": -1.0}}, "mix is {'a': -1.0}; weights must be at least 0"),
        (TrainConfig, {"vocab_size": 299}, "vocab_size is 299; with 256 byte pieces it must be at least 300"),
    ],
)
def test_out_of_range(kind: type[Config], data: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        kind.from_dict(data)
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        kind(**data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (TrainConfig, {"seed": -1}),  # numpy takes no negative seed
        (TrainConfig, {"weight_decay": -0.1}),  # nor torch such a decay
        (TrainConfig, {"muon_lr": INFINITE}),
        (TrainConfig, {"mix": {"a": INFINITE}}),  # no number of sentences
        (SearchConfig, {"max_ratio": INFINITE}),  # no number of pieces
    ],
)
def test_what_would_fail_later_is_refused_at_once(kind: type[Config], data: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        kind.from_dict(data)


@pytest.mark.parametrize(
    "data",
    [
        {"dropout": 0.0},
        {"ema": 0.0},
        {"decay": 0.0},
        {"decay": 1.0},
        {"warmup_steps": 0},
        {"vocab_size": 300},
        {"mix": {"a": 0.0}},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(data: dict[str, Any]) -> None:
    assert TrainConfig.from_dict(data).to_dict() == TrainConfig().to_dict() | data


def test_directions_and_presets() -> None:
    assert TrainConfig().directions == ("en-pt", "pt-en")
    assert TrainConfig(direction="pt-en").directions == ("pt-en",)
    assert (preset_for(19_999), preset_for(20_000)) == ("tiny", "small")
    for shape in PRESETS.values():
        assert ModelConfig(**shape).d_model == shape["d_model"]
