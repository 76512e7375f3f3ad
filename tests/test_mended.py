"""Small faults that were found in use and mended."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from examples import SENTENCES

from translator.commands.console import json_line
from translator.files import in_place_of
from translator.text.glossary import Glossary


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "private"
    file.write_text("old")
    file.chmod(0o600)
    import os

    with in_place_of(file, force=True) as descriptor, os.fdopen(descriptor, "w") as place:
        place.write("new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)


@pytest.mark.parametrize("text", ["a\u202eb", "a\u009bb", "é東😀", "a\u2028b", "a\u200fb"])
def test_json_holds_nothing_that_moves_a_cursor(text: str) -> None:
    line = json_line({"text": text})
    assert json.loads(line) == {"text": text}
    assert all(character.isprintable() for character in line)
    assert ("é" in line) is ("é" in text)


def test_a_large_glossary_costs_little() -> None:
    """Counted, not timed: of 5,000 terms only those are tried whose first letters stand in the text."""
    heads = [chr(97 + n % 26) + chr(97 + n // 26 % 26) for n in range(5000)]
    glossary = Glossary({f"{head}x{n} term": f"{head}z{n} termo" for n, head in enumerate(heads)})
    assert [match.target for match in glossary.find("the abx26 term is here")] == ["abz26 termo"]
    assert max(len(terms) for terms in glossary._by_first.values()) < 20


def test_confidence_stands_beside_each_of_the_n_best(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("translate", SENTENCES[0], "-n", "2", "-c")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(0 < float(row[1]) <= 1 for row in rows)


def test_a_prefix_longer_than_the_model_reads(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("translate", SENTENCES[0], "--prefix", "palavra " * 400)
    assert code == 2
    assert "the prefix is too long" in err
