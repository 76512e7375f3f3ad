"""The page to share: its data, its armour, and what it does in a real browser."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from browser import CHROMIUM, DRIVER, FAINT_OR_SMALL, Browser, browser
from spoken import left_in_english

from translator.commands.page.page import PageView, page, page_of, sentences_of_the_page
from translator.commands.pairs import SentencePair, readings, sentence_pairs
from translator.draw.heatmap import percentages
from translator.draw.language import known
from translator.explain.reading import KINDS, Attention, Kind, exact, read, to_words
from translator.explain.stages import head_stages
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.translation import Translator

EVIL = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> \u2028 %data% %style% &amp; é"
SOURCE, TARGET = "Does your cousin paint tiny boats?", "Sua prima pinta barquinhos?"


@pytest.fixture(scope="module")
def ids(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(SOURCE, "en-pt"), subwords.encode(TARGET)


@pytest.fixture(scope="module")
def recorded(model: Transformer, subwords: Subwords, ids: tuple[list[int], list[int]]) -> dict[Kind, Attention]:
    return read(model, subwords, *ids).attention


@pytest.fixture(scope="module")
def html(model: Transformer, subwords: Subwords, recorded: dict[Kind, Attention]) -> str:
    evil = read(model, subwords, subwords.source(EVIL[:34], "pt-en"), subwords.encode(EVIL[-20:])).attention
    sentences = [
        (SentencePair(SOURCE, TARGET, [], [], "en-pt", False), recorded),
        (SentencePair(EVIL, EVIL, [], [], "pt-en", True), evil),
    ]
    return page(sentences, model=EVIL, view=PageView("cross", 1, 2), best=(0, 1))


class Parsed(HTMLParser):
    """The tags of a page, and what stands in its script and style blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, str | None, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip() and (tag := self.tags[-1])[0] in ("script", "style"):
            self.blocks.append((tag[0], tag[1].get("type"), data))


def data_of(html: str) -> Any:
    return json.loads(next(text for tag, kind, text in Parsed(html).blocks if kind == "application/json"))


# What is recorded


@pytest.mark.parametrize("kind", KINDS)
def test_the_recording_is_what_the_model_computed(
    kind: Kind,
    recorded: dict[Kind, Attention],
    model: Transformer,
    subwords: Subwords,
    ids: tuple[list[int], list[int]],
) -> None:
    one = recorded[kind]
    precise = read(exact(model), subwords, *ids)
    for layer in range(one.weights.shape[0]):
        for head in range(one.weights.shape[1]):
            stages = head_stages(precise, kind, layer, head)
            np.testing.assert_allclose(one.q[layer, head], stages.q, atol=1e-5)
            np.testing.assert_allclose(one.k[layer, head], stages.k, atol=1e-5)
            np.testing.assert_allclose(one.v[layer, head], stages.v, atol=1e-5)
            np.testing.assert_allclose(one.weights[layer, head], stages.weights, atol=1e-5)
            assert one.rows.words == stages.queries.words
            assert one.rows.labels == stages.queries.labels
            assert one.columns.labels == stages.keys.labels
            assert one.columns.words == stages.keys.words


def test_rows_are_called_by_the_token_predicted_there(recorded: dict[Kind, Attention]) -> None:
    for kind in ("cross", "decoder"):
        rows = recorded[kind].rows
        assert ["<s>", *rows.labels] == [*rows.read, "</s>"]


def test_the_future_is_exactly_zero(recorded: dict[Kind, Attention]) -> None:
    weights = recorded["decoder"].weights
    assert recorded["decoder"].is_causal
    assert not weights[..., *np.triu_indices(weights.shape[-1], 1)].any()


def test_reading_changes_no_answer(model: Transformer, subwords: Subwords, ids: tuple[list[int], list[int]]) -> None:
    def hidden() -> torch.Tensor:
        with torch.inference_mode():
            return model.decode(torch.tensor([ids[1]]), model.encode(torch.tensor([ids[0]]))).hidden

    before = hidden()
    read(model, subwords, *ids)
    assert torch.equal(before, hidden())


# What is written


