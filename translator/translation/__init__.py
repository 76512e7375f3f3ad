"""Texts in, translations out: what is done to a text before the search, after it, and again where it went wrong."""

from translator.translation.options import TranslateOptions
from translator.translation.result import Alternative, Segment, Translation, WordConfidence
from translator.translation.translator import EngineName, Translator

__all__ = [
    "Alternative",
    "EngineName",
    "Segment",
    "TranslateOptions",
    "Translation",
    "Translator",
    "WordConfidence",
]
