"""The corpus doctor: each fault found where it was put, good text left alone, and what --fix promises."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.commands.app import main
from translator.corpus.doctor.chunks import hold_out
from translator.corpus.doctor.exam import HashSet, Plan, examine
from translator.corpus.doctor.fix import fix
from translator.corpus.doctor.kinds import BIT, NAMES
from translator.corpus.doctor.pair import look, numbers_differ, repair_mojibake
from translator.corpus.pairs import Pair, Row

GOOD = [
    ("My brother bought a new house in the city.", "Meu irmão comprou uma casa nova na cidade."),
    ("The children are playing in the garden today.", "As crianças estão brincando no jardim hoje."),
    ("She works at the hospital every night.", "Ela trabalha no hospital todas as noites."),
    ("We need more time to finish the work.", "Precisamos de mais tempo para terminar o trabalho."),
    ("The train to Lisbon leaves at 18:45.", "O trem para Lisboa sai às 18:45."),
    ("Water is important for all animals.", "A água é importante para todos os animais."),
    ("I forgot my book on the table of the kitchen.", "Esqueci meu livro na mesa da cozinha."),
    ("The teacher asked a difficult question.", "O professor fez uma pergunta difícil."),
    ("Open the window, it is very hot here.", "Abra a janela, está muito quente aqui."),
    ("The doctor said that the patient is better.", "O médico disse que o paciente está melhor."),
]
BAD = {
    "empty": ("Hello there.", ""),
    "encoding": ("The caf\ufffd is closed.", "O café está fechado."),
    "mojibake": ("The situation is good.", "A situaÃ§Ã£o nÃ£o Ã© mÃ¡."),
    "swapped": ("Onde está o livro que eu comprei?", "Where is the book that I bought?"),
    "long": ("word " * 151, "palavra " * 151),
    "language": ("The dog is in the house.", "El perro está en la casa y no quiere salir."),
    "copy": ("This was never translated at all.", "This was never translated at all."),
    "length": ("A sentence of which nearly all has been lost on the way to the other side of the file.", "Uma frase"),
    "misaligned": ("The red car stopped near the old bridge.", "Gosto muito de sopa quando chove."),
    "numbers": ("It costs 250 dollars.", "Custa 350 dólares."),
    "markup": ("Press <b>Save</b> now.", "Pressione <b>Salvar</b> agora."),
    "control": ("Good\u202e morning.", "Bom dia."),
    "unnormalised": ("Tomorrow.", "Amanha\u0303."),
}


def bits_of(en: str, pt: str) -> set[str]:
    """The names of the findings of one pair."""
    fault = "the Portuguese side is empty" if not pt else ""
    bits = look(Row(1, en, pt, fault)).bits
    return {name for name in NAMES if bits & BIT[name]}


def corpus(folder: Path, pairs: list[tuple[str, str]], name: str = "corpus.tsv") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{en}\t{pt}\n" for en, pt in pairs).encode())
    return path


def fixed(path: Path, plan: Plan | None = None) -> tuple[dict[str, Any], list[Pair], str]:
    kept: list[Pair] = []
    dropped = io.StringIO()
    found = fix([path], plan or Plan(), kept.append, dropped, folder=path.parent)
    assert found.fixed is not None
    return found.fixed, kept, dropped.getvalue()


@pytest.mark.parametrize(("en", "pt"), GOOD)
def test_good_pairs_have_no_finding(en: str, pt: str) -> None:
    assert bits_of(en, pt) == set()


@pytest.mark.parametrize("kind", BAD)
def test_each_fault_is_found(kind: str) -> None:
    assert kind in bits_of(*BAD[kind])


@pytest.mark.parametrize(
    "text",
    [
        "¿Por qué no me has dicho que ellos no pueden venir?",
        "Je ne sais pas où il est, mais elle est avec lui.",
        "Ich weiß nicht, wo das Buch ist, aber es war hier.",
        "Non so dove sono le chiavi che ho perso ieri.",
        "Где находится ближайшая станция метро?",
        "Kolem starého domu roste mnoho vysokých zelených stromů potichu.",
    ],
)
def test_a_third_language_is_recognised_on_either_side(text: str) -> None:
    assert "language" in bits_of("I do not know where the book is.", text)
    assert "language" in bits_of(text, "Eu não sei onde está o livro.")


def test_mojibake_is_repaired_only_where_that_is_certain() -> None:
    assert repair_mojibake("situaÃ§Ã£o") == "situação"
    assert repair_mojibake("Ã£ and 字") is None
    assert repair_mojibake("ção Ã£") is None


def test_numbers_written_the_other_way_are_the_same() -> None:
    assert not numbers_differ("It costs 1,250.50.", "Custa 1.250,50.")
    assert not numbers_differ("At 18:45.", "Às 18h45.")
    assert numbers_differ("In 1984.", "Em 1948 e 12.")


def test_a_shifted_block_is_found_and_its_surroundings_are_not(tmp_path: Path) -> None:
    pairs = GOOD + GOOD  # the second time, lines 2 to 8 have the translation of the next line
    for index in range(11, 18):
        pairs[index] = (pairs[index][0], GOOD[index - 9][1])
    result = examine([corpus(tmp_path, pairs)], Plan())
    assert 6 <= result.found["shifted"] <= 8
    assert result.examples["shifted"][0]["line"] in (12, 13)


def test_duplicates_near_duplicates_and_other_translations_are_told_apart(tmp_path: Path) -> None:
    pairs = [
        *GOOD[:2],
        GOOD[0],
        (GOOD[1][0].upper(), GOOD[1][1]),
        (GOOD[0][0], "Meu irmão comprou uma nova casa na cidade."),
    ]
    result = examine([corpus(tmp_path, pairs)], Plan())
    assert [result.found[kind] for kind in ("duplicate", "near-duplicate", "translations")] == [1, 1, 1]
    assert (result.examples["duplicate"][0]["line"], result.kept) == (3, 4)


def test_leaks_are_found_on_either_side(tmp_path: Path) -> None:
    test = corpus(tmp_path, [("Something else.", GOOD[0][1]), (GOOD[1][0].lower(), "Outra coisa.")], "test.tsv")
    result = examine([corpus(tmp_path, GOOD)], Plan(held_out=hold_out([test])))
    assert (result.found["leak"], result.found["near-leak"], result.kept) == (1, 1, 8)


def test_any_number_of_processes_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("translator.corpus.doctor.exam.CHUNK", 7)
    path = corpus(tmp_path, [*GOOD, *BAD.values()] * 3)
    alone, together = examine([path], Plan(jobs=1)), examine([path], replace(Plan(), jobs=2))
    assert (alone.found, alone.dropped, alone.examples) == (together.found, together.dropped, together.examples)
    assert alone.ratios.tolist() == together.ratios.tolist()


def test_fix_repairs_drops_and_keeps_the_rest_as_it_is(tmp_path: Path) -> None:
    pairs = [*GOOD, BAD["swapped"], BAD["mojibake"], BAD["copy"], GOOD[3]]
    done, kept, dropped = fixed(corpus(tmp_path, pairs))
    assert kept == [*GOOD, BAD["swapped"][::-1], ("The situation is good.", "A situação não é má.")]
    assert [line.split("\t")[1:3] for line in dropped.splitlines()] == [["13", "copy"], ["14", "duplicate"]]
    assert done["dropped"] == {"copy": 1, "duplicate": 1}


PIECES = st.sampled_from([*GOOD, *BAD.values()])
OTHERS = st.tuples(st.text(max_size=30), st.text(max_size=30)).map(
    lambda pair: (" ".join(pair[0].split()), " ".join(pair[1].split()))
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | OTHERS, min_size=1, max_size=40))
def test_a_fixed_corpus_has_nothing_left_to_fix_and_counts_add_up(pairs: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.tsv"
        path.write_bytes("".join(f"{en}\t{pt}\n" for en, pt in pairs).encode("utf-8", "replace"))
        done, kept, dropped = fixed(path)
        assert done["read"] == done["kept"] + sum(done["dropped"].values())
        assert (len(kept), dropped.count("\n")) == (done["kept"], sum(done["dropped"].values()))
        again, kept_again, _ = fixed(corpus(Path(folder), list(kept), "again.tsv"))
        assert again["dropped"] == {}
        assert not any(again["repaired"].values())
        assert kept_again == kept


@given(st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=20))
def test_a_hash_set_is_a_set(batches: list[list[int]]) -> None:
    ours, theirs = HashSet(), set[int]()
    for batch in batches:
        expected = []
        for number in batch:
            expected.append(number in theirs)
            theirs.add(number)
        assert ours.add(np.array(batch, dtype=np.uint64)).tolist() == expected


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["corpus", "doctor", *argv])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_report_fits_the_terminal_and_shows_no_control_character(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = corpus(tmp_path, [*GOOD, *BAD.values(), ("Bell [/x] \x1b[31m here.", "Sino [/x] \x1b[31m aqui.")])
    code, out, _ = run(capsys, str(path))
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert "\\x1b" in out
    assert all(kind in out for kind in BAD)


def test_json_holds_the_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, str(corpus(tmp_path, [*GOOD, BAD["copy"]])), "--json", "--fix", str(tmp_path / "out.jsonl"))
    data = json.loads(out)
    assert (data["pairs"], data["fit"], data["findings"]["copy"]["count"]) == (11, 10, 1)
    assert sum(data["lengths"]["en"]) == 11
    assert data["fixed"]["dropped"] == {"copy": 1}
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 10


def test_pairs_on_standard_output_are_nothing_but_pairs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = corpus(tmp_path, [*GOOD, BAD["copy"]])
    for options in ([], ["--json"]):
        with pytest.raises(SystemExit) as ended:
            main(["corpus", "doctor", str(path), "--fix", "-", *options])
        out, err = capfd.readouterr()
        assert ended.value.code in (0, None)
        assert out == "".join(f"{en}\t{pt}\n" for en, pt in GOOD)
        assert "copy" in err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--keep", "nonsense"], "no such kind"),
        (["--keep", "empty"], "no such kind, or not one"),
        (["--drop", "numbers", "--keep", "numbers"], "dropped and kept"),
        (["--dropped", "x"], "needs --fix"),
        (["--fix", "HERE"], "cannot be written too"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    path = corpus(tmp_path, GOOD)
    code, _, err = run(capsys, str(path), *[str(path) if word == "HERE" else word for word in argv])
    assert code == 2
    assert message in " ".join(err.split())


def test_nothing_is_written_where_there_was_nothing_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty, out = tmp_path / "empty.tsv", tmp_path / "out.tsv"
    empty.write_bytes(b"\n")
    out.write_text("One\tUm\n", "utf-8")
    with pytest.raises(SystemExit) as end:
        main(["corpus", "doctor", str(empty), "--fix", str(out), "--force"])
    assert (end.value.code, "no sentence pair" in capsys.readouterr().err) == (2, True)
    assert out.read_text("utf-8") == "One\tUm\n"


@pytest.mark.parametrize("options", [["--fix", "a.pt"], ["--fix", "b.tsv", "--dropped", "a.pt"], ["--fix", "a.en"]])
def test_neither_half_of_a_pair_that_is_read_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.en", GOOD[0][0]), ("a.pt", GOOD[0][1])):
        Path(name).write_text(f"{text}\n", "utf-8")
    for name in ("a", "a.en"):
        with pytest.raises(SystemExit) as end:
            main(["corpus", "doctor", name, *options, "--force"])
        assert (end.value.code, "is read; it cannot be written" in capsys.readouterr().err) == (2, True)
    assert Path("a.pt").read_text("utf-8") == f"{GOOD[0][1]}\n"
    with pytest.raises(SystemExit):
        main(["corpus", "doctor", "a", "--fix", "c.en", "--dropped", "c.pt"])
    assert "are both c.pt" in capsys.readouterr().err


def test_an_existing_file_needs_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.tsv"
    out.write_text("mine")
    path = str(corpus(tmp_path, GOOD))
    assert run(capsys, path, "--fix", str(out))[0] == 2
    assert out.read_text() == "mine"
    assert run(capsys, path, "--fix", str(out), "--force")[0] == 0
    assert len(out.read_text().splitlines()) == len(GOOD)
