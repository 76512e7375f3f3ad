"""Test sets of every format, several references, and mistakes named by line; slices of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.corpus.pairs import Pair
from translator.errors import InputError
from translator.evaluation import scores
from translator.evaluation.slices import SLICES, changed, score_slices
from translator.evaluation.testset import EvalSet, check_hypotheses, check_language, read_set

EN, PT = ["The boat is old.", "We have 27 goats."], ["O barco é velho.", "Temos 27 cabras."]
TWO = "".join(f"{en}\t{pt}\tOutra {k}.\n" for k, (en, pt) in enumerate(zip(EN, PT, strict=True)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "two.tsv").write_text(TWO, "utf-8")
    (tmp_path / "m.en").write_text("\n".join(EN) + "\n", "utf-8")
    (tmp_path / "m.pt").write_text("\n".join(PT) + "\n", "utf-8")
    (tmp_path / "j.jsonl").write_text('{"en": "The boat is old.", "pt": "O barco é velho."}\n', "utf-8")
    (tmp_path / "more.txt").write_text("Uma.\nDuas.\n", "utf-8")
    return tmp_path


def test_references_of_columns_and_files(folder: Path) -> None:
    over = read_set(folder / "two.tsv", "en-pt", [folder / "more.txt"])
    assert (over.sources, over.references) == (EN, [PT, ["Outra 0.", "Outra 1."], ["Uma.", "Duas."]])
    assert read_set(folder / "m", "pt-en").sources == PT
    assert read_set(folder / "j.jsonl", "en-pt").first(5).references == [PT[:1]]
    assert over.some([1]).references == [[PT[1]], ["Outra 1."], ["Duas."]]


def test_more_references_never_lose_and_are_in_the_signature() -> None:
    one, two = (scores.score_translations(PT, [EN, PT][k:]) for k in (1, 0))
    assert two[0].value >= one[0].value
    assert two[0].signature.startswith("nrefs:2|")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no sentence pair"),
        ("a\tb\nc\n", "line 2: 1 column, expected 2"),
        ("a\tb\tc\nd\te\n", "line 2: 2 columns, expected 3"),
        ("a\tb\nc\t \n", "line 2: the Portuguese side is empty"),
        ("a\tb\t\n", "line 1: the reference 2 is empty"),
    ],
)
def test_mistakes_are_named_by_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.tsv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        read_set(tmp_path / "bad.tsv", "en-pt")


def test_unequal_lengths_are_named_by_line(folder: Path) -> None:
    over = read_set(folder / "m", "en-pt")
    for lines, says in ((1, "line 2 is missing"), (3, "line 3 is the first too many"), (0, "has 0 lines")):
        with pytest.raises(InputError, match=says):
            check_hypotheses("hyp.txt", ["Um."] * lines, over)
    with pytest.raises(InputError, match="every line is empty"):
        check_hypotheses("hyp.txt", ["", " "], over)
    (folder / "gap.txt").write_text("Uma.\n\n", "utf-8")
    with pytest.raises(InputError, match=r"gap.txt, line 2: the reference is empty"):
        read_set(folder / "m", "en-pt", [folder / "gap.txt"])


def test_the_wrong_language_is_named_by_line() -> None:
    english, portuguese = "What did they say about the house?", "O que eles disseram sobre a casa?"
    sound = EvalSet("t.tsv", "en-pt", [english, english], [[portuguese, portuguese]], [3, 9])
    check_language(sound)
    wrong = EvalSet("t.tsv", "en-pt", sound.sources, [[portuguese, english]], [3, 9])
    with pytest.raises(InputError, match="line 9: the reference is English, where Portuguese is expected"):
        check_language(wrong)
    with pytest.raises(InputError, match=r"line 3 \(and 1 more\): the source is"):
        check_language(EvalSet("t.tsv", "pt-en", sound.sources, sound.references, [3, 9]))


SET = EvalSet("s", "pt-en", ["Lá está a Lúcia.", "Há 27 cães!"], [["There is Lúcia.", "There are 27 dogs!"]], [1, 2])


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("ALL CAPS", ["LÁ ESTÁ A LÚCIA.", "HÁ 27 CÃES!"]),
        ("Title Case", ["Lá Está a Lúcia.", "Há 27 Cães!"]),
        ("no final punctuation", ["Lá está a Lúcia", "Há 27 cães"]),
        ("no accents", ["La esta a Lucia.", "Ha 27 caes!"]),
    ],
)
def test_slices_by_hand(name: str, sources: list[str]) -> None:
    rows, pairs = changed(SET, SLICES[name])
    assert [pairs[rows.index(i)].en if i in rows else SET.sources[i] for i in (0, 1)] == sources


def test_slices_change_both_sides_alike_where_they_should() -> None:
    [row], [pair] = changed(SET, SLICES["numbers changed"])
    assert row == 1
    assert pair.en[3:5] == pair.pt[10:12] != "27"
    [row], [pair] = changed(SET, SLICES["foreign names"])
    assert row == 0
    assert "Lúcia" not in pair.en + pair.pt
    assert pair.en[10:-1] == pair.pt[9:-1]
    rows, pairs = changed(SET, SLICES["typos"])
    assert rows == [0, 1]
    assert [pair.pt for pair in pairs] == SET.references[0]


def test_a_perfect_translator_loses_nothing_but_by_what_it_cannot_see() -> None:
    known = {pair.en: pair.pt for change in SLICES.values() for pair in changed(SET, change)[1]}
    found = score_slices(SET, SET.references[0], lambda sources: [known[source] for source in sources])
    assert [s.name for s in found] == list(SLICES)
    assert all(s.before == s.after == pytest.approx(100) for s in found)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30), st.sampled_from(sorted(SLICES)))
def test_any_text_survives_any_slice(source: str, reference: str, name: str) -> None:
    over = EvalSet("any", "en-pt", [source], [[reference]], [1])
    assert changed(over, SLICES[name]) == changed(over, SLICES[name])  # drawn by the number of the sentence alone
    assert all(isinstance(pair, Pair) for pair in changed(over, SLICES[name])[1])


@pytest.mark.parametrize("references", [[PT], [EN, PT], [PT, EN, PT]])
def test_scores_are_sacrebleus_to_the_last_digit(references: list[list[str]]) -> None:
    hypotheses = [line.replace("a", "e") for line in PT] * 17
    given = [side * 17 for side in references]
    for ours in scores.score_translations(hypotheses, given, 200):
        metric = scores.metric_named(ours.name)
        theirs = metric.corpus_score(hypotheses, given, n_bootstrap=200)
        assert ours.value == theirs.score
        assert (ours.mean, ours.margin) == pytest.approx((theirs._mean, theirs._ci), abs=1e-4)
        assert str(metric.get_signature()).replace("bs:200|seed:12345|", "") == ours.signature


def test_many_lines_are_counted_by_several_processes_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    hypotheses, references = PT * 31, [EN * 31, PT * 31]
    alone = scores.score_translations(hypotheses, references, 70)
    monkeypatch.setattr(scores, "_MANY", 50)
    monkeypatch.setattr(scores, "cores", lambda: 2)
    assert scores.score_translations(hypotheses, references, 70) == alone
