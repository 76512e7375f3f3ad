"""A training that goes on from another model: what it takes over, what it refuses, what it tells at the end."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from translator.commands.train.adaptation import adaptation_table
from translator.config import FINE_TUNING, TrainConfig
from translator.corpus.pairs import Pair
from translator.corpus.split import hold_out, without_sentences_of
from translator.errors import CheckpointError, UsageError
from translator.evaluation.adaptation import Adaptation, Change, adapt, blend
from translator.evaluation.dev import dev_scorer
from translator.evaluation.scores import bleu
from translator.model.checkpoint import add_engine, load_checkpoint, save_checkpoint
from translator.model.transformer import Transformer
from translator.training.data import read_data
from translator.training.records import DevScores, Progress, Saved
from translator.training.run import Run, base_weights, open_run
from translator.translation import Translator

PAIRS = [
    Pair(f"{en} {n}", f"{pt} {n}") for n in range(6) for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)
]


def write(path: Path, pairs: list[Pair]) -> Path:
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in pairs), "utf-8")
    return path


@pytest.fixture
def configure(trained: Path, tmp_path: Path) -> Callable[..., TrainConfig]:
    """Settings for a fine-tuning of the model that knows four pairs by heart."""
    settings = TrainConfig.from_dict(
        {
            "corpora": [str(write(tmp_path / "domain.tsv", PAIRS))],
            "dev": str(write(tmp_path / "dev.tsv", PAIRS[:3])),
            "base": str(trained),
            "out": str(tmp_path / "tuned"),
            "steps": 6,
            "eval_every": 2,
            "eval_sentences": 3,
            "batch_tokens": 300,
            "precision": "float32",
            "threads": 1,
            "device": "cpu",
        }
    )
    return lambda **options: replace(settings, **options)


def scores_nothing(*_: object) -> Callable[[Transformer], DevScores]:
    return lambda _: DevScores({"en-pt": 0.0})


def opened(config: TrainConfig) -> Run:
    return open_run(config, read_data(config), scores_nothing)


def test_it_begins_as_the_base(configure: Callable[..., TrainConfig], trained: Path) -> None:
    run = opened(configure(dropout=0.25))
    base = load_checkpoint(trained)
    weights = run.loop.trainer.model.state_dict()
    assert all(torch.equal(weights[name], tensor) for name, tensor in base.model.state_dict().items())
    assert run.subwords.model == base.subwords.model
    assert run.shape == replace(base.shape, dropout=0.25)
    before = {name: tensor.clone() for name, tensor in weights.items()}
    assert list(run.loop.run())[-1] == Saved(6, finished=True)
    assert any(not torch.equal(tensor, before[name]) for name, tensor in weights.items())


def test_what_is_not_given_is_as_for_fine_tuning() -> None:
    scratch, tuned = TrainConfig.from_dict({}), TrainConfig.from_dict({"base": "en-pt", "ema": 0.5})
    assert tuned == replace(scratch, base="en-pt", **(FINE_TUNING | {"ema": 0.5}))
    assert tuned.muon_lr < scratch.muon_lr
    assert tuned.adam_lr < scratch.adam_lr
    assert (tuned.warmup_steps, scratch.warmup_steps) == (10, None)
    assert TrainConfig.from_dict(tuned.to_dict()) == tuned


def test_stopping_and_going_on_changes_nothing(configure: Callable[..., TrainConfig], tmp_path: Path) -> None:
    whole = opened(configure(dropout=0.1, out=str(tmp_path / "whole")))
    list(whole.loop.run())
    config = configure(dropout=0.1)
    first = opened(config)
    for record in first.loop.run():
        first.loop.stop = isinstance(record, Progress) and record.step == 3
    second = opened(config)
    assert second.resumed_at == 3
    list(second.loop.run())
    left, right = (run.loop.trainer.tensors() | run.loop.trainer.model.state_dict() for run in (second, whole))
    assert left.keys() == right.keys()
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


def test_a_base_that_changed_is_named(configure: Callable[..., TrainConfig], trained: Path, tmp_path: Path) -> None:
    base = load_checkpoint(trained)

    def save(scale: float) -> None:
        weights = {name: scale * tensor for name, tensor in base.model.state_dict().items()}
        save_checkpoint(tmp_path / "base", weights, base.shape, base.subwords, {})

    save(1.0)
    config = configure(base=str(tmp_path / "base"))
    run = opened(config)
    for record in run.loop.run():
        run.loop.stop = isinstance(record, Progress)
    save(0.5)
    with pytest.raises(UsageError, match=r"the model .*base changed since the run in .*tuned began"):
        opened(config)
    with pytest.raises(UsageError, match=r"other settings: base was '.*base', now '.*four'"):
        opened(configure())
    save(1.0)
    assert opened(config).resumed_at == 1


def test_what_cannot_be_fine_tuned(configure: Callable[..., TrainConfig], trained: Path, tmp_path: Path) -> None:
    shaped: list[dict[str, Any]] = [{"preset": "small"}, {"vocab_size": 500}]
    for options in shaped:
        with pytest.raises(UsageError, match="leave out --preset and --vocab-size"):
            configure(**options)
    meant_for_it: list[dict[str, Any]] = [{"retain": "dev.tsv"}, {"replay": 0.5}]
    for options in meant_for_it:
        with pytest.raises(UsageError, match="is for a run that starts from a model"):
            configure(base="", **options)
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"base": str(tmp_path / "none")}, CheckpointError, "no such model"),
        ({"base": str(tmp_path)}, CheckpointError, "is not a model folder"),
        ({"out": str(trained)}, UsageError, "holds the model to start from"),
        ({"out": str(trained / "best")}, UsageError, "holds the model to start from"),
        ({"max_pieces": 999}, UsageError, "reads 256 pieces at most"),
    ]
    for options, kind, told in refused:
        with pytest.raises(kind, match=told):
            opened(configure(**options))
    one_way = load_checkpoint(trained)
    save_checkpoint(
        tmp_path / "one", one_way.model.state_dict(), one_way.shape, one_way.subwords, {"directions": ["pt-en"]}
    )
    with pytest.raises(UsageError, match="was not trained for en-pt") as caught:
        opened(configure(base=str(tmp_path / "one")))
    assert caught.value.hint == "add --direction pt-en"
    assert opened(configure(base=str(tmp_path / "one"), direction="pt-en")).resumed_at == 0


def test_dev_is_held_out_of_the_first_corpus(configure: Callable[..., TrainConfig], tmp_path: Path) -> None:
    more = write(tmp_path / "more.tsv", [*PAIRS[:12], Pair("Nothing else.", "Nada mais.")])
    first = str(tmp_path / "domain.tsv")
    data = read_data(configure(dev="", corpora=(first, str(more))))
    assert data.held_out
    assert len(data.dev) == 2  # a tenth of 24
    assert sorted([*data.corpora[0].pairs, *data.dev]) == sorted(PAIRS)
    assert set(data.corpora[1].pairs) == {*PAIRS[:12], Pair("Nothing else.", "Nada mais.")} - set(data.dev)
    assert read_data(configure(dev="", corpora=(first, str(more)))).dev == data.dev
    assert read_data(configure(dev="", seed=4)).dev != data.dev
    run = opened(configure(dev="", steps=1))
    list(run.loop.run())
    with pytest.raises(UsageError, match="pairs held out changed since the run"):
        opened(configure(steps=1))
    with pytest.raises(UsageError, match=r"replay was 0\.3, now 0\.5"):
        opened(configure(dev="", steps=1, replay=0.5))
    few = write(tmp_path / "few.tsv", PAIRS[:9])
    with pytest.raises(UsageError, match="few is too small to hold pairs out"):
        read_data(configure(dev="", corpora=(str(few),)))
    same = write(tmp_path / "same.tsv", data.dev)
    with pytest.raises(UsageError, match="every pair of same shares a sentence with") as caught:
        read_data(configure(dev="", corpora=(first, str(same))))
    assert caught.value.hint == "leave same out, or add --dev FILE"


def test_replay_has_its_share_of_an_epoch(configure: Callable[..., TrainConfig]) -> None:
    data = read_data(configure(replay=0.25))
    domain, replay = data.corpora
    assert replay.name == "replay"
    assert replay.weight * len(replay.pairs) == pytest.approx(len(domain.pairs) / 3)
    assert len(data.digests) == 3  # with that of the pairs held out, of which there are none


words = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"])


@given(st.lists(st.tuples(words, words), min_size=1, max_size=30), st.integers(1, 12), st.integers(0, 5))
def test_no_sentence_stands_on_both_sides(texts: list[tuple[str, str]], count: int, seed: int) -> None:
    pairs = [Pair(en.upper(), f"{pt}.") for en, pt in texts]
    kept, held = hold_out(pairs, count, seed)
    assert Counter(kept) + Counter(held) == Counter(pairs)
    assert len(held) <= count
    assert without_sentences_of(kept, held) == kept


def test_a_blend_by_hand() -> None:
    base, tuned = {"w": torch.tensor([1.0, 4.0])}, {"w": torch.tensor([3.0, 0.0])}
    assert blend(base, tuned, 0.25)["w"].tolist() == [1.5, 3.0]
    assert torch.equal(blend(base, tuned, 1.0)["w"], tuned["w"])


def int8_bleu(model: Path, tmp_path: Path) -> list[float]:
    """BLEU of a model on the four sentences it learned, through the fast engine in int8, in both directions."""
    copy = shutil.copytree(model / "best", tmp_path / "int8")
    add_engine(copy, "int8")
    translator = Translator.load(copy)
    en, pt = SENTENCES[::2], SENTENCES[1::2]
    found = translator.translate_batch(en, "en-pt"), translator.translate_batch(pt, "pt-en")
    return [bleu([t.target for t in told], references) for told, references in zip(found, (pt, en), strict=True)]


def test_what_was_gained_and_lost(
    configure: Callable[..., TrainConfig], corpus: Path, trained: Path, tmp_path: Path
) -> None:
    """The base knows the general set by heart; six wild steps on digits spoil that, and a blend of both mends it."""
    config = configure(retain=str(corpus), muon_lr=0.3, adam_lr=0.1, ema=0.0, eval_every=99)
    run = open_run(config, read_data(config), dev_scorer)
    list(run.loop.run())
    tuned = load_checkpoint(run.folder / "best").model.state_dict()
    found = adapt(run, shares=(0.0, 1.0))
    general = [change for change in found.changes if not change.domain]
    assert [(c.direction, c.sentences) for c in general] == [("en-pt", 4), ("pt-en", 4)]
    assert [change.before for change in general] == [pytest.approx(score) for score in int8_bleu(trained, tmp_path)]
    assert all(change.before > 80 for change in general)
    best = load_checkpoint(run.folder / "best")
    assert run.base is not None
    start = base_weights(run.base, run.shape.vocab_size)
    assert found.share in (0.0, 1.0)
    assert found.tried[found.share] == max(found.tried.values())
    expected = blend(start, tuned, found.share)["embedding.weight"]
    assert torch.allclose(best.model.state_dict()["embedding.weight"], expected, atol=1e-2)
    assert best.info["share_tuned"] == found.share
    assert best.info["base"]["name"] == config.base
    assert Translator.load(run.folder).engine == "ctranslate2"
    again = adapt(run, shares=(0.0, 1.0))  # what was blended is not blended a second time
    assert again.changes == found.changes
    assert again.share == found.share


def test_the_gains_are_means() -> None:
    changes = [
        Change(True, "en-pt", 9, 10.0, 14.0),
        Change(True, "pt-en", 9, 20.0, 22.0),
        Change(False, "en-pt", 9, 5.0, 4.0),
    ]
    found = Adaptation(changes, 1.0, {1.0: 13.0}, 0.5)
    assert found.gain(domain=True) == 3
    assert found.gain(domain=False) == -1
    console = Console(width=80, color_system=None, file=StringIO())
    found = replace(found, share=0.25, tried={0.25: 13.0, 1.0: 9.04})
    console.print(adaptation_table(found, "en-pt", "held out of manuals", "corpus/dev.tsv"))
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "dev BLEU          sentences  before  after  change",
        "in domain  en→pt          9    10.0   14.0    +4.0",
        "           pt→en          9    20.0   22.0    +2.0",
        "retained   en→pt          9     5.0    4.0    -1.0",
        "before: en-pt, after: fine-tuned from it",
        "in domain: held out of manuals",
        "retained: corpus/dev.tsv",
        "mean change: +3.0 in domain, -1.0 retained; 0.5 minutes of training",
        "kept: 25% of the fine-tuned weights, 75% of the base's",
        "mean BLEU by share: 25% 13.0, 100% 9.0",
    ]


def test_on_the_command_line(
    run: Callable[..., tuple[int, str, str]], trained: Path, corpus: Path, tmp_path: Path
) -> None:
    domain = write(tmp_path / "domain.tsv", PAIRS)
    argv = ["train", str(domain), "--from", str(trained), "--retain", str(corpus), "--out", str(tmp_path / "tuned")]
    argv += ["--steps", "2", "--threads", "1", "--precision", "float32", "--eval-sentences", "2"]
    code, out, err = run(*argv, "--preset", "tiny")
    assert code == 2
    assert "leave out --preset and --vocab-size" in err
    code, out, err = run(*argv)
    assert code == 0, err
    assert "held out of domain, 2 pairs" in out
    table = out[out.index("dev BLEU") :]
    assert [line.split()[0] for line in table.splitlines()[1:5]] == ["in", "pt→en", "retained", "pt→en"]
    assert "in domain: held out of domain" in table
    records = [json.loads(line) for line in (tmp_path / "tuned" / "log.jsonl").read_text("utf-8").splitlines()]
    assert records[-1]["kind"] == "adapted"
    assert len(records[-1]["changes"]) == 4
    code, _, err = run("train", str(domain), "--config", str(tmp_path / "tuned" / "config.toml"))
    assert code == 0, err  # the settings in force are enough to go on
