"""The interface told to programs (OpenAPI 3.1) and to people."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from typing import Any

_TEXT = {"type": "string"}
_FIELDS: dict[str, dict[str, Any]] = {
    "q": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}], "description": "A text, or a list of texts"},
    "source": _TEXT | {"description": "en, pt or auto"},
    "target": _TEXT | {"description": "en or pt"},
    "format": _TEXT | {"enum": ["text", "html"], "default": "text", "description": "text or html"},
    "alternatives": {"type": "integer", "maximum": 10, "default": 0, "description": "How many other translations"},
    "glossary": _TEXT | {"description": "A term a line: term, tab, translation"},
    "file": _TEXT | {"format": "binary", "description": "A document"},
    "word": {"type": "integer", "minimum": 0, "description": "Number of the word in its sentence, from 0"},
    "pieces": {"type": "array", "items": {"type": "integer"}, "description": "The pieces of the sentence as shown"},
    "api_key": _TEXT | {"description": "Where the server asks for one"},
}
_NEEDED = ("q", "file", "source", "target", "word")
_POSTS = {
    "/translate": ("Translate.", "q source target format alternatives glossary api_key"),
    "/detect": ("Tell the language of a text.", "q api_key"),
    "/translate_file": ("Translate a document; the answer says where it waits.", "file source target glossary api_key"),
    "/confidence": ("Translate, with the confidence in each word.", "q source target glossary api_key"),
    "/attention": ("The same, with where the decoder looked.", "q source target glossary api_key"),
    "/alternatives": (
        "Other words at one place of a sentence of /attention, each with the sentence that follows.",
        "q source target word pieces glossary api_key",
    ),
    "/suggest": ("Off: 403.", ""),
}
_GETS = {
    "/languages": "Languages, and into which each is translated.",
    "/frontend/settings": "Limits and formats.",
    "/health": "ok, or 503 while the server ends.",
    "/metrics": "Figures for Prometheus.",
    "/download_file/{name}": "A translated document, for ten minutes.",
    "/openapi.json": "This description.",
}


def openapi() -> dict[str, Any]:
    """The whole description."""
    error = {"type": "object", "properties": {"error": _TEXT}}
    answers = {
        "200": {"description": "Done"},
        "default": {"description": "Refused or failed", "content": {"application/json": {"schema": error}}},
    }
    paths: dict[str, Any] = {}
    for path, (summary, names) in _POSTS.items():
        fields = {name: _FIELDS[name] for name in names.split()}
        schema = {"type": "object", "properties": fields, "required": [name for name in _NEEDED if name in fields]}
        json, form = ("application/json", "application/x-www-form-urlencoded")
        content = {kind: {"schema": schema} for kind in (["multipart/form-data"] if "file" in fields else [json, form])}
        paths[path] = {"post": {"summary": summary, "requestBody": {"content": content}, "responses": answers}}
    for path, summary in _GETS.items():
        paths[path] = {"get": {"summary": summary, "responses": answers}}
    named = {"name": "name", "in": "path", "required": True, "schema": _TEXT}
    paths["/download_file/{name}"]["get"]["parameters"] = [named]
    info = {"title": "translator", "version": version("translator")}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def docs_page(told: dict[str, Any]) -> str:
    """The description as a page without style or script."""
    parts = []
    for path, methods in told["paths"].items():
        [(method, about)] = methods.items()
        parts.append(f"<h2>{method.upper()} {escape(path)}</h2><p>{escape(about['summary'])}</p>")
        content = about.get("requestBody", {}).get("content", {})
        fields = next(iter(content.values()))["schema"]["properties"] if content else {}
        rows = (f"<li><code>{name}</code> {escape(field['description'])}</li>" for name, field in fields.items())
        parts.append(f"<p>{escape(' or '.join(content))}</p><ul>{''.join(rows)}</ul>" if fields else "")
    title = escape(f"{told['info']['title']} {told['info']['version']}")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head><body><main>'
        f'<h1>{title}</h1><p><a href="/openapi.json">OpenAPI</a></p>{"".join(parts)}</main></body></html>'
    )
