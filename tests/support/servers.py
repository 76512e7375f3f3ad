"""``translator serve`` in a process of its own, with the model that came with the program, and raw requests to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

READY = all(find_spec(name) for name in ("starlette", "uvicorn", "python_multipart"))


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str  # without a slash at its end
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON: a GET without a body; a dictionary goes as JSON, bytes as they are."""
        given = {"content-type": "application/json"} | dict(headers or {})
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET" if data is None else "POST", path, data, given)
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, json.loads(raw) if "json" in (answer.headers["content-type"] or "") else raw
        finally:
            connection.close()

    def form(self, path: str, **fields: str) -> tuple[int, Any]:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask(path, urllib.parse.urlencode(fields).encode(), kind)

    def file(self, name: str, content: bytes, **fields: str) -> tuple[int, Any]:
        """Upload a document."""
        parts = [f'--x\r\ncontent-disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
        head = f'--x\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = "".join([*parts, head]).encode() + content + b"\r\n--x--\r\n"
        return self.ask("/translate_file", body, {"content-type": "multipart/form-data; boundary=x"})

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def end(self) -> tuple[int, str]:
        """SIGTERM; exit code and what it wrote after its first line."""
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@contextmanager
def server(*options: str) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    command = [sys.executable, "-m", "translator", "serve", "--port", "0", *options]
    environment = {name: value for name, value in os.environ.items() if name != "TRANSLATOR_MODEL"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "serving at http://" in line, line + process.stderr.read()
        yield Server(line.split()[2], process)
    finally:
        process.kill()
        process.wait(10)
        if process.stderr is not None:
            process.stderr.close()
