"""The application: LibreTranslate's paths, our own, and the page."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from translator.commands.serve.answers import Answers
from translator.commands.serve.batching import Batcher
from translator.commands.serve.gate import Gate, Metrics
from translator.commands.serve.openapi import docs_page, openapi
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


def make_app(translator: Translator, serving: Serving, metrics: Metrics) -> ASGIApp:
    """Everything between a connection and the translator. Raises ``InputError`` on a file of keys without any."""
    api = _Api(translator, serving, metrics)
    routes = api.routes()
    gate = Gate(Router(routes, lifespan=api.lifespan), metrics, frozenset(route.path for route in routes), serving)
    if not serving.cors:
        return gate
    methods, headers = ["GET", "POST"], ["authorization", "content-type"]
    return CORSMiddleware(gate, allow_origins=serving.cors, allow_methods=methods, allow_headers=headers)


def _page() -> Response:
    """The page, with headers that let only its own script and style run and only this server be asked."""
    html = files(__package__).joinpath("page.html").read_text("utf-8")

    def digest(tag: str) -> str:
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    policy = (
        f"default-src 'none'; script-src {digest('script')}; style-src {digest('style')}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"content-security-policy": policy, "referrer-policy": "no-referrer", "cache-control": "no-cache"}
    return HTMLResponse(html, headers=headers)


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
        told = openapi()
        always = {
            "/": _page(),
            "/docs": HTMLResponse(docs_page(told), headers={"content-security-policy": "default-src 'none'"}),
            "/openapi.json": JSONResponse(told),
            "/languages": JSONResponse(self.languages()),
            "/frontend/settings": JSONResponse(self.settings()),
        }

        def posted(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
            async def handle(request: Request) -> Response:
                return JSONResponse(await answer(self.answers, await self._values(request)))

            return handle

        return [
            *(Route(path, posted(answer), methods=["POST"]) for path, answer in _POSTS.items()),
            *(Route(path, answer, methods=["GET"]) for path, answer in always.items()),
            Route("/health", self.health),
            Route("/metrics", self.figures),
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
            raise HTTPException(404, "Invalid filename")
        shown = {"content-disposition": f"attachment; filename*=UTF-8''{quote(kept[1], safe='')}"}
        return Response(kept[2], media_type="application/octet-stream", headers=shown)

    async def suggest(self, _: Request) -> Response:
        """Nobody's suggestions are kept."""
        raise HTTPException(403, "Suggestions are disabled on this server.")

    async def health(self, _: Request) -> Response:
        """Whether new requests are welcome."""
        ending = self.metrics.draining
        return JSONResponse({"status": "draining" if ending else "ok"}, 503 if ending else 200)

    async def figures(self, _: Request) -> Response:
        """For Prometheus."""
        return PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4")

    def languages(self) -> list[dict[str, Any]]:
        """The languages that the model translates from, and into which."""
        targets = {code: [d[3:] for d in self.translator.folder.directions if d[:2] == code] for code in NAMES}
        return [{"code": code, "name": NAMES[code], "targets": [code, *to]} for code, to in targets.items() if to]

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
