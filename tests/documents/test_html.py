"""HTML: what is read is translated, every other byte stays."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from document_laws import reads, stays, turned
from hypothesis import example, given
from hypothesis import strategies as st

from translator.documents import open_document

PAGES = {
    "article": """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Tom &amp; Mary's boat</title>
<meta name="description" content="How they built a boat"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="a.css" title="Main"><style>p > a { color: red }</style>
<script>if (a < b) { document.write("<p>Hello</p>"); }</script></head>
<body><h1>The <em>old</em> boat</h1>
<p>See <a href="x.html?a=1&amp;b=2" title="The guide">the
   guide</a> and <code>make all</code>.</p></body></html>
""",
    "menu": '<nav>\n\t<a href="/">Home</a> | <a href="/about" title="All about us">About us</a> | §\n</nav>\n',
    "unclosed": "<ul><li>One thing<li>Another <b>thing</b><li>12</ul><p>First<p>Second<br>line\n<hr>\n<td>a cell",
    "form": """<form action="/send"><label for="n">Your name</label> <input id="n" placeholder="Jane Roe" value="keep">
<textarea>what they wrote</textarea><select><option value="a">A red boat</option><optgroup label="More boats"></select>
<button aria-label='Close the "window"' type="submit">×</button><input type="submit" value="Send it"></form>""",
    "kept": """<p translate="no">Acme Corp</p><p>The <span class="x notranslate">Red Boat</span> inn</p>
<pre>  keep
  this</pre><kbd>Enter</kbd> <!-- not this --> <svg><text>nor this</text></svg><p>Press <kbd>Enter</kbd> now</p>""",
    "entities": "<p>5&nbsp;&euro; for fish &amp; chips, AT&T, caf&eacute; &lt;b&gt;, 2 < 3 &#8212; done</p>",
    "pictures": """<figure><img src=a.png alt="A boat on a lake"><figcaption>A boat, <img alt='"Anna"' src="b.png"> by
 name</figcaption></figure><a href="x"><img src="c.gif" alt=""></a><img alt="x.png" src=x.png>""",
    "crlf": "<html>\r\n<body>\r\n<P CLASS=lead>Upper <B>case</B>,\r\n  two lines</P>\r\n</body>\r\n</html>\r\n",
    "xhtml": """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><body>
<p>One line<br/>and one more <img alt="A tree" src="a"/> here</p></body></html>""",
    "mail": """<table border=0 cellpadding=0><tr><td><font color="#333"><b>Dear customer,</b></font></td></tr>
<tr><td>your order <b>#1234</b> is <i>on its way</i>.<!--[if mso]><p>no</p><![endif]--></td><![endif]></tr></table>""",
    "broken": '<p>a <b>bold <i>both</b> italic</i> end</p><p <q> "unclosed <a href="x>y\n</html',
    "bom": "\ufeff<title>A title</title>\n<body>words</body>",
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_stay_and_hold_as_many_passages(name: str) -> None:
    turned(PAGES[name], "html")


@pytest.mark.parametrize(
    ("name", "passages"),
    [
        (
            "article",
            [
                "Tom & Mary's boat",
                "How they built a boat",
                "The <1>old</1> boat",
                "See <1>the guide</1> and <2/>.",
                "The guide",
            ],
        ),
        ("menu", ["Home", "All about us", "About us"]),
        ("unclosed", ["One thing", "Another <1>thing</1>", "First", "Second", "line", "a cell"]),
        (
            "form",
            ["Your name", "Jane Roe", "A red boat", "More boats", 'Close the "window"', "Send it"],
        ),
        ("kept", ["The <1/> inn", "Press <1/> now"]),
        ("entities", ["5\u00a0€ for fish & chips, AT&T, café <b>, 2 < 3 — done"]),
        ("pictures", ["A boat on a lake", "A boat, <1/> by name", '"Anna"', "x.png"]),
        ("crlf", ["Upper <1>case</1>, two lines"]),
        ("xhtml", ["One line", "and one more <1/> here", "A tree"]),
        ("mail", ["Dear customer,", "your order <1>#1234</1> is <2>on its way</2>."]),
    ],
)
def test_passages(name: str, passages: list[str]) -> None:
    assert reads(PAGES[name], "html") == passages


