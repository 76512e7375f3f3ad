"""Clients that nobody here wrote, as they come."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import READY, Server, server

if not READY:
    pytest.skip("needs the extra: pip install 'translator[serve]'", allow_module_level=True)
libretranslatepy = pytest.importorskip("libretranslatepy")
deep_translator = pytest.importorskip("deep_translator")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants a key and takes short texts only."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text("# ours\nsesame\n")
    with server("--api-keys", str(keys), "--char-limit", "50") as running:
        yield running


def test_libretranslatepy(guarded: Server) -> None:
    client = libretranslatepy.LibreTranslateAPI(guarded.url, "sesame")
    assert client.translate("Good night.", "en", "pt") == "Boa noite."
    assert client.translate("Boa noite.", "auto", "en") == "Good night."
    assert client.detect("Onde você mora?")[0]["language"] == "pt"
    assert {one["code"]: one["name"] for one in client.languages()} == {"en": "English", "pt": "Portuguese"}


@pytest.mark.parametrize(
    ("key", "text", "status"), [("other", "Good night.", 403), (None, "Good night.", 400), ("sesame", "a" * 51, 400)]
)
def test_libretranslatepy_hears_no(guarded: Server, key: str | None, text: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        libretranslatepy.LibreTranslateAPI(guarded.url, key).translate(text, "en", "pt")
    assert told.value.code == status
    told.value.close()


def test_deep_translator(guarded: Server, tmp_path: Path) -> None:
    client = deep_translator.LibreTranslator("en", "pt", api_key="sesame", custom_url=f"{guarded.url}/")
    assert client.translate("Good night.") == "Boa noite."
    assert client.translate_batch(["Good night.", "I am happy."]) == ["Boa noite.", "Estou feliz."]
    file = tmp_path / "night.txt"
    file.write_text("Good night.")
    assert client.translate_file(str(file)) == "Boa noite."


def test_deep_translator_hears_no(guarded: Server) -> None:
    wrong = deep_translator.LibreTranslator("en", "pt", api_key="other", custom_url=f"{guarded.url}/")
    with pytest.raises(deep_translator.exceptions.AuthorizationException):
        wrong.translate("Good night.")
    client = deep_translator.LibreTranslator("en", "pt", api_key="sesame", custom_url=f"{guarded.url}/")
    with pytest.raises(deep_translator.exceptions.ServerException):
        client.translate("a" * 51)
