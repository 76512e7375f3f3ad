"""What the model would say next: the distribution over the next piece, and the same read off earlier layers.

The logit lens (nostalgebraist 2020): the decoder's residual stream after every layer, through the final layer norm and
the tied embedding matrix, as though that layer were the last. After the last layer this is the model itself, to the
bit. Before it, it is a reading through a norm that was learned for the last layer only.

Letters: T target tokens, D model width, V vocabulary, N stages of the residual stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from translator.explain.reading import Reading, Stage
from translator.text.slots import shown
from translator.text.subwords import EOS, Subwords, Word


class Candidate(NamedTuple):
    """A piece and its probability."""

    id: int
    piece: str
    p: float


@dataclass(frozen=True)
class Lens:
    """Logits after every stage, for every step of one translation."""

    stages: list[Stage]
    read: list[str]  # T: the piece the decoder reads at each step, <s> first
    predicted: list[str]  # T: the piece chosen there, </s> last
    ids: list[int]  # T: its id
    words: list[Word]  # over ``predicted``, </s> a word of its own
    logits: np.ndarray  # (N, T, V) float32, the model's own at the last stage
    pieces: list[str]  # V: how each id is spelled

    def top(self, stage: int, step: int, count: int) -> list[Candidate]:
        """The ``count`` most probable pieces, the best first."""
        return _best(softmax(self.logits[stage, step]), self.pieces, count)

    def chosen(self, stage: int, step: int) -> tuple[int, float]:
        """Rank, from 1, and probability of the piece that was finally chosen."""
        row, id = self.logits[stage, step], self.ids[step]
        return 1 + int((row > row[id]).sum()), float(softmax(row)[id])


@dataclass(frozen=True)
class NextPiece:
    """The distribution over the piece that follows a prefix."""

    read: list[str]  # the pieces of the prefix, without <s>
    logits: np.ndarray  # (V,) float32
    pieces: list[str]  # V: how each id is spelled

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """(V,) float64, sum 1: softmax(logits / temperature)."""
        return softmax(self.logits, temperature)

    def top(self, count: int, temperature: float = 1.0) -> list[Candidate]:
        """The ``count`` most probable pieces, the best first; temperature changes their shares, never their order."""
        return _best(self.probabilities(temperature), self.pieces, count)

    @property
    def greedy(self) -> int:
        """The id greedy search takes: the most probable, save that a translation never begins with its end."""
        row = self.logits.copy()
        if not self.read:
            row[EOS] = -np.inf
        return int(row.argmax())


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """exp(z/T) / Σ exp(z/T) over the last axis, in float64."""
    scaled = logits.astype(np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _best(p: np.ndarray, pieces: Sequence[str], count: int) -> list[Candidate]:
    return [Candidate(int(i), pieces[int(i)], float(p[i])) for i in np.argsort(-p, kind="stable")[:count]]


def spelled(subwords: Subwords) -> list[str]:
    """(V,) Every piece as it is shown: slots, which have no glyph, by number."""
    return [shown(subwords.piece(i)) for i in range(len(subwords))]


@torch.inference_mode()
def logit_lens(reading: Reading) -> Lens:
    """Read the decoder's stream of one translation after every stage."""
    model, target = reading.model, reading.target
    streams = torch.from_numpy(reading.decoder_stream).to(model.device)  # (N, T, D)
    return Lens(
        stages=reading.stages,
        read=[shown(piece) for piece in target.read],
        predicted=[shown(piece) for piece in target.labels],
        ids=reading.predicted,
        words=[replace(word, text=shown(word.text)) for word in target.words],
        # one stage at a time: a matrix product of another shape may round otherwise
        logits=np.stack([*(model.logits(model.decoder_norm(x)).cpu().numpy() for x in streams[:-1]), reading.logits]),
        pieces=spelled(reading.subwords),
    )


def next_piece(reading: Reading) -> NextPiece:
    """What follows the target that was read (which may be nothing) in the translation of the source."""
    read = [shown(piece) for piece in reading.target.read[1:]]
    return NextPiece(read, reading.logits[-1], spelled(reading.subwords))
