"""What goes in must come out: kinds of things to carry, times and numbers in both languages, lists and chains."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.config import Direction
from translator.text.abbreviations import written_out
from translator.text.access_keys import with_key, without_key
from translator.text.casing import casing_of, to_ordinary
from translator.text.normalise import without_escapes
from translator.text.problems import problems
from translator.text.sentences import split_chain, split_line
from translator.text.spans import find_spans, name_spans
from translator.text.times import durations_written_out, in_other_way, spoons_in_other_way, times_apart, times_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi {user.last} and %name% and :name", ["{user.last}", "%name%", ":name"]),
        ("%(n)d of {{ count }}", ["%(n)d", "{{ count }}"]),
        ("{k, plural, one {# cat} other {# cats}} gone", ["{k, plural, one {# ", "} other {# ", "}} "]),
        ("state-of-the-art my-own-thing a six-year-old", ["my-own-thing"]),
        ("Run npm install left-pad --save now.", ["npm install left-pad --save"]),
        ("If y ≤ 3 then a = b², and 7 × 8 = 56.", ["y ≤ 3", "a = b²", "7 × 8 = 56"]),
        ("Call getValue, MAX_LEN and a::b::c().", ["getValue", "MAX_LEN", "a::b::c()"]),
        ("Ring +44 20 7946 0000 by 2031-02-03.", ["+44 20 7946 0000", "2031-02-03"]),
        ("Søren met Ольга at café Zürich.", ["Søren", "Ольга", "Zürich"]),
        ("Nooooo way, he said 1.234.567 times.", ["Nooooo"]),
        ("The note² says H₂O is 5 m².", ["²", "H₂O", "5 m²"]),
        ("I <3 this, and/or that.", []),
        ('She sang "La vie en rose" and "The old red house".', ["La vie en rose"]),
        (r"See /tmp, C:\new\node and x → y.", ["/tmp", r"C:\new\node", "x → y"]),
        ("This is <em>so</em> big.", ["<em>", "</em>"]),
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd> now.", ["<kbd>Ctrl</kbd>+<kbd>C</kbd>"]),
        ("Hello $1, it costs $5 or $2 million.", ["$1"]),
        ("We told Zuzanna Wałęsa Nowak on Monday.", ["Zuzanna Wałęsa Nowak"]),
        ("When Müller came, Queen Zoë left.", ["Müller", "Zoë"]),
        ("Type rm -rf build and wait; git is a tool.", ["rm -rf build"]),
        ("The font-size of x->next is a well-known List<String>.", ["font-size", "x->next", "List<String>"]),
        ("Set DEBUG=1 in os.path, e.g. now.", ["DEBUG=1", "os.path"]),
        ('He said "gracias" and "thanks".', ["gracias"]),
        ("Type cat a.log | grep 404 | wc -l; the cat is 5.", ["cat a.log | grep 404 | wc -l"]),
        ("Use kubectl get pods -n a to see docker-compose up -d.", ["kubectl get pods -n a", "docker-compose up -d"]),
        ("The U.S. Navy, J. K. Rowling and the Acme Corp. came.", ["J. K. Rowling", "Acme Corp."]),
        ("Press <b>{key}</b> at 10 x 20 x 30, a 10-inch “&”.", ["<b>{key}</b>", "10 x 20 x 30", "&"]),
        ('See "My Paper (final).docx", [###   ] done.', ["My Paper (final).docx", "[###   ]"]),
        ("Date: __/__/____ for R$ 9,90/mês at 9h30min, ±2 a.C.", [": ", "__/__/____", "±2"]),
        ("<Press any key> in <b>bold</b>", ["<b>", "</b>"]),
        ("Write to 22 Acacia Avenue, Leeds LS1 4DY.", ["22 Acacia Avenue", "LS1 4DY"]),
        ('Add export PATH="$HOME/bin" now.', ['export PATH="$HOME/bin"']),
        ("git push origin main --force is odd.", ["git push origin main --force"]),
        ("Run ./configure && make && sudo make install first.", ["./configure && make && sudo make install"]),
        ("Run Get-Process | Sort-Object CPU. It works.", ["Get-Process | Sort-Object CPU"]),
        ("docker run --rm -v $(pwd):/app node:20 npm test", ["docker run --rm -v $(pwd):/app node:20 npm test"]),
        ('In thread "main" he said "main"; column \'name\' is empty.', ['"main"', "'name'"]),
        ("It is –5 °C and PO Box 113, Springfield, IL 62704", ["–5", "PO Box 113", "IL 62704"]),
        ("We have $E = mc^2$ for $5 and \\textbf{very} big n.", ["$E = mc^2$", "\\textbf{", "}"]),
        ("npm ci", ["npm ci"]),
        ("##NAME## has %1$d%% of $$X$$, only 18+", ["##NAME##", "%1$d%%", "$$X$$", "18+"]),
        ("{{#if x}}Hello{{else}}Bye{{/if}} {{name}}", ["{{#if x}}", "{{else}}", "{{/if}}", "{{name}}"]),
        ('He cried "¡Vamos!" and "¿Qué?"; {0,choice,0#no cat|1#a cat}', ["¡Vamos", "¿Qué", "{0,choice,0#", "|1#", "}"]),
    ],
)  # fmt: skip
def test_kinds(text: str, found: list[str]) -> None:
    assert [span.source for span in find_spans(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cheers! Leni Tósorúk Keißte won.", ["Leni Tósorúk Keißte"]),
        ("Known Tósorúk Keißte won.", ["Tósorúk Keißte"]),  # what begins a sentence may be any word
        ("Ask Tru ʏɑɶʕ Očod now.", ["Tru ʏɑɶʕ Očod"]),
        ("See Manežū Jehoasky Гзннбь there.", ["Manežū Jehoasky Гзннбь"]),  # two runs of foreign letters, one name
        ("We met Łukasz and Šárka.", ["Łukasz", "Šárka"]),
        ("Ask Zażółć, Judge Keißte.", ["Zażółć", "Keißte"]),
    ],
)
def test_a_foreign_name_is_carried_whole(text: str, found: list[str]) -> None:
    spans = find_spans(text, lambda word: 5.0 if word == "Leni" else 1.0)
    assert [span.source for span in spans] == found
    assert all(text[span.start : span.stop] == span.source for span in spans)


def test_lines_are_parted_where_texts_are() -> None:
    spans = find_spans("2031-02-03 10:11:12,345 ERROR No disk\\nCheck it | Left\tRight")
    assert [span.source for span in spans if span.breaks] == ["2031-02-03 10:11:12,345 ERROR ", "\\n", " | ", "\t"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mark Rivers met Mr. Brown and Mr. President in New York.", ["Mark Rivers", "Brown"]),
        ("A Rosa Cruz da Silva ligou.", ["Rosa Cruz da Silva"]),
        ("Will he come? Mark it.", []),
        ("Will Tom come?", []),
        ("Will Smith came.", ["Will Smith"]),
    ],
)
def test_people(text: str, names: list[str]) -> None:
    assert [span.source for span in name_spans(text)] == names


@pytest.mark.parametrize(
    ("source", "target", "direction", "apart"),
    [
        ("Tea at 4pm.", "Chá às 16h.", "en-pt", False),
        ("Tea at 4pm.", "Chá às 4h.", "en-pt", True),
        ("Tea at 4:15.", "Chá às 16h15.", "en-pt", False),
        ("Das 7h às 19h30", "From 7 am to 7:30 pm", "pt-en", False),
        ("Das 7h às 19h30", "From 7 am to 19 am", "pt-en", True),
        ("Room 12", "Quarto 12", "en-pt", None),
        ("Às 20h30", "At 8:30", "pt-en", True),  # in the morning?
        ("Às 20h30", "At 8:30 pm", "pt-en", False),
        ("Às 8h30", "At 8:30", "pt-en", False),
        ("Às 14h", "At 14h", "pt-en", True),  # no English
    ],
)
def test_times(source: str, target: str, direction: Direction, apart: bool | None) -> None:
    assert times_apart(source, target, direction) is apart
    if apart is not None:
        assert bool(problems(source, target, direction)) is apart


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Dormi 7h30 e trabalhei 8h.", "Dormi 7 horas e 30 minutos e trabalhei 8 horas."),
        ("São 3h de viagem, 1h por dia.", "São 3 horas de viagem, 1 hora por dia."),
        ("Das 9h às 17h, antes de 7h, às 8h da noite", "Das 9h às 17h, antes de 7h, às 8h da noite"),
    ],
)
def test_how_long_is_no_time_of_day(text: str, written: str) -> None:
    assert durations_written_out(text) == written
    assert len(times_in(written, portuguese=True)) == (4 if written == text else 0)


def test_numbers_as_the_other_language_writes_them() -> None:
    assert [written for *_, written in in_other_way("1,234.5 at 7 pm, 2,000 or 3.5", "en-pt")] == [
        "1.234,5",
        "19h",
        "2.000",
        "3,5",
    ]
    assert [written for *_, written in in_other_way("1.234,5 às 19h", "pt-en")] == ["1,234.5", "7 pm"]


@pytest.mark.parametrize(
    ("text", "direction", "found"),
    [
        ("1 tbsp. oil and 2 tsp of salt.", "en-pt", ["1 colher de sopa", "2 colheres de chá"]),
        ("½ teaspoon, 1½ tablespoons", "en-pt", ["½ colher de chá", "1½ colheres de sopa"]),
        ("1/2 tsp. She left.", "en-pt", ["1/2 colher de chá"]),
        ("3 spoons, a tbsp", "en-pt", []),
        ("2 colheres (sopa) de mel, 1 colher de chá", "pt-en", ["2 tablespoons of", "1 teaspoon"]),
        ("uma colher de sopa", "pt-en", []),
    ],
)
def test_spoons(text: str, direction: Direction, found: list[str]) -> None:
    assert [written for _, _, written in spoons_in_other_way(text, direction)] == found


def test_menus_and_numbered_lists_are_read_part_by_part() -> None:
    spans = find_spans("Go to File > Save As. Is 5 > 3?")
    assert [span.source for span in spans if span.breaks] == [" > "]
    assert [span.source for span in find_spans("1. milk 2. bread 3. tea") if span.breaks] == ["1. ", "2. ", "3. "]
    assert [span.source for span in find_spans("JOHN: Hello. WOMAN: Hi.") if span.breaks] == ["JOHN: "]


def test_the_choices_of_a_message_and_what_stands_between_signs_are_read_apart() -> None:
    def breaks(text: str) -> list[str]:
        return [span.source for span in find_spans(text) if span.breaks]

    assert breaks("Got {n, plural, one {a bee} other {# bees by {name}}} here") == [
        " {n, plural, one {",
        "} other {# ",
        "}} ",
    ]
    assert breaks("{n, plural, one {unclosed") == []
    assert breaks("✓ Done ✓") == ["✓ ", " ✓"]
    assert breaks("=== The end ===") == ["=== ", " ==="]
    assert breaks("WARNING: go on, Tea/Honey") == [": "]
    assert breaks("Tea/Honey/Milk") == ["/", "/"]
    assert breaks("Turn left → then right, x → y") == [" → "]
    assert breaks("Salt && Pepper, if a && b") == [" && "]
    assert breaks("[Man] Where is it?") == ["[", "] "]
    assert breaks("(whispering) Come here") == ["(", ") "]
    assert breaks("[red](a.md) is a colour [sic]") == []
    assert breaks("Subject: Summer hours") == [": "]
    assert breaks("feat(text)!: read more") == ["feat(text)!: "]
    assert breaks("12/05/24, 9:07 PM - Mary: yes") == ["12/05/24, 9:07 PM - Mary: "]
    assert breaks("[12/05/2024, 14:33:21] Ana Costa: Bom dia") == ["[12/05/2024, 14:33:21] Ana Costa: "]
    assert breaks("10:15 - Meeting: bring it") == []
    assert breaks(r"\section{The house} is big") == [r"\section{", "}"]
    assert breaks("He said: go, and Ana: no") == []
    assert breaks("Many kisses, Denise") == [", "]
    assert breaks("With all of my love, Denise") == []
    assert breaks("Milk, Honey") == []


def test_long_lists_are_read_two_by_two() -> None:
    def breaks(text: str) -> int:
        return sum(span.breaks for span in find_spans(text))

    assert breaks("red, orange, yellow, green, blue") == 2
    assert breaks("uma maçã, duas peras, três uvas, um pão, chá e café.") == 2
    assert breaks("Wednesday, Thursday, Friday and Saturday") == 1
    assert breaks("Tuesday, Wednesday, Thursday, Friday and Saturday") == 2  # the last two by themselves
    assert breaks("red, orange, yellow") == 0
    assert breaks("red, orange and yellow") == 0
    assert breaks("When she came, I left, and he, who knew it, said so, did nothing at all.") == 0


@given(st.lists(st.sampled_from(["a red pear", "um bolo", "tea", "x and y"]), min_size=1, max_size=30))
def test_chains_are_cut_between_links_and_nothing_is_lost(links: list[str]) -> None:
    text = " and ".join(links) + "."
    parts = split_chain(text, lambda _: True)
    assert not parts or "".join(part.text + part.after for part in parts) == text
    assert all(len(part.text.split()) <= 12 for part in parts)
    assert all(part.text.startswith("and ") for part in parts[1:])
    assert (not parts) or text.count(" and ") >= 8


def test_a_long_sentence_that_is_no_chain_is_read_whole() -> None:
    text = " and ".join(["the man who lived near the river with his old mother"] * 9)
    assert split_chain(text, lambda _: True) == []


@pytest.mark.parametrize(
    ("text", "casing"),
    [("Mr. John Young", "ordinary"), ("Will Smith Wins The Prize", "title"), ("The Old Man And The Sea", "title")],
)
def test_people_are_no_headlines(text: str, casing: str) -> None:
    assert casing_of(text) == casing


@pytest.mark.parametrize("label", ["&File", "E&xit", "_Edit", "Save &As", "Save _As"])
def test_access_keys(label: str) -> None:
    mark, plain = without_key(label)
    assert plain == label.replace(mark, "", 1)
    assert with_key(mark, "Sair") == f"{mark}Sair"


def test_an_access_key_that_stands_for_itself_comes_last() -> None:
    assert without_key("Cut (&X)…") == (" (&X)", "Cut…")
    assert with_key(" (&X)", "Cortar…") == "Cortar (&X)…"


@pytest.mark.parametrize("text", ["AT&T", "See /a?x=b&c=d", "Find && Replace", "Q&A", "rock & roll", "&lt; less"])
def test_no_access_key(text: str) -> None:
    assert without_key(text) == ("", text)


def test_small_things() -> None:
    assert without_escapes("\x1b[1;31mError\x1b[0m: no") == "Error: no"
    assert to_ordinary("THE UN AND NATO MET", "upper") == "The UN and NATO met"
    assert to_ordinary("Will Smith Wins The Prize", "title") == "Will Smith wins the prize"
    assert written_out("No. 7 is approx. 3 km away.", "en-pt") == "Number 7 is approximately 3 km away."
    assert written_out("Bread, e.g. rye, max. 2.", "en-pt") == "Bread, for example rye, no more than 2."
    assert written_out("A sra. Lima mora no nº 8.", "pt-en") == "A Sra. Lima mora no número 8."
    assert written_out("Nos sécs. XIV e XV, às 3.ª feiras", "pt-en") == "Nos séculos 14 e 15, às terça-feiras"
    assert written_out("Mon. to Fri., w/o Lt. Dan b/c of it", "en-pt") == (
        "Monday to Friday, without Lieutenant Dan because of it"
    )
    assert to_ordinary("CLOSED ON SUNDAYS", "upper", "en-pt") == "Closed on Sundays"
    assert casing_of("Please RSVP by Friday.") == "ordinary"
    assert casing_of("Dom João VI e Dom Pedro I") == "ordinary"
    assert written_out("We open 9am-5pm.", "en-pt") == "We open from 9am to 5pm."
    assert written_out("We open 5-7 pm, 11-1 pm.", "en-pt") == "We open from 5 pm to 7 pm, from 11 to 1 pm."
    assert written_out("We open 6:30–9 pm, 12-1pm.", "en-pt") == "We open from 6:30 pm to 9 pm, from 12 pm to 1pm."
    assert written_out("Aberto 9h-17h30, Recife/PE, caro(a) aluno(s)", "pt-en") == (
        "Aberto das 9h às 17h30, Recife, PE, caro alunos"
    )
    assert len(split_line("Ele disse que não. Ela ouviu.", "pt-en")) == 2
    assert len(split_line("O art. 5 vale. Ele veio em set. 2020.", "pt-en")) == 2


@given(st.text(st.sampled_from("ab |\t\\n.&_%{}[]<>$:;#@1,2-(\u00a7\u00e9\u4e2d'\"/"), max_size=40))
def test_spans_lie_in_order_and_apart(text: str) -> None:
    spans = find_spans(text)
    assert all(text[span.start : span.stop] == span.source for span in spans)
    assert all(one.stop <= other.start for one, other in pairwise(spans))
