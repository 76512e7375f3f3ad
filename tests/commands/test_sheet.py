"""The spreadsheet, calculated again by two other programs: LibreOffice and the ``formulas`` package."""

from __future__ import annotations

import math
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from examples import SENTENCES
from spoken import left_in_english
from spreadsheets import (
    Values,
    by_formulas,
    by_libreoffice,
    matrix,
    needs_libreoffice,
    row_of,
    values_of,
    with_formula,
    without_cache,
)

from translator.commands.console import write_bytes
from translator.commands.pairs import SentencePair
from translator.commands.sheet.sheet import head_workbook, simple_workbook
from translator.draw.language import speak
from translator.errors import OutputError
from translator.explain.reading import Kind, exact, read
from translator.explain.simple import SimpleAttention
from translator.explain.stages import HeadStages, head_stages
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.translation import Translator

NEAR = 1e-5
LONG = "The old woman who lives near the river sells fresh fish every single morning."  # 14 words
# A text that a spreadsheet would like to calculate, and one that breaks XML.
FORMULA, TARGET = '=1+1 +2 -3 @SUM(A1) "honey" <&>', "=mel"


def about(source: str = FORMULA, target: str = TARGET) -> tuple[SentencePair, str]:
    return SentencePair(source, target, [], [], "en-pt", False), "tiny"


def head(model: Transformer, subwords: Subwords, kind: Kind, *, most: int = 400_000) -> tuple[HeadStages, bytes]:
    pair = subwords.source(FORMULA, "en-pt"), subwords.encode(TARGET)
    stages = head_stages(read(exact(model), subwords, *pair), kind, 1, 2)
    single = read(model, subwords, *pair).attention[kind]
    return stages, head_workbook(stages, single, *about(), most_weights=most)


def plain(model: Transformer, subwords: Subwords) -> tuple[SimpleAttention, bytes]:
    simple = SimpleAttention(model, subwords, subwords.encode(FORMULA), subwords.encode(TARGET))
    return simple, simple_workbook(simple, *about())


def check_head(values: Values, s: HeadStages) -> None:
    """Every stage in the sheet is the model's, and the sheet says so itself."""
    (T, S), E = s.weights.shape, s.q.shape[1]
    weights = matrix(values, "Attention", row_of(values, "Attention", "6  Softmax: the attention weights") + 3, T, S)
    np.testing.assert_allclose(weights, s.weights, atol=NEAR)
    for name, expected in {"Q": s.q, "K": s.k, "V": s.v, "Output": s.head_output}.items():
        np.testing.assert_allclose(matrix(values, name, 4, len(expected), E), expected, atol=NEAR, err_msg=name)
    if "Added!B4" in values:
        D = s.residual.shape[1]
        np.testing.assert_allclose(matrix(values, "Added", 4, T, D), s.contribution, atol=NEAR)
    says_yes(values)


def check_simple(values: Values, s: SimpleAttention) -> None:
    (T, S), D = s.weights.shape, s.q.shape[1]
    weights = matrix(values, "Attention", row_of(values, "Attention", "6  Softmax: the attention weights") + 3, T, S)
    np.testing.assert_allclose(weights, s.weights, atol=NEAR)
    np.testing.assert_allclose(matrix(values, "Output", 4, T, D), s.out, atol=NEAR)
    points = np.vstack([matrix(values, "Map", 5, S, 2), matrix(values, "Map", 5 + S + 2, T, 2)])
    np.testing.assert_allclose(points, np.vstack([s.k, s.q]) @ s.axes.T, atol=NEAR)
    says_yes(values)


def says_yes(values: Values) -> None:
    last = row_of(values, "Check", "every row of weights adds up to 1")
    far = {values[f"Check!A{row}"]: values[f"Check!C{row}"] for row in range(5, last + 1)}
    far.pop("weights, the model in float32", None)
    assert {name: value for name, value in far.items() if not abs(value) <= NEAR} == {}
    assert values[f"Check!B{last + 2}"] == "yes: every stage agrees"
    assert values[f"Guide!B{row_of(values, 'Guide', 'Agrees with the model')}"] == "yes: every stage agrees"


