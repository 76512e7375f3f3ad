"""What a request asks for, from JSON, a form or its address: LibreTranslate's parameters, checked, and its errors.

All here raise ``HTTPException`` on what is wrong, or ``InputError``, of which the gate makes one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from translator.commands.serve.settings import Serving
from translator.commands.serve.texts import NAMES, code_of
from translator.text.glossary import Glossary, read_glossary

_MOST_ALTERNATIVES = 10
MultiPartParser.spool_max_size = 1 << 30  # no upload is written to a disk; the gate limits its size


@dataclass(frozen=True)
class Asked:
    """A request for translations."""

    texts: list[str]
    is_list: bool
    source: str  # en, pt or auto
    target: str  # en, pt or auto: the other one
    form: str  # text or html
    alternatives: int
    glossary: Glossary | None


async def read(request: Request) -> Mapping[str, Any]:
    """The parameters, wherever they stand; of a file its name and its bytes."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    values = _pairs(request.url.query)
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=50) as form:
            return values | {
                name: value if isinstance(value, str) else (value.filename or "", await value.read())
                for name, value in form.items()
            }
    try:
        body = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPException(400, "Invalid request: not UTF-8") from None
    if kind != "application/json":
        return values | _pairs(body)
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise HTTPException(400, "Invalid JSON format")
    return values | given


def _pairs(text: str) -> dict[str, Any]:
    """A form's or an address's parameters; of several with one name the first counts."""
    try:
        return dict(reversed(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)))
    except ValueError:
        raise HTTPException(400, "Invalid request: not UTF-8") from None


def check_key(values: Mapping[str, Any], request: Request, keys: frozenset[str]) -> None:
    """Whether a key is needed and there is none, or another."""
    if not keys:
        return
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    given = str(values.get("api_key") or bearer).encode("utf-8", "replace")
    if not given:
        raise HTTPException(400, "Please contact the server operator to get an API key")
    if not sum(hmac.compare_digest(given, key.encode()) for key in keys):  # all of them: time tells nothing
        raise HTTPException(403, "Invalid API key")


def asked(values: Mapping[str, Any], serving: Serving) -> Asked:
    """What is asked for; what is wrong with it is told as LibreTranslate words it."""
    q = values.get("q")
    _needed(values, "q", "source", "target")
    texts = [check_text(text, "q") for text in (q if isinstance(q, list) else [q])]
    _limit(len(texts), serving.batch_limit)
    glossary = glossary_of(values.get("glossary"))
    _limit(sum(map(len, texts)), serving.char_limit)
    form = values.get("format") or "text"
    if form not in ("text", "html"):
        raise HTTPException(400, f"{form} format is not supported")
    source, target = languages(values)
    return Asked(texts, isinstance(q, list), source, target, form, _count(values.get("alternatives")), glossary)


def _needed(values: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not values.get(name):
            raise HTTPException(400, f"Invalid request: missing {name} parameter")


def check_text(text: Any, name: str) -> str:
    """``text``, if it is one."""
    try:
        if isinstance(text, str) and (text.isascii() or text.encode()):
            return text
    except UnicodeEncodeError:  # half of a surrogate pair
        pass
    raise HTTPException(400, f"Invalid request: {name} parameter is not text")


def languages(values: Mapping[str, Any]) -> tuple[str, str]:
    """The codes of source and target."""
    _needed(values, "source", "target")
    found = []
    for name in ("source", "target"):
        language = check_text(values[name], name)
        code = code_of(language)
        if code not in (*NAMES, "auto"):
            raise HTTPException(400, f"{language} is not supported")
        found.append(code)
    return found[0], found[1]


def _limit(size: int, limit: int) -> None:
    if -1 < limit < size:
        raise HTTPException(400, f"Invalid request: request ({size}) exceeds text limit ({limit})")


def _count(value: Any) -> int:
    written = str(value or 0)
    if not written.isdecimal() or len(written) > 9:
        raise HTTPException(400, "Invalid request: alternatives parameter is not a number")
    if int(written) > _MOST_ALTERNATIVES:
        raise HTTPException(400, f"Invalid request: alternatives parameter must be <= {_MOST_ALTERNATIVES}")
    return int(written)


def glossary_of(value: Any) -> Glossary | None:
    """Terms, one a line: term, tab, translation."""
    return read_glossary(check_text(value, "glossary").split("\n"), "glossary") if value else None
