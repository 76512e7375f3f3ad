"""XLIFF, TMX and Android strings: what has no translation gets one, where it belongs; all else stays."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from document_laws import reworded, stays, turned
from hypothesis import given
from hypothesis import strategies as st

from translator.documents import DocumentKind, document_kind, open_document

# of each unit: what it holds, what is to be translated, what stands in its place for the translation "[…]"
UNITS_12 = {
    "no target": ("<source>One boat</source>", "One boat", "<source>One boat</source>{}<target>[One boat]</target>"),
    "empty": ("<source>A</source><target/>", "A", "<source>A</source><target>[A]</target>"),
    "blank": (
        '<source>A</source><target state="x"> </target>',
        "A",
        '<source>A</source><target state="x">[A]</target>',
    ),
    "new": (
        '<source>A b</source><target state="new">A b</target>',
        "A b",
        '<source>A b</source><target state="new">[A b]</target>',
    ),
    "done": ("<source>A b</source><target>Um b</target>", "", ""),
    "final": ('<source>A b</source><target state="final">x</target>', "", ""),
    "pair": (
        '<source>The <g id="1" ctype="bold">old</g> boat &amp; I</source>',
        "The <1>old</1> boat & I",
        '<source>The <g id="1" ctype="bold">old</g> boat &amp; I</source>{}'
        '<target>[The <g id="1" ctype="bold">old</g> boat &amp; I]</target>',
    ),
    "around": (
        '<source> <g id="1">All</g> </source><target></target>',
        "All",
        '<source> <g id="1">All</g> </source><target> <g id="1">[All]</g> </target>',
    ),
    "codes": (
        '<source><bpt id="1">&lt;b&gt;</bpt>Two<ept id="1">&lt;/b&gt;</ept> or <x id="2"/> more</source>',
        "<1>Two</1> or <2/> more",
        '<source><bpt id="1">&lt;b&gt;</bpt>Two<ept id="1">&lt;/b&gt;</ept> or <x id="2"/> more</source>{}'
        '<target>[<bpt id="1">&lt;b&gt;</bpt>Two<ept id="1">&lt;/b&gt;</ept> or <x id="2"/> more]</target>',
    ),
    "halves": (
        '<source>Go <bx id="1" rid="7"/>home<ex id="2" rid="7"/> <mrk mtype="protected">Acme</mrk>!</source>',
        "Go <1>home</1> <2/>!",
        '<source>Go <bx id="1" rid="7"/>home<ex id="2" rid="7"/> <mrk mtype="protected">Acme</mrk>!</source>{}'
        '<target>[Go <bx id="1" rid="7"/>home<ex id="2" rid="7"/> <mrk mtype="protected">Acme</mrk>!]</target>',
    ),
    "memory": (
        "<alt-trans><source>Old</source><target>Velho</target></alt-trans><source>New</source><note>A note</note>",
        "New",
        "<alt-trans><source>Old</source><target>Velho</target></alt-trans><source>New</source>{}<target>[New]</target>"
        "<note>A note</note>",
    ),
}


def xliff_12(unit: str, indent: str = "\n      ", attributes: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a comment -->\n<xliff version="1.2" '
        'xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" source-language="en" target-language="pt">\n'
        f'<body><trans-unit id="1"{attributes}>{indent}{unit}\n</trans-unit></body></file></xliff>\n'
    )


def xliff_2(unit: str, attributes: str = "") -> str:
    return (
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="pt">\r\n'
        f'<file id="f"><unit id="u"{attributes}><notes><note>A note</note></notes>\r\n<segment>{unit}</segment></unit>'
        "</file></xliff>\r\n"
    )


@pytest.mark.parametrize("indent", ["\n      ", ""])
@pytest.mark.parametrize("name", UNITS_12)
def test_units_of_xliff_12(name: str, indent: str) -> None:
    unit, passage, filled = UNITS_12[name]
    document = stays(text := xliff_12(unit, indent), "xliff")
    assert document.passages == ([passage] if passage else [])
    if passage:
        new = document.fill([f"[{passage}]"])
        assert new == xliff_12(filled.format(indent if not name.startswith("memory") else ""), indent)
        assert open_document(new, "xliff").passages == (document.passages if name == "new" else [])
    assert stays(text.replace('id="1"', 'id="1" translate="no"', 1), "xliff").passages == []


UNITS_2 = {
    "<source>One boat</source>": ["One boat"],
    "<source>One</source><target>Um</target>": [],
    "<source>One</source><target/>": ["One"],
    '<source>A <pc id="1">red</pc> boat</source>': ["A <1>red</1> boat"],
    '<source>A <ph id="1"/> boat<cp hex="0001"/>s</source>': ["A <1/> boat<2/>s"],
    '<source>A <sc id="1"/>red<ec startRef="1"/> boat</source>': ["A <1>red</1> boat"],
    '<source>By <mrk id="m" translate="no">Acme</mrk> alone</source>': ["By <1/> alone"],
    '<source>By <mrk id="m" type="term">hand</mrk> alone</source>': ["By <1>hand</1> alone"],
    "<source>One</source></segment><ignorable><source> </source></ignorable><segment><source>Two</source>": [
        "One",
        "Two",
    ],
    '<source xml:space="preserve">  Two  words </source>': ["Two  words"],
    "<source>12 %</source>": [],
}


@pytest.mark.parametrize("unit", UNITS_2)
def test_units_of_xliff_2(unit: str) -> None:
    document = stays(xliff_2(unit), "xliff")
    assert document.passages == UNITS_2[unit]
    filled = document.fill(reworded(document))
    assert filled.count("<target>") >= len(document.passages)
    assert open_document(filled, "xliff").passages == []
    ElementTree.fromstring(filled)
    assert stays(xliff_2(unit, ' translate="no"'), "xliff").passages == []


def tmx(*units: str, source: str = "en") -> str:
    return (
        f'<?xml version="1.0"?>\n<tmx version="1.4"><header srclang="{source}" segtype="sentence"/><body>\n'
        + "".join(f"<tu>\n  {unit}\n</tu>\n" for unit in units)
        + "</body></tmx>"
    )


EN, PT = '<tuv xml:lang="en-GB"><seg>One <hi>red</hi> boat</seg></tuv>', '<tuv xml:lang="pt-BR"><seg>Dois</seg></tuv>'
MEMORIES = {
    "both": (tmx(EN + PT), []),
    "no target": (tmx(EN), ["One <1>red</1> boat"]),
    "two": (tmx(EN, EN + PT, EN), ["One <1>red</1> boat"] * 2),
    "no source": (tmx(PT), []),
    "other way": (tmx(PT, source="pt"), ["Dois"]),
    "all": (tmx(PT, EN, source="*all*"), ["Dois"]),
    "empty": (tmx(EN + '<tuv lang="pt"><seg/></tuv>'), ["One <1>red</1> boat"]),
    "blank": (tmx('<tuv lang="PT"><seg>\n</seg></tuv>' + EN), ["One <1>red</1> boat"]),
    "third": (tmx(EN + '<tuv xml:lang="fr"><seg>Un</seg></tuv>'), ["One <1>red</1> boat"]),
    "codes": (
        tmx('<prop type="x">A</prop><tuv lang="en"><seg>A<bpt i="1">{b}</bpt>b<ept i="1">{/b}</ept><ph/></seg></tuv>'),
        ["A<1>b</1>"],
    ),
    "nothing": (tmx('<tuv xml:lang="en"><seg>12</seg></tuv>'), []),
}


@pytest.mark.parametrize("name", MEMORIES)
def test_memories(name: str) -> None:
    text, passages = MEMORIES[name]
    document = stays(text, "tmx")
    assert document.passages == passages
    filled = document.fill(reworded(document))
    assert open_document(filled, "tmx").passages == []
    ElementTree.fromstring(filled)


def test_a_new_side_of_a_memory() -> None:
    filled = open_document(tmx(EN, EN + PT), "tmx").fill(["Um barco <1>vermelho</1>"])
    new = '<tuv xml:lang="pt-BR"><seg>Um barco <hi>vermelho</hi></seg></tuv>'
    assert filled == tmx(f"{EN}\n  {new}", EN + PT)


STRINGS = {
    '<string name="a">Good day</string>': ["Good day"],
    '<string name="a" translatable="false">Acme</string>': [],
    '<string name="a">Don\\\'t \\"go\\"</string>': ['Don\'t "go"'],
    '<string name="a">"Don\'t go"</string>': ["Don't go"],
    '<string name="a">The <b>old</b> &amp; new</string>': ["The <1>old</1> & new"],
    '<string name="a">Hi <xliff:g id="n" example="Ana">%1$s</xliff:g>!</string>': ["Hi <1/>!"],
    '<string name="a">&lt;b>Bold&lt;/b> %d</string>': ["<b>Bold</b> %d"],
    '<string name="a"><![CDATA[A <i>b</i> & c]]></string>': ["A <i>b</i> & c"],
    '<string name="a">@string/b</string><string name="b"/>': [],
    '<plurals name="p"><item quantity="one">%d day</item><item quantity="other">%d days</item></plurals>': [
        "%d day",
        "%d days",
    ],
    '<string-array name="l" translatable="false"><item>A</item></string-array><string name="x">B c</string>': ["B c"],
    '<string name="a">Two\n      lines &app; here</string>': ["Two lines <1/> here"],
    '<integer name="n">3</integer><!-- <string>no</string> -->': [],
}


@pytest.mark.parametrize("inner", STRINGS)
def test_android(inner: str) -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<resources xmlns:xliff="urn:x">\n    {inner}\n</resources>\n'
    assert stays(text, "android").passages == STRINGS[inner]
    turned(text, "android")


def test_android_writes_its_marks() -> None:
    filled = open_document('<string name="a">It <b>is</b></string>', "android").fill(['d\'<1>é</1> "x" & @y'])
    assert filled == '<string name="a">d\\\'<b>é</b> \\"x\\" &amp; @y</string>'
    assert open_document('<string name="a">x</string>', "android").fill(["@me"]) == '<string name="a">\\@me</string>'


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("values/strings.xml", "android"),
        ("strings_more.xml", "android"),
        ("a.xml", None),
        ("a.XLF", "xliff"),
        ("a.tmx", "tmx"),
    ],
)
def test_kinds(name: str, kind: str | None) -> None:
    assert document_kind(Path(name)) == kind


PIECES = [
    *["<xliff>", "<trans-unit id='1'>", "</trans-unit>", "<source>", "</source>", "<target>", "</target>", "<target/>"],
    *[
        "<segment>",
        "</segment>",
        "<tu>",
        "</tu>",
        "<tuv xml:lang='en'>",
        "<tuv xml:lang='pt'>",
        "</tuv>",
        "<seg>",
        "</seg>",
    ],
    *[
        "<string>",
        "</string>",
        "<item>",
        "</item>",
        "<b>",
        "</b>",
        "<ph/>",
        "<bpt i='1'>",
        "</bpt>",
        "<ept i='1'>",
        "</ept>",
    ],
    *["words", "more words", " ", "\n", "&amp;", "&x;", "'", '"', "\\", "<!--", "-->", "<![CDATA[", "]]>", "<", ">"],
]


@pytest.mark.parametrize("kind", ["xliff", "tmx", "android"])
@given(text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_stays(kind: DocumentKind, text: str) -> None:
    document = stays(text, kind)
    document.fill(["x"] * len(document.passages))