def test_the_page_is_one_file_that_reaches_for_nothing(html: str) -> None:
    parsed = Parsed(html)
    links = [(tag, name, value) for tag, attrs in parsed.tags for name, value in attrs.items() if name in LINKING]
    assert set(links) == {("a", "href", "#heat"), ("link", "href", "data:,")}
    assert "://" not in html
    assert not re.search(r"@import|url\(|@font-face|\bfetch\b|XMLHttpRequest|import\(", html)


LINKING = {"src", "href", "srcset", "action", "formaction", "poster", "data", "background", "ping"}


def test_only_the_blocks_written_here_may_run(html: str) -> None:
    policy = next(a["content"] for t, a in Parsed(html).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert len([1 for _, kind, _ in Parsed(html).blocks if kind is None]) == 2  # one script, one style


def test_no_text_leaves_the_data_block(html: str) -> None:
    assert data_of(html)["sentences"][1]["source"] == EVIL
    assert data_of(html)["model"] == EVIL
    assert html.count("<script") == html.count("</script>") == 2
    assert "<!-- <img" not in html
    assert "\u2028" not in html
    assert "innerHTML" not in html


def test_the_numbers_survive_the_writing(html: str, recorded: dict[Kind, Attention]) -> None:
    for kind, one in recorded.items():
        plain = data_of(html)["sentences"][0]["kinds"][kind]
        for part in ("q", "k", "v", "weights"):
            array = getattr(one, part)
            written = np.frombuffer(base64.b64decode(plain[part]), "<f4").reshape(array.shape)
            np.testing.assert_array_equal(written, array)


def test_the_command_writes_every_sentence_and_opens_with_what_is_asked(trained: Path) -> None:
    translator = Translator.load(trained)
    pairs = sentence_pairs(translator, "They're singing; he isn't. They're singing.", None, "en-pt")
    both = [(pair, reading.attention) for pair, reading in zip(pairs, readings(translator, pairs), strict=True)]
    data = data_of(page_of(translator, both, PageView("encoder", layer=0, level="token")))
    assert [one["source"] for one in data["sentences"]] == [pair.source for pair in pairs]
    assert len(pairs) == 2
    assert data["view"] == {"kind": "encoder", "layer": 0, "head": None, "level": "token"}
    assert data["best"] is None
    assert data["model"] == "best"


# What it does


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("needs chromium and chromedriver on the path")
    with browser() as window:
        yield window


@pytest.fixture
def opened(window: Browser, html: str, tmp_path: Path) -> Browser:
    (tmp_path / "page.html").write_text(html, "utf-8")
    window.prefer("light")
    window.resize(1280, 900)
    window.open(tmp_path / "page.html")
    return window


def cells(window: Browser) -> list[list[str]]:
    found: list[list[str]] = window.run(
        "return [...document.querySelectorAll('#heat tbody tr')].map("
        "row => [...row.querySelectorAll('td[data-row]')].map(cell => cell.textContent))"
    )
    return found


def pick(window: Browser, id: str) -> None:
    window.run("document.getElementById(arguments[0]).click()", id)


def expected(one: Attention, layer: int | None, head: int | None, level: str) -> list[list[str]]:
    weights = one.weights.astype(float)
    weights = weights.mean(0) if layer is None else weights[layer]
    weights = weights.mean(0) if head is None else weights[head]
    rows, columns = ([(w.start, w.stop) for w in side.words] for side in (one.rows, one.columns))
    if level == "word":
        weights = to_words(weights, one.rows.words, one.columns.words)
    else:
        rows, columns = ([(i, i + 1) for i in range(n)] for n in weights.shape)
    return [
        ["–" if one.is_causal and c[0] >= r[1] else str(p) for c, p in zip(columns, percentages(row), strict=True)]
        for r, row in zip(rows, weights, strict=True)
    ]


def test_the_numbers_on_the_page_are_the_models(opened: Browser, recorded: dict[Kind, Attention]) -> None:
    assert cells(opened) == expected(recorded["cross"], 1, 2, "word")
    seen = []
    for kind, layer, head, level in [
        ("cross", 0, 1, "word"),
        ("cross", None, 1, "token"),
        ("encoder", 2, 0, "word"),
        ("encoder", None, None, "token"),
        ("decoder", 1, None, "word"),
        ("decoder", 0, 2, "token"),
    ]:
        for name, value in (("kind", kind), ("layer", layer), ("head", head), ("level", level)):
            pick(opened, f"{name}-{'null' if value is None else value}")
        seen.append(cells(opened))
        assert seen[-1] == expected(recorded[kind], layer, head, level)  # type: ignore[index]
    sums = {sum(int(cell) for cell in row if cell != "–") for matrix in seen for row in matrix}
    assert sums == {100}


def test_the_steps_end_where_the_model_does(
    opened: Browser, model: Transformer, subwords: Subwords, ids: tuple[list[int], list[int]]
) -> None:
    stages = head_stages(read(exact(model), subwords, *ids), "decoder", 1, 2)
    for picker in ("kind-decoder", "layer-1", "head-2", "level-token"):
        pick(opened, picker)
    opened.run("document.querySelectorAll('#rows .word')[3].click()")
    rows = "return [...document.querySelectorAll('.sums tbody tr')].map(r => [...r.children].map(c => c.textContent))"
    for row, (name, score, scaled, mask, _, weight) in enumerate(opened.run(rows)):
        assert name == stages.keys.labels[row]
        assert float(score.replace("−", "-")) == pytest.approx(stages.scores[3, row], abs=2e-3)
        assert float(scaled.replace("−", "-")) == pytest.approx(stages.scaled[3, row], abs=2e-3)
        assert (mask == "✓") == bool(stages.mask[3, row])
        assert float(weight.removesuffix(" %")) == pytest.approx(100 * stages.weights[3, row], abs=0.011)
    numbers = "return [...document.querySelectorAll('.step:nth-last-child(2) .numbers li')].map(x => x.textContent)"
    output = [float(text.replace("−", "-")) for text in opened.run(numbers)]
    np.testing.assert_allclose(output, stages.head_output[3], atol=1.1e-4)
    assert opened.run("return document.getElementById('check').textContent").startswith("✓")


def test_the_page_is_in_the_language_of_the_program(
    window: Browser, recorded: dict[Kind, Attention], tmp_path: Path
) -> None:
    """Texts, titles and labels of every kind of attention, one head and a mean; numbers are written as in Brazil."""
    pair = SentencePair(SOURCE, TARGET, [], [], "en-pt", True)
    texts = (
        "const said = [...document.querySelectorAll('header *, main *, footer *')].flatMap(one => [one.title, "
        "one.getAttribute('aria-label'), ...[...one.childNodes].filter(node => node.nodeType === 3).map(n => n.data)]);"
        "return [...said.filter(Boolean), document.documentElement.lang].join(' ')"
    )

    def shown(language: str) -> str:
        path = tmp_path / f"{language}.html"
        path.write_text(page([(pair, recorded)] * 2, model="zum", view=PageView("cross", 0, 1), best=(0, 1)), "utf-8")
        window.open(path)
        said = []
        for kind, layer in (("cross", "1"), ("encoder", "null"), ("decoder", "1")):
            pick(window, f"kind-{kind}")
            pick(window, f"layer-{layer}")
            said.append(window.run(texts))
        assert bool(re.search(r"\d\.\d", "".join(said))) == (language == "en")
        assert said[-1].endswith(language)
        return "\n".join(said)

    assert left_in_english(shown, f"{SOURCE} {TARGET} JavaScript terminal".casefold()) == ""
    assert {text for text in sentences_of_the_page() if not known(text)} == set()


def test_altered_weights_are_told(window: Browser, recorded: dict[Kind, Attention], tmp_path: Path) -> None:
    one = recorded["cross"]
    wrong = Attention(one.kind, one.rows, one.columns, one.q, one.k, one.v, one.weights[..., ::-1])
    sentence = SentencePair(SOURCE, TARGET, [], [], "en-pt", False), {**recorded, "cross": wrong}
    (tmp_path / "wrong.html").write_text(page([sentence], model="m", view=PageView("cross", 0, 0)), "utf-8")
    window.open(tmp_path / "wrong.html")
    assert window.run("return document.getElementById('check').textContent").startswith("✗")


def test_links_light_up_under_the_mouse(opened: Browser) -> None:
    lit = "return [...new Set([...document.querySelectorAll('path.lit')].map(p => p.dataset[arguments[0]]))]"
    opened.hover("#rows .word:nth-child(1)")
    assert opened.run(lit, "row") == ["0"]
    opened.hover("#columns .word:nth-child(4)")
    assert opened.run(lit, "column") == ["3"]
    assert opened.run("return document.getElementById('said').textContent").startswith("cousin was looked at by")
    opened.hover("#heat tbody tr:nth-child(2) td:nth-of-type(3)")
    assert opened.run(lit, "row") == ["1"]


def test_everything_by_keyboard(opened: Browser, recorded: dict[Kind, Attention]) -> None:
    focus = "const e = document.activeElement; return e.id || e.dataset.key"
    opened.run("document.getElementById('theme').focus()")
    opened.press("Tab", "Right")  # the picker of sentences: the arrow chooses the second
    assert "alert(1)" in opened.run("return document.title")
    opened.press("Left", "Tab", "Right", "Right")
    assert opened.run(focus) == "columns-2"
    chosen = "return document.querySelector('#rows [aria-pressed=true] .text').textContent"
    assert opened.run(chosen) == "barquinhos"
    opened.press("Tab", "Left", "Enter")
    assert opened.run(chosen) == "pinta"
    opened.press("Tab", "Right")
    assert opened.run(focus) == "kind-encoder"
    assert cells(opened) == expected(recorded["encoder"], 1, 2, "word")
    opened.run("document.querySelector('#heat td[tabindex=\"0\"]').focus()")
    before = opened.run("const d = document.activeElement.dataset; return [+d.row, +d.column]")
    opened.press("Up", "Right", "Left", "Left", "Enter")
    after = opened.run("const d = document.activeElement.dataset; return [+d.row, +d.column]")
    assert after[0] == before[0] - 1
    outline = opened.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_best_is_a_button_only_where_it_was_measured(
    opened: Browser, recorded: dict[Kind, Attention], tmp_path: Path
) -> None:
    pick(opened, "best")
    assert cells(opened) == expected(recorded["cross"], 0, 1, "word")
    plain = page([(SentencePair(SOURCE, TARGET, [], [], "en-pt", False), recorded)], model="m")
    (tmp_path / "plain.html").write_text(plain, "utf-8")
    opened.open(tmp_path / "plain.html")
    assert opened.run("return document.getElementById('best')") is None
    assert cells(opened) == expected(recorded["cross"], None, None, "word")


def test_light_and_dark(opened: Browser) -> None:
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = opened.run(ground)
    opened.prefer("dark")
    dark = opened.run(ground)
    assert dark != light
    pick(opened, "theme")
    assert opened.run(ground) == light


def test_nothing_is_wider_than_a_phone(opened: Browser) -> None:
    opened.resize(390, 844)
    for picker in ("sentence-1", "kind-encoder", "level-token"):
        pick(opened, picker)
        assert opened.run("return document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1100])
def test_texts_are_readable_and_targets_can_be_hit(opened: Browser, scheme: str, width: int) -> None:
    """WCAG 2.2, 1.4.3 and 2.5.8."""
    opened.resize(width, 844)
    opened.prefer(scheme)
    assert opened.run(FAINT_OR_SMALL) == []


def test_paper_is_white(opened: Browser) -> None:
    opened.prefer("dark")
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == "light"
    opened.run("dispatchEvent(new Event('afterprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == "dark"


def test_evil_text_stays_text_and_nothing_is_asked_of_the_network(opened: Browser, html: str, tmp_path: Path) -> None:
    opened.log("performance")
    opened.log("browser")
    opened.open(tmp_path / "page.html")
    opened.run("document.querySelector('#rows .word').focus()")  # what has the focus goes away
    pick(opened, "sentence-1")
    for picker in ("kind-encoder", "level-token", "kind-decoder", "theme"):
        pick(opened, picker)
    assert opened.run("return document.querySelector('[for=sentence-1]').textContent") == EVIL
    words = opened.run("return [...document.querySelectorAll('#columns .text')].map(e => e.textContent)")
    assert words == data_of(html)["sentences"][1]["kinds"]["decoder"]["columns"]["tokens"]
    assert opened.run("return document.querySelectorAll('img, script').length") == 2
    assert opened.log("browser") == []  # no error, no policy violation
    urls = {
        e["params"]["request"]["url"] for e in opened.log("performance") if e["method"] == "Network.requestWillBeSent"
    }
    assert {url.split(":")[0] for url in urls} <= {"file", "data"}
    assert len([url for url in urls if url.startswith("file")]) == 1
