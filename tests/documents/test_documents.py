"""Documents: what is a passage, what is kept, and that a document comes back as it was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from document_laws import passages_are_sound
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from translator.documents import Document, DocumentKind, Slot, document_kind, open_document
from translator.documents.subtitles import break_lines

KINDS: list[DocumentKind] = ["txt", "md", "srt"]
ENDS = ["\n", "\r\n", "\r", ""]
# What each kind has a meaning for, beside words, blank lines and what breaks parsers.
PIECES = [
    *["word", "Two words", "a", "é", " ", "  ", "\t", "\0", "\ufeff", "\u2028", "\x0c", "\x85", "\udc80", "\u00a0"],
    *[
        "# ",
        "## ",
        " ##",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "> ",
        ">",
        "    ",
        "```",
        "~~~",
        "---",
        "===",
        "+++",
        "| ",
        " |",
        "|",
    ],
    *[
        "|--|--|",
        "\\",
        "\\|",
        "**",
        "*",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "[",
        "]",
        "](",
        ")",
        "![",
        "](x)",
        "[^1]",
        "[^1]: ",
    ],
    *["[ref]: /x", "[x] ", "[!NOTE]", "<", ">", "<b>", "</b>", "<br>", "<!--", "-->", "<div>", "&amp;", "$", "\\\n"],
    *["http://a.b/c", "7", "12", "00:00:01,000 --> 00:00:02,500", "<i>", "</i>", "{\\an8}", "♪", ". ", "? ", "..."],
]
LINES = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
TEXTS = st.lists(st.tuples(LINES, st.sampled_from(ENDS)), max_size=12).map(
    lambda rows: "".join(line + end for line, end in rows)
)
ANY = st.one_of(TEXTS, st.text(max_size=60))


def shapes(text: str) -> list[str]:
    """The blocks of a Markdown text, without its words."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text.removeprefix("\ufeff"))
    return [f"{token.type} {token.markup}" for token in tokens if token.type != "inline"]


def reworded(document: Document) -> list[str]:
    """Each passage with other letters where they are not protected."""
    texts = []
    for index, passage in enumerate(document.passages):
        kept = {i for start, stop in document.protected(index) for i in range(start, stop)}
        texts.append("".join(c if i in kept or not c.isalpha() else "q" for i, c in enumerate(passage)))
    return texts


# The law


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANY)
@example("")
@example("\ufeff")
@example("a\r\n\r\nb\rc\nd")
def test_a_document_filled_with_its_own_passages_is_the_text(kind: DocumentKind, text: str) -> None:
    document = open_document(text, kind)
    assert document.fill(document.passages) == text


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANY)
def test_passages_are_trimmed_and_protected_ranges_lie_in_them_in_order(kind: DocumentKind, text: str) -> None:
    passages_are_sound(open_document(text, kind))


@given(ANY, st.text(max_size=12))
def test_plain_text_keeps_the_number_of_its_lines_whatever_a_translation_holds(text: str, translation: str) -> None:
    document = open_document(text, "txt")
    filled = document.fill([translation] * len(document.passages))
    assert len(re.split(r"\r\n|\r|\n", filled)) == len(re.split(r"\r\n|\r|\n", text))


@given(TEXTS)
@example("word`\n[ref]: /x\n`word\n")  # code over three lines, and no definition
@example("\\\n* \nword\n")  # an empty item cannot interrupt a paragraph, one with words can
def test_other_words_leave_the_blocks_of_markdown_as_they_were(text: str) -> None:
    document = open_document(text, "md")
    assert shapes(document.fill(reworded(document))) == shapes(text)


@given(TEXTS, st.sampled_from(["Ele foi embora.", "um\n\ndois", "1\n00:00:09,000 --> 00:00:10,000"]))
def test_other_words_leave_index_and_timing_of_subtitles_as_they_were(text: str, translation: str) -> None:
    def timings(text: str) -> list[str]:
        return [line for line in re.split(r"\r\n|\r|\n", text) if re.match(r"\ufeff?\s*\d+:\d+:\d+,\d+ -->", line)]

    document = open_document(text, "srt")
    filled = document.fill([translation] * len(document.passages))
    if not translation.startswith("1\n"):
        assert timings(filled) == timings(text)
    assert len(re.split(r"\r\n|\r|\n", filled)) <= len(re.split(r"\r\n|\r|\n", text))


