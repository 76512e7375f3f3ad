"""Texts and translations as the interface has them: which way, in which language, and as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from translator.text.languages import log_odds, other_language
from translator.text.slots import fill
from translator.text.subwords import Word
from translator.translation import Segment, Translator

NAMES = {"en": "English", "pt": "Portuguese"}
_OTHERS = {"Spanish": "es", "Galician": "gl", "Catalan": "ca", "Italian": "it", "French": "fr", "German": "de"}
_ENOUGH = 20_000  # characters to tell a language by
_QUOTES = str.maketrans("‘’‛“”‟«»„", "'''" + 6 * '"')  # as the model reads them
_AHEAD = 60  # characters in which the next word is looked for


def code_of(language: str) -> str:
    """The language of a code; ``pt-BR``, ``pb`` and ``pt_PT`` are Portuguese."""
    code = language.lower().replace("_", "-").partition("-")[0]
    return "pt" if code == "pb" else code


def detected(translator: Translator, text: str) -> tuple[str, float]:
    """The code of the language that ``text`` is in, "und" for another script, and how sure that is, in percent."""
    text = text[:_ENOUGH]
    if other := other_language(text):
        return _OTHERS.get(other, "nl" if other == "Dutch" else "und"), 90.0
    sure = 1 / (1 + math.exp(-min(abs(log_odds(text)), 50.0)))
    return translator.direction_of(text)[:2], round(100 * (2 * sure - 1), 1)


def _folded(text: str) -> str:
    """``text`` in small letters and with plain quotation marks, as long as before."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text.translate(_QUOTES))


class Places:
    """Finds words in a text one after the other, as a reader does, whatever their capitals."""

    def __init__(self, text: str) -> None:
        self.text, self.at = _folded(text), 0

    def next(self, word: str) -> dict[str, Any]:
        """A word with its first character and the one after its last; ``None`` where it was rewritten."""
        low = _folded(word)
        start = self.text.find(low, self.at, self.at + len(low) + _AHEAD) if low else -1
        if start < 0:
            return {"text": word, "start": None, "stop": None}
        self.at = start + len(word)
        return {"text": word, "start": start, "stop": self.at}


def sentence_plain(translator: Translator, segment: Segment, source: Places, *, weights: bool) -> dict[str, Any]:
    """A translated sentence; places are in the text of ``source`` and, of its own words, in its ``target``.

    With ``weights``, a row a target word over the source words; what is left lies on the tag and the end.
    """
    kept = {slot: span.source for slot, span in segment.spans.items()}
    columns = translator.subwords.words(segment.source_ids[1:-1])
    found = [source.next(fill(word.text, kept)) for word in columns]
    own = Places(segment.target)
    rows = translator.subwords.words(segment.hypotheses[0].ids)
    shown = {slot: span.target for slot, span in segment.spans.items()}
    words = [
        own.next(fill(row.text, shown)) | {"confidence": round(word.confidence, 4)}
        for row, word in zip(rows, segment.words or [], strict=True)
    ]
    plain = {
        "source": segment.source,
        "target": segment.target,
        "confidence": None if segment.confidence is None else round(segment.confidence, 4),
        "words": words,
        "sourceWords": found,
        "pieces": segment.hypotheses[0].ids,
    }
    if weights:
        plain["weights"] = list(_word_weights(translator.looks(segment), rows, columns))
    return plain


def _word_weights(pieces: Sequence[Sequence[float]], rows: Sequence[Word], columns: Sequence[Word]) -> Iterator[Any]:
    """Pieces → words: the sum over a source word's pieces, the mean over a target word's (see ``explain.reading``)."""
    for row in rows:
        mine = pieces[row.start : row.stop]
        sums = ([sum(piece[c.start + 1 : c.stop + 1]) for piece in mine] for c in columns)
        yield [round(sum(of) / len(mine), 4) for of in sums]


def alternatives_plain(translator: Translator, segment: Segment, word: int, pieces: Sequence[int]) -> list[Any]:
    """Other words for word number ``word`` of a translated sentence, each with the sentence that follows from it.

    ``pieces`` are those of the sentence as it was last shown, none where it is as the search found it.
    """
    if pieces:
        segment = replace(segment, hypotheses=[replace(segment.hypotheses[0], ids=list(pieces))])
    others = translator.alternatives(segment, word)
    changed = [replace(segment, target=other.target, hypotheses=[other.hypothesis]) for other in others]
    return [
        {
            "word": other.word,
            "probability": round(other.probability, 6),
            "sentence": sentence_plain(translator, one, Places(segment.source), weights=True),
        }
        for other, one in zip(others, translator.with_confidence(changed), strict=True)
    ]
