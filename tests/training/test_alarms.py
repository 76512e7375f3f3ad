"""Signs of a training gone wrong: each is raised by its fault, once, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from examples import SENTENCES

from translator.config import TrainConfig
from translator.corpus.batches import Example, collate
from translator.evaluation.dev import dev_scorer
from translator.text.subwords import Subwords
from translator.training import alarms
from translator.training.alarms import Alarm, Alarms, Vitals, byte_share, right_and_wrong
from translator.training.data import read_data
from translator.training.records import Evaluated
from translator.training.run import open_run

WELL = Vitals(
    step=900, done=0.5, train_nll=2.0, dev_nll=2.5, right_nll=2.4, wrong_nll=5.0, distinct=0.9, length_ratio=1.0
)


@pytest.mark.parametrize(
    ("fault", "sign"),
    [
        ({"distinct": 0.1}, "one answer"),
        ({"wrong_nll": 2.45}, "source ignored"),
        ({"length_ratio": 0.4}, "lengths"),
        ({"length_ratio": 2.4}, "lengths"),
        ({"clipped": 1.0}, "always clipped"),
    ],
)
def test_each_fault_has_its_sign_told_once(fault: dict[str, float], sign: str) -> None:
    watching = Alarms()
    assert watching.look(WELL) == []
    ill = replace(WELL, **fault)  # type: ignore[arg-type]
    [alarm] = watching.look(ill)
    assert (alarm.step, alarm.sign) == (900, sign)
    assert alarm.advice
    assert watching.look(ill) == []
    assert watching.look(WELL) == []
    assert [alarm.sign for alarm in watching.look(ill)] == [sign]
    assert Alarms().look(replace(ill, done=0.1)) == []  # it has only begun
    assert [alarm.sign for alarm in Alarms().look(replace(ill, done=0.1, step=5_000))] == [sign]


def test_overfitting_is_a_dev_loss_that_rises_twice_while_training_goes_on_falling() -> None:
    def told(*losses: tuple[float, float]) -> list[str]:
        watching = Alarms()
        looked = [watching.look(replace(WELL, train_nll=train, dev_nll=dev)) for train, dev in losses]
        return [alarm.sign for found in looked for alarm in found]

    assert told((2.0, 2.5), (1.5, 2.7), (1.2, 2.9)) == ["overfitting"]
    assert told((2.0, 2.5), (1.5, 2.7), (1.2, 2.4)) == []
    assert told((2.0, 2.5), (2.2, 2.7), (2.4, 2.9)) == []  # both rise: another illness
    assert told((2.0, 2.5), (1.5, 2.52), (1.2, 2.53)) == []


def test_letters_that_the_vocabulary_does_not_know(subwords: Subwords) -> None:
    assert byte_share(subwords, SENTENCES) == 0
    assert byte_share(subwords, ["пчела"]) > 0.5
    assert [alarm.sign for alarm in Alarms(byte_share=0.2).look(replace(WELL, step=0, done=0.0))] == ["unknown letters"]


def test_wrong_sources_are_those_of_other_sentences() -> None:
    batches = [collate([Example([5, 10 + n, 3], [20 + n, 3]) for n in range(size)]) for size in (1, 2, 3)]
    batches.append(collate([Example([5, 9, 3], [8, 3]), Example([5, 9, 9, 3], [7, 7, 3])]))
    right, wrong = right_and_wrong(batches)
    assert [len(batch.source) for batch in right] == [2, 3, 2]
    for one, other in zip(right, wrong, strict=True):
        assert torch.equal(one.target_out, other.target_out)
        assert not (one.source == other.source).all(dim=1).any()
    both = collate([Example([4 + n % 2, 10 + n, 3], [20, 3]) for n in range(4)])
    _, [wrong_way] = right_and_wrong([both])
    assert wrong_way.source.tolist() == [[4, 12, 3], [5, 13, 3], [4, 10, 3], [5, 11, 3]]
    mask = wrong[-1].source_mask
    assert mask is not None
    assert torch.equal(mask, wrong[-1].source != 0)


def alarms_of(folder: Path, pairs: list[tuple[str, str]]) -> tuple[set[str], list[Evaluated]]:
    """What a training on ``pairs``, measured on the same, raises."""
    path = folder / "pairs.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in pairs), "utf-8")
    config = TrainConfig(
        corpora=(str(path),), dev=str(path), out=str(folder / "run"), preset="tiny", vocab_size=420, steps=60,
        dropout=0.0, label_smoothing=0.0, warmup_steps=5, ema=0.8, eval_every=20, batch_tokens=600, precision="float32",
        threads=1, device="cpu", slots=0.0,
    )  # fmt: skip
    run = open_run(config, read_data(config), dev_scorer)
    told = list(run.loop.run())
    return {r.sign for r in told if isinstance(r, Alarm)}, [r for r in told if isinstance(r, Evaluated)]


def test_a_corpus_of_one_answer_raises_alarms_and_a_sound_one_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "_LEAST_STEPS", 20)
    nouns = ["boat", "bee", "dog", "hen", "cat", "cow"]
    translations = dict(zip(nouns, ["barco", "abelha", "cachorro", "galinha", "gato", "vaca"], strict=True))
    sound = [(f"{n} {noun}", f"{n} {translations[noun]}") for noun in nouns for n in range(3)]
    for name, pairs in (("sound", sound), ("ill", [(en, "O mel é bom.") for en, _ in sound])):
        (tmp_path / name).mkdir()
        signs, evaluated = alarms_of(tmp_path / name, [(en, pt) for en, pt in pairs])
        assert ("source ignored" in signs) == (name == "ill"), (name, signs)
        if name == "sound":
            assert signs == set()
            first, last = evaluated[0].scores.attention[0], evaluated[-1].scores.attention[0]
            assert first.target == last.target
            assert all(sum(row) == pytest.approx(1, abs=0.01) for row in last.weights)
            assert evaluated[-1].scores.distinct == 1.0