def test_as_many_translations_as_passages() -> None:
    document = open_document("one\ntwo\n", "txt")
    with pytest.raises(ValueError, match="shorter"):
        document.fill(["um"])
    with pytest.raises(ValueError, match="longer"):
        document.fill(["um", "dois", "três"])


def test_slots_may_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Document.cut("abcd", [Slot(0, 3, "abc"), Slot(2, 4, "cd")])


def test_a_blank_translation_leaves_the_passage() -> None:
    assert open_document("1\n00:00:01,000 --> 00:00:02,000\nHm.\n", "srt").fill([" "]).endswith("\nHm.\n")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "txt"),
        ("A.MD", "md"),
        ("x.y.markdown", "md"),
        ("f.srt", "srt"),
        ("f.docx", "docx"),
        ("f.pdf", None),
        ("f", None),
    ],
)
def test_kinds_by_name(name: str, kind: str | None) -> None:
    assert document_kind(Path(name)) == kind


# Plain text


def test_plain_text_line_by_line() -> None:
    document = open_document("\ufeff  One.\r\n\r\n\tTwo  three. \nFour", "txt")
    assert document.passages == ["One.", "Two  three.", "Four"]
    assert document.fill(["Um.", "Dois\ntrês.", "Quatro"]) == "\ufeff  Um.\r\n\r\n\tDois três. \nQuatro"


# Markdown


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("# A heading #\n", ["A heading"]),
        ("Under\nlined\n=====\n", ["Under lined"]),
        ("one\ntwo\n\nthree\n", ["one two", "three"]),  # a paragraph is one passage, however it is wrapped
        ("one  \ntwo\\\nthree\n", ["one", "two", "three"]),  # unless it says that a line ends
        ("- one\n- two\n  more\n  1) three\n", ["one", "two more", "three"]),
        ("- [ ] to do\n- [x] done\n", ["to do", "done"]),
        ("> quoted\n> words\nlazy\n", ["quoted words lazy"]),
        ("> [!TIP]\n> Take care.\n", ["Take care."]),
        ("<p><b>Big</b> and <i>old</i></p>\n", ["<b>Big</b> and <i>old</i>"]),
        ("<p>Big and <i>old</i></p>\n", ["Big and <i>old</i>"]),
        ("<p><b>Big</b></p>\n", ["Big"]),
        ('![logo](a.png "Our logo")\n', ["Our logo"]),
        ("> **Take care**\n> It is hot.\n", ["Take care", "It is hot."]),
        ("It is **very**\nhot.\n", ["It is **very** hot."]),
        ("| head | `x` |\n|---|---|\n| cell | 12 |\n| more |\n", ["head", "cell", "more"]),
        ("    code\n\n```py\nfence\n```\n~~~\nopen\n", []),
        ("<div>\nblock\n</div>\n\n<!-- comment -->\n", ["block"]),
        ("---\ntitle: front\nlayout: page\n---\ntext\n", ["front", "text"]),
        ('+++\ntitle = "A front"\nkind = "page"\n+++\ntext\n', ["A front", "text"]),
        ("\ufeff---\na: one thing\n---\ntext\n", ["text"]),
        ("---\n\nno front matter\n", ["no front matter"]),
        ('[ref]: /target "Title"\n\ntext\n', ["Title", "text"]),
        ("[^1]: A note at the foot.\n", ["A note at the foot."]),
        ("* * *\n\n123\n\n`code` 7 <https://a.b>\n", []),  # nothing to translate
        ("**All of it**\n", ["All of it"]),  # markup around everything stays outside
        ("***_all_***\n", ["all"]),
        ("[Start here](#start)\n", ["Start here"]),
        ("[![badge](b.svg)](x) ![logo](a.png) Hello\n", ["Hello"]),
        ("**Note:** take **care**\n", ["**Note:** take **care**"]),  # but only if it is around everything
        ("<b>bold</b><br>\n", ["bold"]),
        ("`a.txt` is a file\n", ["`a.txt` is a file"]),  # a word of the sentence
        ("unclosed *star and `tick\n", ["unclosed *star and `tick"]),
    ],
)
def test_passages_of_markdown(text: str, passages: list[str]) -> None:
    assert open_document(text, "md").passages == passages


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("say `x = 1` and ``a`b`` now", ["`x = 1`", "``a`b``"]),
        ('a [link](http://a.b "t") here', ["<1>", "</1>"]),  # as the title is read too
        ("a [link](<a b> '1') here", ["[", "](<a b> '1')"]),
        ("a [name] and [words][name] and [name][]\n\n[name]: /x", ["[name]", "[", "][name]", "[name][]"]),
        ("not [a link] nor [this] (x)", []),
        ("an ![image *of* `it`](a.png) here", ["![image *of* `it`](a.png)"]),
        ("go to <https://a.b> or <me@a.b> or https://c.d/e_f. Now", ["<https://a.b>", "<me@a.b>", "https://c.d/e_f"]),
        ("write to ana.lima@example.org, please", ["ana.lima@example.org"]),
        ("some *soft* and **loud** and ***both*** words", ["*", "*", "**", "**", "***", "***"]),
        ("2 * 3 * 4 and snake_case_name", []),
        ("a <span class='x'>tag</span> here", ["<span class='x'>", "</span>"]),
        ("a ~~gone~~ word", ["~~", "~~"]),
        ("fish &amp; chips cost \\$5", ["&amp;", "\\$"]),
        ("where $x^2$ is, it costs $5 and $6", ["$x^2$"]),
        ("see the note[^1] below", ["[^1]"]),
        ("a **`name`** here", ["**`name`**"]),
    ],
)
def test_what_is_protected_in_markdown(text: str, protected: list[str]) -> None:
    document = open_document(text, "md")
    assert [document.passages[0][a:b] for a, b in document.protected(0)] == protected


