"""Parallel text in four formats, plain and packed: the same pairs from each, and every fault named."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator.corpus.files import Format, format_of, zstd
from translator.corpus.pairs import Pair, read_pairs, read_rows
from translator.corpus.writing import held, writing
from translator.errors import InputError, OutputError, UsageError

CommandLine = Callable[..., tuple[int, str, str]]

ODD = Pair('Ana said: "1 < 2 & 3 > 2" \u2028 🙂\u0301', "Ana disse: ]]> <b>é</b> &amp; \x0b fim")
PAIRS = [Pair("One boat.", "Um barco."), Pair("Two boats!", "Dois barcos!"), Pair("It’s honey", "É mel")]
NAMES = ["a.tsv", "a.txt.gz", "a.tsv.zst", "a.en", "a.pt.gz", "a.en.zst", "a.tmx", "a.tmx.gz", "a.jsonl", "a.jsonl.zst"]


def write(path: Path, pairs: list[Pair], format: Format | None = None) -> int:
    with writing(path, format, force=True) as writer:
        for pair in pairs:
            writer.write(pair)
    return writer.changed


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert write(path, PAIRS) == 0
    assert list(read_pairs(path)) == PAIRS
    first = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    write(path, PAIRS)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == first  # no dates, no names inside


SIDE = st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip() and any(c.isalnum() for c in text))


@given(st.lists(st.builds(Pair, SIDE, SIDE), min_size=1, max_size=5), st.sampled_from(NAMES), st.sampled_from(NAMES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_two_formats_hold_the_same_pairs(tmp_path: Path, pairs: list[Pair], one: str, other: str) -> None:
    """As far as the format can hold them, and what it cannot hold is counted and never splits a pair."""
    path, second = tmp_path / one, tmp_path / "two" / other
    second.parent.mkdir(exist_ok=True)
    for side in [*tmp_path.glob("a.*"), *second.parent.glob("a.*")]:
        side.unlink()
    changed = write(path, pairs)
    found = [row for row in read_rows(path) if not row.fault]
    whole = [pair for pair in pairs if all(held(side, format_of(path)) == side for side in pair)]
    assert len(found) <= len(pairs) == changed + len(whole)
    exact = [Pair(row.en, row.pt) for row in found]
    assert [pair for pair in exact if pair in whole] == whole or set(whole) <= set(exact)
    if changed == 0:
        assert exact == pairs
        if write(second, exact) == 0:
            assert list(read_pairs(second)) == pairs


def test_what_a_format_cannot_hold_is_a_space_and_counted(tmp_path: Path) -> None:
    pairs = [Pair("one\ttwo\r\nthree", "um\x07 dois"), PAIRS[0]]
    assert write(tmp_path / "a.tsv", pairs) == 1
    assert next(read_pairs(tmp_path / "a.tsv")) == Pair("one two three", "um\x07 dois")
    assert write(tmp_path / "a.tmx", pairs) == 1
    assert next(read_pairs(tmp_path / "a.tmx")) == Pair("one\ttwo\nthree", "um dois")
    assert write(tmp_path / "a.jsonl", [*pairs, ODD]) == 0
    assert list(read_pairs(tmp_path / "a.jsonl")) == [*pairs, ODD]


def test_a_moses_pair_by_any_of_its_names(tmp_path: Path) -> None:
    write(tmp_path / "news.en-pt.en", PAIRS)
    for name in ("news.en-pt.en", "news.en-pt.pt", "news.en-pt"):
        assert list(read_pairs(tmp_path / name)) == PAIRS
    (tmp_path / "news.en-pt.pt").write_text("Um.\nDois.\n", "utf-8")
    with pytest.raises(InputError, match=r"en has 3 lines, .*pt has 2"):
        list(read_pairs(tmp_path / "news.en-pt"))
    (tmp_path / "news.en-pt.pt").unlink()
    with pytest.raises(InputError, match="no Moses pair"):
        list(read_pairs(tmp_path / "news.en-pt.en"))


TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="EN-us"><seg>The <bpt i="1">&lt;b&gt;</bpt>old<ept i="1">&lt;/b&gt;</ept> <hi>bridge</hi></seg></tuv>
<tuv xml:lang="fr"><seg>Le vieux pont</seg></tuv><tuv xml:lang="pt_BR"><seg>A ponte velha</seg></tuv></tu>
<tu><prop type="x">note</prop><tuv lang="pt"><seg>Mel</seg></tuv><tuv lang="en"><seg>Honey</seg></tuv></tu>
<tu>
<tuv xml:lang="en"><seg>Alone</seg></tuv></tu>
</body></tmx>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_translation_memory_of_another_program(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "memory.tmx"
    path.write_bytes(TMX.encode(encoding))
    rows = list(read_rows(path))
    assert [(row.en, row.pt) for row in rows] == [("The old bridge", "A ponte velha"), ("Honey", "Mel"), ("Alone", "")]
    assert [(row.number, row.fault) for row in rows][1:] == [(6, ""), (7, "no Portuguese text")]
    with pytest.raises(InputError, match=r"memory\.tmx, line 7: no Portuguese text"):
        list(read_pairs(path))


def test_an_entity_that_only_the_dtd_explains_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text(
        TMX.replace("note</prop>", "&date;</prop>").replace("Alone", "Alone in a caf&eacute; &amp; so on"), "utf-8"
    )
    rows = list(read_rows(path))
    assert [row.fault for row in rows[:2]] == ["", ""]
    assert (rows[2].en, "the entity &eacute; stands" in rows[2].fault) == ("Alone in a caf&eacute; & so on", True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<?xml version="1.0" encoding="klingon"?><tmx/>', r"a\.tmx: unknown encoding: klingon"),
        ('<?xml version="1.0" encoding="gb18030"?><tmx/>', r"a\.tmx: multi-byte encodings"),
        ("<tmx><body><tu></body></tmx>", "line 1: not XML"),
        ("<tmx><body>", "line 1: not XML"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]>\n<tmx>&a;</tmx>', "declares XML entities"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<tmx>&a;</tmx>', "declares XML entities"),
        ("<tmx><body></body></tmx>", "holds no sentence pair"),
    ],
)
def test_xml_that_is_no_memory_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.tmx"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=told):
        list(read_pairs(path))


def test_json_lines_of_two_kinds_and_their_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records: list[object] = [{"en": "One.", "pt": "Um."}, {"translation": {"pt": "Dois.", "en": "Two."}, "id": 7}]
    records += [[], {"en": "Three."}, {"en": "Four.", "pt": 4}]
    path.write_text("\n".join(map(json.dumps, records)) + "\n\n{\n", "utf-8")
    rows = list(read_rows(path))
    assert [(row.en, row.pt) for row in rows[:2]] == [("One.", "Um."), ("Two.", "Dois.")]
    assert [row.number for row in rows if row.fault] == [3, 4, 5, 7]
    assert rows[-1].fault.startswith("not JSON")


def test_json_that_no_file_can_hold_is_a_fault(run: CommandLine, tmp_path: Path) -> None:
    path, out = tmp_path / "a.jsonl", tmp_path / "out.tsv"
    path.write_text(
        '{"en": "Half \\ud83d.", "pt": "Meio."}\n' + "[" * 100_000 + '\n{"en": "One.", "pt": "Um \\ud83d\\ude42"}\n'
    )
    half, deep, whole = read_rows(path)
    assert (half.en, half.pt, "surrogate pair (\\ud83d)" in half.fault) == ("Half \ufffd.", "Meio.", True)
    assert deep.fault.startswith("not JSON (")
    assert (whole.pt, whole.fault) == ("Um 🙂", "")
    code, _, err = run("corpus", "convert", str(path), str(out))
    told = " ".join(err.split())
    assert (code, "2 records left out, the first at line 1: half a surrogate" in told) == (0, True), err
    code, told, _ = run("corpus", "doctor", str(path), "--fix", str(out), "--json", "--force")
    assert (code, json.loads(told)["fixed"]["dropped"]) == (0, {"columns": 1, "encoding": 1})


def test_rows_show_what_pairs_refuse(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"\xef\xbb\xbfOne\tUm\n\nTwo\nThree\t \n\xff\tQuatro\na\tb\tc\n")
    rows = list(read_rows(path))
    assert [(row.number, row.fault.split(" (")[0]) for row in rows] == [
        (1, ""),
        (3, "1 column, expected 2"),
        (4, "the Portuguese side is empty"),
        (5, "not UTF-8"),
        (6, "3 columns, expected 2"),
    ]


@pytest.mark.parametrize("name", ["a.tsv.gz", "a.tsv.zst", "a.tmx.zst", "a.jsonl.gz"])
def test_a_file_that_was_cut_short_is_noticed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, PAIRS * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(InputError, match="cannot be read to its end"):
        list(read_pairs(path))
    path.write_bytes(b"not packed at all")
    with pytest.raises(InputError, match="cannot be read to its end"):
        list(read_pairs(path))


def test_several_frames_are_one_file(tmp_path: Path) -> None:
    parts = [b"One\tUm\nTw", b"o\tDois\n"]
    (tmp_path / "a.tsv.zst").write_bytes(b"".join(zstd.compress(part) for part in parts))
    (tmp_path / "b.tsv.gz").write_bytes(b"".join(gzip.compress(part) for part in parts))
    for name in ("a.tsv.zst", "b.tsv.gz"):
        assert list(read_pairs(tmp_path / name)) == [Pair("One", "Um"), Pair("Two", "Dois")]


def fail_in_the_middle(path: Path) -> None:
    with writing(path, force=True) as writer:
        writer.write(PAIRS[1])
        raise OSError(28, "No space left on device")


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("One\tUm\n", "utf-8")
    with pytest.raises(UsageError, match="exists already"), writing(path):
        pass
    with pytest.raises(OutputError, match="No space left"):
        fail_in_the_middle(path)
    assert path.read_text("utf-8") == "One\tUm\n"
    assert list(tmp_path.iterdir()) == [path]


def test_convert_by_files_and_through_a_pipe(run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a.tsv", tmp_path / "b.en.gz"
    source.write_text("One\tUm\n\nTwo\tDois\n", "utf-8")
    assert run("corpus", "convert", str(source), str(target))[0] == 0
    assert gzip.decompress((tmp_path / "b.pt.gz").read_bytes()).decode() == "Um\nDois\n"
    code, _, err = run("corpus", "convert", str(source), str(target))
    assert (code, "--force" in err) == (2, True)
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    code, _, err = run("corpus", "convert", "-", "-", "--to-format", "jsonl", stdin=source.read_bytes())
    assert (code, "2 pairs" in err) == (0, True)
    out.buffer.seek(0)
    assert [json.loads(line)["pt"] for line in out.buffer.read().splitlines()] == ["Um", "Dois"]
    monkeypatch.undo()
    for extra, told in ((["--to-format", "zip"], "unknown format"), (["--to-format", "moses"], "through a pipe")):
        code, _, err = run("corpus", "convert", str(source), "-", *extra)
        assert (code, told in err) == (2, True)


@pytest.mark.parametrize("command", [["convert", "FILE", "-"], ["doctor", "FILE"], ["doctor", "FILE", "--json"]])
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"Boat {n}\tBarco {n}\n" for n in range(5_003)), "utf-8")
    argv = [sys.executable, "-m", "translator", "corpus", *(str(path) if word == "FILE" else word for word in command)]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(argv, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_training_and_measuring_take_any_format(run: CommandLine, tmp_path: Path) -> None:
    write(tmp_path / "four.tmx.gz", PAIRS)
    code, out, _ = run("evaluate", str(tmp_path / "four.tmx.gz"), "--json")
    assert (code, json.loads(out)["results"][0]["sentences"]) == (0, 3)


@pytest.mark.parametrize("name", ["a.tsv.bz2", "a.xz", "a.zip", "a.TSV.GZ", "a.tsv.Zst"])
def test_a_name_that_promises_another_packing_is_refused(run: CommandLine, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.tsv").write_text("One\tUm\n", "utf-8")
    code, _, err = run("corpus", "convert", str(tmp_path / "a.tsv"), str(tmp_path / name))
    assert (code, "packed so are not read or written" in " ".join(err.split())) == (2, True)
    assert not (tmp_path / name).exists()
