"""Word, OpenDocument and EPUB: runs joined before, looks put back after, everything else as it was."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from document_laws import reworded
from document_packages import BODIES, CHAPTERS, ODT_BODIES, docx, epub, odt, run, zipped
from hypothesis import given
from hypothesis import strategies as st

from translator.documents import DocumentKind, open_file
from translator.errors import InputError

FILES: list[tuple[DocumentKind, str, bytes, list[str]]] = [
    *(("docx", name, docx(body), passages) for name, (body, passages) in BODIES.items()),
    *(("odt", name, odt(body), passages) for name, (body, passages) in ODT_BODIES.items()),
]
BOOKS = [epub([*CHAPTERS, extra]) for extra in (f"<p>Part {n} of <b>many</b>{'<br/>' * n}</p>" for n in range(10))]


def members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return {name: package.read(name) for name in package.namelist()}


def turned(raw: bytes, kind: DocumentKind) -> bytes:
    """The package with other words: as many passages, the same members in the same order, and all XML still is."""
    file = open_file(raw, kind)
    assert file.fill(file.passages) == raw
    words = [word for part in file.parts for word in reworded(part.document)]
    filled = file.fill(words)
    before, after = members(raw), members(filled)
    assert list(before) == list(after)
    changed = {part.name for part in file.parts if part.document.slots}
    assert {name for name in before if before[name] != after[name]} == changed
    for name in changed:
        ElementTree.fromstring(after[name])
    again = open_file(filled, kind).passages
    assert [p.replace(" ", "") for p in again] == [w.replace(" ", "") for w in words]
    return filled


@pytest.mark.parametrize(
    ("kind", "name", "raw", "passages"), FILES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_passages_and_other_words(kind: DocumentKind, name: str, raw: bytes, passages: list[str]) -> None:
    assert open_file(raw, kind).passages == passages
    turned(raw, kind)


@pytest.mark.parametrize("raw", BOOKS)
def test_books(raw: bytes) -> None:
    assert open_file(raw, "epub").passages[:4] == ["A small book", "Chapter one", "The book", "Chapter one"]
    filled = turned(raw, "epub")
    with zipfile.ZipFile(io.BytesIO(filled)) as package:
        first = package.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_looks_go_where_the_words_went() -> None:
    file = open_file(docx(BODIES["bold"][0]), "docx")
    xml = members(file.fill(["A casa <1>antiga</1> e o <2>jardim</2>"]))["word/document.xml"].decode()
    looks = [
        (
            "b" if "<w:b/>" in part else "i" if "<w:i/>" in part else "",
            part.partition('preserve">')[2].partition("<")[0],
        )
        for part in xml.split("<w:r>")[1:]
    ]
    assert [look for look in looks if look[1]] == [("", "A casa "), ("b", "antiga"), ("", " e o "), ("i", "jardim")]
    link = open_file(docx(BODIES["link"][0]), "docx").fill(["<1>O guia</1> já.", "o guia", "O guia"])
    xml = members(link)["word/document.xml"].decode()
    assert xml.count("<w:hyperlink ") == xml.count("</w:hyperlink>") >= 3


LOOKS = st.sampled_from(["", "<w:rPr><w:b/></w:rPr>", '<w:rPr><w:lang w:val="pt"/></w:rPr>', "<w:rPr><w:i/></w:rPr>"])
WORDS = st.sampled_from(["a word", " ", "more ", " words", "7", "&lt;b&gt;"])
RUNS = st.builds(run, WORDS, LOOKS) | st.sampled_from(
    [
        "<w:r><w:tab/></w:r>",
        '<w:bookmarkStart w:id="1"/>',
        "<w:r/>",
        "<w:r><w:t>a</w:t><w:sym/><w:t>b</w:t></w:r>",
        "<w:p/>",
    ]
)
LINKS = st.lists(RUNS, max_size=3).map(lambda runs: f'<w:hyperlink r:id="r1">{"".join(runs)}</w:hyperlink>')


@given(st.lists(RUNS | LINKS, max_size=8).map("".join))
def test_any_paragraph(runs: str) -> None:
    raw = docx(f"<w:p>{runs}</w:p>")
    if open_file(raw, "docx").passages:
        turned(raw, "docx")


@pytest.mark.parametrize("raw", [b"", b"PK no", zipped({"a.txt": "x"}), docx("<w:p/>")[:200]])
def test_no_package(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.docx: it is"):
        open_file(raw, "docx", "a.docx")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_libreoffice_opens_what_was_translated(kind: DocumentKind, tmp_path: Path) -> None:
    bodies = "".join(body for body, _ in (BODIES if kind == "docx" else ODT_BODIES).values())
    path = tmp_path / f"a.{kind}"
    path.write_bytes(turned((docx if kind == "docx" else odt)(bodies), kind))
    argv = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/home", "--convert-to", "txt:Text"]
    subprocess.run([*argv, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=180)
    assert path.with_suffix(".txt").read_text("utf-8").count("qq") >= 10


_FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE \\* MERGEFORMAT '
    '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>7</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
_SIMPLE = '<w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>nine pages</w:t></w:r></w:fldSimple>'
_ADDRESS = (
    '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> HYPERLINK "https://a.b/c" </w:instrText>'
    '<w:fldChar w:fldCharType="separate"/><w:t>https://a.b/c</w:t><w:fldChar w:fldCharType="end"/></w:r>'
)
_CONTENTS = (  # its end is in another paragraph, and another field stands in a link inside it
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o "1-3" </w:instrText></w:r>'
    f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:hyperlink w:anchor="_Toc1">{run("The first part")}'
    f"<w:r><w:tab/></w:r>{_FIELD.replace('PAGE', 'PAGEREF _Toc1')}</w:hyperlink>"
)
_CROSSING = (  # a field that ends outside the link that it begins in
    '<w:hyperlink r:id="r2"><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF x </w:instrText></w:r>'
    f'{run("old words")}</w:hyperlink><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
_CODES = re.compile(r"<w:(?:fldChar|fldSimple|instrText|hyperlink)\b[^>]*>|<w:instrText.*?</w:instrText>")
FIELDS = {
    "page": (
        f"{run('This is page ')}{_FIELD}{run(' of ')}{_SIMPLE}{run(' in all.')}",
        "This is page <1/> of <2/> in all.",
    ),
    "address": (f"{run('Go to ')}{_ADDRESS}{run(' now.')}", "Go to <1/> now."),
    "contents": (_CONTENTS, "The first part"),
    "link": (f'<w:hyperlink r:id="r1">{run("Read ")}{_FIELD}{run(" first")}</w:hyperlink>{run(" please.")}', None),
    "crossing": (f"{run('See ')}{_CROSSING}{run(' there.')}", None),
    "alone": (_FIELD, None),
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_and_links_stay_and_the_words_around_them_are_translated(name: str) -> None:
    runs, passage = FIELDS[name]
    raw = docx(f'<w:p>{runs}</w:p><w:p>{run("The end")}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')
    file = open_file(raw, "docx")
    assert passage is None or passage in file.passages
    before = members(raw)["word/document.xml"].decode()
    after = members(turned(raw, "docx"))["word/document.xml"].decode()
    assert _CODES.findall(after) == _CODES.findall(before)
    for whole in (_FIELD, _SIMPLE, _ADDRESS):
        assert after.count(whole) == before.count(whole)
    shown = re.sub(r"<[^>]*>", "", re.sub(r"<w:instrText.*?</w:instrText>", "", after))
    assert "The end" not in shown
    assert "This is" not in shown
