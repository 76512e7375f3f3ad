"""Corpora over HTTP, from a server of our own: whole, cut, resumed, changed, missing, of the wrong kind."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from translator.corpus.download import CATALOGUE, find_source
from translator.corpus.pairs import Pair, read_pairs
from translator.errors import UsageError

CommandLine = Callable[..., tuple[int, str, str]]
PATH = "/OPUS-Tatoeba/v2023-04-12/moses/en-pt.txt.zip"
PAIRS = [Pair("One boat.", "Um barco."), Pair("It's honey.", "É mel.")]


def archive(pairs: list[Pair], licence: str = "CC BY 2.0 FR\nmore\n") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("LICENSE", licence)
        packed.writestr("Tatoeba.en-pt.en", "".join(f"{en}\n" for en, _ in pairs))
        packed.writestr("Tatoeba.en-pt.pt", "".join(f"{pt}\n" for _, pt in pairs))
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """What it serves, how many bytes of it before it hangs up, and what it was asked."""

    content = b""
    most: int | None = None
    weak = False
    asked: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        if self.path != PATH:
            self.send_error(404, "Not Found")
            return
        content, tag = self.server.content, f'"{hashlib.md5(self.server.content).hexdigest()}"'
        begin = 0
        if "Range" in self.headers and self.headers["If-Range"] == tag:
            begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            if begin >= len(content):
                self.send_error(416, "Range Not Satisfiable")
                return
        self.send_response(206 if begin else 200)
        self.send_header("ETag", "W/" + tag if self.server.weak else tag)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin:][: self.server.most])

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server(("127.0.0.1", 0), Handler)
    one.asked, one.content = [], archive(PAIRS)
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()
    thread.join()


@pytest.fixture
def download(run: CommandLine, server: Server, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    def call(*options: str, name: str = "tatoeba") -> tuple[int, str, str]:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        return run("corpus", "download", name, "--out", str(tmp_path / "out"), "--base", base, *options)

    return call


def test_a_corpus_with_its_licence_and_where_it_came_from(
    download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path
) -> None:
    code, out, _ = download()
    assert (code, "2 pairs" in out, "licence: CC BY 2.0 FR" in out) == (0, True, True)
    folder = tmp_path / "out"
    assert list(read_pairs(folder / "Tatoeba.tsv.gz")) == PAIRS
    assert (folder / "Tatoeba.LICENSE").read_text("utf-8") == "CC BY 2.0 FR\nmore\n"
    record = json.loads((folder / "Tatoeba.json").read_text("utf-8"))
    assert (record["sha256"], record["pairs"]) == (hashlib.sha256(server.content).hexdigest(), 2)
    assert sorted(path.name for path in folder.iterdir()) == ["Tatoeba.LICENSE", "Tatoeba.json", "Tatoeba.tsv.gz"]
    assert download()[0] == 2  # it is there already
    assert download("--force")[0] == 0
    server.content = archive(PAIRS[:1])
    code, _, err = download("--force")
    assert (code, "another file" in err) == (2, True)
    assert list(read_pairs(folder / "Tatoeba.tsv.gz")) == PAIRS


def test_a_download_that_broke_off_goes_on(
    download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path
) -> None:
    server.most = 100
    code, _, err = download()
    assert (code, "broke off after 100 of" in err) == (1, True)
    server.most = None
    code, _, err = download()
    assert (code, "went on after 100 bytes" in err) == (0, True)
    assert server.asked[-1]["Range"] == "bytes=100-"
    assert list(read_pairs(tmp_path / "out" / "Tatoeba.tsv.gz")) == PAIRS


@pytest.mark.parametrize("weak", [False, True])
def test_another_file_is_not_taken_for_the_rest(
    download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path, weak: bool
) -> None:
    server.most, server.weak = 100, weak
    assert download()[0] == 1
    other = [Pair("Another.", "Outro.")]
    server.most, server.content = None, archive(other)
    code, _, err = download()
    assert (code, "went on" in err) == (0, False)
    assert list(read_pairs(tmp_path / "out" / "Tatoeba.tsv.gz")) == other


def test_all_of_it_was_there(download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path) -> None:
    server.most = 100
    assert download()[0] == 1
    (tmp_path / "out" / ".Tatoeba.zip.part").write_bytes(server.content)
    server.most = None
    assert download()[0] == 0
    assert list(read_pairs(tmp_path / "out" / "Tatoeba.tsv.gz")) == PAIRS


def test_an_archive_of_ones_own_stays(download: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    own = tmp_path / "out" / "Tatoeba.zip"
    own.parent.mkdir()
    own.write_bytes(b"mine")
    assert download()[0] == 0
    assert own.read_bytes() == b"mine"


def test_a_damaged_note_begins_anew_and_a_damaged_record_is_named(
    download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path
) -> None:
    server.most = 100
    assert download()[0] == 1
    server.most = None
    (tmp_path / "out" / ".Tatoeba.zip.part.json").write_text('{"tag"', "utf-8")
    code, _, err = download()
    assert (code, "went on" in err) == (0, False)
    for text in ('{"sha256"', "[]"):
        (tmp_path / "out" / "Tatoeba.json").write_text(text, "utf-8")
        code, _, err = download("--force")
        assert (code, "does not say what was fetched before" in err) == (2, True), text


@pytest.mark.parametrize("base", ["nonsense", "http://127.0.0.1:notaport", "http://[", "ftp2://x", "http://a b"])
def test_a_base_that_is_no_address(run: CommandLine, tmp_path: Path, base: str) -> None:
    code, _, err = run("corpus", "download", "tatoeba", "--out", str(tmp_path / "out"), "--base", base)
    assert code in (1, 2)
    assert base in "".join(err.split("\n"))


def test_what_goes_wrong_is_said(
    download: Callable[..., tuple[int, str, str]], run: CommandLine, server: Server, tmp_path: Path
) -> None:
    code, _, err = download(name="Nothing/v1")
    assert (code, "404" in err) == (2, True)
    code, _, err = download("--sha256", "00")
    assert (code, "not 00" in err) == (2, True)
    server.content = b"<html>Please log in</html>"
    code, _, err = download()
    assert (code, "is no whole archive" in err) == (2, True)
    damaged = bytearray(archive(PAIRS * 50))
    damaged[400] ^= 0xFF
    server.content = bytes(damaged)
    assert download()[0] == 2
    server.content = archive([*PAIRS, Pair("Alone", "")])
    code, out, _ = download()
    assert (code, "1 lines with an empty side" in out) == (0, True)
    code, _, err = run("corpus", "download", "tatoeba", "--out", str(tmp_path / "x"), "--base", "http://127.0.0.1:9")
    assert (code, "cannot be reached" in err) == (1, True)


def test_names(run: CommandLine) -> None:
    assert find_source("TATOEBA").name == "Tatoeba"
    assert find_source("QED/v2.0a").address("http://x/") == "http://x/OPUS-QED/v2.0a/moses/en-pt.txt.zip"
    for name in ("nothing", "a/", "/b", "../etc/passwd", "a/b?c"):
        with pytest.raises(UsageError, match="no corpus called"):
            find_source(name)
    code, out, _ = run("corpus", "download", "--list")
    assert (code, "CC BY 2.0 FR" in out) == (0, True)
    assert max(map(len, out.splitlines())) <= 80
    assert run("corpus", "download")[0] == 2


def test_the_licence_of_another_corpus_is_not_overwritten(
    download: Callable[..., tuple[int, str, str]], server: Server, tmp_path: Path
) -> None:
    assert download()[0] == 0
    folder = tmp_path / "out"
    (folder / "Tatoeba.tsv.gz").rename(folder / "older.tsv.gz")
    record = json.loads((folder / "Tatoeba.json").read_text("utf-8"))
    record["address"] = record["address"].replace("v2023", "v2022")  # as if it had been another version
    (folder / "Tatoeba.json").write_text(json.dumps(record), "utf-8")
    before = len(server.asked)
    code, _, err = download()
    assert (code, "Tatoeba.LICENSE exists already, and belongs to another corpus" in err) == (2, True)
    assert len(server.asked) == before  # nothing was fetched for nothing
    (folder / "Tatoeba.json").unlink()
    assert download()[0] == 2  # whose it is nobody knows
    assert download("--force")[0] == 0
    (folder / "Tatoeba.tsv.gz").unlink()
    assert download()[0] == 0  # its own licence


def test_the_catalogue_says_what_the_archive_should_be(
    download: Callable[..., tuple[int, str, str]], server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "(not verified: neither" in download()[1].replace("\n", " ")
    source = CATALOGUE["tatoeba"]
    for digest, expected in (("0" * 64, 2), (hashlib.sha256(server.content).hexdigest(), 0)):
        monkeypatch.setitem(CATALOGUE, "tatoeba", replace(source, sha256=digest))
        shutil.rmtree(tmp_path / "out")
        code, out, err = download()
        assert code == expected, err
        assert ("(verified)" in out) == (code == 0)
