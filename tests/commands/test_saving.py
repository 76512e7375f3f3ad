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


def test_what_is_printed_is_saved_where_nothing_is_drawn(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "said.svg"
    code, out, _ = run("--save", str(path), "translate", EN)
    assert (code, out.strip()) == (0, SENTENCES[1])
    assert SENTENCES[1] in "".join(ET.parse(path).getroot().itertext())
    assert run("--save", str(tmp_path / "a.svg"), "layers", EN, "--json")[0] == 0
    assert "direction" in (tmp_path / "a.svg").read_text("utf-8")


def test_png_beside_svg(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("resvg_py")
    saved, drawn = tmp_path / "saved.png", tmp_path / "drawn.PNG"
    assert run("--save", str(saved), "attend", EN, "--svg", str(drawn))[0] == 0
    for path in (saved, drawn):
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_nothing_is_lost_and_nothing_printed_is_said(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "picture.svg"
    code, _, err = run("--save", str(path), "translate", EN, "-o", str(tmp_path / "pt.txt"))
    assert (code, path.exists()) == (2, False)
    assert "printed nothing" in err
    code, _, err = run("--save", str(path), "layers", EN, "--target", " ")
    assert (code, path.exists()) == (2, False)
    assert "--target is empty" in err  # the first mistake, not that nothing was printed
    path.write_text("mine")
    code, _, err = run("--save", str(path), "layers", EN)
    assert (code, path.read_text()) == (2, "mine")
    assert "exists already" in err
    assert run("--save", str(tmp_path / "x.pdf"), "layers", EN)[0] == 2
    assert run("--save", str(tmp_path / "no" / "x.svg"), "layers", EN)[0] == 1


def test_open_opens_what_was_made(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    opened: list[str] = []

    def launch(path: str) -> int:
        opened.append(path)
        return 0

    monkeypatch.setattr("typer.launch", launch)
    names = [str(tmp_path / name) for name in ("a.svg", "a.csv", "a.html", "saved.svg")]
    options = ["--svg", names[0], "--csv", names[1], "--html", names[2]]
    assert run("--open", "--save", names[3], "attend", EN, *options)[0] == 0
    assert sorted(opened) == sorted([names[0], names[2], names[3]])
    code, _, err = run("--open", "attend", EN)
    assert (code, len(opened)) == (2, 3)
    assert "no file was made" in err
    monkeypatch.setattr("typer.launch", lambda _: 1)
    code, _, err = run("--open", "attend", EN, "--svg", names[0], "--force")
    assert code == 0
    assert "did not open" in " ".join(err.split())
