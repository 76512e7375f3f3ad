"""The application: LibreTranslate's paths, our own, and the page."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from translator.commands.serve.batching import Batcher
from translator.commands.serve.gate import App, Gate, Metrics, RequestError
from translator.commands.serve.openapi import docs_page, openapi
from translator.commands.serve.page import page
from translator.commands.serve.reading import Asked, asked, check_key, languages, read, upload
from translator.commands.serve.settings import Serving
from translator.commands.serve.texts import (
    NAMES,
    Places,
    alternatives_plain,
    detected,
    kind_of,
    known_endings,
    opened,
    sentence_plain,
)
from translator.config import Direction, SearchConfig
from translator.errors import InputError, UsageError
from translator.translation import TranslateOptions, Translation, Translator

__all__ = ["make_app"]

_KEPT_S, _KEPT_BYTES = 600, 64 << 20  # how long and how much of translated documents waits to be fetched
Answer = Callable[[Request, Mapping[str, Any]], Awaitable[Any]]


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
    return CORSMiddleware(gate, allow_origins=serving.cors, allow_methods=methods, allow_headers=headers)  # type: ignore[arg-type]


class _Api:
    """What each path answers."""

    def __init__(self, translator: Translator, serving: Serving, metrics: Metrics) -> None:
        self.translator, self.serving, self.metrics = translator, serving, metrics
        self.keys = serving.keys()
        self.files: OrderedDict[str, tuple[float, str, bytes]] = OrderedDict()  # until when, name, content
        self.batcher: Batcher

    @contextlib.asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """The queue runs as long as the server."""
        self.batcher = Batcher(self.translator, self.metrics, self.serving.queue_limit)
        yield
        await self.batcher.close()

    def routes(self) -> list[Route]:
        """Every path."""
        html, headers = page()
        told = openapi()
        posts: dict[str, Answer] = {
            "/translate": self.translate,
            "/detect": self.detect,
            "/translate_file": self.translate_file,
            "/confidence": partial(self.shown, weights=False),
            "/attention": partial(self.shown, weights=True),
            "/alternatives": self.alternatives,
        }
        gets: dict[str, Callable[[], Response]] = {
            "/": lambda: HTMLResponse(html, headers=headers),
            "/docs": lambda: HTMLResponse(docs_page(told), headers={"content-security-policy": "default-src 'none'"}),
            "/openapi.json": lambda: JSONResponse(told),
            "/languages": lambda: JSONResponse(self.languages()),
            "/frontend/settings": lambda: JSONResponse(self.settings()),
            "/health": self.health,
            "/metrics": lambda: PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4"),
        }

        def posted(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
            async def handle(request: Request) -> Response:
                values = await read(request)
                check_key(values, request, self.keys)
                return JSONResponse(await answer(request, values))

            return handle

        def got(answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
            async def handle(_: Request) -> Response:
                return answer()

            return handle

        return [
            *(Route(path, posted(answer), methods=["POST"]) for path, answer in posts.items()),
            *(Route(path, got(answer)) for path, answer in gets.items()),
            Route("/suggest", self.suggest, methods=["POST"]),
            Route("/download_file/{name}", self.download),
        ]

    def _way(self, source: str, target: str, text: str) -> tuple[Direction | None, dict[str, Any]]:
        """The direction for ``text``, ``None`` where it stays as it is, and the language found in it."""
        told: dict[str, Any] = {}
        if source == "auto":
            source, sure = detected(self.translator, text)
            told = {"detectedLanguage": {"language": source, "confidence": sure}}
        if target == "auto":
            target = "en" if source == "pt" else "pt"
        if source not in NAMES or source == target:
            return None, told
        direction = cast("Direction", f"{source}-{target}")
        if direction not in self.translator.folder.directions:
            message = (
                f"{NAMES[target]} ({target}) is not available as a target language from {NAMES[source]} ({source})"
            )
            raise RequestError(400, message)
        return direction, told

    async def translate(self, _: Request, values: Mapping[str, Any]) -> Any:
        """One text or a list of them."""
        wanted = asked(values, self.serving)
        ways = [self._way(wanted.source, wanted.target, text) for text in wanted.texts]
        results = await self._translated(wanted, [way for way, _ in ways])
        columns: dict[str, list[Any]] = {"translatedText": [texts[0] for texts in results]}
        if wanted.alternatives:
            columns["alternatives"] = [texts[1:] for texts in results]
        if wanted.source == "auto":
            columns["detectedLanguage"] = [told["detectedLanguage"] for _, told in ways]
        return columns if wanted.is_list else {name: column[0] for name, column in columns.items()}

    async def _translated(self, wanted: Asked, ways: Sequence[Direction | None]) -> list[list[str]]:
        """For each text its translation, and others if they are wanted."""
        results = [[text] for text in wanted.texts]
        documents = [opened(text, "html" if wanted.form == "html" else "txt") for text in wanted.texts]
        count = wanted.alternatives + 1
        config = SearchConfig(beam=count, n_best=count)
        for direction in {way for way in ways if way is not None}:
            chosen = [i for i, way in enumerate(ways) if way == direction]
            passages = [passage for i in chosen for passage in documents[i].passages]
            protected = None
            if wanted.form == "html":
                protected = [documents[i].protected(n) for i in chosen for n in range(len(documents[i].slots))]
            options = TranslateOptions(glossary=wanted.glossary)
            found = iter(await self.batcher.translate(passages, direction, config, options, protected))
            for i in chosen:
                parts = [next(found) for _ in documents[i].slots]
                ranks = max((len(part.alternatives) for part in parts), default=1) or 1
                texts = [documents[i].fill([_ranked(part, rank) for part in parts]) for rank in range(ranks)]
                results[i] = list(dict.fromkeys(texts))
        return results

    async def detect(self, _: Request, values: Mapping[str, Any]) -> Any:
        """The language of a text."""
        wanted = asked(values | {"source": "auto", "target": "auto"}, self.serving)
        code, sure = detected(self.translator, "\n".join(wanted.texts))
        return [{"confidence": sure, "language": code}]

    async def translate_file(self, request: Request, values: Mapping[str, Any]) -> Any:
        """A document, to be fetched from the address that is given back."""
        name, raw = upload(values)
        source, target = languages(values)
        kind = kind_of(name)
        if kind is None:
            raise RequestError(400, "Invalid request: file format not supported")
        try:
            document = await asyncio.to_thread(opened, raw.decode("utf-8"), kind)
        except UnicodeDecodeError:
            raise RequestError(400, "Invalid request: the file is not UTF-8") from None
        passages = document.passages
        way, _ = self._way(source, target, "\n".join(passages[:1000]))
        if way is not None:
            protected = [document.protected(i) for i in range(len(passages))] if kind != "txt" else None
            found = await self.batcher.translate(passages, way, SearchConfig(), TranslateOptions(), protected)
            raw = (await asyncio.to_thread(document.fill, [one.target for one in found])).encode()
        key = f"{secrets.token_urlsafe(18)}{Path(name).suffix.lower()}"
        self.files[key] = (
            time.monotonic() + _KEPT_S,
            f"{Path(name).stem}_{(way or target)[-2:]}{Path(name).suffix}",
            raw,
        )
        while sum(len(content) for _, _, content in self.files.values()) > _KEPT_BYTES:
            self.files.popitem(last=False)
        return {"translatedFileUrl": str(request.url_for("download", name=key))}

    async def download(self, request: Request) -> Response:
        """A translated document, once or several times until it is forgotten."""
        for key in [key for key, (until, _, _) in self.files.items() if until < time.monotonic()]:
            del self.files[key]
        _, name, content = self.files.get(request.path_params["name"], (0, "", None))
        if content is None:
            raise RequestError(404, "Invalid filename")
        shown = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return Response(content, media_type="application/octet-stream", headers=shown)

    async def shown(self, _: Request, values: Mapping[str, Any], *, weights: bool) -> Any:
        """A translation sentence by sentence, with confidence and, with ``weights``, where the decoder looked."""
        wanted = asked(values, self.serving)
        text = "\n".join(wanted.texts)
        way, told = self._way(wanted.source, wanted.target, text)
        document = opened(text, "txt")
        found: list[Translation] = []
        if way is not None:
            options = TranslateOptions(glossary=wanted.glossary, confidence=True)
            found = await self.batcher.translate(document.passages, way, SearchConfig(), options)
        source, sentences, at, parts = Places(text), [], 0, [document.kept[0]]
        for slot, translation, after in zip(document.slots, found, document.kept[1:], strict=bool(found)):
            source.at = slot.start
            begin, within = at + len(parts[-1]), 0
            plain = partial(sentence_plain, self.translator, source=source, weights=weights)
            for segment in translation.segments:
                place = translation.target.find(segment.target, within)
                within = max(within, place + len(segment.target))
                told_of = await self.batcher.call(partial(plain, segment))
                sentences.append(told_of | {"start": begin + place, "stop": begin + place + len(segment.target)})
            at = begin
            parts += [translation.target, after]
            at = sum(map(len, parts[:-1]))
        whole = "".join(parts) if found else text
        return told | {"translatedText": whole, "direction": way, "sentences": sentences} | _judged(found)

    async def alternatives(self, _: Request, values: Mapping[str, Any]) -> Any:
        """Other words at one place of a sentence, and the sentences that follow from them."""
        wanted = asked(values, self.serving)
        word, pieces = values.get("word"), values.get("pieces") or []
        size, longest = len(self.translator.subwords), self.translator.folder.shape.max_length
        sound = isinstance(pieces, list) and all(type(piece) is int and 3 < piece < size for piece in pieces)
        if type(word) is not int or word < 0 or not sound or len(pieces) >= longest:
            raise RequestError(400, "Invalid request: word is a number from 0, pieces those of the sentence")
        way, _ = self._way(wanted.source, wanted.target, wanted.texts[0])
        if way is None:
            return {"alternatives": []}
        options = TranslateOptions(glossary=wanted.glossary)
        [found] = await self.batcher.translate(wanted.texts[:1], way, SearchConfig(), options)
        if not found.segments:
            return {"alternatives": []}
        work = partial(alternatives_plain, self.translator, found.segments[0], word, pieces)
        try:
            return {"alternatives": await self.batcher.call(work)}
        except (InputError, UsageError) as error:
            raise RequestError(400, f"Invalid request: {error.message}") from None

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
            "frontendTimeout": 300,
            "keyRequired": bool(self.keys),
            "language": {"source": source, "target": target},
            "suggestions": False,
            "supportedFilesFormat": known_endings(),
        }


def _ranked(translation: Translation, rank: int) -> str:
    ranks = translation.alternatives or [translation.target]
    return ranks[min(rank, len(ranks) - 1)]


def _judged(found: Sequence[Translation]) -> dict[str, Any]:
    """The confidence in all passages, weighted by their words, and what a reader should know."""
    told = [(one.confidence, sum(len(s.words or []) for s in one.segments)) for one in found]
    sure = [(value, words) for value, words in told if value is not None]
    words = sum(count for _, count in sure)
    confidence = round(sum(value * count for value, count in sure) / words, 4) if words else None
    return {"confidence": confidence, "warnings": [warning for one in found for warning in one.warnings]}