# What is done to a formula, and which head it is done in: no such sheet may pass.
WRONG = {
    "scale": ("*$B$5</f>", "*$B$5*1.001</f>"),
    "score": ("SUMPRODUCT(Q!$B$4:$O$4,K!$B$4:$O$4)", "SUMPRODUCT(Q!$B$4:$N$4,K!$B$4:$N$4)"),
    "softmax": ("SUM(Attention!", "MAX(Attention!"),
    "mask": ("-1E+30", "0"),
    "value": ("V!$B$4:$O", "K!$B$4:$O"),
    "bias": ("+W_Q!", "-W_Q!"),
}


@pytest.fixture(scope="module")
def lively(model: Transformer, subwords: Subwords) -> Transformer:
    """The small model with biases that are not 0, so that leaving one out is seen."""
    import torch
    from torch import nn

    other = Transformer(model.config).eval()
    other.load_state_dict(model.state_dict())
    torch.manual_seed(3)
    for name, parameter in other.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter, std=0.5)
    return other


def wrong(model: Transformer, subwords: Subwords, name: str) -> tuple[HeadStages, bytes]:
    """A spreadsheet with one formula changed."""
    stages, content = head(model, subwords, "decoder", most=0 if name != "bias" else 400_000)
    return stages, with_formula(content, *WRONG[name])


@pytest.fixture(scope="module")
def shipped() -> tuple[HeadStages, bytes, SimpleAttention, bytes]:
    """Spreadsheets of the shipped model on a sentence of 14 words."""
    translator = Translator.load()
    [segment] = translator.translate(LONG).segments
    model, subwords = translator.checkpoint.model, translator.subwords
    pair = segment.source_ids, segment.hypotheses[0].ids
    told = about(LONG, segment.target)
    stages = head_stages(read(exact(model), subwords, *pair), "cross", 0, 0)
    single = read(model, subwords, *pair).attention["cross"]
    simple = SimpleAttention(model, subwords, pair[0][1:-1], pair[1])
    return stages, head_workbook(stages, single, *told), simple, simple_workbook(simple, *told)


