"""Catalogues and Markdown: files as people write them, and any that can be generated."""

from __future__ import annotations

import pytest
from document_laws import reads, stays, turned
from hypothesis import given
from hypothesis import strategies as st

PO = {
    "empty": 'msgid ""\nmsgstr ""\n"Language: pt\\n"\n\nmsgid "Open the file"\nmsgstr ""\n',
    "done": 'msgid "Yes"\nmsgstr "Sim"\n',
    "plural": 'msgid "One fish"\nmsgid_plural "%d fishes"\nmsgstr[0] ""\nmsgstr[1] ""\n',
    "long": 'msgid ""\n"A long "\n"message"\nmsgstr ""\n',
    "context": '#. note\n#: a.c:3\n#, c-format\nmsgctxt "menu"\nmsgid "Save %s"\nmsgstr ""\n',
    "obsolete": '#~ msgid "gone"\n#~ msgstr ""\n',
    "escapes": 'msgid "Say \\"hi\\"\\tnow"\nmsgstr ""\n',
    "crlf": 'msgid "Two boats"\r\nmsgstr ""\r\n',
    "previous": '#| msgid "old"\nmsgid "new words"\nmsgstr ""\n',
    "no end": 'msgid "Last"\nmsgstr ""',
}


@pytest.mark.parametrize("name", PO)
def test_catalogues(name: str) -> None:
    document = stays(PO[name], "po")
    filled = document.fill([f"x {p}" for p in document.passages])
    assert reads(filled, "po") == []
    assert [line for line in filled.splitlines() if not line.startswith(("msgstr", '"'))] == [
        line for line in PO[name].splitlines() if not line.startswith(("msgstr", '"'))
    ]


MESSAGES = st.text(st.sampled_from('ab é"\\%s{}\t'), max_size=12)


@given(st.lists(st.tuples(MESSAGES, st.booleans()), max_size=5))
def test_generated_catalogues(messages: list[tuple[str, bool]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'

    text = "".join(f"msgid {quoted(m)}\nmsgstr {quoted('x' * done)}\n\n" for m, done in messages)
    document = stays(text, "po")
    assert document.passages == [m.strip() for m, done in messages if not done and any(map(str.isalpha, m))]
    assert reads(document.fill([f"um {p}" for p in document.passages]), "po") == []


PARTS = st.sampled_from(
    [
        "# A title",
        "A line of words",
        "- an item\n- *another* one",
        "> quoted **words**",
        "| a | b |\n|---|---|\n| c `d` | e |",
        "```\ncode\n```",
        "[a link](x.md) here",
        "1. one\n2. two",
        "---",
        "![a picture](p.png)",
        "<b>html</b> words",
    ]
)


@given(st.lists(PARTS, max_size=6).map("\n\n".join), st.sampled_from(["\n", "\r\n"]))
def test_generated_markdown(text: str, end: str) -> None:
    turned(text.replace("\n", end), "md")
