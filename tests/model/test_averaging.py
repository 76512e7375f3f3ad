"""The mean of models: weight by weight, of models that have one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from examples import SENTENCES

from translator.config import TrainConfig
from translator.evaluation.dev import dev_scorer
from translator.model.checkpoint import load_checkpoint, save_checkpoint
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.data import read_data
from translator.training.run import open_run

CommandLine = Callable[..., tuple[int, str, str]]


@pytest.fixture
def saved(model: Transformer, subwords: Subwords, tmp_path: Path) -> Callable[..., Path]:
    """A model of the fixture's shape whose weights are all one number, exact in 16 bits."""

    def save(name: str, value: float, pieces: Subwords = subwords) -> Path:
        weights = {key: torch.full_like(tensor, value) for key, tensor in model.state_dict().items()}
        shape = replace(model.config, vocab_size=len(pieces))
        weights["embedding.weight"] = torch.full((len(pieces), shape.d_model), value)
        measured = {"dev_bleu_greedy": {"en-pt": 9.0}, "confidence": {}, "alignment": {}, "engine": "int8"}
        info = {"directions": ["en-pt"], "step": 7} | measured
        save_checkpoint(tmp_path / name, weights, shape, pieces, info)
        return tmp_path / name

    return save


def test_every_weight_is_the_mean(run: CommandLine, saved: Callable[..., Path], tmp_path: Path) -> None:
    folders = [saved(name, value) for name, value in (("a", 1.0), ("b", 2.0), ("c", 6.0))]
    out = tmp_path / "mean"
    assert run("average", *map(str, folders), "--out", str(out))[0] == 0
    mean = load_checkpoint(out)
    assert {float(v) for p in mean.model.state_dict().values() for v in (p.min(), p.max())} == {3.0}
    assert mean.info == {"directions": ["en-pt"], "step": 7, "averaged": 3}  # scores of one are not true of the mean
    code, _, err = run("average", *map(str, folders), "--out", str(out))
    assert (code, "--force" in err) == (2, True)
    assert run("average", *map(str, folders[:2]), "--out", str(out), "--force")[0] == 0
    assert float(load_checkpoint(out).model.state_dict()["embedding.weight"][0, 0]) == 1.5


def test_only_a_model_is_replaced(run: CommandLine, saved: Callable[..., Path], tmp_path: Path) -> None:
    """Not the run that the models come from, nor what else stands under the name."""
    folders = [str(saved(f"run/steps/{name}", value)) for name, value in (("a", 1.0), ("b", 2.0))]
    (tmp_path / "notes").write_text("kept", "utf-8")
    for out in (tmp_path / "run", tmp_path / "notes"):
        code, _, err = run("average", *folders, "--out", str(out), "--force")
        assert (code, "is not a model folder" in err) == (2, True), err
    assert (tmp_path / "run" / "steps" / "a" / "config.json").is_file()
    assert (tmp_path / "notes").read_text("utf-8") == "kept"


def test_models_without_a_mean_are_refused(run: CommandLine, saved: Callable[..., Path], tmp_path: Path) -> None:
    one = saved("one", 1.0)
    forwards, backwards = (Subwords.train([text[::step] for text in SENTENCES], 330) for step in (1, -1))
    small, other = saved("small", 1.0, forwards), saved("other", 1.0, backwards)
    out = str(tmp_path / "mean")
    for models, told in (
        ([one], "two checkpoints"),
        ([one, small], "another shape"),
        ([small, other], "another vocabulary"),
        ([one, tmp_path], "config"),
    ):
        code, _, err = run("average", *map(str, models), "--out", out)
        assert (code != 0, told in err) == (True, True), err
    assert not (tmp_path / "mean").exists()


def test_a_run_keeps_its_latest_models(corpus: Path, tmp_path: Path) -> None:
    config = TrainConfig(
        corpora=(str(corpus),),
        dev=str(corpus),
        out=str(tmp_path / "run"),
        preset="tiny",
        vocab_size=420,
        steps=4,
        eval_every=1,
        keep=3,
        precision="float32",
        threads=1,
    )
    opened = open_run(config, read_data(config), dev_scorer)
    list(opened.loop.run())
    kept = sorted((tmp_path / "run" / "steps").iterdir())
    assert [folder.name for folder in kept] == ["0000002", "0000003", "0000004"]
    last = load_checkpoint(kept[-1]).model.state_dict()
    live = opened.loop.trainer.model.state_dict()
    assert all(torch.equal(last[name], live[name].half().float()) for name in live)