# LibreOffice starts once for all of these: a start takes seconds.
@pytest.fixture(scope="module")
def calculated(
    lively: Transformer,
    subwords: Subwords,
    shipped: tuple[HeadStages, bytes, SimpleAttention, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Values]:
    files = {kind: head(lively, subwords, kind)[1] for kind in ("cross", "encoder", "decoder")}
    files["projected"] = head(lively, subwords, "cross", most=0)[1]
    files["simple"] = plain(lively, subwords)[1]
    files["shipped"], files["shipped-simple"] = shipped[1], shipped[3]
    files |= {f"wrong-{name}": wrong(lively, subwords, name)[1] for name in WRONG}
    speak("pt")
    files |= {"portuguese": head(lively, subwords, "cross")[1], "portuguese-simple": plain(lively, subwords)[1]}
    speak(None)
    spoiled = {name: without_cache(content) for name, content in files.items()}
    made = by_libreoffice(spoiled, tmp_path_factory.mktemp("office"))
    return {name: values_of(content) for name, content in made.items()}


@needs_libreoffice
@pytest.mark.parametrize("kind", ["cross", "encoder", "decoder"])
def test_libreoffice_calculates_the_models_numbers(
    calculated: dict[str, Values], lively: Transformer, subwords: Subwords, kind: Kind
) -> None:
    check_head(calculated[kind], head(lively, subwords, kind)[0])


@needs_libreoffice
def test_libreoffice_calculates_it_in_portuguese(calculated: dict[str, Values]) -> None:
    for name in ("portuguese", "portuguese-simple"):
        values = calculated[name]
        agrees = values[f"Guia!B{row_of(values, 'Guia', 'De acordo com o modelo')}"]
        assert agrees == values[f"Conferência!B{row_of(values, 'Conferência', 'tudo')}"]
        assert agrees == "sim: todas as etapas conferem"


def test_it_speaks_portuguese(model: Transformer, subwords: Subwords) -> None:
    def said(_: str) -> str:
        books = [head(model, subwords, kind)[1] for kind in ("cross", "encoder", "decoder")]
        books += [head(model, subwords, "cross", most=0)[1], plain(model, subwords)[1]]
        cells = [cell for book in books for cell in values_of(book).items()]
        return " ".join(f"{place.partition('!')[0]} {value}" for place, value in cells)

    assert left_in_english(said, f"{FORMULA} {TARGET} tiny float32 mmult".casefold()) == ""


@needs_libreoffice
def test_libreoffice_from_q_k_and_v_alone(
    calculated: dict[str, Values], lively: Transformer, subwords: Subwords
) -> None:
    assert not [cell for cell in calculated["projected"] if cell.startswith(("W_", "X!", "Added!"))]
    check_head(calculated["projected"], head(lively, subwords, "cross")[0])


@needs_libreoffice
def test_libreoffice_calculates_the_simple_sheet(
    calculated: dict[str, Values], lively: Transformer, subwords: Subwords
) -> None:
    check_simple(calculated["simple"], plain(lively, subwords)[0])


@needs_libreoffice
def test_fourteen_words_in_the_shipped_model(
    calculated: dict[str, Values], shipped: tuple[HeadStages, bytes, SimpleAttention, bytes]
) -> None:
    check_head(calculated["shipped"], shipped[0])
    check_simple(calculated["shipped-simple"], shipped[2])


@needs_libreoffice
@pytest.mark.parametrize("name", WRONG)
def test_libreoffice_finds_a_wrong_formula(
    calculated: dict[str, Values], lively: Transformer, subwords: Subwords, name: str
) -> None:
    values = calculated[f"wrong-{name}"]
    last = row_of(values, "Check", "every row of weights adds up to 1")
    assert values[f"Check!B{last + 2}"] == "NO: see above"
    with pytest.raises(AssertionError):
        check_head(values, head(lively, subwords, "decoder")[0])


@needs_libreoffice
def test_a_comma_locale_reads_the_same_file(lively: Transformer, subwords: Subwords, tmp_path: Path) -> None:
    stages, content = head(lively, subwords, "cross")
    as_shown = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,true,false,false,10"  # sheet 10, UTF-8
    shown = by_libreoffice({"book": without_cache(content)}, tmp_path, "pt-BR", as_shown)
    lines = [line.split(";") for line in shown["book"].decode("utf-8").splitlines()]
    first = lines[[line[0] for line in lines].index("6  Softmax: the attention weights") + 3]
    assert first[1 : 1 + stages.weights.shape[1]] == [f"{w:.1%}".replace(".", ",") for w in stages.weights[0]]


def test_the_formulas_package_calculates_them_too(lively: Transformer, subwords: Subwords, tmp_path: Path) -> None:
    stages, content = head(lively, subwords, "decoder")
    check_head(by_formulas(without_cache(content), tmp_path), stages)


def test_the_formulas_package_calculates_the_simple_sheet(
    lively: Transformer, subwords: Subwords, tmp_path: Path
) -> None:
    simple, content = plain(lively, subwords)
    check_simple(by_formulas(without_cache(content), tmp_path), simple)


@pytest.mark.parametrize("name", ["score", "softmax"])
def test_the_formulas_package_finds_a_wrong_formula(
    lively: Transformer, subwords: Subwords, tmp_path: Path, name: str
) -> None:
    stages, content = wrong(lively, subwords, name)
    values = by_formulas(without_cache(content), tmp_path)
    with pytest.raises(AssertionError):
        check_head(values, stages)


@pytest.mark.parametrize("kind", ["cross", "encoder", "decoder"])
def test_viewers_that_calculate_nothing_show_the_numbers(lively: Transformer, subwords: Subwords, kind: Kind) -> None:
    stages, content = head(lively, subwords, kind)
    check_head(values_of(content), stages)


def test_the_simple_sheet_has_its_values_cached(lively: Transformer, subwords: Subwords) -> None:
    simple, content = plain(lively, subwords)
    check_simple(values_of(content), simple)


def test_simple_attention_by_hand(model: Transformer, subwords: Subwords) -> None:
    source, target = subwords.encode(SENTENCES[0]), subwords.encode(SENTENCES[1])
    s = SimpleAttention(model, subwords, source, target)
    table = model.embedding.weight.detach().double().numpy() * math.sqrt(42)
    scores = table[target] @ table[source].T / math.sqrt(42)
    raised = np.exp(scores)
    np.testing.assert_allclose(s.scaled, scores, atol=1e-12)
    np.testing.assert_allclose(s.weights, raised / raised.sum(axis=1, keepdims=True), atol=1e-12)
    np.testing.assert_allclose(s.out, s.weights @ table[source], atol=1e-12)
    np.testing.assert_allclose(s.axes @ s.axes.T, np.eye(2), atol=1e-12)


def test_a_text_is_never_a_formula(lively: Transformer, subwords: Subwords) -> None:
    import io

    import openpyxl

    for content in (head(lively, subwords, "cross")[1], plain(lively, subwords)[1]):
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
        strings = [cell for cell in cells if cell.value in (FORMULA, TARGET)]
        assert {cell.value for cell in strings} == {FORMULA, TARGET}
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in strings)
        texts = {cell.value for cell in cells if cell.data_type == "f" and isinstance(cell.value, str)}
        assert not [text for text in texts if text.startswith(("=1+1", "=mel"))]


