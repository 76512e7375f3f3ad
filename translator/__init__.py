"""An offline English ⇄ Portuguese translator that shows every attention weight behind a translation.

>>> from translator import Translator
>>> Translator.load("en-pt").translate("I am happy.").target  # doctest: +SKIP
'Eu sou feliz.'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from translator.config import SearchConfig
    from translator.errors import TranslatorError
    from translator.translation import TranslateOptions, Translation, Translator

__all__ = ["SearchConfig", "TranslateOptions", "Translation", "Translator", "TranslatorError"]

_HOMES = {
    "SearchConfig": "translator.config",
    "TranslateOptions": "translator.translation",
    "Translation": "translator.translation",
    "Translator": "translator.translation",
    "TranslatorError": "translator.errors",
}


def __getattr__(name: str) -> Any:
    """Import on use: ``import translator`` alone does not import torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'translator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