def test_filled() -> None:
    text = '<p>See <a href="x?a=1&amp;b" title="A map">the\nmap</a> &amp; <img alt=\'it\' src=a> now. </p>'
    document = open_document(text, "html")
    assert document.passages == ["See <1>the map</1> & <2/> now.", "A map", "it"]
    assert document.fill(["<2/> & veja <1>o < mapa</1>.", "Um 'mapa' \"x\"", "'ele'"]) == (
        "<p><img alt='&#39;ele&#39;' src=a> &amp; veja "
        '<a href="x?a=1&amp;b" title="Um \'mapa\' &quot;x&quot;">o &lt; mapa</a>. </p>'
    )
    assert document.fill([document.passages[0], "Um mapa", "it"]) == text.replace("A map", "Um mapa")


@pytest.mark.parametrize(
    "translation", ["um", "<1>um", "um</1>", "</1>um<1>", "<1>um <2/>", "<2/><2/> <1>a<1>b</1></1>"]
)
def test_what_a_translation_does_to_tags_leaves_them_in_order(translation: str) -> None:
    filled = open_document("<p>a <b>boat</b> <img> here</p>", "html").fill([translation])
    assert [filled.count(tag) for tag in ("<b>", "</b>", "<img>")] == [1, 1, 1]
    assert filled.index("<b>") < filled.index("</b>")


STAND_INS = st.lists(st.sampled_from(["<1>", "</1>", "<2>", "</2>", "<3>", "</3>", "<4/>", "um "]), max_size=14)


@given(STAND_INS.map("".join))
@example("<1><2><3>um</1> um</2></3>")
def test_whatever_a_translation_does_to_tags_they_come_back_well_nested(translation: str) -> None:
    text = "<p>a <b>boat</b> or <i>two</i> or <em>more</em> <img/> here</p>"
    filled = open_document(text, "html").fill([translation])
    ElementTree.fromstring(filled)
    assert sorted(shape(filled)) == sorted(shape(text))


PIECES = [
    *[
        "word",
        "Two words",
        " ",
        "\n",
        "é",
        "7",
        "&amp;",
        "&lt;",
        "&nbsp;",
        "&x;",
        "<",
        ">",
        '"',
        "'",
        "<1>",
        "</2>",
        "|",
    ],
    *[
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i class='x'>",
        "</i>",
        "<a href=x title='The key'>",
        "</a>",
        "<br>",
        "<div>",
        "</div>",
    ],
    *[
        "<img alt='a boat'>",
        "<img/>",
        "<code>",
        "</code>",
        "<pre>",
        "</pre>",
        "<script>",
        "</script>",
        "<span translate=no>",
    ],
    *[
        "</span>",
        "<!--",
        "-->",
        "<td",
        "<![CDATA[",
        "]]>",
        "<?x",
        "<!DOCTYPE html>",
        "<textarea>",
        "<title>",
        "</title>",
    ],
]
PAGE = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)


@given(st.one_of(PAGE, st.text(max_size=60)))
def test_any_text_stays(text: str) -> None:
    stays(text, "html")


def shape(text: str) -> list[str]:
    """The tags of a page, as Python's own parser reads them, attributes that are translated left out."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(f"<{tag} {[a for a in attrs if a[0] not in ('alt', 'title')]}>")

        def handle_endtag(self, tag: str) -> None:
            found.append(f"</{tag}>")

        def handle_comment(self, data: str) -> None:
            found.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    return found


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from(["p", "b", "i", "div", "li", "span", "h2", "code", "pre", 'a href="x" title="A key"', "em"])
    return st.tuples(tags, st.lists(inner, max_size=4)).map(
        lambda part: f"<{part[0]}>{''.join(part[1])}</{part[0].split()[0]}>"
    )


LEAF = st.sampled_from(["words", "two words", " ", "\n", "&amp;", "é", "<br>", '<img alt="A boat">', "<!-- c -->", "."])
TREE = st.lists(st.recursive(LEAF, element, max_leaves=12), max_size=4).map("".join)


@given(TREE)
def test_other_words_leave_the_tags_of_a_page_and_its_passages(text: str) -> None:
    assert sorted(shape(turned(text, "html"))) == sorted(shape(text))
