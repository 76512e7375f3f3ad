"""``translator align``: files and pipes in, Pharaoh links, JSON or a picture out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from examples import SENTENCES

from translator.explain.links import parse_links

EN, PT = SENTENCES[0], SENTENCES[1]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(run: Run) -> Run:
    return partial(run, "align")


def within(line: str, source: str, target: str) -> bool:
    sure, _ = parse_links(line)
    return all(i < len(source.split()) and j < len(target.split()) for i, j in sure)


def test_a_pipe_gets_pharaoh_with_a_line_for_each_line(run: Run) -> None:
    stdin = f"\ufeff{EN}\r\n\n  \n{EN}\t{PT}\n\t{PT}\n{EN}\t\n{PT}\t{EN}".encode()
    code, out, err = run(stdin=stdin)
    lines = out.split("\n")
    assert (code, err, len(lines), lines[-1]) == (0, "", 8, "")
    assert lines[1] == lines[2] == lines[4] == lines[5] == ""
    assert lines[0]
    assert lines[0] == lines[3]  # the model's own translation is the one given
    assert within(lines[0], EN, PT)
    assert parse_links(lines[6])[0] == {(j, i) for i, j in parse_links(lines[0])[0]}


def test_files_in_and_out(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "in.tsv", tmp_path / "out"
    source.write_text(f"{EN}\t{PT}\n\n{SENTENCES[2]}\t{SENTENCES[3]}\n", "utf-8")
    assert run("-i", str(source), "-o", str(target)) == (0, "", "")
    kept = target.read_text("utf-8")
    assert [bool(line) for line in kept.splitlines()] == [True, False, True]
    code, _, err = run("-i", str(source), "-o", str(target))
    assert code == 2
    assert "--force" in err
    assert run("-i", str(source), "-o", str(target), "--force", "--with-text")[0] == 0
    columns = [line.split("\t") for line in target.read_text("utf-8").split("\n")]
    assert [row[:2] for row in columns] == [[EN, PT], [""], SENTENCES[2:4], [""]]
    assert [row[-1] for row in columns] == kept.split("\n")


def test_a_line_of_two_sentences_is_one_line_with_its_copied_words(run: Run) -> None:
    text = f"12 34 {EN}  {SENTENCES[4]}"
    code, out, _ = run(text, "--json")
    data = json.loads(out)
    assert code == 0
    assert data["source_words"] == text.split()
    assert set(data["source_words"]) > {"12", "boats", "umbrella,"}
    assert {link["source"] for link in data["links"]} & set(range(10, 20))


def test_json_holds_all_of_it(run: Run) -> None:
    _, out, _ = run(EN, "--target", PT, "--json")
    data = json.loads(out)
    assert data["direction"] == "en-pt"
    assert (data["source_words"], data["target_words"]) == (EN.split(), PT.split())
    assert data["pharaoh"] == " ".join(f"{link['source']}-{link['target']}" for link in data["links"])
    linked = {link["target"] for link in data["links"]}
    assert sorted([*data["unlinked_target"], *linked]) == list(range(len(PT.split())))
    assert run(EN, "--target", PT)[1] == data["pharaoh"] + "\n"
    words = json.loads(run(EN, "--target", PT, "--json", "--split", "words")[1])["source_words"]
    assert words[-2:] == ["winter", "."]


def test_the_direction_is_told_by_both_sides(run: Run) -> None:
    assert json.loads(run(PT, "--target", EN, "--json")[1])["direction"] == "pt-en"
    assert json.loads(run(PT, "--target", EN, "--json", "--from", "en")[1])["direction"] == "en-pt"


def test_the_picture(run: Run) -> None:
    code, out, _ = run(EN, "--picture")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "EN→PT  word alignment  layer 2/2  mean of 4 heads  both directions"
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in out
    assert lines[1].split()[1:] == [*EN.rstrip(".").split(), "."]


def test_a_line_too_long_is_warned_of_and_an_argument_refused(run: Run) -> None:
    long = "ponte " * 300
    code, out, err = run(stdin=f"{long}\t{long}\n{EN}\t{PT}\n".encode())
    assert code == 0
    assert out.startswith("\n0-")
    assert "line 1: too long" in " ".join(err.split())
    code, out, err = run(long, "--target", "mel")
    assert (code, out) == (2, "")
    assert "too long" in err


@pytest.mark.parametrize(
    ("argv", "stdin", "code", "says"),
    [
        ([""], b"", 2, "no text to align"),
        ([EN, EN, "--target", PT], b"", 2, "exactly one text"),
        (["--target", PT], b"", 2, "exactly one text"),
        ([EN, "--target", " "], b"", 2, "--target is empty"),
        ([EN, "--input", "x"], b"", 2, "both given"),
        ([EN, "--json", "--pharaoh"], b"", 2, "--json goes without"),
        ([EN, "--picture", "--with-text"], b"", 2, "--picture draws"),
        ([EN, "--split", "pieces"], b"", 2, "ways: words, spaces"),
        ([EN, "--from", "fr"], b"", 2, "unknown language"),
        ([EN, "--model", "/no/where"], b"", 2, "no such model"),
        ([EN, "-o", "/no/folder/x"], b"", 1, "cannot be written"),
        (["-i", "/no/file"], b"", 2, "/no/file cannot be read"),
        ([], b"a\tb\tc\n", 2, "line 1: 3 columns"),
        ([], b"a\tb\nma\xe7\xe3\tb\n", 2, "line 2: not UTF-8"),
    ],
)
def test_mistakes(run: Run, argv: list[str], stdin: bytes, code: int, says: str) -> None:
    got, _, err = run(*argv, stdin=stdin)
    assert got == code
    assert says in " ".join(err.split())
    assert "Traceback" not in err
