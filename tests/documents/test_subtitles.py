"""Subtitles of three formats: words are translated; times, tags and styles stay."""

from __future__ import annotations

import re

import pytest
from document_laws import stays
from hypothesis import given
from hypothesis import strategies as st

from translator.documents import DocumentKind, open_document

HEAD = """[Script Info]
; A comment
Title: A film
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
TIMES = "0,0:00:01.00,0:00:02.50,Default,Ana,0,0,0,,"
DIALOGUES = {
    "Good day, Ana.": ["Good day, Ana."],
    "She waited at the corner\\Nuntil the bus came.": ["She waited at the corner until the bus came."],
    "- Is it late?\\N- No.": ["Is it late?", "No."],
    "{\\an8}{\\i1}All of it{\\i0}": ["All of it"],
    "I {\\i1}really{\\i0} mean it": ["I {\\i1}really{\\i0} mean it"],
    "{\\i1}All{\\i0} of it,\\Nand more": ["{\\i1}All{\\i0} of it, and more"],
    "<b>PART ONE</b>\\N<i>The road</i>": ["PART ONE", "The road"],
    "PART ONE\\NThe road": ["PART ONE", "The road"],
    "{\\p1}m 0 0 l 100 0 100 100{\\p0}": [],
    "{\\k20}la{\\k15}la": [],
    "{\\pos(10,20)\\c&HFFFFFF&}A sign": ["A sign"],
    "One\\hword\\nmore": ["One\\hword more"],
    "♪ A song ♪": ["A song"],
    "": [],
    "12": [],
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("words", DIALOGUES)
def test_dialogues(words: str, end: str) -> None:
    text = f"\ufeff{HEAD}Comment: {TIMES}Not this\nDialogue: {TIMES}{words}\n".replace("\n", end)
    document = stays(text, "ass")
    assert document.passages == DIALOGUES[words]
    filled = document.fill([f"Um, {p}" for p in document.passages])
    assert [line.partition(TIMES)[0] for line in filled.splitlines()] == [
        line.partition(TIMES)[0] for line in text.splitlines()
    ]


def test_lines_of_an_old_script_and_their_breaks() -> None:
    text = "[Events]\nFormat: Marked, Start, End, Text\nDialogue: Marked=0,0:00:01.00,0:00:02.00,One line,\\Nand two\n"
    document = open_document(text, "ass")
    assert document.passages == ["One line, and two"]
    assert document.fill(["Uma linha, e mais duas"]).endswith("2.00,Uma linha,\\Ne mais duas\n")


CUE = "{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{words}\n\n"
SRT = {
    "plain": "Good day.",
    "two lines": "She waited at the corner\nuntil the bus came.",
    "speakers": "- Is it late?\n- No. It is\n  early.",
    "italic": "<i>All of it</i>",
    "inside": 'not <font color="red">now</font>, please',
    "placed": "{\\an8}Up here",
    "song": "♪ la la ♪\n♪ more ♪",
    "number": "20\nyears later",
    "entity": "Fish &amp; chips",
    "sound": "[DOOR OPENS]\nWho is it?",
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", SRT)
def test_files_of_srt_and_vtt(name: str, end: str) -> None:
    cues = "".join(CUE.format(n=n, words=words) for n, words in enumerate([SRT[name], "And then?"], start=1))
    assert len(stays(cues.replace("\n", end), "srt").passages) >= 2
    assert len(stays(("WEBVTT\n\nNOTE\nnot this\n\n" + cues).replace("\n", end), "vtt").passages) >= 2


WORDS = st.lists(
    st.sampled_from(["word", "Two words.", "- yes", "<i>so</i>", "{\\i1}", "♪", "7", "ah, no"]), max_size=4
)
LINES = st.lists(WORDS.map(" ".join), min_size=1, max_size=3)


@given(st.lists(LINES, max_size=4), st.sampled_from(["srt", "vtt", "ass"]))
def test_generated_files(cues: list[list[str]], kind: DocumentKind) -> None:
    """What stands around the words is there after other words were put in."""
    if kind == "ass":
        text = HEAD + "".join("Dialogue: " + TIMES + "\\N".join(cue) + "\n" for cue in cues)
    else:
        text = "".join(CUE.format(n=n, words="\n".join(cue)) for n, cue in enumerate(cues))
    document = stays(text, kind)
    filled = document.fill(["uma palavra e outra"] * len(document.passages))
    frame = re.compile(
        r"^(?:\d\n00:.*|Dialogue: .*?,,|Style.*|Format.*)$" if kind != "ass" else r"^.*?,,|^\w+:.*$", re.M
    )
    assert [m[0].partition(TIMES)[0] for m in frame.finditer(filled)] == [
        m[0].partition(TIMES)[0] for m in frame.finditer(text)
    ]
    assert filled.count("uma") == len(document.passages)
