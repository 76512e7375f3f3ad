"""What ``translator translate`` can do beside translating: words of the user's own, doubts, alternatives, JSONL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples import SENTENCES

from translator.commands.console import LONGEST_LINE
from translator.commands.progress import count_lines

EN, PT = SENTENCES[0], SENTENCES[1]


def test_jsonl_in_and_out(run) -> None:  # type: ignore[no-untyped-def]
    lines = [{"text": EN, "id": 7}, {"text": PT, "to": "en"}, {"text": ""}, {"text": EN, "prefix": "mel"}]
    code, out, _ = run("translate", "--jsonl", stdin="\n".join(map(json.dumps, lines)).encode())
    first, second, blank, begun = map(json.loads, out.splitlines())
    assert code == 0
    assert (first["id"], first["target"], first["direction"]) == (7, PT, "en-pt")
    assert "id" not in second
    assert (second["target"], blank["target"], blank["sentences"]) == (EN, "", [])
    assert begun["target"].startswith("mel")
    [sentence] = first["sentences"]
    assert [w["text"] for w in sentence["words"]][:2] == PT.split()[:2]
    assert 0 <= first["confidence"] <= 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2 is not JSON"),
        ("[1]", 'line 2 is not an object with "text"'),
        ('{"text": 5}', "line 2: text is 5"),
        ('{"text": "a", "from": "fr"}', "line 2: --from fr"),
        ('{"text": "a", "colour": "b"}', "line 2: unknown key 'colour'"),
    ],
)
def test_bad_jsonl_is_named_by_line(run, line: str, says: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("translate", "--jsonl", stdin=f'{{"text": ""}}\n{line}'.encode())
    assert code == 2
    assert says in err.replace("\n", " ")


def test_a_glossary_file_and_kept_words(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    terms = tmp_path / "terms.tsv"
    terms.write_text("# mine\nhoney\tMEL\n", "utf-8")
    code, out, _ = run("translate", "honey and Xyzzy", "--glossary", str(terms), "--keep", "xyzzy", "--from", "en")
    assert code == 0
    assert "MEL" in out
    assert "Xyzzy" in out
    terms.write_text("honey\n", "utf-8")
    code, _, err = run("translate", "honey", "--glossary", str(terms))
    assert code == 2
    assert "terms.tsv, line 1: not two columns" in err.replace("\n", "")


def test_links_come_through(run) -> None:  # type: ignore[no-untyped-def]
    link = "https://example.org/a?b=c"
    assert link in run("translate", f"honey {link} bridge", "--from", "en")[1]
    assert run("translate", link)[1] == f"{link}\n"


def test_pictures_name_what_a_slot_stands_for(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text, page = "honey a@b.org bridge", tmp_path / "page.html"
    drawn = run("translate", text, "--from", "en", "--attention")[1]
    assert run("attend", text, "--from", "en", "--html", str(page))[0] == 0
    for picture in (drawn, page.read_text("utf-8")):
        assert "a@b.org" in picture
        assert not re.search("[\ue000-\ue009]|ue00[0-9]", picture)


def test_prefix_and_sampling(run) -> None:  # type: ignore[no-untyped-def]
    assert run("translate", EN, "--prefix", "mel ")[1].startswith("mel")
    drawn = ["translate", "honey", "--sample", "--temperature", "3", "--n-best", "5"]
    assert run(*drawn, "--seed", "4") == run(*drawn, "--seed", "4")
    assert run(*drawn, "--seed", "4")[1] != run(*drawn, "--seed", "5")[1]
    assert run("translate", EN, "--temperature", "0")[0] == 2


def test_confidence_as_a_column(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("translate", "--confidence", stdin=f"{EN}\n\nx\n".encode())
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert (rows[0][1], rows[1]) == (PT, ["", ""])
    assert 0 <= float(rows[0][0]) <= 1


def test_alternatives(run) -> None:  # type: ignore[no-untyped-def]
    word = PT.split()[1]
    code, out, _ = run("translate", EN, "--alternatives", word)
    first, *others = out.splitlines()
    assert (code, first, len(others)) == (0, PT, 5)
    chances = [float(line.split("\t")[0]) for line in others]
    assert chances == sorted(chances, reverse=True)
    assert all(line.split("\t")[1] != PT for line in others)
    data = json.loads(run("translate", EN, "--alternatives", word, "--json")[1])
    assert [a["target"] for a in data["alternatives"]] == [line.split("\t")[1] for line in others]
    code, _, err = run("translate", EN, "--alternatives", "zzz")
    assert code == 2
    assert word in err


def test_a_line_without_end_is_refused_before_it_fills_the_memory(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("translate", stdin=f"{EN}\n".encode() + b"x" * LONGEST_LINE + b"\n")
    assert code == 2
    assert "line 2: longer than 1,000,000 bytes" in err.replace("\n", " ")


def test_stream_answers_each_line_at_once(trained: Path) -> None:
    """The second line is only written once the first is answered."""
    command = [sys.executable, "-m", "translator", "translate", "--stream", "--model", str(trained)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line, answer in ((EN, PT), (PT, EN)):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == answer + "\n"
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize(("content", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\n\nb", 3)])
def test_lines_are_counted(tmp_path: Path, content: bytes, lines: int) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    assert count_lines(path) == lines
