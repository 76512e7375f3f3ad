"""Texts of any size of each format, a unit with a number after another: no two sentences are the same."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["FILES", "KIND_OF", "MEMBERS", "text_of", "write"]

WORDS = re.findall(r"\w+", "the old boat waits near a green river while seven people talk about bread and rain")

Unit = Callable[[int], str]


def sentence(n: int) -> str:
    """A sentence that no other number has."""
    return f"In {WORDS[n % 16]} house {n} {WORDS[n // 16 % 16]} {WORDS[n // 256 % 16]} stays close to the water."


def clock(n: int) -> str:
    """A time of day with milliseconds."""
    return f"{n // 3600 % 100:02}:{n // 60 % 60:02}:{n % 60:02},000"


def _markdown(n: int) -> str:
    blocks = (
        f"## Part {n}\n\n{sentence(n)} See [the guide][g{n % 7}] and **more** of it.\n",
        f"- {sentence(n)}\n- {sentence(n + 1)}\n\n  and `code {n}`\n- last\n",
        f"> {sentence(n)}\n> {sentence(n + 2)}\n",
        f"| Name | Value |\n|------|-------|\n| {sentence(n)} | `x{n}` |\n",
        f"```\n# code {n}\n\nmore of it\n```\n",
    )
    return blocks[n % 5] + "\n"


def _html(n: int) -> str:
    kept = f'<div translate="no"><p>Kept {n}</p></div>' if n % 9 == 0 else ""
    return f'<div class="c"><p title="A title {n}">{sentence(n)} A <b>bold</b> word.</p>{kept}<pre>a {n}</pre></div>\n'


def _yaml(n: int) -> str:
    return (
        f'    key_{n}:\n      title: "{sentence(n)}"\n      text: |\n        {sentence(n + 1)}\n        a: b\n'
        f"      list:\n      - {sentence(n + 2)}\n      - [a, b]\n"
    )


def _dialogue(n: int) -> str:
    return (
        f"Dialogue: 0,0:{n // 60 % 60:02}:{n % 60:02}.00,0:59:59.00,D,,0,0,0,,{{\\i1}}{sentence(n)}\\N{sentence(n)}\n"
    )


def _paragraph(n: int) -> str:
    words = f"<w:r><w:t>{sentence(n)} </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bold {n}</w:t></w:r>"
    return f'<w:p w:rsidR="00{n % 9}"><w:pPr><w:jc w:val="left"/></w:pPr>{words}</w:p>'


FILES: dict[str, tuple[str, Unit, str]] = {  # ending: what stands first, a unit by its number, what stands last
    "txt": ("", lambda n: f"{sentence(n)}\n", ""),
    "md": (
        "---\ntitle: x\n---\n\n",
        _markdown,
        "\n".join(f"[g{n}]: https://a.b/{n}" for n in range(7)) + "\n",
    ),
    "srt": ("", lambda n: f"{n + 1}\n{clock(n)} --> {clock(n + 1)}\n{sentence(n)}\n<i>{sentence(n)}</i>\n\n", ""),
    "vtt": ("WEBVTT\n\n", lambda n: f"{clock(n)} --> {clock(n + 1)}\n{sentence(n)}\n\nNOTE no {n}\n\n", ""),
    "ass": ("[Events]\nFormat: Layer,Start,End,Style,Name,ML,MR,MV,Effect,Text\n", _dialogue, ""),
    "html": ("<!DOCTYPE html>\n<html><head><title>A title</title></head><body>\n", _html, "</body></html>\n"),
    "po": (
        'msgid ""\nmsgstr "Language: pt\\n"\n\n',
        lambda n: f'#: a.c:{n}\nmsgid "{sentence(n)}"\nmsgstr ""\n\nmsgid "Done"\nmsgstr "x"\n\n',
        "",
    ),
    "json": ("{\n", lambda n: f'  "key_{n}": {{"text": "{sentence(n)}", "n": {n}}},\n', '  "end": null\n}\n'),
    "min.json": ("[", lambda n: f'{{"a":"{sentence(n)}","n":{n}}},', "0]"),  # all on one line
    "yaml": ("en:\n  all:\n", _yaml, ""),
    "properties": ("# note\n", lambda n: f"key.{n}={sentence(n)}\n", ""),
    "strings": ("", lambda n: f'/* note {n} */\n"key {n}" = "{sentence(n)}";\n', ""),
    "csv": ("id,name\n", lambda n: f'{n},"{sentence(n)}\nA ""second"" line, too"\n', ""),
    "tsv": ("id\tname\n", lambda n: f"{n}\t{sentence(n)}\n", ""),
    "xlf": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2"><file source-language="en"><body>\n',
        lambda n: f'  <trans-unit id="{n}">\n    <source>{sentence(n)} <g id="1">Bold</g></source>\n  </trans-unit>\n',
        "</body></file></xliff>\n",
    ),
    "tmx": (
        '<?xml version="1.0"?>\n<tmx version="1.4"><header srclang="en"/><body>\n',
        lambda n: f'<tu tuid="{n}"><tuv xml:lang="en"><seg>{sentence(n)}</seg></tuv></tu>\n',
        "</body></tmx>\n",
    ),
    "strings.xml": (
        '<?xml version="1.0" encoding="utf-8"?>\n<resources>\n',
        lambda n: f'  <string name="s{n}">{sentence(n)} It\\\'s <b>bold</b></string>\n',
        "</resources>\n",
    ),
    "docx": ("<w:document><w:body>", _paragraph, "</w:body></w:document>"),
    "epub": ("<html><body>", _html, "</body></html>"),
    "odt": (
        "<office:body>",
        lambda n: f'<text:p>{sentence(n)} <text:span text:style-name="B">bold</text:span></text:p>\n',
        "</office:body>",
    ),
}
KIND_OF = {"min.json": "json", "strings": "properties", "tsv": "csv", "xlf": "xliff", "strings.xml": "android"}
"""The kinds of documents whose names are not those of the endings above."""
MEMBERS = {"docx": "word/document.xml", "epub": "a.xhtml", "odt": "content.xml"}


def text_of(kind: str, size: int) -> Iterator[bytes]:
    """A text of about ``size`` bytes, a unit at a time."""
    head, unit, foot = FILES[kind]
    written = len(head)
    yield head.encode()
    number = 0
    while written < size:
        content = unit(number).encode()
        written += len(content)
        number += 1
        yield content
    yield foot.encode()


def write(kind: str, size: int, folder: Path) -> Path:
    """A file of that kind; of a package, one member has the size."""
    path = folder / (f"{kind}" if kind == "strings.xml" else f"big.{kind}")
    if kind not in MEMBERS:
        with path.open("wb") as file:
            file.writelines(text_of(kind, size))
        return path
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open(MEMBERS[kind], "w", force_zip64=True) as member,
    ):
        for content in text_of(kind, size):
            member.write(content)
    return path
