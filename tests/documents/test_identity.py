"""What changes nothing gives back the same bytes: files of the formats that have no test file of their own, and one of
each format through the command's own way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from document_laws import turned
from document_packages import BODIES, ODT_BODIES, docx, epub, odt
from identity import Identity

from translator.commands.translate.asked import Asked
from translator.commands.translate.documents import translate_document
from translator.commands.translate.task import Task
from translator.config import SearchConfig
from translator.documents import DocumentKind, open_file
from translator.translation import TranslateOptions

MARKDOWN = {
    "readme": '# boat\n\n[![build](b.svg)](x)\n\nA *boat*. See [the guide](docs/a.md "t").\n\n```sh\nmake all\n```\n',
    "front": "---\ntitle: A page\ntags: [a, b]\n---\n\nText with `code`.\n",
    "list": "1. First\n   - inner\n\n     more of it\n2. Second\n- [x] done\n- [ ] to do\n",
    "table": "| Name | Value |\n|:-----|------:|\n| A boat | `x` |\n| more \\| less | **7** |\n",
    "quote": "> Quoted words\n> go on\n>\n> > deeper\n\nAfter[^1].\n\n[^1]: A note.\n",
    "setext": "A title\n=======\n\nWrapped\nwords here  \nand a break\n\n***\n",
    "html": "<details>\n<summary>More words</summary>\n\nInside.\n\n</details>\n\n<!-- no -->\nA <b>key</b>.\n",
    "admonition": "!!! note\n    Take care.\n\n> [!TIP]\n> Use it.\n\n:::warning\nHot!\n:::\n",
    "crlf": "# Title\r\n\r\nWords\r\nand more.\r\n",
    "mdx": "import A from './a'\n\n# Title\n\n<A b={c}>words</A>\n\n{/* no */}\n",
    "links": "[a]: http://x.y 'T'\n\nSee [words][a], <http://a.b>, www.c.d and ![a picture](p.png).\n",
}
JSON = {
    "flat": '{\n  "title": "A page",\n  "ok": true\n}\n',
    "nested": '{"a": {"b": ["One thing", {"c": "More words"}]}, "n": [1, 2.5, null]}',
    "tabs": '{\n\t"a": "One",\n\t"b"  :  "Two words"\n}',
    "escapes": '{"a": "Say \\"hi\\" \\u00e9 \\/ now", "b": "C:\\\\x"}\n',
    "codes": '{"locale": "en-GB", "id": "A_B", "color": "#ff00aa", "url": "https://a.b/c", "path": "./a/b"}',
    "placeholders": '{"a": "Hi {name}", "b": "{{count}} boats", "c": "%s of %d"}',
    "array": '["One", "two words", ""]',
    "chrome": '{"name": {"message": "Good day", "description": "Shown first"}}',
    "arb": '{"@@locale": "en", "hello": "Good day {n}", "@hello": {"placeholders": {"n": {}}}}',
    "crlf": '{\r\n  "a": "One thing"\r\n}\r\n',
    "comment": '// a note\n{"a": "One thing", /* more */ "b": "two"}\n',
}
PROPERTIES = {
    "java": "# note\nhello=Good day\nbye = Until later\n",
    "colon": "hello: Good day\nmenu.file : Open it\n",
    "continued": "long = One \\\n   two\nb = More words\n",
    "apple": '/* note */\n"hello" = "Good day";\n"Quit %@" = "Quit %@";\n',
    "escapes": "a = Caf\\u00e9 here\nb=It''s {0}\n",
    "codes": "path=/usr/bin\nurl=https://a.b\nn=12\n",
    "blank": "\n\n  ! note\n   indented = Some words  \n",
    "crlf": "a=One thing\r\nb=two\r\n",
    "no end": "a=Last words",
    "keys": "key\\ with\\ space=Some words\nkey.only\n=\n",
}
TEXTS = {
    str(number): text
    for number, text in enumerate(
        [
            "One line.\n",
            "One\n\ntwo\n",
            "a\r\nb\r\n",
            "  indented\t\n",
            "no end",
            "\ufeffmark",
            "",
            "\n\n",
            "é ã 東京\n",
            "a\rb",
            "tab\tbetween\n",
        ]
    )
}
FILES: dict[DocumentKind, dict[str, str]] = {"md": MARKDOWN, "json": JSON, "properties": PROPERTIES, "txt": TEXTS}
CASES = [(kind, name) for kind, files in FILES.items() for name in files]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_files_stay_and_hold_as_many_passages(kind: DocumentKind, name: str) -> None:
    turned(FILES[kind][name], kind)


ONE_OF_EACH: dict[DocumentKind, bytes] = {
    **{kind: next(iter(files.values())).encode() for kind, files in FILES.items()},
    "html": '<meta charset="latin-1"><p title="Ação">Olá <b>você</b>\r\n'.encode("latin-1"),
    "srt": "\ufeff1\n00:00:01,000 --> 00:00:02,000\nGood day\n".encode("utf-16-le"),
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Good day\n",
    "ass": b"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,Good\\Nday\n",
    "docx": docx("".join(body for body, _ in BODIES.values())),
    "odt": odt("".join(body for body, _ in ODT_BODIES.values())),
    "epub": epub(["<p>Words</p>"] * 300),
    "po": b'msgid "Words"\nmsgstr ""\n',
    "xliff": '<?xml version="1.0" encoding="UTF-16"?><trans-unit><source>A word</source></trans-unit>'.encode("utf-16"),
    "tmx": b'<tu><tuv xml:lang="en"><seg>A word</seg></tuv></tu>',
    "android": b'<resources><string name="a">It\\\'s</string></resources>',
    "yaml": b"a: Some words\n",
    "csv": b'a,b\n1,"Some ""words"""\n',
}


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_through_the_command(kind: DocumentKind, tmp_path: Path) -> None:
    raw = ONE_OF_EACH[kind]
    file = open_file(raw, kind)
    assert file.passages
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(raw)
    task = Task(Asked(other_language="refuse"), cast("Any", Identity()), None, SearchConfig(), TranslateOptions())
    translate_document(task, source, kind, target, None)
    assert target.read_bytes() == raw
    assert [path.name for path in tmp_path.iterdir() if path not in (source, target)] == []
    other = file.fill([f"{passage} x" for passage in file.passages])
    assert other != raw
    assert len(open_file(other, kind).parts) == len(file.parts)
