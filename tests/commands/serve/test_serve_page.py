"""The page at /, in a real browser: what a person does on it."""

from __future__ import annotations

import io
import os
import re
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, DRIVER, Browser, browser
from servers import READY, Server, server

if not READY:
    pytest.skip("needs the extra: pip install 'translator[serve]'", allow_module_level=True)
if CHROMIUM is None or DRIVER is None:
    pytest.skip("needs chromium and chromedriver on the path", allow_module_level=True)

from translator.documents import ENDINGS

TEXT = "My brother is very happy."
PICTURES = os.environ.get("TRANSLATOR_PICTURES")  # a folder to look at what the tests saw


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as window:
        yield window


@pytest.fixture
def page(window: Browser, running: Server) -> Iterator[Browser]:
    """The page with a text typed and translated."""
    window.prefer("light")
    window.resize(1280, 900)
    window.open(f"{running.url}/")
    window.run("localStorage.clear(); localStorage.setItem('tongue', '\"en\"')")
    window.open(f"{running.url}/")
    window.log("browser")
    window.log("performance")
    window.until("formats.textContent")
    window.press(*TEXT)  # the text area has the focus
    window.until("document.querySelector('#target').textContent.endsWith('feliz.')")
    yield window
    assert [e for e in window.log("browser") if e["level"] != "DEBUG"] == []  # no error, no violation of the policy
    asked = [
        e["params"]["request"]["url"] for e in window.log("performance") if e["method"] == "Network.requestWillBeSent"
    ]
    assert all(url.startswith((running.url, "data:", "blob:")) for url in asked)


def picture(window: Browser, name: str) -> None:
    if PICTURES:
        window.picture(Path(PICTURES) / f"{name}.png")


def word(window: Browser, text: str) -> str:
    """A selector of a word of the translation."""
    index = window.run(
        "return [...document.querySelectorAll('.word')].findIndex(e => e.textContent === arguments[0])", text
    )
    assert index >= 0
    w = window.run("return document.querySelectorAll('.word')[arguments[0]].dataset", index)
    return f".word[data-s='{w['s']}'][data-w='{w['w']}']"


def said(window: Browser) -> str:
    return str(window.run("return document.getElementById('said').textContent"))


def test_a_word_shows_where_the_decoder_looked(page: Browser) -> None:
    assert page.run("return document.getElementById('found').textContent") == "detected: English"
    page.hover(word(page, "irmão"))
    marks = "[...document.querySelectorAll('#behind mark')]"
    assert page.until(f"{marks}.sort((a, b) => b.dataset.weight - a.dataset.weight)[0]?.textContent") == "brother"
    assert re.match(r"irmão looked at: brother \d+ %", said(page))
    picture(page, "hover-light")
    # the marks lie under the words they mean
    lies = page.run(
        "const m = document.querySelector('#behind mark').getBoundingClientRect(), s = source.getBoundingClientRect();"
        "return m.top >= s.top && m.bottom <= s.bottom && m.left > s.left && m.right < s.right"
    )
    assert lies is True


def test_another_word_changes_what_follows(page: Browser) -> None:
    before = page.run("return target.textContent")
    page.click(word(page, "muito"))
    page.until("document.querySelectorAll('#others button').length === 5")
    picture(page, "others-light")
    chosen = page.run("return document.querySelector('#others button').title")
    page.press("Enter")  # the first has the focus
    page.until("target.textContent === arguments[0]", chosen)
    assert chosen != before
    page.click(word(page, "irmão"))
    page.until("document.querySelectorAll('#others button').length === 6")
    page.click("#others button:last-child")  # as before
    page.until("target.textContent === arguments[0]", before)


def test_everything_by_keyboard(page: Browser) -> None:
    page.press("Tab", "Right")
    assert page.run("return document.activeElement.textContent") == "irmão"
    assert "irmão looked at: brother" in said(page)
    page.press("Enter")
    page.until("document.querySelector('#others button') === document.activeElement")
    page.press("Down", "Escape")
    assert page.run("return [others.hidden, document.activeElement.textContent]") == [True, "irmão"]
    page.press("F2")  # the other way: the translation is the text now
    page.until("target.textContent.includes('brother')")
    assert page.run("return document.getElementById('way').value") == "pt-en"


