"""Confidence: the fit finds what the data was made by, and its error is measured where it was not fitted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from examples import SENTENCES

from translator import SearchConfig, TranslateOptions, Translator
from translator.commands.app import main
from translator.corpus.pairs import Pair
from translator.errors import InputError
from translator.evaluation.calibration import Observed, calibrate, fit, observe, reliability
from translator.text.subwords import Word
from translator.translation.confidence import FEATURES, features, word_confidences


def test_features_by_hand() -> None:
    log_ps = [-0.1, -0.2, -0.3, -1.0, -0.4]
    found = features(Word("x", 1, 3), log_ps)
    assert found == pytest.approx([1.0, -0.5, -1.0, -0.4, np.log(5)])
    assert len(found) == len(FEATURES)


def test_the_curve_by_hand() -> None:
    weights = (0.5, 1.0, 0.0, 0.0, 0.0)
    words = [Word("honey", 0, 1), Word(".", 1, 2)]
    told, sentence = word_confidences(words, [-0.5, -9.5, -1.0], weights)
    assert [w.confidence for w in told] == pytest.approx([0.5, 1 / (1 + np.exp(9.0))])
    assert sentence == 0.5  # the mark does not count beside a word


def test_the_fit_finds_the_weights() -> None:
    random = np.random.default_rng(7)
    x = np.column_stack([np.ones(20_000), random.normal(size=(20_000, 2))])
    true = np.array([0.4, 1.5, -0.7])
    right = random.random(20_000) < 1 / (1 + np.exp(-x @ true))
    assert fit(x, right) == pytest.approx(true, abs=0.08)


def test_expected_error_by_hand() -> None:
    told = np.array([0.1, 0.1, 0.1, 0.1, 0.95, 0.95])
    true = np.array([0, 0, 1, 1, 1, 0])
    assert reliability(told, true).error == pytest.approx(4 / 6 * 0.4 + 2 / 6 * 0.45)


def test_a_useful_feature_calibrates_and_a_useless_one_does_not_rank() -> None:
    random = np.random.default_rng(3)
    signal = random.normal(size=4_000)
    right = random.random(4_000) < 1 / (1 + np.exp(-2 * signal))
    sentence = np.repeat(np.arange(1_000), 4)
    ones = np.ones(4_000)
    good = calibrate(Observed(np.column_stack([ones, signal]), right, sentence))
    blind = calibrate(Observed(np.column_stack([ones, random.normal(size=4_000)]), right, sentence))
    assert good.word_error < 0.03
    assert good.rank_correlation > 0.4 > 0.1 > abs(blind.rank_correlation)
    with pytest.raises(InputError, match="enough"):
        calibrate(Observed(np.ones((3, 1)), np.array([True, False, True]), np.zeros(3, dtype=int)))


def test_words_are_right_as_often_as_they_stand_in_the_reference(trained: Path) -> None:
    translator = Translator.load(trained)
    en, pt = SENTENCES[0], SENTENCES[1]
    exact = observe(translator, [Pair(en, pt)], ["en-pt"], SearchConfig())
    assert exact.right.all()
    assert len(exact.right) == len(
        [w for w in translator.subwords.words(translator.subwords.encode(pt)) if w.text.isalpha()]
    )
    assert not observe(translator, [Pair(en, "zzz")], ["en-pt"], SearchConfig()).right.any()
    with pytest.raises(InputError, match="no word"):
        observe(translator, [Pair("...", "...")], ["en-pt"], SearchConfig())


def test_the_command_keeps_the_fit_in_the_model(
    trained: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(trained / "best", model)
    with pytest.raises(SystemExit) as ended:
        main(["calibrate", str(corpus), "--model", str(model), "--store", "--json"])
    assert ended.value.code in (0, None)
    told = json.loads(capsys.readouterr().out)
    kept = json.loads((model / "config.json").read_text())["info"]["confidence"]
    assert kept["weights"] == told["weights"]
    options = TranslateOptions(confidence=True)
    before, after = (Translator.load(place).translate("a bridge", "en-pt", None, options) for place in (trained, model))
    assert before.target == after.target
    assert before.confidence != after.confidence
