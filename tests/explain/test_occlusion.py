"""Leaving source words out: the same as reading the sentence without them; ranks compared by hand."""

from __future__ import annotations

import numpy as np
import pytest
from examples import SENTENCES

from translator.explain.lens import next_piece
from translator.explain.occlusion import rank_correlation, without_each_word
from translator.explain.reading import read
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords, Word

EN, PT = SENTENCES[0], SENTENCES[1]


def test_leaving_a_word_out_is_reading_the_sentence_without_it(model: Transformer, subwords: Subwords) -> None:
    source, target = subwords.source(EN, "en-pt"), subwords.encode(PT)
    prefix, chosen = target[:5], target[5]
    words = [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(source[1:-1])]
    whole = next_piece(read(model, subwords, source, prefix)).probabilities()[chosen]
    found = without_each_word(model, source, prefix, chosen, words)
    assert [one.word for one in found] == words
    for one in found:
        rest = [i for k, i in enumerate(source) if not one.word.start <= k < one.word.stop]
        p = next_piece(read(model, subwords, rest, prefix)).probabilities()[chosen]
        assert one.p == pytest.approx(p, rel=1e-4)
        assert one.log_ratio == pytest.approx(np.log(whole / p), abs=1e-4)
    assert len({round(one.log_ratio, 6) for one in found}) > 1
    assert without_each_word(model, source, prefix, chosen, [Word("", 1, 1)])[0].log_ratio == 0


def test_rank_correlation_by_hand() -> None:
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 400]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 2, 3], [1, 3, 2]) == pytest.approx(0.5)
    # ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 · 5)
    assert rank_correlation([0, 7, 7, 9], [1, 2, 3, 4]) == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert rank_correlation([1, 2], [1, 2]) is None
    assert rank_correlation([5, 5, 5], [1, 2, 3]) is None
