"""Which of the two languages a text is in: naive Bayes over subword pieces.

Each piece has a log-odds, learned from the two sides of the training corpus; a text's sum decides. It costs one
addition a piece, needs no word list, and comes with every model that is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from translator.config import Direction
from translator.text.lists import word_list
from translator.text.subwords import Subwords

if TYPE_CHECKING:
    import numpy as np

__all__ = ["detect", "learn_log_odds", "other_language"]

# Frequent words of the neighbours are told from ours, which speak against them.
_NEIGHBOURS = ("Spanish", "Galician", "Catalan", "Italian", "French", "German", "Dutch")
_LATIN_FROM = 0x250  # code points of other scripts begin here


def other_language(text: str) -> str:
    """What ``text`` looks to be written in where it is neither English nor Portuguese; "" where it may be one of them.

    A text is foreign where most of its letters are of another script, or where at least three of its words are
    frequent in a neighbour, more of them than are frequent here.
    """
    letters = [c for c in text if c.isalpha() and not "\ue000" <= c <= "\uf8ff"]
    if len(letters) >= 2 and sum(ord(c) >= _LATIN_FROM for c in letters) > 0.6 * len(letters):
        return "to be in another script"
    words = [word.strip(".,;:!?¿¡\"'()[]«»…").lower() for word in text.split()]
    if len(words) < 4:
        return ""
    ours_known = word_list("ours")
    ours = sum(word in ours_known for word in words)
    counts = {name: sum(word in word_list(name) for word in words) for name in _NEIGHBOURS}
    language = max(counts, key=lambda name: counts[name])
    own = sum(word in word_list(language) and word not in ours_known for word in words)
    return language if counts[language] > ours and own >= 2 and own >= 0.2 * len(words) else ""


def learn_log_odds(subwords: Subwords, english: Iterable[str], portuguese: Iterable[str]) -> np.ndarray:
    """(V,) float32: log P(piece | English) / P(piece | Portuguese), with half a count added to each."""
    import numpy as np

    size = len(subwords)
    logs = []
    for texts in (english, portuguese):
        ids = np.fromiter((i for row in subwords.encode_batch(list(texts)) for i in row), dtype=np.int64)
        counts = np.bincount(ids, minlength=size) + 0.5
        logs.append(np.log(counts / counts.sum()))
    return np.asarray(logs[0] - logs[1], dtype=np.float32)


def detect(ids: Sequence[int], log_odds: Sequence[float]) -> Direction:
    """The direction a text of these pieces wants: out of the language it is in. Nothing to tell by: ``en-pt``."""
    return "en-pt" if sum(log_odds[i] for i in ids) >= 0 else "pt-en"
