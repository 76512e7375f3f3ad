"""The front door: text in, text out, on a model that has learned four pairs by heart."""

from __future__ import annotations

import shutil
from pathlib import Path
from unicodedata import category

import numpy as np
import pytest
from examples import SENTENCES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator import SearchConfig, TranslateOptions, Translator
from translator.errors import CheckpointError, UsageError
from translator.model.checkpoint import add_engine
from translator.text.normalise import normalise
from translator.text.subwords import Word

PAIRS = list(zip(SENTENCES[::2], SENTENCES[1::2], strict=True))


@pytest.fixture(scope="module")
def translator(trained: Path) -> Translator:
    return Translator.load(trained)


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize(("en", "pt"), PAIRS)
def test_it_translates_what_it_learned_both_ways(translator: Translator, en: str, pt: str, beam: int) -> None:
    config = SearchConfig(beam=beam)
    assert translator.translate(en, "en-pt", config).target == pt
    assert translator.translate(pt, "pt-en", config).target == en


@pytest.mark.parametrize(("en", "pt"), PAIRS)
def test_the_direction_is_detected(translator: Translator, en: str, pt: str) -> None:
    assert translator.translate(en).direction == "en-pt"
    assert translator.translate(pt).direction == "pt-en"


@pytest.mark.parametrize(("en", "pt"), PAIRS)
def test_capitals_change_neither_the_direction_nor_the_words(translator: Translator, en: str, pt: str) -> None:
    for text, direction in ((en, "en-pt"), (pt, "pt-en")):
        shouted = translator.translate(text.upper())
        assert shouted.direction == direction
        assert shouted.target.isupper()


def test_a_paragraph_keeps_its_sentences_and_its_white_space(translator: Translator) -> None:
    (en, pt), (en2, pt2), *_ = PAIRS
    assert translator.translate(f"  {en}   {en2} ", "en-pt").target == f"  {pt}   {pt2} "


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_blank_stays_blank(translator: Translator, blank: str) -> None:
    translation = translator.translate(blank)
    assert (translation.target, translation.segments, translation.warnings) == (blank, [], [])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from([*SENTENCES, "", " "]), st.text(max_size=12)), min_size=1, max_size=6))
def test_as_many_out_as_in_and_alone_as_in_a_batch(translator: Translator, lines: list[str]) -> None:
    config = SearchConfig(beam=2, max_ratio=1.0)
    together = [t.target for t in translator.translate_batch(lines, "en-pt", config)]
    assert together == [translator.translate(line, "en-pt", config).target for line in lines]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=20))
def test_no_control_character_comes_out(translator: Translator, text: str) -> None:
    target = translator.translate(text, "en-pt", SearchConfig(beam=1, max_ratio=0.5)).target
    assert all(c in "\t\n\u00a0" or (normalise(f"x{c}x") != "xx" and category(c) not in {"Cc", "Cs"}) for c in target)


def test_too_long_a_sentence_is_translated_in_parts_and_says_so(translator: Translator) -> None:
    en = PAIRS[0][0].removesuffix(".")
    text = "; ".join([en.lower()] * 20)
    assert len(translator.subwords.encode(text)) > translator.longest_source
    translation = translator.translate(text, "en-pt", SearchConfig(beam=1, max_ratio=0.5))
    assert len(translation.segments) > 1
    assert all(len(segment.source_ids) <= translator.longest_source for segment in translation.segments)
    assert " ".join(segment.source for segment in translation.segments) == text
    assert any("in parts" in warning for warning in translation.warnings)


def test_output_that_is_cut_off_says_so(translator: Translator) -> None:
    translation = translator.translate("q", "en-pt", SearchConfig(beam=1, max_ratio=1e-9))
    limit = 10
    assert len(translation.segments[0].hypotheses[0].ids) <= limit
    cut = not translation.segments[0].hypotheses[0].ended
    assert any("length limit" in warning for warning in translation.warnings) == cut


