"""What a user may ask of a translation beyond how it is searched for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.config import Numbers
    from translator.text.glossary import Glossary


@dataclass(frozen=True)
class TranslateOptions:
    """Options of :meth:`translator.Translator.translate`."""

    prefix: str = ""  # what the translation of the first sentence must begin with
    keep: tuple[str, ...] = ()  # words that are never translated
    glossary: Glossary | None = None  # terms with given translations, either way round
    protect: bool = True  # carry links, addresses, file names, code, emoji over unchanged
    numbers: Numbers = "auto"  # 1,234.56: as the model writes it, as the other language does (1.234,56), or as it is
    retry: bool = True  # look for what is plainly wrong, and search again
    confidence: bool = False  # tell how sure the model is of each word; costs a second pass
    scores: bool = True  # False: nobody reads log-probabilities, and greedy search may leave them out
