"""The command line with a model that gives back what it is given: ``python tests/support/identity.py translate …``.

``IDENTITY_SWAP=1`` turns small letters and capitals around wherever a translation may change something, so that a
wrong place shows; ``IDENTITY_SECONDS`` is how long each batch takes, so that there is time to interrupt it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import translator.translation
from translator.config import Direction
from translator.translation import Translation, Translator


class Identity:
    """As much of a ``Translator`` as whole files need."""

    engine = "identity"
    folder = SimpleNamespace(
        directions=["en-pt", "pt-en"],
        hashes={"model.safetensors": "0" * 64},
        shape=SimpleNamespace(decoder_layers=1, heads=1),
    )

    def direction_of(self, text: str) -> Direction:
        """Always from English."""
        return "en-pt"

    def translate_batch(
        self,
        texts: Sequence[str],
        direction: Direction | None = None,
        *_: Any,
        protected: Sequence[Sequence[tuple[int, int]]] | None = None,
        **__: Any,
    ) -> list[Translation]:
        """The texts, or with their letters turned around."""
        time.sleep(float(os.environ.get("IDENTITY_SECONDS", "0")))
        swap = bool(os.environ.get("IDENTITY_SWAP"))
        kept = protected or [()] * len(texts)
        return [
            Translation(text, _swapped(text, ranges) if swap else text, direction or "en-pt")
            for text, ranges in zip(texts, kept, strict=True)
        ]


def _swapped(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, stop in ranges:
        parts += [text[at:start].swapcase(), text[start:stop]]
        at = stop
    return "".join([*parts, text[at:].swapcase()])


if __name__ == "__main__":
    setattr(Translator, "load", classmethod(lambda *_: Identity()))  # noqa: B010 mypy will not have an assignment
    assert translator.translation.Translator is Translator
    from translator.commands.main import main

    sys.argv[0] = "translator"
    main()
