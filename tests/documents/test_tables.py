"""YAML and CSV: values are translated, and what is read back has the same keys."""

from __future__ import annotations

import csv
import io

import pytest
from document_laws import stays, turned
from hypothesis import given
from hypothesis import strategies as st

from translator.documents import open_document

YAMLS = {
    "rails": (
        'en:\n  hello: Good day\n  more:\n    - One thing\n    - "Two things"\n',
        ["Good day", "One thing", "Two things"],
    ),
    "kinds": ("a: true\nb: No\nc: 12\nd: null\ne: 2020-01-02\nf: ~\ng: /usr/bin\nh: A page\n", ["A page"]),
    "quotes": ("a: 'It''s late'\nb: \"Say \\\"hi\\\" now\"\n'c d': e f\n", ["It's late", 'Say "hi" now', "e f"]),
    "comments": ("# A comment\na: Words here # and a comment\nb: 12\n", ["Words here"]),
    "literal": (
        "a: |\n  First line\n  second line\n\n  # third\nb: x y\n",
        ["First line", "second line", "# third", "x y"],
    ),
    "folded": ("a: >-\n    First line\n    goes on\n\n    Another\nb: x y\n", ["First line goes on", "Another", "x y"]),
    "many lines": ("a: First\n  second\nb: x y\n", ["x y"]),
    "anchors": ("a: &x\n  b: One thing\nc: *x\nd: !str Some words\n<<: *x\n", ["One thing", "Some words"]),
    "flow": ("a: {b: One thing}\nc: [Two, three]\nd: More words\n", ["More words"]),
    "documents": (
        "---\ntitle: The page\n...\n---\nurl: https://a.b/c\nlist:\n- The first\n- - The second\n",
        ["The page", "The first", "The second"],
    ),
    "crlf": ('a: One thing\r\nb:\r\n  c: "Two {name}"\r\n', ["One thing", "Two {name}"]),
    "maps in lists": (
        "- name: Ana's boat\n  at: Faro, the old town\n",
        ["Ana's boat", "Faro, the old town"],
    ),
}


@pytest.mark.parametrize("name", YAMLS)
def test_yaml(name: str) -> None:
    text, passages = YAMLS[name]
    assert stays(text, "yaml").passages == passages
    turned(text, "yaml")


@pytest.mark.parametrize(
    ("translation", "written"),
    [
        ("um dois", "um dois"),
        ("um: dois", '"um: dois"'),
        ("- um", '"- um"'),
        ("Não", "Não"),
        ("no", '"no"'),
        ("a #b", '"a #b"'),
    ],
)
def test_a_plain_scalar_stays_one(translation: str, written: str) -> None:
    assert open_document("a: words\n", "yaml").fill([translation]) == f"a: {written}\n"


CSVS = {
    "names": ('id,name,note\n1,A boat,"It\'s red, and old"\n', ["A boat", "It's red, and old"]),
    "no names": ("A boat,Red\nA car,Blue\n", ["A boat", "Red", "A car", "Blue"]),
    "semicolons": ("Key;Text\nmenu.open;Open it\n", ["Key", "Text", "Open it"]),
    "tabs": ("a\tb\nOne, two\tthree 3\n", ["One, two", "three 3"]),
    "quotes": ('x,y\n"Say ""hi"" now",12\n', ['Say "hi" now']),
    "lines": ('x,y\r\n"First\r\nsecond",z z\r\n', ["First", "second", "z z"]),
    "blank": ("\n\n,,\n", []),
    "codes": ("id,path\nA_B,/usr/bin\nx-1,a.txt\n", []),
    "one column": ("Words\nMore words\n", ["Words", "More words"]),
    "no end": ("a,b\nOne thing,two", ["One thing", "two"]),
    "odd": ('a,b\nin "the" middle,"open\n', ['in "the" middle', '"open']),
    "bom": ("\ufeffid,b\n1,One thing\n", ["One thing"]),
}


@pytest.mark.parametrize("name", CSVS)
def test_csv(name: str) -> None:
    text, passages = CSVS[name]
    document = stays(text, "csv")
    assert document.passages == passages
    words = [f"Um {passage}" for passage in passages]
    assert open_document(document.fill(words), "csv").passages == words


def test_a_cell_that_needs_them_gets_quotation_marks() -> None:
    assert open_document("key,en\nhello,One day\n", "csv").passages == ["One day"]  # what a program looks up
    document = open_document("x,y\nOne,two\n", "csv")
    assert document.fill(["Um, ou dois", 'o "x"']) == 'x,y\n"Um, ou dois",o "x"\n'


CELLS = st.text(st.sampled_from('ab ,;"\té\n'), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4))
def test_any_table_keeps_its_shape(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([["Aa", "Bb"], *rows])
    document = stays(file.getvalue(), "csv")
    filled = document.fill(["um, dois"] * len(document.passages))
    found = list(csv.reader(io.StringIO(filled, newline="")))
    assert [len(row) for row in found] == [2, *map(len, rows)]


PIECES = [
    "a: ",
    "- ",
    "words",
    "more words",
    "\n",
    "\n  ",
    "\n    ",
    "'",
    '"',
    "|",
    ">",
    "#",
    " #",
    ": ",
    "&x ",
    "{",
    "é",
    "12",
]


@pytest.mark.parametrize("kind", ["yaml", "csv"])
@given(text=st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_stays(kind: str, text: str) -> None:
    stays(text, "yaml" if kind == "yaml" else "csv")
