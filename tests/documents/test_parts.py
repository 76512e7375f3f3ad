"""Long files: read in parts, they hold what they hold in one, whatever the size of a part."""

from __future__ import annotations

import io
import math
import weakref
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from document_laws import reworded
from document_packages import docx, odt
from hypothesis import given
from hypothesis import strategies as st
from long_texts import FILES, KIND_OF, MEMBERS, text_of

from translator.documents import Document, DocumentKind, files, open_source
from translator.errors import InputError

TEXTS = [kind for kind in FILES if kind not in MEMBERS]
# What is read otherwise if a text is cut in the midst of it.
ODD: dict[DocumentKind, list[str]] = {
    "txt": ["One line.\n", "\n", "two\r\n", "old\r"],
    "md": [
        "A [name] and [words][name], **bold\nwords**.\n\n",
        "- an item\n\n  more of it\n\n- another\n\n",
        "    code\n\n",
        "```\nno words\n\n# none\n```\n",
        "---\ntitle: no front matter here\n---\n\n",
        "<div>\nblock\n</div>\n\n",
        "[name]: http://a.b\n\n",
        "> quoted\nlazy\n\n",
        "|a|b|\n|-|-|\n|big|`x`|\n\n",
        "1. one\n2. two\n",
        "<!-- a\n\n# comment -->\n",
        "Title\n=====\n",
    ],
    "srt": [
        "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n",
        "2\n00:00:03,000 --> 00:00:04,000\nTwo\nthree.\n",
        "no time\n\n",
        "12\n",
    ],
    "vtt": ["NOTE\nno words\n\n", "00:01.000 --> 00:02.000\nOne.\n\n", "STYLE\n::cue {}\n\n", "Two words.\n"],
    "ass": [
        "Format: Layer, Start, Text\n",
        "Dialogue: 0,1,One, two\n",
        "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,Good\\Nday\n",
        "Format: a,b,c,d,e,f,g,h,i,Text\n",
    ],
    "html": [
        "<p>One <b>bold</b> word</p>\n",
        '<div translate="no"><p>kept</p>\n<p>kept too</p></div>',
        "<pre>\n<p>no</p></pre>",
        "<script>if (a<b) {'<p>no</p>'}</script>",
        "<!-- <p>no</p> -->",
        "<span>open <p>in it</p> still</span>",
        "<code>x <div>y</div></code>",
        "<p title='A \"title\" > here'>x y",
        "</div>",
        "<a href=x>one</a> | <a href=y>two</a>",
    ],
    "po": [
        'msgid "Words"\nmsgstr ""\n',
        '\n#, fuzzy\nmsgctxt "menu"\nmsgid ""\n"long "\n"one"\nmsgstr ""\n"x"\n',
        'msgid "a fish"\nmsgid_plural "fishes"\nmsgstr[0] ""\nmsgstr[1] ""\n',
    ],
    "json": ['{"a": "One thing", ', '"b": ["Two \\"words\\"", "x, \\"y: z"], ', '"c" : 7},\n', '"\\\\", "d e",'],
    "yaml": [
        "a: Some words\n",
        "b:\n  c: |\n    one: two\n    three\n\n    four\n",
        "  d: goes\n    on: below\n",
        "- one\n- two words\n",
        "e: {a: b,\n  c: d}\n",
        "f: >-\n  folded\n  words\n",
        "# note\n",
    ],
    "properties": ["a=One thing\n", '"b c" = "Two words";\n', "long = one \\\n  two\n", "# no\n"],
    "csv": ["id,name\n", '1,"Some ""words""\nand more"\n', "2,plain words\n", '"a, b",c\n', ',"x'],
    "xliff": [
        "<trans-unit><source>One</source></trans-unit>\n",
        '<group translate="no"><trans-unit><source>No</source></trans-unit>\n'
        "<trans-unit><source>no</source></trans-unit></group>",
        "<trans-unit><source>Two</source><target/></trans-unit>",
        "<!-- <trans-unit><source>No</source></trans-unit> -->",
    ],
    "tmx": [
        '<header srclang="en"/>',
        '<tu><tuv xml:lang="en"><seg>One</seg></tuv></tu>\n',
        '<tu><tuv xml:lang="en"><seg>A</seg></tuv><tuv xml:lang="pt"><seg>B</seg></tuv></tu>',
    ],
    "android": [
        '<string name="a">One <b>two</b></string>\n',
        '<string-array translatable="false"><item>No</item>\n<item>no</item></string-array>',
        '<plurals name="p"><item>one</item><item>two</item></plurals>',
    ],
}


