"""Many files at once, and both languages side by side."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from document_packages import docx
from examples import SENTENCES

from translator.commands.translate.bilingual import Bilingual, foot, head, rows
from translator.commands.translate.files import FileJob, file_jobs, translate_files
from translator.config import Direction
from translator.documents import open_file
from translator.errors import UsageError

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A text, a page in a folder with two more, one that no format knows, a hidden one."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / ".git").mkdir()
    for name in ("a.txt", "in/b.md", "in/x.bin", "in/.hidden.md", "in/.git/c.md"):
        (tmp_path / name).write_text(f"{EN}\n", "utf-8")
    (tmp_path / "in/sub/c.html").write_text(f"<p>{EN}</p>", "utf-8")
    (tmp_path / "in/sub/d.docx").write_bytes(docx(f"<w:p><w:r><w:t>{EN}</w:t></w:r></w:p>"))
    return tmp_path


def test_files_and_folders_keep_their_names(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    argv = ["translate", str(folder / "a.txt"), str(folder / "in"), "--to-dir", str(folder / "out"), "--to", "pt"]
    code, out, err = run(*argv)
    assert (code, out) == (0, "")
    assert err.count("→") == 4
    written = {str(p.relative_to(folder / "out")) for p in (folder / "out").rglob("*") if p.is_file()}
    assert written == {"a.txt", "b.md", "sub/c.html", "sub/d.docx"}
    assert (folder / "out/b.md").read_text("utf-8") == f"{PT}\n"
    assert (folder / "out/sub/c.html").read_text("utf-8") == f"<p>{PT}</p>"
    assert open_file((folder / "out/sub/d.docx").read_bytes(), "docx").passages == [PT]


def test_what_is_done_is_passed_over(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    argv = ["translate", str(folder / "a.txt"), str(folder / "in/b.md"), "--to-dir", str(folder / "out"), "--to", "pt"]
    (folder / "out").mkdir()
    (folder / "out/a.txt").write_text("mine", "utf-8")
    code, _, err = run(*argv)
    assert (code, err.count("→"), "1 of 2 files are there already" in err) == (0, 1, True)
    assert (folder / "out/a.txt").read_text("utf-8") == "mine"
    assert run(*argv, "--force")[0] == 0
    assert (folder / "out/a.txt").read_text("utf-8") == f"{PT}\n"


def test_a_bad_file_is_told_and_the_rest_goes_on(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    (folder / "bad.docx").write_bytes(b"no zip")
    (folder / "bad.md").write_bytes(b"a\n\xff\n")
    names = [str(folder / name) for name in ("bad.docx", "bad.md", "no-such.md", "in/x.docm", "a.txt")]
    code, _, err = run("translate", *names, "--to-dir", str(folder / "out"), "--to", "pt", columns=500)
    assert code == 1
    for told in (
        "bad.docx: it is no docx file",
        "bad.md, line 2: not UTF-8",
        "no-such.md cannot be read",
        "4 of 5 files",
    ):
        assert told in err
    assert [p.name for p in (folder / "out").iterdir()] == ["a.txt"]


def test_a_job_that_was_stopped_goes_on_where_it_was(folder: Path) -> None:
    jobs = file_jobs([str(folder / "in")], folder / "out")
    asked: list[str] = []

    def translate(job: FileJob) -> None:
        asked.append(job.source.name)
        if asked == ["b.md", "c.html"]:
            raise KeyboardInterrupt
        job.target.write_bytes(b"x")

    with pytest.raises(KeyboardInterrupt):
        translate_files(jobs, translate, force=False)
    translate_files(jobs, translate, force=False)
    assert asked == ["b.md", "c.html", "c.html", "d.docx"]
    assert sorted(p.name for p in (folder / "out").rglob("*.*")) == ["b.md", "c.html", "d.docx"]


def test_an_output_inside_the_input_is_not_its_input(folder: Path) -> None:
    (folder / "in/out").mkdir()
    (folder / "in/out/b.md").write_text("x", "utf-8")
    (folder / "in/x.txt.part.json").write_text("{}", "utf-8")  # of a translation that was stopped
    jobs = file_jobs([str(folder / "in")], folder / "in/out")
    assert [str(job.source.relative_to(folder / "in")) for job in jobs] == ["b.md", "sub/c.html", "sub/d.docx"]


def test_two_files_of_one_name_and_a_file_onto_itself(folder: Path) -> None:
    (folder / "b.md").write_text("x", "utf-8")
    with pytest.raises(UsageError, match="would both become"):
        file_jobs([str(folder / "b.md"), str(folder / "in")], folder / "out")
    with pytest.raises(UsageError, match="replaced by its translation"):
        file_jobs([str(folder / "b.md")], folder)
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match="nothing to translate"):
        file_jobs([str(folder / "empty")], folder / "out")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--to-dir", "out"], "named as arguments"),
        (["a.md", "--to-dir", "out", "--json"], "named as arguments"),
        (["a.md", "--to-dir", "out", "-o", "b"], "named as arguments"),
        (["text", "--bilingual", "tsv"], "of a whole file"),
        (["-i", "{a}", "--bilingual", "pdf"], "it takes tsv, tmx, md"),
    ],
)
def test_mistakes(run, folder: Path, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("translate", *[a.format(a=folder / "a.txt") for a in argv], columns=300)
    assert (code, says in err) == (2, True)


def test_side_by_side(run, folder: Path) -> None:  # type: ignore[no-untyped-def]
    page = folder / "in/sub/c.html"
    assert run("translate", "-i", str(page), "--to", "pt", "--bilingual", "tsv")[1] == f"{EN}\t{PT}\n"
    assert run("translate", "-i", str(folder / "a.txt"), "--to", "pt", "--bilingual", "md")[1].splitlines() == [
        "| English | Portuguese |",
        "|---|---|",
        f"| {EN} | {PT} |",
    ]
    argv = ["translate", str(folder / "in"), "--to-dir", str(folder / "out"), "--to", "pt", "--bilingual", "tmx"]
    assert run(*argv)[0] == 0
    memory = ElementTree.parse(folder / "out/sub/d.docx.tmx")
    assert [seg.text for seg in memory.iter("seg")] == [EN, PT]


def test_side_by_side_in_the_other_direction_and_with_odd_signs() -> None:
    pairs = [('a\t"b" | <c>', "x & y\x07\nz")]

    def bilingual_text(pairs: list[tuple[str, str]], form: Bilingual, direction: Direction) -> str:
        return head(form, direction) + rows(pairs, form, direction) + foot(form)

    assert bilingual_text(pairs, "tsv", "pt-en") == 'a "b" | <c>\tx & y\x07 z\n'
    assert bilingual_text(pairs, "md", "pt-en").splitlines()[::2] == [
        "| Portuguese | English |",
        '| a\t"b" \\| <c> | x & y\x07 z |',
    ]
    root = ElementTree.fromstring(bilingual_text(pairs, "tmx", "pt-en"))
    assert root.find("header").get("srclang") == "pt"  # type: ignore[union-attr]
    assert [seg.text for seg in root.iter("seg")] == ["x & y z", 'a\t"b" | <c>']
    assert list(csv.reader(io.StringIO(bilingual_text([("a", "b")], "tsv", "en-pt")), delimiter="\t")) == [["a", "b"]]


def test_tags_stand_for_their_words_side_by_side() -> None:
    file = open_file(b"<p>See <a href=x>the guide</a> and <code>make all</code>.</p><p>More", "html")
    assert file.plain(0, file.passages[0]) == "See the guide and make all."
    assert file.plain(1, "Mais") == "Mais"
