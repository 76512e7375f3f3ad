"""What stands around every request: limits of size, time and rate, errors as JSON, figures for Prometheus.

Nothing here looks at texts, and what goes wrong is told by its kind and place alone: a message could quote a text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from bisect import bisect_left
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from translator.commands.serve.settings import Serving
from translator.errors import InputError

_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
_ADDRESSES = 10_000  # whose requests are counted; the longest unseen are forgotten
_log = logging.getLogger("translator.serve")


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
        bounds = [*_BOUNDS, "+Inf"]
        totals = list(accumulate(self.buckets[index] for index in range(len(bounds))))
        requests = {f'{{path="{path}",status="{status}"}}': n for (path, status), n in sorted(self.requests.items())}
        seconds = {f'_bucket{{le="{bound}"}}': total for bound, total in zip(bounds, totals, strict=True)}
        lines = []
        for name, kind, values in (
            ("requests_total", "counter", requests),
            ("request_seconds", "histogram", seconds | {"_sum": f"{self.seconds:.6f}", "_count": totals[-1]}),
            ("requests_active", "gauge", {"": self.active}),
            ("passages_waiting", "gauge", {"": self.waiting}),
            ("engine_calls_total", "counter", {"": self.batches}),
            ("passages_total", "counter", {"": self.passages}),
            ("resident_memory_bytes", "gauge", {"": _resident()}),
        ):
            lines.append(f"# TYPE translator_{name} {kind}")
            lines += [f"translator_{name}{of} {value}" for of, value in values.items()]
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
        """Count a request. Raises ``HTTPException`` (429)."""
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
            raise HTTPException(429, f"Slowdown: {self.limit} per 1 minute", {"retry-after": wait})


class Gate:
    """An ASGI application around another; ``paths`` are those that are counted by name."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: frozenset[str], serving: Serving) -> None:
        self.app, self.metrics, self.paths, self.serving = app, metrics, paths, serving
        self.size = (serving.file_limit << 20) + (1 << 16)  # bytes of a body
        self.rate = _Rate(serving.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["app"] = self  # Starlette raises what it otherwise answers as plain text
        begun = time.monotonic()
        status = 0

        async def counted_send(message: Message) -> None:
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
            async with asyncio.timeout(self.serving.time_limit * (10 if scope["path"] == "/translate_file" else 1)):
                await self.app(scope, self._limited(receive, begun), counted_send)
        except ClientDisconnect:
            status = 499  # nobody is there to be answered
        except Exception as error:
            if status:
                raise RuntimeError("an answer broke off") from None
            told = _told(error)
            body = json.dumps({"error": told.detail}, ensure_ascii=False).encode("utf-8", "replace")
            await Response(body, told.status_code, told.headers, "application/json")(scope, receive, counted_send)
        finally:
            self.metrics.active -= 1
            self.metrics.requests[scope["path"] if scope["path"] in self.paths else "other", status] += 1
            taken = time.monotonic() - begun
            self.metrics.seconds += taken
            self.metrics.buckets[bisect_left(_BOUNDS, taken)] += 1

    def _limited(self, receive: Receive, begun: float) -> Receive:
        """``receive`` that takes no more bytes and no more time for them than allowed."""
        read = 0
        whole = False

        async def limited() -> Message:
            nonlocal read, whole
            if whole:  # what follows is only whether the client is still there
                return await receive()
            try:
                async with asyncio.timeout(begun + self.serving.read_limit - time.monotonic()):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The request did not arrive in time", {"connection": "close"}) from None
            read += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if read > self.size:
                raise HTTPException(413, f"Invalid request: request exceeds size limit ({self.size} bytes)")
            return message

        return limited


def _told(error: Exception) -> HTTPException:
    """What the client hears of ``error``; what is not its fault is logged, without a word of its text."""
    if isinstance(error, HTTPException):
        return error
    if isinstance(error, InputError):
        return HTTPException(400, f"Invalid request: {error.message}")
    if isinstance(error, TimeoutError):
        return HTTPException(503, "The translation took too long", {"retry-after": "1"})
    places = [f"{Path(at.filename).name}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)]
    _log.error("internal error: %s at %s", type(error).__name__, places[-1] if places else "?")
    return HTTPException(500, "Cannot translate text: internal error")
