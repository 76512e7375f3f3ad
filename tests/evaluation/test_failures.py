"""Known answers: hallucinations, omissions and copies planted among 200 sound translations are found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from translator import Translator
from translator.config import Direction
from translator.corpus.pairs import read_pairs
from translator.evaluation.calibration import reliability
from translator.evaluation.failures import Signs, failures, judge, links_line, suspect_kinds
from translator.evaluation.testset import EvalSet
from translator.explain.align import Alignment
from translator.explain.links import Link
from translator.files import corpus_file

KINDS = ("hallucination", "omission", "copy")
EACH = 20


@pytest.fixture(scope="module")
def shipped() -> Iterator[Translator]:
    with Translator.load("en-pt") as translator:
        yield translator


def planted(translator: Translator, direction: Direction) -> tuple[EvalSet, list[str], dict[str, set[int]]]:
    """200 sources, translations of which 60 are spoilt, and which of them how: what was put in place of a part of the
    source is made up, and that part is missing."""
    pairs = [pair for name in ("test", "dev") for pair in read_pairs(corpus_file(name)) if len(pair.en.split()) > 4][
        :200
    ]
    sides = [[pair[k] for pair in pairs] for k in ((0, 1) if direction == "en-pt" else (1, 0))]
    over = EvalSet("planted", direction, sides[0], [sides[1]], list(range(1, 201)))
    sound = [translation.target for translation in translator.translate_batch(over.sources, direction)]
    order = list(range(200))
    random.Random(7).shuffle(order)
    spoilt, truth = list(sound), {kind: set[int]() for kind in KINDS}
    for n, i in enumerate(order[: 3 * EACH]):
        kind, way = KINDS[n // EACH], n % 3
        truth[kind].add(i)
        if kind == "hallucination" and way != 1:
            truth["omission"].add(i)
        spoilt[i] = _spoilt(kind, way, over.sources[i], sound[i], sound[order[3 * EACH + n]])
    return over, spoilt, truth


def _spoilt(kind: str, way: int, source: str, sound: str, other: str) -> str:
    words, cut = sound.split(), max(2, len(sound.split()) * 2 // 5)
    if kind == "copy":
        return source if way else " ".join([*words[:1], *source.split()[1:]])
    if kind == "omission":
        third = len(words) // 3
        kept = [words[:-cut], words[cut:], words[:third] + words[third + cut :]][way]
        return " ".join(kept)
    mixed = [*words[: len(words) // 2], *other.split()[len(other.split()) // 2 :]]
    return [other, f"{sound} {other}", " ".join(mixed)][way]


@pytest.mark.parametrize("direction", ["en-pt", "pt-en"])
def test_what_was_planted_is_found(shipped: Translator, direction: Direction) -> None:
    over, spoilt, truth = planted(shipped, direction)
    found = failures(shipped, over, spoilt, own=False)
    for kinds in (*((kind,) for kind in KINDS), KINDS):  # each for what it is, and all together
        there = set().union(*(truth[kind] for kind in kinds))
        suspected = {s.number - 1 for s in found.suspects if s.kind in kinds}
        assert len(there & suspected) / len(there) >= 0.9, kinds
        assert len(there & suspected) / len(suspected) >= 0.7, kinds
    assert all(worst.links or not worst.hypothesis for worst in found.worst)


def test_the_model_is_asked_how_sure_it_was_of_its_own_words(shipped: Translator) -> None:
    over = EvalSet("two", "en-pt", ["I am happy.", ""], [["Estou feliz.", "Nada."]], [1, 2])
    found = failures(shipped, over, ["Estou feliz.", ""], own=True)
    assert found.reliability is not None
    assert sum(found.reliability.counts) == 2
    assert found.counts == {"omission": 1}
    assert failures(shipped, over, ["Estou feliz.", ""], own=False).reliability is None


def test_text_alone_tells_of_numbers_repetition_and_words_left_as_they_were(shipped: Translator) -> None:
    sources = ["There are 17 boats.", "The dog sleeps.", "We saw the lighthouse.", "The dog sleeps on Sunday."]
    hypotheses = ["Há 71 barcos.", "O cão dorme dorme dorme dorme.", "Vimos o lighthouse.", "O cão dorme."]
    over = EvalSet("four", "en-pt", sources, [hypotheses], [1, 2, 3, 4])
    found = {(s.number, s.kind): s.evidence for s in failures(shipped, over, hypotheses, own=False).suspects}
    assert {(1, "numbers"), (2, "repetition"), (3, "untranslated")} <= found.keys()
    assert found[4, "omission"] == "a word of the source is not in the translation: Sunday"


def test_a_pair_too_long_to_read_gets_no_signs(shipped: Translator) -> None:
    long = "boat " * 700
    signs = list(judge(shipped, [long, "A boat."], ["barco", "Um barco."], "en-pt"))
    assert signs[0] is None
    assert signs[1] is not None
    assert signs[1].ratio == 1


def test_the_signs_by_hand() -> None:
    alignment = Alignment(["a", "b", "c"], ["x", "y"], "en-pt", [Link(0, 1, 0.9)])
    assert links_line(alignment) == "a→y · b c→∅ · ∅→x"
    sound = Signs(-0.3, 0.0, 0.0, 0.0, 1.0, alignment, [])
    assert suspect_kinds("a b c", "x y z", sound) == {}
    assert list(suspect_kinds("a b c", "a b c", replace(sound, log_p=-4.0))) == ["copy"]
    made_up = replace(sound, log_p=-4.0, strange=0.5, unexplained=0.5)
    assert list(suspect_kinds("a b c", "x y z", made_up)) == ["hallucination", "omission"]
    lost = suspect_kinds("a b c", "x", replace(sound, log_p=-1.5, unexplained=0.3, unlinked=0.3, missing=["c"]))
    assert lost == {"omission": "no counterpart of: c"}


def test_reliability_by_hand() -> None:
    told = reliability([0.1, 0.15, 0.95], [0, 1, 1])
    assert told.counts == [2, 1]
    assert told.told == pytest.approx([0.125, 0.95])
    assert told.true == [0.5, 1.0]
    assert told.error == pytest.approx((2 * 0.375 + 0.05) / 3)