def test_protected_ranges_hold_over_wrapped_lines_and_quotes() -> None:
    document = open_document("> say `a\n>   b` and\n> *this*\n", "md")
    assert document.passages == ["say `a b` and *this*"]
    assert [document.passages[0][a:b] for a, b in document.protected(0)] == ["`a b`", "*", "*"]


def test_markdown_filled() -> None:
    text = "## The *key* ##\n\n> A long\n> line  \n> here\n\n* one\n\n  two\n\n|a|b|\n|-|-|\n|big|`x`|\n"
    document = open_document(text, "md")
    filled = document.fill(["A *chave*", "Uma linha\ncomprida", "aqui", "um", "dois", "a|b", "b", "grande"])
    assert filled == (
        "## A *chave* ##\n\n> Uma linha comprida  \n> aqui\n\n* um\n\n  dois\n\n|a\\|b|b|\n|-|-|\n|grande|`x`|\n"
    )


def test_what_is_read_in_marks_is_translated() -> None:
    text = 'See [the *bee*](a.md "The bee") and <a title="a hive">it</a>.\n\n'
    text += "[x]: b.md 'Honey'\n\n<p title=\"Wax\">\nx\n</p>\n"
    document = open_document(text, "md")
    assert sorted(document.passages) == [
        "Honey",
        "See <1>the *bee*</1> and <2>it</2>.",
        "The bee",
        "Wax",
        "a hive",
        "x",
    ]
    filled = document.fill(
        [
            {"See <1>the *bee*</1> and <2>it</2>.": "Veja <2>ela</2> e <1>a *abelha*</1> bem."}.get(p, "m" + p)
            for p in document.passages
        ]
    )
    assert filled.startswith(
        'Veja <a title="ma hive">ela</a> e [a *abelha*](a.md "mThe bee") bem.\n\n[x]: b.md \'mHoney\''
    )
    assert '<p title="mWax">\nmx\n' in filled


def test_the_body_of_an_admonition_is_no_code() -> None:
    text = (
        '!!! note\n\n    A bee.\n\n    - wax\n\n=== "Honey"\n\n    ??? tip\n\n        A hive.\n\nEnd.\n\n    code()\n'
    )
    assert open_document(text, "md").passages == ["A bee.", "wax", "Honey", "A hive.", "End."]
    assert open_document("## 1. A bee\n", "md").fill(["1. Uma abelha"]) == "## 1. Uma abelha\n"


@pytest.mark.parametrize("translation", ["- não", "1. de maio", "# um", "> dois", "+ mais", "---", "* a", "```a"])
def test_a_translation_opens_no_block_of_its_own(translation: str) -> None:
    filled = open_document("words\n", "md").fill([translation])
    assert shapes(filled) == ["paragraph_open ", "paragraph_close "]
    assert MarkdownIt().render(filled) == f"<p>{translation.replace('>', '&gt;')}</p>\n"