def test_terms_and_history_stay_in_the_browser(page: Browser, running: Server) -> None:
    page.run("document.getElementById('terms-box').open = true; terms.value = 'brother = mano'; terms.oninput()")
    page.until("target.textContent.includes('mano')")
    page.until("past.children.length === 1")
    page.open(f"{running.url}/")
    page.until("formats.textContent")  # nothing on the page moves from here on
    page.run("document.getElementById('past-box').open = true")
    page.click("#past button")
    page.until("target.textContent.includes('mano')")
    page.click("#forget")
    assert page.run("return [past.children.length, localStorage.getItem('past')]") == [0, "[]"]


DROP = """
const data = new DataTransfer();
data.items.add(new File([new Uint8Array(arguments[1])], arguments[0]));
drop.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
"""


def test_a_document_is_dropped_and_fetched(page: Browser) -> None:
    page.run(DROP, "night.md", list(b"# Good night\n"))
    address = page.until("!fetched.hidden && fetched.href")
    picture(page, "document-light")
    with urllib.request.urlopen(address) as answer:
        assert answer.read().decode() == "# Boa noite\n"
    page.run(DROP, "a.exe", list(b"MZ"))
    page.until("trouble.textContent === 'Invalid request: file format not supported'")
    page.log("browser")  # the browser notes the refusal


def test_a_word_document_is_dropped_and_fetched(page: Browser) -> None:
    if ".docx" not in ENDINGS:
        pytest.skip("documents knows no .docx")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        text = "<w:p><w:r><w:t>Good night.</w:t></w:r></w:p>"
        file.writestr("word/document.xml", f"<w:document {WORD}><w:body>{text}</w:body></w:document>")
    page.run(DROP, "night.docx", list(package.getvalue()))
    address = page.until("!fetched.hidden && fetched.href")
    with urllib.request.urlopen(address) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as file:
        assert ">Boa noite.</w:t>" in file.read("word/document.xml").decode()


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_shades_say_how_sure_it_is(page: Browser) -> None:
    page.click(word(page, "muito"))
    page.until("document.querySelectorAll('#others button').length === 5")
    page.click("#others button:nth-of-type(5)")
    page.until("document.querySelector('.word.very, .word.doubt')")
    label = page.run("return document.querySelector('.word.very, .word.doubt').getAttribute('aria-label')")
    assert int(re.findall(r"confidence (\d+)[.\d]* %", label)[0]) <= 50
    picture(page, "shades-light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_can_be_read(page: Browser, scheme: str, width: int) -> None:
    page.resize(width, 844)
    page.prefer(scheme)
    page.run("for (const e of document.querySelectorAll('details')) e.open = true")
    page.run("const [a, b] = document.querySelectorAll('.word'); a.className += ' doubt'; b.className += ' very'")
    page.run("trouble.textContent = 'x'")
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("return document.documentElement.dataset.theme") == scheme
    picture(page, f"{scheme}-{width}")
    assert [(name, ratio) for name, ratio in page.run(CONTRASTS) if ratio < 4.5] == []
    nameless = page.run(
        "return [...document.querySelectorAll('button, input, select, textarea, a[href]')].filter(e => e.offsetParent "
        "&& !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.id)"
    )
    assert nameless == []


# The contrast (WCAG 2) of each element that holds text itself, against the first ground behind it.
CONTRASTS = """
const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const parts = c => c.match(/[\\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && !e.closest('#behind') &&
  (e.value || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))).map(e => {
  const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e).slice(0, 3))];
  return [e.id || e.className || e.tagName, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; });
"""


def test_it_asks_for_a_key_where_one_is_needed(page: Browser, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("sesame")
    with server("--api-keys", str(tmp_path / "keys")) as guarded:
        page.open(f"{guarded.url}/")
        page.until("!document.getElementById('key').hidden")
        page.press(*"Good night.")
        page.until("trouble.textContent.includes('API key')")
        page.click("#key")
        page.press(*"sesame", "Enter")
        page.until("target.textContent === 'Boa noite.' && !trouble.textContent")
    page.log("browser")
    page.log("performance")


def test_it_speaks_portuguese(page: Browser) -> None:
    page.run("const e = document.getElementById('tongue'); e.value = 'pt'; e.onchange()")
    assert page.run("return [document.documentElement.lang, copy.textContent]") == ["pt", "Copiar"]
    assert page.run("return document.body.innerText.includes('undefined')") is False
    page.hover(word(page, "irmão"))
    page.until("said.textContent.startsWith('irmão olhou para: brother')")
    picture(page, "portuguese-light")