def joined(raw: bytes, kind: DocumentKind, size: float) -> tuple[list[str], list[bytes], int]:
    """The passages of a file read so, it with other words a text, and how many parts there were."""
    parts = list(open_source(io.BytesIO(raw), kind).parts(size))
    texts: dict[str, bytes] = {}
    for part in parts:
        texts[part.name] = texts.get(part.name, b"") + part.fill(reworded(part.document))
    assert b"".join(part.raw for part in parts) == raw or kind in MEMBERS
    return [p for part in parts for p in part.document.passages], list(texts.values()), len(parts)


@pytest.mark.parametrize("kind", FILES)
def test_long_files_of_each_format_in_parts(kind: str) -> None:
    raw = b"".join(text_of(kind, 12_000))
    known = cast(DocumentKind, KIND_OF.get(kind, kind))
    if kind in ("docx", "odt"):
        make: Callable[[str], bytes] = docx if kind == "docx" else odt
        raw = make(raw.decode())
    elif kind == "epub":
        known = "html"
    whole, once, _ = joined(raw, known, math.inf)
    passages, filled, count = joined(raw, known, 900)
    assert count > 6
    assert (passages, filled) == (whole, once)


@pytest.mark.parametrize("kind", ODD)
@given(data=st.data())
def test_odd_texts_in_parts(kind: DocumentKind, data: st.DataObject) -> None:
    units = data.draw(st.lists(st.sampled_from(ODD[kind]), min_size=1, max_size=80))
    text = "".join(units)
    if kind == "tmx":
        text = ODD[kind][0] + text
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16"]))
    whole = joined(text.encode(encoding), kind, math.inf)[:2]
    # the last eighth of what is read ahead is longer than a unit, as it is in earnest
    assert joined(text.encode(encoding), kind, 900)[:2] == whole


@pytest.mark.parametrize("kind", ["md", "txt"])  # Markdown is gone over before it is read
def test_of_a_long_file_few_parts_are_in_memory(kind: DocumentKind, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Document]] = []
    alive: list[int] = []

    def watched(*args: Any) -> Iterator[tuple[Document, Any]]:
        for document, state in cut(*args):
            made.append(weakref.ref(document))
            alive.append(sum(one() is not None for one in made))
            yield document, state

    cut = files._cut
    monkeypatch.setattr(files, "_cut", watched)
    for _ in open_source(io.BytesIO(b"".join(text_of(kind, 12_000))), kind).parts(900):
        pass
    assert len(made) > 6
    assert max(alive) <= 3


def test_a_fault_far_behind_is_told_before_anything_is_read() -> None:
    raw = b"".join(text_of("csv", 200_000)) + b"caf\xe9\n"
    with pytest.raises(InputError, match=rf"line {raw.count(10)}: not UTF-8 \(byte 0xE9\)"):
        next(open_source(io.BytesIO(raw), "csv").parts())


@pytest.mark.parametrize("encoding", ["latin-1", "iso-2022-jp", "utf-7", "shift-jis"])
def test_other_encodings_in_parts(encoding: str) -> None:
    words = "ação" if encoding == "latin-1" else "日本 words"
    raw = (f"<?xml version='1.0' encoding='{encoding}'?>" + f"<p>{words}</p><p>é</p>"[:200] * 200).encode(
        encoding, "xmlcharrefreplace"
    )
    assert joined(raw, "html", 300)[:2] == joined(raw, "html", math.inf)[:2]
