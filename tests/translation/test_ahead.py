"""Calls made one ahead of their results, and an engine loaded ahead of its program."""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from examples import SENTENCES

from translator.errors import CheckpointError, InputError
from translator.model.checkpoint import add_engine
from translator.search import native
from translator.translation import TranslateOptions, Translator
from translator.translation.ahead import one_ahead


def test_results_come_in_order_though_a_later_call_ends_first() -> None:
    ended = threading.Event()

    def first() -> str:
        assert ended.wait(timeout=30)  # it could not end, were the second not under way
        return "first"

    def second() -> str:
        ended.set()
        return "second"

    assert list(one_ahead([first, second, lambda: "third", lambda: "fourth"])) == ["first", "second", "third", "fourth"]


def test_what_a_call_raises_comes_in_its_turn() -> None:
    def fails() -> str:
        raise InputError("line 2 is wrong", "mend it")

    results = one_ahead([lambda: "good", fails, lambda: "after"])
    assert next(results) == "good"
    with pytest.raises(InputError, match="line 2"):
        next(results)


def test_what_taking_a_call_raises_comes_after_the_results_before_it() -> None:
    def calls() -> Iterator[Callable[[], str]]:
        yield lambda: "line 1"
        yield lambda: "line 2"
        raise InputError("line 3 is not UTF-8", "convert it")

    results = one_ahead(calls())
    assert [next(results), next(results)] == ["line 1", "line 2"]
    with pytest.raises(InputError, match="line 3"):
        next(results)


def test_few_calls_are_taken_before_their_turn() -> None:
    taken: list[int] = []

    def calls() -> Iterator[Callable[[], int]]:
        for number in range(11):
            taken.append(number)
            yield lambda number=number: number  # type: ignore[misc]

    results = one_ahead(calls())
    assert next(results) == 0
    assert len(taken) == 3
    assert list(results) == list(range(1, 11))


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ahead") / "model"
    shutil.copytree(trained / "best", folder)
    add_engine(folder, "int8")
    return folder


def test_a_model_that_was_begun_is_taken_once(exported: Path) -> None:
    native.begin_loading(str(exported))
    begun = native._begun
    translator = Translator.load(exported)
    assert begun is not None
    assert vars(translator._engine)["_translator"] is begun.translator
    assert translator.translate(SENTENCES[0]).target == SENTENCES[1]
    assert native.loaded(exported / "ctranslate2") is None


@pytest.mark.parametrize("model", ["no-such-model", "."])
def test_a_model_that_cannot_be_begun_is_left_to_whoever_asks(exported: Path, model: str) -> None:
    native.begin_loading(model)
    assert Translator.load(exported).translate(SENTENCES[0]).target == SENTENCES[1]


def test_a_damaged_engine_is_refused_though_it_was_begun(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(exported, folder)
    file = folder / "ctranslate2" / "model.bin"
    data = bytearray(file.read_bytes())
    data[-40_000] ^= 1  # within the weights: it loads all the same
    file.write_bytes(data)
    native.begin_loading(str(folder))
    with pytest.raises(CheckpointError, match="damaged"):
        Translator.load(folder)


def test_without_scores_the_text_is_the_same(exported: Path) -> None:
    translator = Translator.load(exported)
    plain = translator.translate(SENTENCES[0], options=TranslateOptions(scores=False))
    full = translator.translate(SENTENCES[0])
    assert plain.target == full.target
    assert math.isnan(plain.score)
    assert full.score < 0
