"""Shared small things: one thread, a toy vocabulary, an untrained model of prime sizes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import settings
from small_runs import PAIRS, SMALL, STEPS

from translator.commands.app import main
from translator.config import PRESETS, ModelConfig, TrainConfig
from translator.evaluation.dev import dev_scorer
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.data import read_data
from translator.training.records import Saved
from translator.training.run import open_run

settings.register_profile("quiet", deadline=None, max_examples=60)
settings.load_profile("quiet")
torch.set_num_threads(1)
os.environ["TRANSLATOR_CONFIG"] = "/no/settings/here.toml"  # the user's own must change no test
for _name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # nor the language they speak
    if os.environ.get(_name, "").startswith("pt"):
        del os.environ[_name]


@pytest.fixture(scope="session")
def subwords() -> Subwords:
    return Subwords.train(SENTENCES, 420)


@pytest.fixture(scope="session")
def model(subwords: Subwords) -> Transformer:
    """Untrained, in evaluation mode; no two sizes equal."""
    torch.manual_seed(11)
    config = ModelConfig(
        vocab_size=len(subwords),
        d_model=42,
        heads=3,
        feed_forward=59,
        encoder_layers=3,
        decoder_layers=2,
        max_length=61,
    )
    return Transformer(config).eval()


@pytest.fixture(scope="session")
def whole() -> Subwords:
    """A vocabulary of whole words: the sentences' own, over and over in changing company."""
    words = " ".join(SENTENCES).split()
    rng = np.random.default_rng(2)
    return Subwords.train([" ".join(rng.permutation(words)[:9]) for _ in range(400)], 420)


@pytest.fixture(scope="session")
def reader(whole: Subwords, model: Transformer) -> Transformer:
    """An untrained model of that vocabulary."""
    torch.manual_seed(23)
    return Transformer(replace(model.config, vocab_size=len(whole))).eval()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four pairs above as a parallel file."""
    path = tmp_path_factory.mktemp("corpus") / "four.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)), "utf-8")
    return path


@pytest.fixture(scope="session")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run folder whose model has learned those pairs by heart. Many tests share it: change a copy of it only."""
    config = TrainConfig(
        corpora=(str(corpus),),
        dev=str(corpus),
        out=str(tmp_path_factory.mktemp("run") / "four"),
        preset="tiny",
        vocab_size=420,
        steps=300,
        optimizer="adamw",  # learned by heart from any seed, on any processor; 120 steps of Muon were not always enough
        adam_lr=0.004,
        dropout=0.0,
        ema=0.9,
        warmup_steps=10,
        precision="float32",
        seed=2,
        threads=1,
    )
    run = open_run(config, read_data(config), dev_scorer)
    assert [record for record in run.loop.run() if isinstance(record, Saved)][-1].finished
    before = _contents(run.folder)
    yield run.folder
    assert _contents(run.folder) == before, "a test changed the model that others share"


def _contents(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of change of each file in ``folder``."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TrainConfig]:
    """Settings for a run of 11 steps over twelve pairs, an epoch of it under 8; dropout is on."""
    monkeypatch.setitem(PRESETS, "tiny", SMALL)
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in PAIRS), "utf-8")
    settings = TrainConfig(
        corpora=(str(path),),
        dev=str(path),
        out=str(tmp_path / "run"),
        vocab_size=420,
        steps=STEPS,
        eval_every=4,
        batch_tokens=300,
        warmup_steps=3,
        precision="float32",
        threads=1,
        device="cpu",
    )
    return lambda **options: replace(settings, **options)


@pytest.fixture
def run(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run the command line in this process: (exit code, standard output, standard error)."""

    def call(*argv: str, stdin: bytes = b"", model: Path = trained, columns: int = 80) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        monkeypatch.setenv("TRANSLATOR_MODEL", str(model))
        monkeypatch.setenv("COLUMNS", str(columns))
        try:
            main(list(argv))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call
