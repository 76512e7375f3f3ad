"""What is asked of ``translator translate``: a direction from two language codes, texts from lines or from JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from translator.config import Direction
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.model.folder import ModelFolder

_KEYS = {"id": object, "text": str, "from": str, "to": str, "prefix": str}


def direction_from(source: str | None, target: str | None) -> Direction | None:
    """The direction two language codes ask for; ``None`` if neither is given. Raises ``UsageError``."""
    for option, code in (("--from", source), ("--to", target)):
        if code not in (None, "en", "pt"):
            raise UsageError(f"{option} {code}: unknown language", "languages: en (English), pt (Portuguese)")
    if source is None and target is None:
        return None
    if source == target:
        raise UsageError(f"--from and --to are both {source}", "one is en, the other pt")
    return "en-pt" if source == "en" or target == "pt" else "pt-en"


def check_direction(folder: ModelFolder, direction: Direction) -> None:
    """Raises ``UsageError`` where the model in ``folder`` was not trained for ``direction``."""
    if direction not in folder.directions:
        raise UsageError(f"this model was not trained for {direction}", f"it knows {', '.join(folder.directions)}")


def shard_of(wanted: str, lines: int) -> range:
    """The lines, from 0, of the K-th of N parts, as K/N says it; the parts together are all lines, each once, in order.

    Raises ``UsageError``.
    """
    k, _, n = wanted.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise UsageError(f"--shard {wanted}: expected K/N with K from 1 to N", "for example --shard 3/8")
    return range(lines * (int(k) - 1) // int(n), lines * int(k) // int(n))


@dataclass(frozen=True)
class Request:
    """A text to translate, with what its line alone asks for."""

    text: str
    direction: Direction | None
    prefix: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # goes into the answer as it is


def read_requests(
    lines: Iterable[str], direction: Direction | None, jsonl: bool, *, first: int = 1
) -> Iterator[Request]:
    """A request a line: the line itself, or what a JSON object says; ``first`` is the number of the first line.

    Blank lines between objects are passed over. Raises ``InputError`` naming the line.
    """
    for number, line in enumerate(lines, start=first):
        if jsonl and not line.strip():
            continue
        yield _parsed(line, number, direction) if jsonl else Request(line, direction)


def _parsed(line: str, number: int, direction: Direction | None) -> Request:
    example = 'a line is an object like {"text": "Good morning.", "id": 7}'
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number} is not JSON: {error}", example) from error
    if not isinstance(record, dict) or "text" not in record:
        raise InputError(f'line {number} is not an object with "text"', example)
    for key, value in record.items():
        if key not in _KEYS:
            raise InputError(f"line {number}: unknown key {key!r}", f"known keys: {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise InputError(f"line {number}: {key} is {value!r}; it takes a text", example)
    try:
        own = direction_from(record.get("from"), record.get("to"))
    except UsageError as error:
        raise InputError(f"line {number}: {error.message}", error.hint) from error
    extra = {"id": record["id"]} if "id" in record else {}
    return Request(record["text"], own or direction, record.get("prefix"), extra)