def test_n_best_are_ranked_and_different(translator: Translator) -> None:
    translation = translator.translate(PAIRS[1][0], "en-pt", SearchConfig(beam=4, n_best=3))
    assert len(translation.alternatives) == 3
    assert translation.alternatives[0] == translation.target
    scores = [h.score for h in translation.segments[0].hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert len({tuple(h.ids) for h in translation.segments[0].hypotheses}) == 3


def test_an_untrained_direction_is_refused(translator: Translator) -> None:
    translator.folder.info["directions"] = ["en-pt"]
    try:
        assert translator.direction_of(PAIRS[0][1]) == "en-pt"
        with pytest.raises(UsageError, match="not trained for pt-en"):
            translator.translate("olá", "pt-en")
    finally:
        translator.folder.info["directions"] = ["en-pt", "pt-en"]


def test_attention_is_of_the_translation_and_rows_sum_to_one(translator: Translator) -> None:
    en, pt = PAIRS[2]
    segment = translator.translate(en, "en-pt").segments[0]
    attention = translator.attention(segment)
    assert [word.text for word in attention.rows.words] == [
        *["Não", "achamos", "o", "guarda-chuva", ",", "então", "esperamos", "25", "minutos", ".", "</s>"]
    ]
    assert [word.text for word in attention.columns.words][:4] == ["<2pt>", "We", "couldn't", "find"]
    assert segment.target == pt
    layers, heads, rows, columns = attention.weights.shape
    assert (layers, heads) == (2, 4)
    assert (rows, columns) == (len(attention.rows.labels), len(attention.columns.labels))
    assert np.abs(attention.shares.sum(axis=-1) - 1).max() < 1e-6
    for layer, head in ((None, None), (0, None), (1, 3)):
        words = attention.words(layer, head)
        assert words.shape == (len(attention.rows.words), len(attention.columns.words))
        assert np.abs(words.sum(axis=1) - 1).max() < 1e-6


def longest(words: list[Word]) -> int:
    """The index of the word of most pieces."""
    return max(range(len(words)), key=lambda i: words[i].stop - words[i].start)


def test_word_weights_by_hand(translator: Translator) -> None:
    """A word's columns are summed over its pieces, its rows averaged."""
    attention = translator.attention(translator.translate(PAIRS[3][0], "en-pt").segments[0])
    word = longest(attention.columns.words)
    row = longest(attention.rows.words)
    column, line = attention.columns.words[word], attention.rows.words[row]
    assert column.stop - column.start > 1
    block = attention.shares[1, 2, line.start : line.stop, column.start : column.stop]
    assert attention.words(1, 2)[row, word] == pytest.approx(block.sum() / (line.stop - line.start))


@pytest.fixture(scope="module")
def fast(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """The same model in float32 on the fast engine."""
    folder = tmp_path_factory.mktemp("fast") / "model"
    shutil.copytree(trained / "best", folder)
    add_engine(folder, "float32")
    return Translator.load(folder)


def test_engines(fast: Translator, translator: Translator) -> None:
    assert (fast.engine, translator.engine) == ("ctranslate2", "torch")
    assert Translator.load(fast.folder.path, "torch").engine == "torch"
    with pytest.raises(CheckpointError, match="no model for the fast engine"):
        Translator.load(translator.folder.path, "ctranslate2")


@pytest.mark.parametrize("beam", [1, 4])
def test_both_engines_give_the_same_hypotheses(fast: Translator, translator: Translator, beam: int) -> None:
    """On sentences it knows and on ones it does not, which it only babbles about: there the beam matters."""
    texts = [*SENTENCES, "Honey and boats.", "A ponte velha", "25 lighthouse", "we sell him", "x", "não! não? não."]
    config = SearchConfig(beam=beam, n_best=beam)
    for direction in ("en-pt", "pt-en"):
        for ours, theirs in zip(
            translator.translate_batch(texts, direction, config),
            fast.translate_batch(texts, direction, config),
            strict=True,
        ):
            for a, b in zip(ours.segments, theirs.segments, strict=True):
                assert [h.ids for h in a.hypotheses] == [h.ids for h in b.hypotheses]
                assert [h.score for h in a.hypotheses] == pytest.approx([h.score for h in b.hypotheses], abs=1e-3)


def test_attention_of_the_fast_engine_is_read_from_the_same_weights(fast: Translator, translator: Translator) -> None:
    en = PAIRS[0][0]
    ours = translator.attention(translator.translate(en, "en-pt").segments[0])
    theirs = fast.attention(fast.translate(en, "en-pt").segments[0])
    assert np.array_equal(ours.weights, theirs.weights)


def test_a_damaged_engine_is_refused(fast: Translator, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(fast.folder.path, folder)
    weights = folder / "ctranslate2" / "model.bin"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="damaged"):
        Translator.load(folder)


def test_what_is_looked_at_again_does_not_depend_on_who_reads_scores() -> None:
    texts = ["Não posso não ir.", "Antigamente", "Arqueiro", "Acabei", "Eu não vi ninguém.", "O trem sai às 15h30."]
    with Translator.load() as translator:
        with_scores, without = (
            translator.translate_batch(texts, "pt-en", options=TranslateOptions(scores=scores))
            for scores in (True, False)
        )
    assert [one.target for one in without] == [one.target for one in with_scores]
    assert "not go" in without[0].target
