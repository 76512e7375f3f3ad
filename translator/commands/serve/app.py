"""The application: LibreTranslate's paths, our own, and the page."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from translator.commands.serve.answers import Answers
from translator.commands.serve.batching import Batcher
from translator.commands.serve.gate import App, Gate, Metrics, RequestError
from translator.commands.serve.openapi import docs_page, openapi
from translator.commands.serve.page import page
from translator.commands.serve.reading import check_key, read
from translator.commands.serve.settings import Serving
from translator.commands.serve.texts import NAMES
from translator.documents import ENDINGS
from translator.translation import Translator

_KEPT_S, _KEPT_BYTES = 600, 64 << 20  # how long and how much of translated documents waits to be fetched
Answer = Callable[[Answers, Mapping[str, Any]], Awaitable[Any]]
_POSTS: dict[str, Answer] = {
    "/translate": Answers.translate,
    "/detect": Answers.detect,
    "/confidence": lambda answers, values: answers.shown(values, weights=False),
    "/attention": lambda answers, values: answers.shown(values, weights=True),
    "/alternatives": Answers.alternatives,
}


def make_app(translator: Translator, serving: Serving, metrics: Metrics) -> App:
    """Everything between a connection and the translator. Raises ``InputError`` on a file of keys without any."""
    api = _Api(translator, serving, metrics)
    routes = api.routes()
    gate = Gate(
        Router(routes, lifespan=api.lifespan),
        metrics,
        frozenset(route.path for route in routes),
        size=(serving.file_limit << 20) + (1 << 16),
        seconds=serving.time_limit,
        reading=serving.read_limit,
        rate=serving.rate_limit,
    )
    if not serving.cors:
        return gate
    methods, headers = ["GET", "POST"], ["authorization", "content-type"]
    return CORSMiddleware(gate, allow_origins=serving.cors, allow_methods=methods, allow_headers=headers)


class _Api:
    """The paths, and translated documents that wait to be fetched."""

    def __init__(self, translator: Translator, serving: Serving, metrics: Metrics) -> None:
        self.translator, self.serving, self.metrics = translator, serving, metrics
        self.keys = serving.keys()
        self.files: OrderedDict[str, tuple[float, str, bytes]] = OrderedDict()  # until when, name, content
        self.answers: Answers

    @contextlib.asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """The queue runs as long as the server."""
        batcher = Batcher(self.translator, self.metrics, self.serving.queue_limit)
        self.answers = Answers(self.translator, batcher, self.serving)
        yield
        await batcher.close()

    def routes(self) -> list[Route]:
        """Every path."""
        html, policy = page()
        told = openapi()
        docs = docs_page(told)
        gets: dict[str, Callable[[], Response]] = {
            "/": lambda: HTMLResponse(html, headers=policy),
            "/docs": lambda: HTMLResponse(docs, headers={"content-security-policy": "default-src 'none'"}),
            "/openapi.json": lambda: JSONResponse(told),
            "/languages": lambda: JSONResponse(self.languages()),
            "/frontend/settings": lambda: JSONResponse(self.settings()),
            "/health": self.health,
            "/metrics": lambda: PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4"),
        }

        def got(answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
            async def handle(_: Request) -> Response:
                return answer()

            return handle

        def posted(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
            async def handle(request: Request) -> Response:
                return JSONResponse(await answer(self.answers, await self._values(request)))

            return handle

        return [
            *(Route(path, posted(answer), methods=["POST"]) for path, answer in _POSTS.items()),
            *(Route(path, got(answer)) for path, answer in gets.items()),
            Route("/translate_file", self.translate_file, methods=["POST"]),
            Route("/download_file/{name}", self.download),
            Route("/suggest", self.suggest, methods=["POST"]),
        ]

    async def _values(self, request: Request) -> Mapping[str, Any]:
        values = await read(request)
        check_key(values, request, self.keys)
        return values

    async def translate_file(self, request: Request) -> Response:
        """Translate a document and say where it waits."""
        name, content = await self.answers.file(await self._values(request))
        key = f"{secrets.token_urlsafe(18)}{Path(name).suffix.lower()}"
        self.files[key] = (time.monotonic() + _KEPT_S, name, content)
        while sum(len(kept) for _, _, kept in self.files.values()) > _KEPT_BYTES:
            self.files.popitem(last=False)
        return JSONResponse({"translatedFileUrl": str(request.url_for("download", name=key))})

    async def download(self, request: Request) -> Response:
        """A translated document, once or several times until it is forgotten."""
        for key in [key for key, (until, _, _) in self.files.items() if until < time.monotonic()]:
            del self.files[key]
        if (kept := self.files.get(request.path_params["name"])) is None:
            raise RequestError(404, "Invalid filename")
        shown = {"content-disposition": f"attachment; filename*=UTF-8''{quote(kept[1], safe='')}"}
        return Response(kept[2], media_type="application/octet-stream", headers=shown)

    async def suggest(self, _: Request) -> Response:
        """Nobody's suggestions are kept."""
        raise RequestError(403, "Suggestions are disabled on this server.")

    def health(self) -> Response:
        """Whether new requests are welcome."""
        ending = self.metrics.draining
        return JSONResponse({"status": "draining" if ending else "ok"}, 503 if ending else 200)

    def languages(self) -> list[dict[str, Any]]:
        """The languages that the model translates from, and into which."""
        directions = self.translator.folder.directions
        return [
            {"code": code, "name": name, "targets": [code, *(d[3:] for d in directions if d[:2] == code)]}
            for code, name in NAMES.items()
            if any(d[:2] == code for d in directions)
        ]

    def settings(self) -> dict[str, Any]:
        """What a page needs to know."""
        source, target = {"code": "auto", "name": "Auto Detect"}, {"code": "pt", "name": "Portuguese"}
        return {
            "apiKeys": bool(self.keys),
            "charLimit": self.serving.char_limit,
            "filesTranslation": True,
            "frontendTimeout": 250,
            "keyRequired": bool(self.keys),
            "language": {"source": source, "target": target},
            "suggestions": False,
            "supportedFilesFormat": ENDINGS,
        }
