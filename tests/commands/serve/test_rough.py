"""Clients that are slow, broken, too many or gone, and a server that ends: the right status, and the others unhurt."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import READY, Server, server

if not READY:
    pytest.skip("needs the extra: pip install 'translator[serve]'", allow_module_level=True)

ASKED = {"q": "Good night.", "source": "en", "target": "pt"}
HEAD = b"POST /translate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """A server that waits a second for a request, and takes documents of a megabyte."""
    with server("--read-limit", "1", "--file-limit", "1") as one:
        yield one
        assert one.end() == (0, "")


def status_of(connection: socket.socket) -> bytes:
    return connection.recv(65536).split(b" ")[1]


def served(running: Server) -> bool:
    return running.ask("/translate", ASKED) == (200, {"translatedText": "Boa noite."})


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "Invalid JSON format"),
        (b"", 400, "Invalid JSON format"),
        (b"[" * 100_000, 400, "Invalid JSON format"),
        (b'{"q": "\xff"}', 400, "Invalid request: not UTF-8"),
        (b'{"q": "' + b"a" * 10_000_000 + b'"}', 413, "Invalid request: request exceeds size limit"),
    ],
)
def test_what_is_no_request(hasty: Server, body: bytes, status: int, message: str) -> None:
    code, told = hasty.ask("/translate", body)
    assert (code, told["error"][: len(message)]) == (status, message)
    assert served(hasty)


def test_a_form_that_is_no_utf8_and_one_that_breaks_off(hasty: Server) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert hasty.ask("/translate", b"q=%ff&source=en&target=pt", kind)[0] == 400
    broken = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nGood'
    code, told = hasty.ask("/translate_file", broken, {"content-type": "multipart/form-data; boundary=x"})
    assert (code, list(told)) == (400, ["error"])
    assert hasty.file("a.txt", b"a" * 2_000_000, source="en", target="pt")[0] == 413


def test_who_is_slow_is_left_and_others_are_not(hasty: Server) -> None:
    with hasty.connect() as half_head, hasty.connect() as half_body, hasty.connect() as silent, hasty.connect() as gone:
        half_head.sendall(b"POST /translate HTTP/1.1\r\nhost:")
        half_body.sendall(HEAD % 100 + b'{"q": "Good')
        gone.sendall(HEAD % 100 + b'{"q": "Good')
        gone.close()
        assert served(hasty)
        assert status_of(half_body) == b"408"
        assert half_head.recv(100) == b""
        assert silent.recv(100) == b""
    assert served(hasty)


def test_what_is_no_http(hasty: Server) -> None:
    with hasty.connect() as connection:
        connection.sendall(b"\x16\x03\x01\x00\x00hello\r\n\r\n")
        assert status_of(connection) == b"400"
    assert served(hasty)


def test_who_asks_too_often_is_slowed() -> None:
    with server("--rate-limit", "20") as one:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: one.ask("/translate", ASKED), range(60)))
        assert {status for status, _ in answers} == {200, 429}
        assert 20 <= sum(status == 200 for status, _ in answers) < 30
        assert (429, {"error": "Slowdown: 20 per 1 minute"}) in answers
        assert one.ask("/health")[0] == 200
        assert one.end() == (0, "")


def test_who_finds_the_queue_full_is_told() -> None:
    with server("--queue-limit", "100", "--batch-limit", "200") as one:
        many = ASKED | {"q": [f"Good night, number {n}." for n in range(90)]}
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: one.ask("/translate", many), range(6)))
        assert {status for status, _ in answers} == {200, 503}
        assert "busy" in next(told["error"] for status, told in answers if status == 503)
        assert served(one)


def test_one_that_takes_too_long_is_told() -> None:
    with server("--time-limit", "1", "--char-limit", "-1") as one:
        lines = "\n".join(f"My brother number {n} works in the hospital near the old bridge." for n in range(3000))
        assert one.ask("/translate", ASKED | {"q": lines}) == (503, {"error": "The translation took too long"})
        assert served(one)


def test_sigterm_loses_no_accepted_request() -> None:
    """Clients ask over and over on connections that stay open; each ends with an answer that says it is the last."""
    with server() as one:
        begun, lost, done = threading.Barrier(17), [], []

        def client(number: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
            body = json.dumps(ASKED | {"q": f"Good night, number {number}."})
            connection.request("GET", "/health")
            connection.getresponse().read()
            begun.wait(60)
            while True:
                try:
                    connection.request("POST", "/translate", body, {"content-type": "application/json"})
                    answer = connection.getresponse()
                    text = json.load(answer)["translatedText"]
                except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
                    lost.append(repr(error))
                    return
                done.append(text.startswith("Boa noite"))
                if answer.will_close:
                    return

        clients = [threading.Thread(target=client, args=(number,)) for number in range(16)]
        for each in clients:
            each.start()
        begun.wait(60)
        while len(done) < 40:
            pass
        assert one.end() == (0, "")
        for each in clients:
            each.join(60)
        assert lost == []
        assert all(done)


def test_an_address_that_is_taken_is_told() -> None:
    import subprocess
    import sys

    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "translator", "serve", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot listen at 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr
