"""``--save``: what a command draws, as a picture of its own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from examples import SENTENCES

EN = SENTENCES[0]


@pytest.mark.parametrize(
    "argv", [["layers", EN], ["align", EN, "--picture"], ["attend", EN, "--view", "grid"], ["params"]]
)
def test_an_svg_holds_what_is_drawn_and_fetches_nothing(run, tmp_path: Path, argv: list[str]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "picture.svg"
    code, out, err = run("--save", str(path), *argv)
    assert (code, err) == (0, "")
    drawn = path.read_text("utf-8")
    texts = "".join(ET.fromstring(drawn).itertext()).replace("\u00a0", " ")
    for word in re.findall(r"\w{4,}", out):
        assert word in texts
    assert "font-face" not in drawn
    assert [found for found in re.findall(r"https?://[^\"' ]+", drawn) if "w3.org" not in found] == []


def test_html_keeps_texts_texts(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "picture.html"
    assert run("--save", str(path), "tokens", "<script>alert(1)</script>")[0] == 0
    page = path.read_text("utf-8")
    assert "<script" not in page
    assert "&lt;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_nothing_is_lost_and_nothing_drawn_is_nothing_saved(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "picture.svg"
    assert run("--save", str(path), "layers", EN, "--json")[0] == 0
    assert not path.exists()
    path.write_text("mine")
    code, _, err = run("--save", str(path), "layers", EN)
    assert (code, path.read_text()) == (2, "mine")
    assert "exists already" in err
    assert run("--save", str(tmp_path / "x.pdf"), "layers", EN)[0] == 2
    assert run("--save", str(tmp_path / "no" / "x.svg"), "layers", EN)[0] == 1