# The command.


@pytest.fixture
def run(run):  # type: ignore[no-untyped-def]
    return partial(run, "sheet")


def test_the_command_writes_a_file_that_agrees(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "head.xlsx"
    code, out, err = run(SENTENCES[0], "-o", str(file), "--kind", "encoder", "--layer", "1", "--head", "2")
    assert (code, err) == (0, "")
    assert str(file) in out.replace("\n", "")
    values = values_of(file.read_bytes())
    says_yes(values)
    facts = {values[f"Guide!A{row}"]: values[f"Guide!B{row}"] for row in range(7, 15)}
    assert facts["Source"] == SENTENCES[0]
    assert facts["Target"] == SENTENCES[1]
    assert (facts["Attention"], facts["Head"]) == ("encoder self-attention", "2 of 4")
    assert run(SENTENCES[0], "-o", str(tmp_path / "s.xlsx"), "--simple", "--json", "--target", "barquinhos")[0] == 0
    says_yes(values_of((tmp_path / "s.xlsx").read_bytes()))


@pytest.mark.parametrize(("language", "mark"), [("en_GB", "."), ("pt_BR", ",")])
def test_the_size_is_told_as_the_language_writes_it(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, mark: str
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    code, out, _ = run(SENTENCES[0], "-o", str(tmp_path / "s.xlsx"), "--simple")
    assert code == 0
    assert re.search(rf"\d\{mark}\d\d MB", out)


def test_an_existing_file_stays_unless_forced(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "mine.xlsx"
    file.write_text("mine")
    code, _, err = run(SENTENCES[0], "-o", str(file))
    assert (code, file.read_text()) == (2, "mine")
    assert "--force" in err
    assert run(SENTENCES[0], "-o", str(file), "--force")[0] == 0
    says_yes(values_of(file.read_bytes()))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.xlsx"]


def test_what_fails_halfway_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "mine.xlsx"
    file.write_text("mine")
    monkeypatch.setattr("translator.commands.console.os.replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_bytes(file, b"new", force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("mine.xlsx", "mine")]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["", "-o", "x.xlsx"], 2, "empty"),
        (["One boat. Two boats.", "-o", "x.xlsx"], 2, "2 sentences"),
        (["honey", "-o", "x.csv"], 2, "-o x.xlsx"),
        (["honey", "-o", "x.xlsx", "--layer", "9"], 2, "layers 1 to"),
        (["honey", "-o", "x.xlsx", "--head", "0"], 2, "heads 1 to 4"),
        (["honey", "-o", "x.xlsx", "--kind", "sideways"], 2, "kinds: cross, encoder, decoder"),
        (["honey", "-o", "x.xlsx", "--simple", "--head", "1"], 2, "no heads"),
        (["honey", "-o", "x.xlsx", "--target", " "], 2, "--target is empty"),
        (["honey", "-o", "x.xlsx", "--target", "mel " * 400], 2, "too long"),
        (["honey", "-o", "no/such/folder/x.xlsx"], 1, "cannot be written"),
    ],
)
def test_what_is_refused(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, err = run(*argv)
    assert found == code
    assert said in err.replace("\n", " ")
    assert not list(tmp_path.iterdir())
