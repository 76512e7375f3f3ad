"""What each path answers."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import READY, Server, server

if not READY:
    pytest.skip("needs the extra: pip install 'translator[serve]'", allow_module_level=True)

from starlette.exceptions import HTTPException

from translator.commands.serve.gate import Metrics, _Rate
from translator.commands.serve.reading import asked
from translator.commands.serve.settings import Serving
from translator.commands.serve.texts import Places, code_of
from translator.translation import Translator

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server("--cors", "https://example.org") as one:
        yield one
        code, err = one.end()
        assert code == 0
        assert err == ""  # no text, no complaint


def translated(running: Server, q: Any, **more: Any) -> Any:
    status, answer = running.ask("/translate", {"q": q, "source": "en", "target": "pt"} | more)
    assert status == 200
    return answer


def test_a_text_a_list_and_lines(running: Server) -> None:
    assert translated(running, "Good night.") == {"translatedText": "Boa noite."}
    assert translated(running, ["Good night.", "", "I am happy."]) == {
        "translatedText": ["Boa noite.", "", "Estou feliz."]
    }
    assert (
        translated(running, "Good night.\n\n  I am happy.\r\n")["translatedText"] == "Boa noite.\n\n  Estou feliz.\r\n"
    )
    assert running.form("/translate", q="Good night.", source="en", target="pt-BR")[1] == {
        "translatedText": "Boa noite."
    }


def test_each_gets_what_it_would_get_alone(running: Server) -> None:
    lines = [line.split("\t")[0] for line in (ROOT / "corpus" / "test.tsv").read_text("utf-8").splitlines()[:64]]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda line: translated(running, line)["translatedText"], lines))
    with Translator.load() as translator:
        assert found == [translator.translate(line, "en-pt").target for line in lines]
    assert found == translated(running, lines)["translatedText"]


def test_the_language_is_detected_text_by_text(running: Server) -> None:
    told = translated(running, ["Good night.", "Boa noite.", "¿Dónde está la casa de mi hermano?"], source="auto")
    assert told["translatedText"] == ["Boa noite.", "Boa noite.", "¿Dónde está la casa de mi hermano?"]
    assert [one["language"] for one in told["detectedLanguage"]] == ["en", "pt", "es"]
    [found] = running.form("/detect", q="Onde você mora?")[1]
    assert found["language"] == "pt"
    assert 50 < found["confidence"] <= 100


def test_other_translations(running: Server) -> None:
    told = translated(running, "I am happy.", alternatives=2)
    assert len({told["translatedText"], *told["alternatives"]}) == 3
    assert len(translated(running, ["I am happy.", "Good night."], alternatives=1)["alternatives"]) == 2


def test_html_keeps_its_tags(running: Server) -> None:
    text = '<p class="a">Good <b>night</b>.</p><script>if (a < b) c()</script>\n<p>I am happy &amp; tired.</p><br>'
    told = translated(running, text, format="html")["translatedText"]
    assert re.sub(r"[^<]*(<[^>]*>)[^<]*", r"\1", told.replace("a < b", "")) == re.sub(
        r"[^<]*(<[^>]*>)[^<]*", r"\1", text.replace("a < b", "")
    )
    assert "<b>noite</b>" in told
    assert "if (a < b) c()" in told
    assert "Estou feliz" in told or "feliz e" in told


def test_terms_of_ones_own(running: Server) -> None:
    assert "moradia" in translated(running, "The house is big.", glossary="house\tmoradia")["translatedText"]


def test_a_document_comes_back_in_its_form(running: Server) -> None:
    status, told = running.file("café.md", b"# Good night\n\n`code`\n", source="en", target="pt")
    assert status == 200
    path = urllib.parse.urlsplit(told["translatedFileUrl"]).path
    assert running.ask(path) == (200, b"# Boa noite\n\n`code`\n")
    assert (
        running.file("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nGood night.\n", source="auto", target="pt")[0] == 200
    )
    told = running.file("a.txt", b"The house is big.", source="en", target="pt", glossary="house\tmoradia")[1]
    assert b"moradia" in running.ask(urllib.parse.urlsplit(told["translatedFileUrl"]).path)[1]
    assert running.ask("/download_file/../keys")[0] == 404


@pytest.mark.parametrize(
    ("path", "given", "status", "message"),
    [
        ("/translate", {"source": "en", "target": "pt"}, 400, "Invalid request: missing q parameter"),
        ("/translate", {"q": "a", "target": "pt"}, 400, "Invalid request: missing source parameter"),
        ("/translate", {"q": "a", "source": "en"}, 400, "Invalid request: missing target parameter"),
        ("/translate", {"q": "a", "source": "fr", "target": "pt"}, 400, "fr is not supported"),
        ("/translate", {"q": 7, "source": "en", "target": "pt"}, 400, "Invalid request: q parameter is not text"),
        ("/translate", {"q": ["a", None], "source": "en", "target": "pt"}, 400, "q parameter is not text"),
        ("/translate", {"q": "\ud800", "source": "en", "target": "pt"}, 400, "q parameter is not text"),
        ("/translate", {"q": "a", "source": "en", "target": "pt", "format": "pdf"}, 400, "pdf format is not supported"),
        ("/translate", {"q": "a" * 10_001, "source": "en", "target": "pt"}, 400, "exceeds text limit (10000)"),
        (
            "/translate",
            {"q": ["a"] * 501, "source": "en", "target": "pt"},
            400,
            "request (501) exceeds text limit (500)",
        ),
        ("/translate", {"q": "a", "source": "en", "target": "pt", "alternatives": "x"}, 400, "is not a number"),
        ("/translate", {"q": "a", "source": "en", "target": "pt", "alternatives": "9" * 5000}, 400, "is not a number"),
        ("/translate", {"q": "a", "source": "en", "target": "pt", "alternatives": 11}, 400, "must be <= 10"),
        ("/translate", {"q": "a", "source": "en", "target": "pt", "glossary": "house"}, 400, "not two columns"),
        ("/translate", ["a"], 400, "Invalid JSON format"),
        ("/alternatives", {"q": "a", "source": "en", "target": "pt", "word": 99}, 400, "is not a word"),
        ("/alternatives", {"q": "a", "source": "en", "target": "pt", "word": 0, "pieces": [10**9]}, 400, "pieces"),
        ("/suggest", {"q": "a"}, 403, "Suggestions are disabled on this server."),
        ("/nowhere", {}, 404, "Not Found"),
        ("/languages", {}, 405, "Method Not Allowed"),
    ],
)
def test_what_is_wrong_is_said_as_libretranslate_says_it(
    running: Server, path: str, given: Any, status: int, message: str
) -> None:
    code, told = running.ask(path, json.dumps(given).encode())
    assert (code, list(told)) == (status, ["error"])
    assert message in told["error"]


def test_a_document_that_is_none(running: Server) -> None:
    assert running.file("a.exe", b"MZ", source="en", target="pt") == (
        400,
        {"error": "Invalid request: file format not supported"},
    )
    assert running.file("a.txt", b"\xff", source="en", target="pt")[0] == 400
    assert running.form("/translate_file", file="a", source="en", target="pt")[0] == 400


def test_where_the_decoder_looked_and_how_sure_it_is(running: Server) -> None:
    text = "Good night. 😀 My brother doesn’t work in a “hospital”.\n\nI am happy."
    status, told = running.ask("/attention", {"q": text, "source": "auto", "target": "pt"})
    assert status == 200
    assert told["direction"] == "en-pt"
    assert len(told["sentences"]) == 3
    assert 0 < told["confidence"] < 1
    for sentence in told["sentences"]:
        assert told["translatedText"][sentence["start"] : sentence["stop"]] == sentence["target"]
        assert len(sentence["weights"]) == len(sentence["words"])
        for word, row in zip(sentence["words"], sentence["weights"], strict=True):
            assert sentence["target"][word["start"] : word["stop"]] == word["text"]
            assert 0 <= word["confidence"] <= 1
            assert len(row) == len(sentence["sourceWords"])
            assert -0.01 < sum(row) < 1.01
        for word in sentence["sourceWords"]:
            assert text[word["start"] : word["stop"]].translate(PLAIN) == word["text"]
    second = told["sentences"][1]
    row = second["weights"][[word["text"] for word in second["words"]].index("irmão")]
    assert second["sourceWords"][row.index(max(row))]["text"] == "brother"
    plain = running.ask("/confidence", {"q": text, "source": "en", "target": "pt"})[1]
    assert plain["confidence"] == told["confidence"]
    assert "weights" not in plain["sentences"][0]


def test_other_words_at_one_place(running: Server) -> None:
    asked = {"q": "I am very happy today.", "source": "en", "target": "pt"}
    [first] = running.ask("/attention", asked)[1]["sentences"]
    others = running.ask("/alternatives", asked | {"word": 2})[1]["alternatives"]
    assert len(others) == 5
    chosen = others[0]["sentence"]
    assert chosen["pieces"] != first["pieces"]
    assert [w["text"] for w in chosen["words"]][:2] == [w["text"] for w in first["words"]][:2]
    assert len(chosen["weights"]) == len(chosen["words"])
    again = running.ask("/alternatives", asked | {"word": 3, "pieces": chosen["pieces"]})[1]["alternatives"]
    assert all(one["sentence"]["words"][2]["text"] == chosen["words"][2]["text"] for one in again)


def test_what_a_program_reads_first(running: Server) -> None:
    told = running.ask("/openapi.json")[1]
    assert told["openapi"].startswith("3.1")
    for path, methods in told["paths"].items():
        assert running.ask(path, b"{}" if "post" in methods else None)[0] != 405
        assert path in running.ask("/docs")[1].decode()
    settings = running.ask("/frontend/settings")[1]
    assert {".txt", ".md", ".html", ".srt", ".po", ".json"} <= set(settings["supportedFilesFormat"])
    assert (settings["charLimit"], settings["keyRequired"], settings["suggestions"]) == (10_000, False, False)
    assert [one["targets"] for one in running.ask("/languages")[1]] == [["en", "pt"], ["pt", "en"]]
    assert running.ask("/health") == (200, {"status": "ok"})


def test_figures_for_prometheus(running: Server) -> None:
    def count() -> int:
        found = re.search(r'requests_total{path="/health",status="200"} (\d+)', running.ask("/metrics")[1].decode())
        return int(found[1]) if found else 0

    before = count()
    running.ask("/health")
    assert count() == before + 1
    text = running.ask("/metrics")[1].decode()
    assert all(re.fullmatch(r"# TYPE \w+ \w+|\w+({.*})? [\d.e+-]+", line) for line in text.splitlines())
    assert "resident_memory_bytes 0" not in text


def test_only_pages_of_the_listed_site_may_ask(running: Server) -> None:
    import urllib.request

    def allowed(origin: str) -> str | None:
        request = urllib.request.Request(f"{running.url}/languages", headers={"origin": origin})
        with urllib.request.urlopen(request) as answer:
            found: str | None = answer.headers["access-control-allow-origin"]
        return found

    assert allowed("https://example.org") == "https://example.org"
    assert allowed("https://example.com") is None


PLAIN = str.maketrans("“”’", '""\'')


# Parts alone


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), max_size=9), st.text(max_size=5))
def test_places_are_in_order_and_of_the_word(words: list[str], between: str) -> None:
    text = between.join(words)
    places, last = Places(text.upper()), 0
    for word in words:
        found = places.next(word)
        if found["start"] is not None:
            assert last <= found["start"] < found["stop"] <= len(text.upper())
            assert found["stop"] - found["start"] == len(word)
            last = found["stop"]


def test_rate_is_kept_for_each_address() -> None:
    rate = _Rate(3)
    for _ in range(3):
        rate.check("a")
    with pytest.raises(HTTPException) as told:
        rate.check("a")
    assert (told.value.status_code, told.value.detail) == (429, "Slowdown: 3 per 1 minute")
    rate.check("b")


def test_no_limit_is_none() -> None:
    values = {"q": ["a" * 9999] * 999, "source": "pb", "target": "en_GB"}
    found = asked(values, Serving(char_limit=-1, batch_limit=-1))
    assert (found.source, found.target, len(found.texts)) == ("pt", "en", 999)
    assert code_of("zh-Hant") == "zh"


def test_a_histogram_counts_upwards() -> None:
    metrics = Metrics()
    for index in (0, 0, 3, 11):
        metrics.buckets[index] += 1
    counts = [int(n) for n in re.findall(r"_bucket.* (\d+)", metrics.text())]
    assert counts == sorted(counts)
    assert counts[0] == 2
    assert counts[-1] == 4
