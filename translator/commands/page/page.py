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
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from translator.commands.pairs import SentencePair
from translator.draw.language import pattern, say, spoken
from translator.explain.align import alignment_choice
from translator.explain.reading import Attention, Kind, Side
from translator.explain.weights import Level
from translator.text.slots import fill
from translator.translation import Translator

_SCRIPTS = ("words.js", "numbers.js", "draw.js", "heat.js", "steps.js", "page.js")
Sentence = tuple[SentencePair, Mapping[Kind, Attention]]
"""A sentence with its translation, and all attention between and within them."""


class PageView(NamedTuple):
    """What the page shows when it is opened. Layers and heads count from 0; ``None`` is the mean of all."""

    kind: Kind = "cross"
    layer: int | None = None
    head: int | None = None
    level: Level = "word"


def page_of(translator: Translator, sentences: Sequence[Sentence], view: PageView) -> str:
    """The page of some sentences as that model read them."""
    choice = alignment_choice(translator.folder)
    return page(sentences, model=translator.folder.path.name, view=view, best=choice.best if choice else None)


def page(
    sentences: Sequence[Sentence], *, model: str, view: PageView | None = None, best: tuple[int, int] | None = None
) -> str:
    """The whole file. ``best`` is the layer and head of cross-attention chosen on gold alignments, from 0."""
    data = {
        "model": model,
        "best": None if best is None else {"layer": best[0], "head": best[1]},
        "view": (view or PageView())._asdict(),
        "words": {text: pattern(text) for text in sentences_of_the_page()} if spoken() != "en" else {},
        "sentences": [
            {
                "source": pair.source,
                "target": pair.target,
                "direction": pair.direction,
                "forced": pair.is_forced,
                "kinds": {kind: _kind(found, pair.slots) for kind, found in attention.items()},
            }
            for pair, attention in sentences
        ],
    }
    # ASCII, without ``<``: no text in it can end the script block, open a comment, or be a line end to it
    written = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    style = _asset("page.css")
    script = "(() => {\n'use strict';\n" + "\n".join(map(_asset, _SCRIPTS)) + "})();\n"
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    whole = re.sub(r"\{\{(.+?)\}\}", lambda m: say(m[1]), _asset("page.html"))
    # the data last: nothing in it can be taken for a place to fill
    for name, content in (
        ("language", spoken()),
        ("policy", policy),
        ("style", style),
        ("script", script),
        ("data", written),
    ):
        whole = whole.replace(f"%{name}%", content, 1)
    return whole


def sentences_of_the_page() -> set[str]:
    """What the scripts say, in English, ``{}`` for each value."""
    return set(re.findall(r"\b(?:say|pieces)\(\s*'([^']+)'", "".join(map(_asset, _SCRIPTS))))


def _asset(name: str) -> str:
    return files("translator.commands.page").joinpath("assets", name).read_text("utf-8")


def _hash(content: str) -> str:
    """A source expression of Content Security Policy, level 2."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _kind(found: Attention, slots: Mapping[str, str]) -> dict[str, Any]:
    L, H, T, S = found.weights.shape
    sizes = {"layers": L, "heads": H, "T": T, "S": S, "E": found.q.shape[-1], "causal": found.is_causal}
    sides = {name: _side(side, slots) for name, side in (("rows", found.rows), ("columns", found.columns))}
    return sizes | sides | {name: _floats(getattr(found, name)) for name in ("q", "k", "v", "weights")}


def _side(side: Side, slots: Mapping[str, str]) -> dict[str, Any]:
    """Tokens and words, each slot called by what stands there."""

    def named(text: str) -> str:
        return fill(text, slots) if slots else text

    words = [{"text": named(word.text), "start": word.start, "stop": word.stop} for word in side.words]
    return {"tokens": list(map(named, side.labels)), "read": list(map(named, side.read)), "words": words}


def _floats(array: np.ndarray) -> str:
    """Little-endian float32 in base64: four bytes a number in five and a third characters, exact."""
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
