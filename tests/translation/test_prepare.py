"""A line → sentences as the model reads them → the line again; and the second look at what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

from translator import SearchConfig, TranslateOptions, Translator
from translator.config import Numbers
from translator.errors import InputError, UsageError
from translator.model.folder import open_folder
from translator.search.hypothesis import Hypothesis
from translator.text.glossary import Glossary
from translator.text.slots import SLOTS
from translator.text.spans import find_spans
from translator.translation.again import is_label
from translator.translation.prepare import Prepared, check, finish, prepare, protect_more, repair


def prepared(text: str, keep: Sequence[str] = ()) -> list[Prepared]:
    return prepare(text, find_spans(text, keep=keep), SLOTS, lambda part: len(part) < 60).sentences


def test_a_sentence_goes_in_ordinary_and_comes_back_as_it_was() -> None:
    [one] = prepared("DO SEE www.a.com, ANA.", keep=["ana"])
    assert one.text == f"Do see {SLOTS[0]}, {SLOTS[1]}."
    assert one.source == "DO SEE www.a.com, ANA."
    assert finish(one, f"Veja {SLOTS[1]}, {SLOTS[0]}.") == "VEJA ANA, www.a.com."


def test_what_is_joined_to_a_word_is_read_apart_and_joined_again() -> None:
    text = "a **very old** boat"
    [one] = prepare(text, find_spans(text, extra=[(2, 4), (12, 14)]), SLOTS, lambda _: True).sentences
    assert one.text == f"A {SLOTS[0]} very old {SLOTS[1]} boat"
    assert one.source == text
    assert finish(one, f"Um barco {SLOTS[0]} muito velho {SLOTS[1]}.") == "um barco **muito velho**."


def test_what_has_no_words_is_copied() -> None:
    line = prepare(" 12:30 😀  Go on. ... 5 + 5!", [], SLOTS, lambda _: True)
    assert (line.before, [(s.text, s.after) for s in line.sentences]) == (" ", [("12:30 😀 Go on. ...", " 5 + 5!")])
    assert prepare("R$ 1.500,00", [], SLOTS, lambda _: True).sentences == []  # a price alone stays as it is
    alone = prepare("  😀 www.a.com \t", find_spans("  😀 www.a.com \t"), SLOTS, lambda _: True)
    assert (alone.before, alone.sentences) == ("  😀 www.a.com \t", [])


TEXT = st.lists(
    st.sampled_from(
        ["Go on.", "a@b.org", "12", "😀", " ", "\t", "Ana", "é", "...", "\ue001", "\U000f0003", "; so", "x y"]
    ),
    max_size=14,
).map(" ".join)


@given(TEXT)
def test_a_line_is_put_together_again(text: str) -> None:
    """With sentences left as they are, the line comes back, but for white space that a sentence folds inside."""
    line = prepare(text, find_spans(text), SLOTS, lambda part: len(part) < 30)
    again = line.before + "".join(finish(s, s.text) + s.after for s in line.sentences)
    assert again.casefold().split() == text.casefold().split()
    assert all(len(s.spans) <= len(SLOTS) for s in line.sentences)


def test_more_spans_than_slots_make_more_parts() -> None:
    text = "see " + " and ".join(f"f{n}.txt" for n in range(23))
    parts = prepared(text)
    assert len(parts) > 2
    assert sum(len(part.spans) for part in parts) == 23


def test_repair_by_hand() -> None:
    a, b = SLOTS[:2]
    [one] = prepared("x a@b.org or c@d.org.")
    assert repair(one, f"x {b} y {b}.") == f"x {b} y {a}."
    assert repair(one, f"x {a} {b} {SLOTS[5]}") == f"x {a} {b}"
    assert [p.kind for p in check(one, f"x {a}", "en-pt")] == ["lost"]
    assert check(one, f"x {a} {b}", "en-pt") == []


def test_numbers_apart() -> None:
    [one] = prepared("Ana has 12 hens, 3.5 kg, mail a@b.org.")
    apart = protect_more(one, SLOTS, "en-pt")
    assert apart is not None
    assert apart.text == f"Ana has {SLOTS[1]} hens, {SLOTS[2]} kg, mail {SLOTS[0]}."
    assert protect_more(one, SLOTS[:2], "en-pt") is None


@pytest.fixture(scope="module")
def translator(trained: Path) -> Translator:
    return Translator.load(trained)


class Scripted:
    """An engine that says what it is told to: the first search its first line, a wider one all lines."""

    name, max_length, precision = "scripted", 99, "float32"

    def __init__(self, translator: Translator, answer: Callable[[str], list[str]]) -> None:
        self.subwords = translator.subwords
        self.answer = answer
        self.asked: list[str] = []

    def search(self, sources: Sequence[Sequence[int]], config: SearchConfig, **_: object) -> list[list[Hypothesis]]:
        found = []
        for source in sources:
            text = self.subwords.decode(source)
            self.asked.append(text)
            lines = self.answer(text)[: config.n_best]
            found.append(
                [Hypothesis(self.subwords.encode(line), -1.0 - n, -1.0 - n, True) for n, line in enumerate(lines)]
            )
        return found

    def next_log_p(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> list[np.ndarray]:
        raise NotImplementedError

    def score(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[float]]:
        return [[-0.5] * (len(target) + 1) for target in targets]

    def attention(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[list[float]]]:
        return [self._attention(source, target) for source, target in zip(sources, targets, strict=True)]

    def _attention(self, source: Sequence[int], target: Sequence[int]) -> list[list[float]]:
        """Each piece looks at the source piece as far along as it is, the tag and the end left out."""
        S, T = len(source), len(target)
        return [[float(s == 1 + round(t * (S - 3) / max(1, T - 1))) for s in range(S)] for t in range(T)]

    def close(self) -> None: ...


def scripted(trained: Path, answer: Callable[[str], list[str]]) -> tuple[Translator, Scripted]:
    one = Translator(open_folder(trained))
    engine = Scripted(one, answer)
    one._engine = engine
    return one, engine


def test_a_sound_translation_of_a_wider_beam_is_taken(trained: Path) -> None:
    one, _ = scripted(trained, lambda _: ["mel mel mel", "mel e mel e mel e mel", "muito mel"])
    found = one.translate("honey and honey", "en-pt")
    assert (found.target, found.warnings) == ("muito mel", [])


@pytest.mark.parametrize("score", [-1.5, -2.5])
def test_a_lost_day_is_taken_from_a_wider_beam_that_is_as_likely(
    trained: Path, score: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, engine = scripted(trained, lambda _: [])

    def search(sources: Sequence[Sequence[int]], config: SearchConfig, **_: object) -> list[list[Hypothesis]]:
        found = [("bom mel", -1.0), ("bom mel amanhã", score)][: config.n_best]
        return [[Hypothesis(one.subwords.encode(text), s, s, True) for text, s in found] for _ in sources]

    monkeypatch.setattr(engine, "search", search)
    found = one.translate("good honey tomorrow", "en-pt")
    if score > -2:
        assert (found.target, found.warnings) == ("bom mel amanhã", [])
    else:
        assert found.target == "bom mel"
        assert found.warnings == ["a word of the source is not in the translation: tomorrow"]


def test_a_changed_number_is_searched_again_in_a_slot(trained: Path) -> None:
    one, engine = scripted(
        trained, lambda text: [text.replace("hens", "galinhas") if SLOTS[0] in text else "13 galinhas"]
    )
    found = one.translate("12 hens", "en-pt")
    assert (found.target, found.warnings) == ("12 galinhas", [])
    assert engine.asked == ["12 hens", "12 hens", f"{SLOTS[0]} hens"]


def test_what_cannot_be_mended_is_said(trained: Path) -> None:
    one, engine = scripted(trained, lambda _: ["mel mel mel"])
    found = one.translate("Honey and 2 boats", "en-pt")
    assert found.target == "mel mel mel"
    assert ["over and over" in w for w in found.warnings] == [False, True]
    assert one.translate("Go on", "en-pt", options=TranslateOptions(retry=False)).warnings != []
    assert len(engine.asked) == 4


def test_a_lost_span_is_put_back_and_said(trained: Path) -> None:
    one, _ = scripted(trained, lambda _: ["veja agora."])
    found = one.translate("see a@b.org now.", "en-pt")
    assert found.target == "veja agora a@b.org."
    assert any("a@b.org" in warning for warning in found.warnings)


def test_marks_go_where_the_words_inside_went(trained: Path) -> None:
    """The model reads the sentence without marks around words, as it translates worse with them; a link stays one."""
    one, engine = scripted(trained, lambda _: [f"Bom mel veja {SLOTS[2]}"])
    text = "**good** honey see a@b.org"
    found = one.translate_batch([text], "en-pt", protected=[[(0, 2), (6, 8)]])[0]
    assert (found.target, found.warnings) == ("**Bom** mel veja a@b.org", [])
    assert engine.asked == [f"good honey see {SLOTS[2]}"]
    one.translate_batch([text], "en-pt", protected=[[(0, 2), (6, 8)]], options=TranslateOptions(retry=False))
    assert engine.asked[1] == f"{SLOTS[0]} good {SLOTS[1]} honey see {SLOTS[2]}"


def test_a_glossary_and_kept_words_come_out_as_given(trained: Path) -> None:
    one, engine = scripted(trained, lambda text: [text])
    options = TranslateOptions(glossary=Glossary({"boat": "barco", "honey": "mel"}), keep=("Lua",))
    assert one.translate("Boats of lua and honey", "en-pt", options=options).target == "Barco of lua and mel"
    assert engine.asked[0] == f"{SLOTS[0]} of {SLOTS[1]} and {SLOTS[2]}"


@pytest.mark.parametrize(("numbers", "found"), [("convert", "1.234,5"), ("keep", "1,234.5"), ("auto", "99")])
def test_numbers_are_written_as_was_asked(trained: Path, numbers: Numbers, found: str) -> None:
    one, _ = scripted(trained, lambda text: [f"mel {SLOTS[0]}" if SLOTS[0] in text else "mel 99"])
    options = TranslateOptions(numbers=numbers, retry=False)
    assert one.translate("honey 1,234.5", "en-pt", options=options).target == f"mel {found}"


def test_a_late_hour_is_not_said_twice() -> None:
    [one] = prepared("veja às 21h")
    late = protect_more(one, SLOTS, "pt-en")
    assert late is not None
    assert finish(late, f"see it at {SLOTS[0]} pm") == "see it at 9 pm"


def test_a_word_alone_that_was_copied_is_read_without_its_capital(trained: Path) -> None:
    one, engine = scripted(trained, lambda text: ["casa" if text == "home" else text])
    assert one.translate("Home", "en-pt").target == "Casa"
    assert engine.asked == ["Home", "home", "home"]  # by a beam, and greedily


@pytest.mark.parametrize(
    ("text", "is_read_small"),
    [
        ("Chair", True), ("Red chair", True), ("Tea, honey and milk", True), ("CHAIRS", True), ("Exit!", True),
        ("Rose", True), ("March", False), ("The chair is red.", False), ("Red Chair", False), ("Go on, London", False),
        ("Milk and honey from here", False), ("red chair", False),
    ],
)  # fmt: skip
def test_labels_are_read_in_small_letters_too(text: str, is_read_small: bool) -> None:
    assert is_label(prepared(text)[0]) is is_read_small


def test_dashes_come_back_as_they_were() -> None:
    [one] = prepare("The boat—the big one—left.", [], SLOTS, lambda _: True, "en-pt").sentences
    assert one.text == "The boat - the big one - left."
    assert finish(one, "O barco - o grande - partiu.") == "O barco — o grande — partiu."
    [one] = prepare("‘Don’t go!’ she said.", [], SLOTS, lambda _: True, "en-pt").sentences
    assert one.text == '"Don\'t go!" she said.'


def test_of_two_faults_one_may_be_mended(trained: Path) -> None:
    one, _ = scripted(trained, lambda text: [f"honey {SLOTS[0]} boats" if SLOTS[0] in text else "honey XIII boats"])
    found = one.translate("honey XII boats", "en-pt")
    assert found.target == "honey XII boats"
    assert found.segments[0].problems


def test_a_model_without_slots_says_so(trained: Path) -> None:
    one, _ = scripted(trained, lambda text: [text])
    one.subwords.slots = ()
    assert one.translate("see a@b.org now", "en-pt").segments[0].spans == {}
    with pytest.raises(UsageError, match="slots"):
        one.translate("a b", "en-pt", options=TranslateOptions(keep=("a",)))


def test_ranges_given_by_the_caller_are_protected(trained: Path) -> None:
    one, engine = scripted(trained, lambda text: [text])
    found = one.translate_batch(["see [this](that) now"], "en-pt", protected=[[(9, 16)]])[0]
    assert engine.asked[0] == f"See [this {SLOTS[0]} now"
    assert found.target == "see [this](that) now"


def test_a_prefix_is_kept_and_counts(translator: Translator) -> None:
    en, pt = SENTENCES[0], SENTENCES[1]
    begun = " ".join(pt.split()[:2])
    for config in (SearchConfig(beam=1), SearchConfig(beam=3), SearchConfig(sample=True, temperature=0.01)):
        found = translator.translate(en, "en-pt", config, TranslateOptions(prefix=begun))
        assert found.target == pt
        plain = translator.translate(en, "en-pt", SearchConfig(beam=3))
        assert found.score == pytest.approx(plain.score, abs=1e-3)
    other = translator.translate(en, "en-pt", None, TranslateOptions(prefix="mel mel"))
    assert other.target.startswith("mel mel")


def test_samples_depend_on_the_seed_and_nothing_else(translator: Translator) -> None:
    config = SearchConfig(beam=4, n_best=4, sample=True, temperature=2.0, seed=5)
    texts = ["honey boats", SENTENCES[2], "a bridge"]
    together = [t.alternatives for t in translator.translate_batch(texts, "en-pt", config)]
    assert together == [translator.translate(text, "en-pt", config).alternatives for text in texts]
    again = SearchConfig(beam=4, n_best=4, sample=True, temperature=2.0, seed=6)
    assert together != [t.alternatives for t in translator.translate_batch(texts, "en-pt", again)]
    cold = SearchConfig(sample=True, temperature=1e-3)
    greedy = SearchConfig(beam=1)
    unguarded = TranslateOptions(retry=False)

    def said(text: str, config: SearchConfig) -> str:
        return translator.translate(text, "en-pt", config, unguarded).target

    for text in texts:
        assert said(text, cold) == said(text, greedy)
    one_choice = SearchConfig(sample=True, temperature=3.0, top_k=1)
    assert said(texts[0], one_choice) == said(texts[0], greedy)


def test_alternatives_begin_alike_and_then_differ(translator: Translator) -> None:
    segment = translator.translate(SENTENCES[2], "en-pt").segments[0]
    words = [w.text for w in translator.subwords.words(segment.hypotheses[0].ids)]
    found = translator.alternatives(segment, words[2].upper(), count=3)
    assert len(found) == 3
    assert [a.probability for a in found] == sorted((a.probability for a in found), reverse=True)
    start = translator.subwords.words(segment.hypotheses[0].ids)[2].start
    for other in found:
        assert other.hypothesis.ids[:start] == segment.hypotheses[0].ids[:start]
        assert other.hypothesis.ids[start] != segment.hypotheses[0].ids[start]
    with pytest.raises(InputError, match="no-such"):
        translator.alternatives(segment, "no-such")


def test_confidence_is_told_when_asked_for(translator: Translator) -> None:
    plain = translator.translate(SENTENCES[0], "en-pt")
    assert (plain.confidence, plain.segments[0].words) == (None, None)
    found = translator.translate(SENTENCES[0], "en-pt", None, TranslateOptions(confidence=True))
    babble = translator.translate("bridge x 9 honey q", "en-pt", None, TranslateOptions(confidence=True))
    assert found.confidence is not None
    assert babble.confidence is not None
    assert 0 <= babble.confidence < found.confidence <= 1
    words = found.segments[0].words or []
    assert [w.text for w in words] == [w.text for w in translator.subwords.words(found.segments[0].hypotheses[0].ids)]
    assert translator.translate("...", options=TranslateOptions(confidence=True)).confidence is None


def test_the_probability_of_each_piece(translator: Translator) -> None:
    segment = translator.translate(SENTENCES[4], "en-pt").segments[0]
    hypothesis = segment.hypotheses[0]
    [told] = translator._engine.score([segment.source_ids], [hypothesis.ids])
    assert len(told) == len(hypothesis.ids) + 1
    assert sum(told) == pytest.approx(hypothesis.log_p, abs=1e-3)
    for place in (0, 2, len(hypothesis.ids) - 1):
        [log_p] = translator._engine.next_log_p([segment.source_ids], [hypothesis.ids[:place]])
        assert np.exp(log_p.astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)
        assert log_p[hypothesis.ids[place]] == pytest.approx(told[place], abs=1e-4)


def test_a_context_manager_gives_the_engine_back(trained: Path) -> None:
    with Translator.load(trained) as one:
        assert one.translate(SENTENCES[0], "en-pt").target == SENTENCES[1]


@pytest.mark.parametrize(
    ("source", "said", "finished"),
    [
        ("fui", "i went", "I went"),
        ("eu acho", "so i'm told, i think", "so I'm told, I think"),
        ("x e i", "x and i", "x and i"),
    ],
)
def test_the_english_pronoun_is_large_unless_the_source_has_the_letter(source: str, said: str, finished: str) -> None:
    one = prepare(source, [], SLOTS, lambda _: True, "pt-en").sentences[0]
    assert finish(one, said) == finished
