"""What the model would say next: the distribution over the next piece, and the same read off earlier layers.

The logit lens (nostalgebraist 2020): the decoder's residual stream after every layer, through the final layer norm and
the tied embedding matrix, as though that layer were the last. After the last layer this is the model itself, to the
bit. Before it, it is a reading through a norm that was learned for the last layer only.

Letters: T target tokens, D model width, V vocabulary, N stages of the residual stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from translator.model.transformer import DecoderLayer, Transformer
from translator.text.slots import shown
from translator.text.subwords import BOS, EOS, Subwords, Word

__all__ = [
    "Candidate",
    "Lens",
    "NextPiece",
    "Stage",
    "entropy_bits",
    "logit_lens",
    "next_piece",
    "residual_stages",
    "shown",
    "softmax",
    "spelled",
]


class Stage(NamedTuple):
    """A place along the decoder's residual stream: after the embedding, or after a sub-layer of a layer."""

    layer: int  # from 1; 0 = the embedding
    part: str  # "embedding", "self-attention", "cross-attention" or "feed-forward"

    @property
    def ends_layer(self) -> bool:
        """Whether a whole layer lies behind: the feed-forward part is a layer's last."""
        return self.part in ("embedding", "feed-forward")


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

    def probabilities(self, stage: int, step: int) -> np.ndarray:
        """(V,) float64, sum 1."""
        return softmax(self.logits[stage, step])

    def top(self, stage: int, step: int, count: int) -> list[Candidate]:
        """The ``count`` most probable pieces, the best first."""
        return _best(self.probabilities(stage, step), self.pieces, count)

    def chosen(self, stage: int, step: int) -> tuple[int, float]:
        """Rank, from 1, and probability of the piece that was finally chosen."""
        row, id = self.logits[stage, step], self.ids[step]
        return 1 + int((row > row[id]).sum()), float(self.probabilities(stage, step)[id])


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


def entropy_bits(p: np.ndarray) -> float:
    """-Σ p log2 p: 0 where one piece is certain, log2 V where all are alike."""
    some = p[p > 0]
    return float(-(some * np.log2(some)).sum()) + 0.0  # -0.0 becomes 0.0


def spelled(subwords: Subwords, id: int) -> str:
    """A piece as it is shown: slots, which have no glyph, by number."""
    return shown(subwords.piece(id))


@torch.inference_mode()
def logit_lens(model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> Lens:
    """Read every stage of one translation. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone."""
    streams = residual_stages(model, source, target)
    hidden = torch.stack([model.decoder_norm(x) for _, x in streams])  # (N, T, D)
    words = [*subwords.words(target), Word(subwords.piece(EOS), len(target), len(target) + 1)]
    return Lens(
        stages=[stage for stage, _ in streams],
        read=[spelled(subwords, i) for i in [BOS, *target]],
        predicted=[spelled(subwords, i) for i in [*target, EOS]],
        ids=[*target, EOS],
        words=[Word(shown(w.text), w.start, w.stop) for w in words],
        # one stage at a time: a matrix product of another shape may round otherwise
        logits=np.stack([_numpy(model.logits(x)) for x in hidden]),
        pieces=[spelled(subwords, i) for i in range(len(subwords))],
    )


@torch.inference_mode()
def next_piece(model: Transformer, subwords: Subwords, source: Sequence[int], prefix: Sequence[int]) -> NextPiece:
    """What follows ``prefix`` (pieces, no ``<s>``; may be empty) in the translation of ``source``."""
    encoded = model.eval().encode(_batch(model, source))
    hidden = model.decode(_batch(model, [BOS, *prefix]), encoded).hidden[0, -1]  # (D,)
    return NextPiece(
        read=[spelled(subwords, i) for i in prefix],
        logits=_numpy(model.logits(hidden)),
        pieces=[spelled(subwords, i) for i in range(len(subwords))],
    )


@torch.inference_mode()
def residual_stages(model: Transformer, source: Sequence[int], target: Sequence[int]) -> list[tuple[Stage, Tensor]]:
    """The decoder's residual stream (T, D) after the embedding and after every sub-layer, in order.

    Caught on its way into the layer norms while the model itself decodes, so nothing is computed a second way.
    """
    layers = cast("list[DecoderLayer]", list(model.decoder))
    doors: list[tuple[Stage, nn.Module]] = []  # the norm that reads the stream at each stage
    before = Stage(0, "embedding")
    for number, layer in enumerate(layers, start=1):
        doors += [
            (before, layer.self_norm),
            (Stage(number, "self-attention"), layer.cross_norm),
            (Stage(number, "cross-attention"), layer.feed_forward_norm),
        ]
        before = Stage(number, "feed-forward")
    doors.append((before, model.decoder_norm))
    caught: list[Tensor] = []
    hooks = [norm.register_forward_pre_hook(lambda _, x: caught.append(x[0][0])) for _, norm in doors]
    try:
        encoded = model.eval().encode(_batch(model, source))
        model.decode(_batch(model, [BOS, *target]), encoded)
    finally:
        for hook in hooks:
            hook.remove()
    return [(stage, x) for (stage, _), x in zip(doors, caught, strict=True)]


def _best(p: np.ndarray, pieces: Sequence[str], count: int) -> list[Candidate]:
    order = np.argsort(-p, kind="stable")[:count]
    return [Candidate(int(i), pieces[int(i)], float(p[i])) for i in order]


def _batch(model: Transformer, ids: Sequence[int]) -> Tensor:
    return torch.tensor([list(ids)], device=model.device)


def _numpy(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.float().cpu().numpy())
