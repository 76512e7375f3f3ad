"""The server around the application: one process, one event loop, one thread that computes."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from translator.commands.serve.gate import Metrics
from translator.commands.serve.settings import Serving
from translator.errors import UsageError

_ON_ITS_WAY = 0.3  # seconds in which a request that was sent before the end still arrives


def listen(host: str, port: int) -> socket.socket:
    """A socket at an address. Raises ``UsageError`` where there is none to be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(2048)  # from here on requests wait, before the model is there
    except OSError as error:
        hint = "name another --port, or 0 for a free one; --host takes an address of this machine"
        raise UsageError(f"cannot listen at {host}, port {port}: {error.strerror or error}", hint) from error
    return found


class _Impatient(H11Protocol):
    """A connection that is closed where its first request has not begun in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(self.config.timeout_keep_alive, self._given_up)

    def _given_up(self) -> None:
        if not self.headers:
            self.transport.close()


class _Server(uvicorn.Server):
    """Ends without losing a request: what is on its way is still answered, and each answer says it is the last."""

    metrics: Metrics

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.metrics.draining = True
        for server in self.servers:
            server.close()
        await asyncio.sleep(_ON_ITS_WAY)
        await super().shutdown(sockets)


def run(app: ASGIApp, serving: Serving, metrics: Metrics, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then answer what has come in. Raises ``KeyboardInterrupt`` after SIGINT."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what scanners send is no news
    config = uvicorn.Config(
        app,
        http=_Impatient,
        loop="asyncio",
        ws="none",
        lifespan="on",
        access_log=False,  # addresses hold texts
        log_config=None,
        server_header=False,
        timeout_keep_alive=serving.read_limit,
        timeout_graceful_shutdown=serving.time_limit,
        backlog=2048,
    )
    server = _Server(config)
    server.metrics = metrics
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn sends itself the signal again when all is done
    server.run(sockets=[listening])