# Subtitles

CUES = (
    "1\r\n00:00:01,000 --> 00:00:04,000\r\n<i>She waited at the corner\r\nuntil the bus came.</i>\r\n\r\n"
    "2\r\n00:00:05,000 --> 00:00:06,000 X1:10\r\n- Is it late?\r\n- {\\an8}No. It is\r\n  early.\r\n\r\n"
)


def test_passages_of_subtitles() -> None:
    document = open_document(CUES, "srt")
    assert document.passages == ["She waited at the corner until the bus came.", "Is it late?", "No. It is early."]
    filled = document.fill(["Ela esperou na esquina até o ônibus chegar.", "É tarde?", "Não. É cedo."])
    assert filled == (
        "1\r\n00:00:01,000 --> 00:00:04,000\r\n<i>Ela esperou na esquina\r\naté o ônibus chegar.</i>\r\n\r\n"
        "2\r\n00:00:05,000 --> 00:00:06,000 X1:10\r\n- É tarde?\r\n- {\\an8}Não.\r\nÉ cedo.\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("words", "passages"),
    [
        ("He said\nyes.\nThen he left.", ["He said yes.", "Then he left."]),  # a new sentence is a new passage
        ("Ask Mr.\nLima.", ["Ask Mr. Lima."]),  # an abbreviation ends none
        ("♪ la la ♪\nListen.", ["la la", "Listen."]),
        ("♪♪", []),
        ("12", []),
        ("one <b>two</b>\nthree", ["one <b>two</b> three"]),
        ("{y:i}Slowly", ["Slowly"]),
        ("above\n\nbelow", ["above", "below"]),  # a blank line inside a cue
        ("above\n2\n00:00:03,000 --> 00:00:04,000\nbelow", ["above", "below"]),  # none between two
        ("20\nyears later", ["20 years later"]),  # a number that is no index
    ],
)
def test_cues(words: str, passages: list[str]) -> None:
    assert open_document(f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n", "srt").passages == passages


def test_tags_inside_a_cue_are_protected() -> None:
    document = open_document('1\n00:00:01,000 --> 00:00:02,000\nnot <font color="red">now</font>, please\n', "srt")
    passage = document.passages[0]
    assert [passage[a:b] for a, b in document.protected(0)] == ['<font color="red">', "</font>"]


def test_nothing_before_the_first_timing_is_a_passage() -> None:
    assert open_document("WEBVTT\n\nNote\n", "srt").passages == []


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("Ela foi ao mercado, mas não comprou nada.", 2, ["Ela foi ao mercado,", "mas não comprou nada."]),
        ("um dois", 3, ["um", "dois"]),  # never a blank line
        ("palavra", 2, ["palavra"]),
        ("a b c d e f", 3, ["a b", "c d", "e f"]),
        ('<font color="red">sim</font> não', 2, ['<font color="red">sim</font>', "não"]),  # a tag has no width
        ("x" * 40 + " yy zz, ww", 2, ["x" * 40, "yy zz, ww"]),
    ],
)
def test_lines_are_broken_at_a_balanced_place(text: str, lines: int, expected: list[str]) -> None:
    assert break_lines(text, lines).split("\n") == expected


@example(["a"] * 22 + ["aaa"], 22)  # words that are cut into equal parts, the last or the first as long as several
@example(["aaaaaaaaa", *["a"] * 22], 23)
@given(st.lists(st.text("abc,.", min_size=1, max_size=9), min_size=1, max_size=400), st.integers(1, 40))
def test_broken_lines_hold_the_same_words(words: list[str], lines: int) -> None:
    broken = break_lines(" ".join(words), lines).split("\n")
    assert " ".join(broken).split() == words
    assert len(broken) == min(lines, len(words))
    assert all(broken)


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=2, max_size=14), st.integers(2, 3))
def test_no_line_is_wider_than_it_must_be(words: list[str], lines: int) -> None:
    def greedy() -> bool:
        """Whether the words fit on so many lines of 42 characters."""
        used, width = 1, -1
        for word in words:
            width += len(word) + 1
            if width > 42:
                used, width = used + 1, len(word)
        return used <= lines

    assert all(len(line) <= 42 for line in break_lines(" ".join(words), lines).split("\n")) or not greedy()
