"""What the embedding matrix alone knows about a word: its neighbours in both languages, and analogies.

A word that is one piece of the vocabulary has a vector of its own. A word of several pieces gets the *mean* of theirs;
their sum points the same way, so every cosine is the same. Candidates are the pieces that open a word (``▁`` and at
least one more character): most are whole words, some only a beginning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from translator.errors import UsageError
from translator.explain.geometry import cosines, unit
from translator.model.transformer import Transformer
from translator.text.languages import log_odds
from translator.text.normalise import normalise
from translator.text.subwords import Subwords

_CLEAR = math.log(3)  # nats; a word less than three times as likely to be of one is either language's
_ACROSS = 3  # neighbours shown from the other language


@dataclass(frozen=True)
class Neighbour:
    """A candidate near a vector."""

    id: int
    word: str  # the piece without its ▁
    cosine: float
    language: str | None  # "en", "pt", or None: either
    is_part: bool = False  # it is itself a piece of the word that was asked for


@dataclass(frozen=True)
class Neighbours:
    """A word, its vector's length, and what lies nearest to it."""

    word: str
    pieces: list[str]
    norm: float  # of the stored vector; the model reads it times √D
    language: str | None
    log_odds: float  # nats, above 0 speaks for English
    nearest: list[Neighbour]  # nearest first, the word itself left out
    candidates: int
    mean_cosine: float  # over all candidates: what "near" is to be compared with
    percentile_99: float  # 99 % of the candidates have a smaller cosine
    nearest_in_other_language: list[Neighbour]  # none where the word may be of either


@dataclass(frozen=True)
class Analogy:
    """``a`` is to ``b`` as ``c`` is to what? ``expected`` if the reader has an answer in mind."""

    a: str
    b: str
    c: str
    expected: str | None = None

    @classmethod
    def parse(cls, text: str) -> Analogy:
        """From ``man:woman::king`` or ``man:woman::king:queen``. Raises ``UsageError``."""
        sides = [[normalise(word) for word in side.split(":")] for side in text.split("::")]
        if [len(side) for side in sides] not in ([2, 1], [2, 2]) or not all(map(all, sides)):
            raise UsageError(
                f"--analogy {text}: expected a:b::c, or a:b::c:answer", "for example --analogy man:woman::king:queen"
            )
        asked = cls(*sides[0], *sides[1])
        if asked.expected in (asked.a, asked.b, asked.c):
            raise UsageError(
                f"--analogy {text}: the answer {asked.expected} is one of the words asked about",
                "the words asked about are left out of the answers; name another, or none",
            )
        return asked


@dataclass(frozen=True)
class Expected:
    """Where the answer the reader had in mind came out."""

    word: str
    pieces: list[str]
    cosine: float
    rank: int  # 1 = no candidate is nearer
    holds: bool  # it is


@dataclass(frozen=True)
class AnalogyAnswer:
    """b − a + c, and what lies nearest to it."""

    analogy: Analogy
    pieces: list[list[str]]  # of a, b and c
    nearest: list[Neighbour]  # the three words left out, as is usual
    candidates: int
    nearest_with_asked: list[Neighbour]  # the first few with them: often c itself
    expected: Expected | None


class Embeddings:
    """The embedding matrix of a model as a space of words."""

    def __init__(self, model: Transformer, subwords: Subwords) -> None:
        self.subwords = subwords
        self.vectors = model.embedding.weight.detach().double().cpu().numpy()  # (V, D)
        self.pieces = [subwords.piece(i) for i in range(len(subwords))]
        opening = [i for i, piece in enumerate(self.pieces) if piece.startswith("▁") and len(piece) > 1]
        self.candidates = np.array(opening, dtype=int)

    def neighbours(self, word: str, count: int = 10) -> Neighbours:
        """The ``count`` candidates nearest to ``word``; fewer where there are not so many.

        Raises ``UsageError`` on an empty word or a count below 1.
        """
        ids, vector = self._found(word, count)
        near = cosines(self.vectors[self.candidates], vector)  # (candidates,)
        ranked = self._ranked(near, leave_out=ids if len(ids) == 1 else [])
        odds = log_odds(word)
        language = guess_language(odds)
        others = (n for n in self._listed(ranked, near) if n.language not in (language, None))
        return Neighbours(
            word=normalise(word),
            pieces=[self.pieces[i] for i in ids],
            norm=float(np.linalg.norm(vector)),
            language=language,
            log_odds=odds,
            nearest=list(self._listed(ranked[:count], near, ids)),
            candidates=len(ranked),
            mean_cosine=float(near[ranked].mean()),
            percentile_99=float(np.percentile(near[ranked], 99)),
            nearest_in_other_language=list(islice(others, _ACROSS if language else 0)),
        )

    def analogy(self, question: Analogy, count: int = 10) -> AnalogyAnswer:
        """The candidates nearest to b − a + c, each word at length 1 first (3CosAdd: Mikolov et al. 2013; Levy and
        Goldberg 2014, section 3). Raises ``UsageError`` as :meth:`neighbours` does.
        """
        asked, vectors = zip(*(self._found(word, count) for word in (question.a, question.b, question.c)), strict=True)
        a, b, c = map(unit, vectors)
        target = b - a + c
        near = cosines(self.vectors[self.candidates], target)
        # only a word that is one piece is a candidate
        ranked = self._ranked(near, leave_out=[ids[0] for ids in asked if len(ids) == 1])
        expected = None
        if question.expected is not None:
            ids, vector = self._found(question.expected, count)
            own = near[self.candidates == ids[0]] if len(ids) == 1 else []  # to the bit, so that ties are ties
            cosine = float(own[0] if len(own) else cosines(vector[None], target)[0])
            rank = 1 + int((near[ranked] > cosine).sum())
            expected = Expected(question.expected, [self.pieces[i] for i in ids], cosine, rank, rank == 1)
        return AnalogyAnswer(
            analogy=question,
            pieces=[[self.pieces[i] for i in ids] for ids in asked],
            nearest=list(self._listed(ranked[:count], near)),
            candidates=len(ranked),
            nearest_with_asked=list(self._listed(self._ranked(near, leave_out=[])[:_ACROSS], near)),
            expected=expected,
        )

    def _found(self, word: str, count: int) -> tuple[list[int], np.ndarray]:
        """The pieces of ``word``, and (D,) the mean of their vectors."""
        if count < 1:
            raise UsageError(f"--neighbours {count}: at least 1 is shown", f"up to {len(self.candidates):,} can be")
        ids = self.subwords.encode(word)
        if not ids:
            raise UsageError("there is no word: it is empty", "for example: translator embed happy feliz")
        return ids, self.vectors[ids].mean(axis=0)

    def _ranked(self, near: np.ndarray, leave_out: Sequence[int]) -> np.ndarray:
        """Indices into the candidates, nearest first; of equals the one earlier in the vocabulary."""
        order = np.argsort(-near, kind="stable")
        return np.asarray(order[~np.isin(self.candidates[order], leave_out)])

    def _listed(self, ranked: np.ndarray, near: np.ndarray, parts: Sequence[int] = ()) -> Iterator[Neighbour]:
        for i, cosine in zip(self.candidates[ranked].tolist(), near[ranked].tolist(), strict=True):
            word = self.pieces[i][1:]
            yield Neighbour(i, word, cosine, guess_language(log_odds(word)), i in parts)


def guess_language(odds: float) -> str | None:
    """The language that a word is at least three times as likely to be of, or ``None``. ``odds`` in nats."""
    if abs(odds) < _CLEAR:
        return None
    return "en" if odds > 0 else "pt"
