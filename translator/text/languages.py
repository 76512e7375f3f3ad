"""Which of the two languages a text is in: naive Bayes over subword pieces.

Each piece has a log-odds, learned from the two sides of the training corpus; a text's sum decides. It costs one
addition a piece, needs no word list, and comes with every model that is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from translator.config import Direction
from translator.text.subwords import Subwords

if TYPE_CHECKING:
    import numpy as np

__all__ = ["detect", "learn_log_odds"]


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
