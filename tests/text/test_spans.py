"""What a translation must not touch, what a glossary finds, and how a sentence is written."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.errors import InputError
from translator.text import kinds
from translator.text.casing import casing_of, restore_casing, to_ordinary
from translator.text.glossary import read_glossary
from translator.text.normalise import visible
from translator.text.problems import problems
from translator.text.spans import find_spans, number_spans


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://a.org/x?y=1, or mail me@ex.com.br (now).", ["https://a.org/x?y=1", "me@ex.com.br"]),
        ("Open src/main.py and README.md, e.g. and/or 5.5 km.", ["src/main.py", "README.md"]),
        ("Run `pip install x` with --verbose -v.", ["`pip install x`", "--verbose", "-v"]),
        ("Hi 😀👍🏽, family 👨‍👩‍👧 and flag 🇧🇷!", ["😀👍🏽", "👨‍👩‍👧", "🇧🇷"]),
        ("Dear {name}, you have %d items and %(n)s. 50% of 100%", ["{name}", "%d", "%(n)s"]),
        ("<b>bold</b> & &amp; text #tag @user", ["<b>", "</b>", "&amp;", "#tag", "@user"]),
        ("~/x/y and /usr/bin/env and C:\\a\\b.txt", ["~/x/y", "/usr/bin/env", "C:\\a\\b.txt"]),
        ("www.example.com. Visit example.com/path.", ["www.example.com", "example.com/path"]),
        ("slot \ue000 and \U000f0001", ["\ue000", "\U000f0001"]),
        ("Well-known - a dash -- and 3 < 5, a > b; he said...no. Is it 3.5?", ["3 < 5", "a > b"]),
    ],
)
def test_what_is_carried_over(text: str, found: list[str]) -> None:
    spans = find_spans(text)
    assert [span.source for span in spans] == found
    assert all(text[span.start : span.stop] == span.source == span.target for span in spans)


def test_plain_characters_need_no_search_for_wide_and_foreign_ones() -> None:
    text = "".join(sorted(kinds._PLAIN))
    words = re.findall(r"[^\W\d_]+", text)
    assert not any(re.search(kinds._FOREIGN, word.capitalize() + word) for word in [*words, *text])
    assert not any(re.search(pattern, text) for pattern in kinds._WIDE)
    assert {"@", "/", "{", "7"} <= kinds._NEEDED


def test_unprotected_only_private_characters_go() -> None:
    assert [s.source for s in find_spans("a@b.org \ue004", protect=False)] == ["\ue004"]


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5))
def test_spans_are_in_order_and_never_overlap(text: str, extra: list[tuple[int, int]]) -> None:
    inside = [(a, b) for a, b in extra if a < b <= len(text)]
    spans = find_spans(text, extra=inside, keep=["a", "b c"])
    for before, after in itertools.pairwise(spans):
        assert before.stop <= after.start


def test_a_kept_word_is_whole_and_of_any_case() -> None:
    assert [s.source for s in find_spans("Bolt, BOLT and bolted", keep=["bolt"])] == ["Bolt", "BOLT"]


def test_numbers() -> None:
    text = "It costs 3.50, 1,000 and 12:30 on 5/6/2020, -3% of R2D2, 3rd."
    assert [s.source for s in number_spans(text)] == ["3.50", "1,000", "12:30", "5/6/2020", "-3%"]


GLOSSARY = read_glossary(
    ["\ufeff# mine\n", "\n", "invoice\tnota fiscal\n", "purchase order\tpedido de compra\r\n", "lei\tlaw"], "g.tsv"
)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("The Invoices and purchase  orders, INVOICE.", ["Nota fiscal", "pedido de compra", "NOTA FISCAL"]),
        ("A nota fiscal e as notas fiscais.", ["invoice", "invoice"]),
        ("The law and the lei", ["lei", "law"]),
        ("reinvoiced", []),
    ],
)
def test_a_glossary_finds_terms_either_way_and_inflected(text: str, targets: list[str]) -> None:
    assert [match.target for match in GLOSSARY.find(text)] == targets


@pytest.mark.parametrize(
    ("line", "message"),
    [("invoice", "line 2: not two columns"), ("a\tb\tc", "line 2: not two"), ("dog\tgato", "another translation")],
)
def test_a_bad_glossary_line_is_named(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_glossary(["dog\tcão", line], "g.tsv")


@pytest.mark.parametrize(
    ("text", "casing", "ordinary", "back"),
    [
        ("I AM HAPPY, SAID I.", "upper", "I am happy, said I.", "I AM HAPPY, SAID I."),
        ("NASA", "ordinary", "NASA", "NASA"),
        ("HELLO", "upper", "Hello", "HELLO"),
        ("The Old Man and the Sea", "title", "The old man and the sea", "The Old Man and the Sea"),
        ("where is the bus", "lower", "Where is the bus", "where is the bus"),
        ("i am here", "lower", "I am here", "I am here"),
        ("Ana Lima sings", "ordinary", "Ana Lima sings", "Ana Lima sings"),
        ("É ISSO.", "upper", "É isso.", "É ISSO."),
        ("12 %", "ordinary", "12 %", "12 %"),
    ],
)
def test_casing_there_and_back(text: str, casing: str, ordinary: str, back: str) -> None:
    found = casing_of(text)
    assert found == casing
    assert to_ordinary(text, found) == ordinary
    assert restore_casing(ordinary, found) == back


@pytest.mark.parametrize(
    ("source", "target", "kinds"),
    [
        ("I have 1,000.5 dogs and 3 cats", "Tenho 1.000,5 cães e 3 gatos", []),
        ("I have 12 dogs", "Tenho 13 cães", ["numbers"]),
        ("a fine day", "um dia dia dia bom", ["repetition"]),
        ("ha ha ha ha", "ha ha ha ha", []),
        ("so we go on", "e nós vamos e nós vamos e nós vamos", ["repetition"]),
        ("on and on go the small grey boats " * 3, "vão e vão e vão " * 3, []),  # the source says it again too
        ("far away over the hills", "longe", ["length"]),
        ("yes", "sim a b c d e f g", ["length"]),
        ("We like the red house", "we like the red house.", ["copy"]),
        ("New York, New York", "New York, New York", []),
        ("It costs £5 and $6", "Custa £ 5 e 6 dólares", []),
        ("It costs £5 and $6", "Custa 5 e US$ 6", ["numbers"]),
        ("It costs £5 and £6", "Custa £ 5 e 6", ["numbers"]),
        ("It costs 5 €", "Custa £ 5", ["numbers"]),
        ("He came on Sunday", "Ele veio", ["missing"]),
        ("Eight boats at nine", "8 barcos às 9", []),
    ],
)
def test_what_is_plainly_wrong(source: str, target: str, kinds: list[str]) -> None:
    assert [problem.kind for problem in problems(source, target, "en-pt")] == kinds


def test_visible_takes_only_what_nobody_sees() -> None:
    assert visible("a\u202eb\x1b[31m “x” e\u0301 👨‍👩‍👧") == "ab[31m “x” e\u0301 👨‍👩‍👧"


def test_tags_with_attributes_and_without_end() -> None:
    """The second would take for ever if the work grew with the ways to read it."""
    assert [span.source for span in find_spans('<a href="x" class="y">now</a>')] == ['<a href="x" class="y">', "</a>"]
    assert all(span.source != "<a" for span in find_spans("<a " + "b=c d " * 400))
