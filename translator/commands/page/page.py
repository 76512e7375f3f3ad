"""One page to share: every attention weight of a translation as a single HTML file that needs nothing else.

The page reaches for nothing outside itself, and its Content-Security-Policy forbids it to: only the one script and the
one style sheet written here, named by their SHA-256, are allowed. Texts and numbers lie in a JSON block; the script
puts texts on the page as text, never as markup. Queries, keys and values are float32 in base64, so that a reader can
do the sums of the model again, and the page does them before the reader's eyes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from translator.config import Direction
from translator.explain.reading import Attention, Kind, Side

_SCRIPTS = ("numbers.js", "draw.js", "heat.js", "steps.js", "page.js")


@dataclass(frozen=True)
class PageSentence:
    """One sentence, its translation and all attention between and within them."""

    source: str
    target: str
    direction: Direction
    is_forced: bool  # the translation was given, not the model's own
    attention: Mapping[Kind, Attention]


@dataclass(frozen=True)
class PageView:
    """What the page shows when it is opened. Layers and heads count from 0; ``None`` is the mean of all."""

    kind: Kind = "cross"
    layer: int | None = None
    head: int | None = None
    level: Literal["word", "token"] = "word"


def page(
    sentences: Sequence[PageSentence],
    *,
    model: str,
    view: PageView | None = None,
    best: tuple[int, int] | None = None,
) -> str:
    """The whole file. ``best`` is the layer and head of cross-attention chosen on gold alignments, from 0.

    Raises ``ValueError`` without sentences.
    """
    if not sentences:
        raise ValueError("a page needs a sentence")
    view = view or PageView()
    data = {
        "model": model,
        "best": None if best is None else {"layer": best[0], "head": best[1]},
        "view": {"kind": view.kind, "layer": view.layer, "head": view.head, "level": view.level},
        "sentences": [_sentence(sentence) for sentence in sentences],
    }
    style = _asset("page.css")
    script = "(() => {\n'use strict';\n" + "\n".join(map(_asset, _SCRIPTS)) + "})();\n"
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    whole = _asset("page.html")
    # the data last: nothing in it can be taken for a place to fill
    for name, content in (("policy", policy), ("style", style), ("script", script), ("data", _json(data))):
        whole = whole.replace(f"%{name}%", content, 1)
    return whole


def _asset(name: str) -> str:
    return files("translator.commands.page").joinpath("assets", name).read_text("utf-8")


def _hash(content: str) -> str:
    """A source expression of Content Security Policy, level 2."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _json(data: object) -> str:
    """JSON in ASCII, without ``<``: no text in it can end the script block, open a comment, or be a line end to it."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _sentence(sentence: PageSentence) -> dict[str, Any]:
    return {
        "source": sentence.source,
        "target": sentence.target,
        "direction": sentence.direction,
        "forced": sentence.is_forced,
        "kinds": {kind: _kind(found) for kind, found in sentence.attention.items()},
    }


def _kind(found: Attention) -> dict[str, Any]:
    L, H, T, S = found.weights.shape
    return {
        "layers": L,
        "heads": H,
        "T": T,
        "S": S,
        "E": found.q.shape[-1],
        "causal": found.is_causal,
        "rows": _side(found.rows),
        "columns": _side(found.columns),
        "q": _floats(found.q),
        "k": _floats(found.k),
        "v": _floats(found.v),
        "weights": _floats(found.weights),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "tokens": side.labels,
        "read": side.read,
        "words": [{"text": word.text, "start": word.start, "stop": word.stop} for word in side.words],
    }


def _floats(array: np.ndarray) -> str:
    """Little-endian float32 in base64: four bytes a number in five and a third characters, exact."""
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
