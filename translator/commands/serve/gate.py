"""What stands around every request: limits of size, time and rate, errors as JSON, figures for Prometheus.

Nothing here looks at texts, and what goes wrong is told by its kind and place alone: a message could quote a text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
_ADDRESSES = 10_000  # whose requests are counted; the longest unseen are forgotten
_log = logging.getLogger("translator.serve")


class RequestError(Exception):
    """An answer that is an error: ``{"error": message}``."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


@dataclass
class Metrics:
    """What is counted."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)  # by path and status
    buckets: Counter[int] = field(default_factory=Counter)  # by the first bound not below
    seconds: float = 0.0
    active: int = 0
    waiting: int = 0  # passages
    batches: int = 0
    passages: int = 0
    draining: bool = False

    def text(self) -> str:
        """All of it as Prometheus reads it (exposition format 0.0.4)."""
        lines = ["# TYPE translator_requests_total counter"]
        for (path, status), count in sorted(self.requests.items()):
            lines.append(f'translator_requests_total{{path="{path}",status="{status}"}} {count}')
        lines.append("# TYPE translator_request_seconds histogram")
        total = 0
        for index, bound in enumerate([*_BOUNDS, "+Inf"]):
            total += self.buckets[index]
            lines.append(f'translator_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"translator_request_seconds_sum {self.seconds:.6f}", f"translator_request_seconds_count {total}"]
        for name, kind, value in (
            ("requests_active", "gauge", self.active),
            ("passages_waiting", "gauge", self.waiting),
            ("engine_calls_total", "counter", self.batches),
            ("passages_total", "counter", self.passages),
            ("resident_memory_bytes", "gauge", _resident()),
        ):
            lines += [f"# TYPE translator_{name} {kind}", f"translator_{name} {value}"]
        return "\n".join(lines) + "\n"


def _resident() -> int:
    """Bytes of memory in use, 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        return 0


class _Rate:
    """At most ``limit`` requests a minute from an address, which are not to come all at once (a leaky bucket)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address → requests in it, and when

    def check(self, address: str) -> None:
        """Count a request. Raises ``RequestError`` (429)."""
        if not self.limit:
            return
        now = time.monotonic()
        level, since = self._full.pop(address, (0.0, now))
        level = max(0.0, level - (now - since) * self.limit / 60)
        full = level + 1 > self.limit
        self._full[address] = (level if full else level + 1, now)
        if len(self._full) > _ADDRESSES:
            self._full.popitem(last=False)
        if full:
            wait = str(round(60 / self.limit) or 1)
            raise RequestError(429, f"Slowdown: {self.limit} per 1 minute", {"retry-after": wait})


class Gate:
    """An ASGI application around another."""

    def __init__(
        self, app: App, metrics: Metrics, paths: frozenset[str], *, size: int, seconds: float, reading: float, rate: int
    ) -> None:
        """``size``: bytes of a body; ``paths``: those that are counted by name."""
        self.app, self.metrics, self.paths = app, metrics, paths
        self.size, self.seconds, self.reading = size, seconds, reading
        self.rate = _Rate(rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["app"] = self  # Starlette raises what it otherwise answers as plain text
        begun = time.monotonic()
        status = 0

        async def counted_send(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-content-type-options", b"nosniff")]
                if self.metrics.draining:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        self.metrics.active += 1
        try:
            if scope["method"] == "POST":
                self.rate.check((scope.get("client") or ("",))[0])
            async with asyncio.timeout(self.seconds * (10 if scope["path"] == "/translate_file" else 1)):
                await self.app(scope, self._limited(receive, begun), counted_send)
        except ClientDisconnect:
            status = 499  # nobody is there to be answered
        except Exception as error:
            if status:
                raise RuntimeError("an answer broke off") from None
            await _answer(_told(error), counted_send)
        finally:
            self.metrics.active -= 1
            path = scope["path"] if scope["path"] in self.paths else "other"
            self.metrics.requests[path, status] += 1
            taken = time.monotonic() - begun
            self.metrics.seconds += taken
            self.metrics.buckets[bisect_left(_BOUNDS, taken)] += 1

    def _limited(self, receive: Receive, begun: float) -> Receive:
        """``receive`` that takes no more bytes and no more time for them than allowed."""
        read = 0
        whole = False

        async def limited() -> MutableMapping[str, Any]:
            nonlocal read, whole
            if whole:  # what follows is only whether the client is still there
                return await receive()
            try:
                async with asyncio.timeout(begun + self.reading - time.monotonic()):
                    message = await receive()
            except TimeoutError:
                raise RequestError(408, "The request did not arrive in time", {"connection": "close"}) from None
            read += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if read > self.size:
                raise RequestError(413, f"Invalid request: request exceeds size limit ({self.size} bytes)")
            return message

        return limited


def _told(error: Exception) -> RequestError:
    """What the client hears of ``error``; what is not its fault is logged, without a word of its text."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, HTTPException):  # no such path, another method, a form that is none
        return RequestError(error.status_code, error.detail, error.headers)
    if isinstance(error, TimeoutError):
        return RequestError(503, "The translation took too long", {"retry-after": "1"})
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else "?"
    _log.error("internal error: %s at %s", type(error).__name__, where)
    return RequestError(500, "Cannot translate text: internal error")


async def _answer(told: RequestError, send: Send) -> None:
    body = json.dumps({"error": told.message}, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"content-type": "application/json", "content-length": str(len(body)), **told.headers}
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": told.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
