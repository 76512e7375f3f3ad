"""Documents through the command: what is form stays, what is text is translated."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_packages import docx
from examples import SENTENCES

from translator.documents import open_file

EN, PT = SENTENCES[0], SENTENCES[1]


def test_markdown_keeps_its_form(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = tmp_path / "notes.md", tmp_path / "notas.md"
    source.write_bytes(f"# {EN}\r\n\r\n```\n{EN}\n```\n\n- {EN}\n- `code`\n".encode())
    code, _, err = run("translate", "-i", str(source), "-o", str(target), "--to", "pt")
    assert (code, err) == (0, "")
    assert target.read_bytes().decode() == f"# {PT}\r\n\r\n```\n{EN}\n```\n\n- {PT}\n- `code`\n"


def test_subtitles_keep_their_times(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source = tmp_path / "film.srt"
    cue = "1\n00:00:01,000 --> 00:00:02,500\n"
    source.write_text(f"{cue}{PT}\n", "utf-8")
    code, out, _ = run("translate", "-i", str(source))  # the language is told from the whole
    assert code == 0
    assert out.startswith(cue)
    assert out.removeprefix(cue).split() == EN.split()


def test_format_says_what_a_file_is(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source = tmp_path / "x.md"
    source.write_text(f"    {EN}\n", "utf-8")  # indented: code in Markdown, a sentence in text
    assert run("translate", "-i", str(source), "--to", "pt")[1] == f"    {EN}\n"
    assert run("translate", "-i", str(source), "--to", "pt", "--format", "txt")[1] == f"    {PT}\n"


def test_a_package_is_written_as_one(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(docx(f"<w:p><w:r><w:t>{EN}</w:t></w:r></w:p>"))
    assert run("translate", "-i", str(source), "-o", str(target), "--to", "pt")[0] == 0
    assert open_file(target.read_bytes(), "docx").passages == [PT]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_page_keeps_its_encoding(run, tmp_path: Path, encoding: str) -> None:  # type: ignore[no-untyped-def]
    source, target = tmp_path / "a.html", tmp_path / "b.html"
    text = f"<meta charset={encoding}><p>{EN}</p>\r\n<code>ação</code>"
    source.write_bytes(text.encode(encoding))
    assert run("translate", "-i", str(source), "-o", str(target), "--to", "pt")[0] == 0
    assert target.read_bytes() == text.replace(EN, PT).encode(encoding)


def test_as_text_forces_lines(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source = tmp_path / "x.html"
    source.write_text(f"{EN}\n", "utf-8")
    assert run("translate", "-i", str(source), "--to", "pt", "--as", "text")[1] == f"{PT}\n"


FRENCH = "Je voudrais réserver une table pour ce soir."


def test_a_third_language_is_copied_or_refused(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page, lines, out = tmp_path / "a.md", tmp_path / "a.txt", tmp_path / "out.txt"
    page.write_text(f"# {FRENCH}\n\n- *{FRENCH}*\n", "utf-8")
    lines.write_text(f"{PT}\n{FRENCH}\n", "utf-8")
    code, copied, err = run("translate", "-i", str(page))
    assert (code, copied) == (0, page.read_text("utf-8"))
    assert "looks French, neither English nor Portuguese" in err
    code, copied, err = run("translate", "-i", str(lines))
    assert (code, copied) == (0, f"{EN}\n{FRENCH}\n")
    assert err.startswith("warning: line 2: the text looks French")
    for source in (page, lines):
        code, _, err = run("translate", "-i", str(source), "-o", str(out), "--other-language", "refuse")
        assert (code, out.exists()) == (2, False)
        assert "--from en or --from pt translates it" in err
    assert run("translate", FRENCH, "--from", "en")[1] != f"{FRENCH}\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--format", "pdf", "x"], "formats: auto, txt, md, srt"),
        (["--format", "md", "x"], "from --input"),
        (["-i", "{md}", "--json"], "leave out --json"),
        (["-i", "no-such.md"], "cannot be read"),
        (["x", "--numbers", "roman"], "it takes auto, convert, keep"),
        (["x", "--other-language", "guess"], "it takes copy, refuse"),
        (["-i", "{bad}"], "line 2: not UTF-8"),
    ],
)
def test_mistakes(run, tmp_path: Path, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "bad.md").write_bytes(b"a\n\xff\n")
    named = [a.format(md=tmp_path / "a.md", bad=tmp_path / "bad.md") for a in argv]
    code, _, err = run("translate", *named)
    assert code == 2
    assert says in err.replace("\n", "")
