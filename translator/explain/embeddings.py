"""What the embedding matrix alone knows about a word: its neighbours in both languages, and analogies.

A word that is one piece of the vocabulary has a vector of its own. A word of several pieces gets the *mean* of theirs;
their sum points the same way, so every cosine is the same. Candidates are the pieces that open a word (``▁`` and at
least one more character): most are whole words, some only a beginning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    across: list[Neighbour]  # nearest of the other language; none where the word may be of either
    candidates: int
    mean_cosine: float  # over all candidates: what "near" is to be compared with
    percentile_99: float  # 99 % of the candidates have a smaller cosine


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
        if len(sides) != 2 or len(sides[0]) != 2 or len(sides[1]) not in (1, 2) or not all(map(all, sides)):
            raise UsageError(
                f"--analogy {text}: expected a:b::c, or a:b::c:answer",
                "for example --analogy man:woman::king:queen",
            )
        (a, b), (c, *rest) = sides
        if rest and rest[0] in (a, b, c):
            raise UsageError(
                f"--analogy {text}: the answer {rest[0]} is one of the words asked about",
                "the words asked about are left out of the answers; name another, or none",
            )
        return cls(a, b, c, rest[0] if rest else None)


@dataclass(frozen=True)
class Expected:
    """Where the answer the reader had in mind came out."""

    word: str
    pieces: list[str]
    cosine: float
    rank: int  # 1 = no candidate is nearer


@dataclass(frozen=True)
class AnalogyAnswer:
    """b − a + c, and what lies nearest to it."""

    question: Analogy
    pieces: list[list[str]]  # of a, b and c
    nearest: list[Neighbour]  # the three words left out, as is usual
    with_asked: list[Neighbour]  # the first few with them: often c itself
    expected: Expected | None
    candidates: int


class Embeddings:
    """The embedding matrix of a model as a space of words."""

    def __init__(self, model: Transformer, subwords: Subwords) -> None:
        self.subwords = subwords
        self.vectors = model.embedding.weight.detach().double().cpu().numpy()  # (V, D)
        pieces = [subwords.piece(i) for i in range(len(subwords))]
        self.candidates = np.array([i for i, p in enumerate(pieces) if p.startswith("▁") and len(p) > 1], dtype=int)

    def pieces_of(self, word: str) -> list[int]:
        """The ids of ``word``. Raises ``UsageError`` if nothing of it is left after normalisation."""
        ids = self.subwords.encode(word)
        if not ids:
            raise UsageError("there is no word: it is empty", "for example: translator embed happy feliz")
        return ids

    def vector(self, ids: Sequence[int]) -> np.ndarray:
        """(D,): the mean of the pieces' vectors."""
        return np.asarray(self.vectors[list(ids)].mean(axis=0))

    def neighbours(self, word: str, count: int = 10) -> Neighbours:
        """The ``count`` candidates nearest to ``word``.

        Raises ``UsageError`` on an empty word or a count below 1; fewer
        are given where there are not so many.
        """
        self._check(count)
        ids = self.pieces_of(word)
        vector = self.vector(ids)
        near = cosines(self.vectors[self.candidates], vector)  # (candidates,)
        odds = log_odds(word)
        language = guess_language(odds)
        ranked = self._ranked(near, leave_out=ids if len(ids) == 1 else [])
        other = {"en": "pt", "pt": "en"}.get(language or "")
        across = (n for n in (self._neighbour(k, near, ids) for k in ranked) if n.language == other)
        return Neighbours(
            word=normalise(word),
            pieces=[self.subwords.piece(i) for i in ids],
            norm=float(np.linalg.norm(vector)),
            language=language,
            log_odds=odds,
            nearest=[self._neighbour(k, near, ids) for k in ranked[:count]],
            across=list(islice(across, _ACROSS if other else 0)),
            candidates=len(ranked),
            mean_cosine=float(near[ranked].mean()),
            percentile_99=float(np.percentile(near[ranked], 99)),
        )

    def analogy(self, question: Analogy, count: int = 10) -> AnalogyAnswer:
        """The candidates nearest to b − a + c, each word at length 1 first (3CosAdd: Mikolov et al. 2013; Levy and
        Goldberg 2014, section 3). Raises ``UsageError`` as :meth:`neighbours` does.
        """
        self._check(count)
        asked = [self.pieces_of(word) for word in (question.a, question.b, question.c)]
        a, b, c = (unit(self.vector(ids)) for ids in asked)
        target = b - a + c
        near = cosines(self.vectors[self.candidates], target)
        whole = [ids[0] for ids in asked if len(ids) == 1]  # only a word that is one piece is a candidate
        ranked = self._ranked(near, leave_out=whole)
        return AnalogyAnswer(
            question=question,
            pieces=[[self.subwords.piece(i) for i in ids] for ids in asked],
            nearest=[self._neighbour(k, near) for k in ranked[:count]],
            with_asked=[self._neighbour(k, near) for k in self._ranked(near, leave_out=[])[:_ACROSS]],
            expected=self._expected(question.expected, target, near, ranked),
            candidates=len(ranked),
        )

    def _expected(self, word: str | None, target: np.ndarray, near: np.ndarray, ranked: np.ndarray) -> Expected | None:
        if word is None:
            return None
        ids = self.pieces_of(word)
        if len(ids) == 1 and ids[0] in self.candidates:  # its own cosine, to the bit, so that ties are ties
            cosine = float(near[np.flatnonzero(self.candidates == ids[0])[0]])
        else:
            cosine = float(cosines(self.vector(ids)[None], target)[0])
        rank = 1 + int((near[ranked] > cosine).sum())
        return Expected(word, [self.subwords.piece(i) for i in ids], cosine, rank)

    def _ranked(self, near: np.ndarray, leave_out: Sequence[int]) -> np.ndarray:
        """Indices into the candidates, nearest first; of equals the one earlier in the vocabulary."""
        order = np.argsort(-near, kind="stable")
        return np.asarray(order[~np.isin(self.candidates[order], leave_out)])

    def _neighbour(self, index: int, near: np.ndarray, parts: Sequence[int] = ()) -> Neighbour:
        id = int(self.candidates[index])
        word = self.subwords.piece(id)[1:]
        return Neighbour(id, word, float(near[index]), guess_language(log_odds(word)), id in parts)

    def _check(self, count: int) -> None:
        if count < 1:
            raise UsageError(f"--neighbours {count}: at least 1 is shown", f"up to {len(self.candidates):,} can be")


def guess_language(odds: float) -> str | None:
    """The language that a word is at least three times as likely to be of, or ``None``. ``odds`` in nats."""
    if abs(odds) < _CLEAR:
        return None
    return "en" if odds > 0 else "pt"
