"""The interface told to programs (OpenAPI 3.1) and to people."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from typing import Any

__all__ = ["docs_page", "openapi"]

_TEXT: dict[str, Any] = {"type": "string"}
_Q = {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}], "description": "Text, or a list of texts"}
_COMMON = {
    "source": _TEXT | {"description": "en, pt or auto"},
    "target": _TEXT | {"description": "en or pt"},
    "api_key": _TEXT | {"description": "Where the server asks for one"},
}
_OWN = {"glossary": _TEXT | {"description": "A line a term: term, tab, translation"}}
_ONE = {"q": _TEXT | {"description": "Text"}} | _COMMON
_POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "/translate": (
        "Translate a text or a list of texts.",
        {"q": _Q}
        | _COMMON
        | {
            "format": {"enum": ["text", "html"], "default": "text"},
            "alternatives": {"type": "integer", "default": 0, "maximum": 10, "description": "Other translations"},
        }
        | _OWN,
    ),
    "/detect": ("Tell the language of a text.", {"q": _Q, "api_key": _COMMON["api_key"]}),
    "/translate_file": (
        "Translate a document; the answer says where to fetch it, for ten minutes.",
        {"file": {"type": "string", "format": "binary", "description": "The document"}} | _COMMON,
    ),
    "/confidence": ("Translate, with the confidence in each word (0 to 1) and its place.", _ONE | _OWN),
    "/attention": (
        "The same, with where the decoder looked: weights has a row a word over sourceWords.",
        _ONE | _OWN,
    ),
    "/alternatives": (
        "Other words at one place of a sentence, each with the sentence that follows from it.",
        {
            "q": _TEXT | {"description": "source of a sentence of /attention"},
            "word": {"type": "integer", "description": "Number of the word, from 0"},
            "pieces": {"type": "array", "items": {"type": "integer"}, "description": "pieces of that sentence"},
        }
        | _COMMON
        | _OWN,
    ),
    "/suggest": ("Off: 403.", {}),
}
_GETS = {
    "/languages": "Languages, and into which each is translated.",
    "/frontend/settings": "Limits and formats.",
    "/health": "ok, or 503 while the server ends.",
    "/metrics": "Figures for Prometheus.",
    "/download_file/{name}": "A translated document.",
    "/openapi.json": "This description.",
}
_ERRORS = {
    "400": "Invalid request",
    "403": "Invalid API key",
    "408": "The request did not arrive in time",
    "413": "Too large",
    "429": "Slow down",
    "503": "Busy, or it took too long",
}


def openapi() -> dict[str, Any]:
    """The whole description."""
    error = {"type": "object", "properties": {"error": _TEXT}}
    failures = {
        status: {"description": text, "content": {"application/json": {"schema": error}}}
        for status, text in _ERRORS.items()
    }
    paths: dict[str, Any] = {}
    for path, (summary, fields) in _POSTS.items():
        kinds = (
            ["multipart/form-data"] if "file" in fields else ["application/json", "application/x-www-form-urlencoded"]
        )
        needed = [name for name in ("q", "file", "source", "target", "word") if name in fields]
        schema = {"type": "object", "properties": fields} | ({"required": needed} if needed else {})
        body = {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
        paths[path] = {"post": {"summary": summary, "requestBody": body, "responses": _answers() | failures}}
    for path, summary in _GETS.items():
        paths[path] = {"get": {"summary": summary, "responses": _answers()}}
        if "{name}" in path:
            paths[path]["get"]["parameters"] = [{"name": "name", "in": "path", "required": True, "schema": _TEXT}]
    about = "LibreTranslate's interface to an offline English ⇄ Portuguese translator"
    info = {"title": "translator", "version": version("translator"), "description": about}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def _answers() -> dict[str, Any]:
    return {"200": {"description": "Done"}}


def docs_page(told: dict[str, Any]) -> str:
    """The description as a page without style or script."""
    parts = []
    for path, methods in told["paths"].items():
        for method, about in methods.items():
            parts.append(f"<h2>{method.upper()} {escape(path)}</h2><p>{escape(about['summary'])}</p>")
            content = about.get("requestBody", {}).get("content", {})
            for kind, body in content.items():
                fields = body["schema"]["properties"].items()
                about_each = ((name, str(field.get("description", field.get("enum", "")))) for name, field in fields)
                rows = "".join(f"<li><code>{name}</code> {escape(text)}</li>" for name, text in about_each)
                parts.append(f"<p>{escape(kind)}</p><ul>{rows}</ul>" if rows else "")
                break
    title = escape(f"{told['info']['title']} {told['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head><body><main>'
        f"<h1>{title}</h1><p>{escape(told['info']['description'])}. <a href='/openapi.json'>OpenAPI</a></p>"
        f"{''.join(parts)}</main></body></html>"
    )
