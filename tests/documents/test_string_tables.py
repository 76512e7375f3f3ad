"""gettext, JSON, properties and WebVTT: what is translated, and that all else stays byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.documents import DocumentKind, open_document

PO = """# Catalogue
msgid ""
msgstr "Language: pt\\n"

#: a.c:3
#, c-format
msgid "Open \\"%s\\""
msgstr ""

msgid "One fish"
msgid_plural "%d fishes"
msgstr[0] ""
msgstr[1] ""

msgid "done"
msgstr "feito"

#~ msgid "gone"
#~ msgstr ""
"""
JSON = """{
  "title": "A page",
  "nested": {"items": ["One thing", "two.keys"], "n": 3, "ok": true},
  "link": "https://a.b/c", "said": "\\u00e9 \\"so\\""
}
"""
PROPERTIES = '# comment\ngreeting = Good day\npath=/usr/bin\n"key" = "A value";\n'
VTT = """WEBVTT

STYLE
::cue { color: red }

00:01.000 --> 00:02.500 align:start
Two boats.

NOTE not read

1
00:03.000 --> 00:04.000
Honey
"""


@pytest.mark.parametrize(
    ("kind", "text", "passages"),
    [
        ("po", PO, ['Open "%s"', "One fish", "%d fishes"]),
        ("json", JSON, ["A page", "One thing", 'é "so"']),
        ("properties", PROPERTIES, ["Good day", "A value"]),
        ("properties", "a = One \\\n   two\\\\\nb = \\\n  Three words\n", ["One two\\\\", "Three words"]),
        ("vtt", VTT, ["Two boats.", "Honey"]),
    ],
)
def test_passages(kind: DocumentKind, text: str, passages: list[str]) -> None:
    document = open_document(text, kind)
    assert document.passages == passages
    assert document.fill(passages) == text
    filled = document.fill([passage.upper() for passage in passages])
    assert [line for line in filled.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    assert all(passage.upper().replace('"', '\\"') in filled for passage in passages)


def test_line_ends_in_strings_stay() -> None:
    document = open_document('msgid "A \\"bee\\"\\n"\n"and honey\\n"\nmsgstr ""\n', "po")
    assert document.passages == [r'A "bee"\nand honey\n']
    assert document.fill([r'Uma "abelha"\ne mel\n']).endswith('msgstr "Uma \\"abelha\\"\\ne mel\\n"\n')
    document = open_document(r'{"a": " A bee\nand: ", "b": "C:\\nest egg"}', "json")
    assert document.passages == ["A bee", "and:", r"C:\nest egg"]
    assert document.fill(['Uma "abelha"', "e:", r"C:\nest ovo"]) == (
        r'{"a": " Uma \"abelha\"\ne: ", "b": "C:\\nest ovo"}'
    )


def test_a_catalogue_once_filled_has_nothing_left_to_do() -> None:
    document = open_document(PO, "po")
    assert open_document(document.fill(["Abrir", "Um peixe", "%d peixes"]), "po").passages == []


values = st.recursive(
    st.text(max_size=12) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values, st.booleans())
def test_any_json_stays_json(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    document = open_document(text, "json")
    assert document.fill(document.passages) == text
    json.loads(document.fill(['x "y"'] * len(document.passages)))
