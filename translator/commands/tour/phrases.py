"""The tour's languages: one file of texts each, ``en.toml`` and ``pt.toml``, and numbers written the language's way."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "pt")
_SWAPPED = str.maketrans(",.", ".,")


class _Formatter(string.Formatter):
    """``str.format`` with numbers in the language: 8,894.5 in English is 8.894,5 in Portuguese."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if not isinstance(value, int | float):
            return str(format(value, format_spec))
        text = format(value, format_spec or ("," if isinstance(value, int) else ".2f"))
        if text.startswith("-") and not any(c in "123456789" for c in text):
            text = text[1:]  # -0.00 is 0.00
        if format_spec.endswith("%"):
            text = _honest(text, float(value), int(format_spec[1:-1]))
        return text.translate(_SWAPPED) if self.language == "pt" else text


def _honest(text: str, share: float, decimals: int) -> str:
    """A share in per cent; what would round to a false 0 or 100 says so."""
    step = 10.0 ** -(decimals + 2)
    if 0 < share < step / 2:
        return f"<{step:.{decimals}%}"
    if 1 - step / 2 <= share < 1 - 1e-9:
        return f">{1 - step:.{decimals}%}"
    return text


@dataclass(frozen=True)
class Phrases:
    """A language of the tour."""

    language: str
    texts: Mapping[str, Any]

    @classmethod
    def load(cls, language: str) -> Phrases:
        """Read the texts of one of ``LANGUAGES``."""
        content = files("translator.commands.tour").joinpath(f"{language}.toml").read_text("utf-8")
        return cls(language, tomllib.loads(content))

    def say(self, template: str, facts: Mapping[str, Any]) -> str:
        """``template`` with its facts, numbers written the language's way."""
        return _Formatter(self.language).vformat(template, (), facts)

    def number(self, value: float, spec: str) -> str:
        """One number."""
        return _Formatter(self.language).format_field(value, spec)

    def label(self, key: str) -> str:
        """A word of a table: a heading, the name of a part."""
        return str(self.texts["labels"][key])

    def phrase(self, key: str) -> str:
        """A sentence of the frame around the pages."""
        return str(self.texts["frame"][key])

    def keys(self, action: str) -> Sequence[str]:
        """What a reader may type for ``back`` or ``quit``."""
        return list(self.texts["frame"]["keys"][action])

    def heading(self, page: str) -> str:
        """A page's heading."""
        return str(self.texts["pages"][page]["heading"])

    def paragraphs(self, page: str, block: str) -> list[str]:
        """The templates of one block of text of a page."""
        return list(self.texts["pages"][page][block])
