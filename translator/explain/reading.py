"""All that the model computed for one translation: every weight, query, key, value and state, as named arrays.

:func:`read` is one teacher-forced pass over a source and a finished target, in evaluation mode, on the explicit
attention path; the model returns what it computed with, so these are its own numbers. What looks inside (pictures of
attention, the logit lens, alignments, traces) reads from a :class:`Reading`, and computes nothing a second way.

Row t of a decoder's array belongs to the token *predicted* at step t: the decoder's input is shifted by one.

Letters: L layers, H heads, T queries (rows), S keys (columns), D model width, E = D / H head width, V vocabulary.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from translator.model.attention import Heads
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, EOS, Subwords, Word

Kind = Literal["cross", "encoder", "decoder"]
KINDS: tuple[Kind, ...] = ("cross", "encoder", "decoder")


@dataclass(frozen=True)
class Side:
    """The rows or the columns of an attention."""

    ids: list[int]  # of the token read at each position
    read: list[str]  # its piece
    labels: list[str]  # what a position is called: by the piece *predicted* there in a decoder's rows, else as read
    words: list[Word]  # over ``labels``; tag, <s> and </s> are words of their own


@dataclass(frozen=True)
class Attention:
    """Attention of one kind, all layers and heads, in the model's own precision."""

    kind: Kind
    rows: Side
    columns: Side
    q: np.ndarray  # (L, H, T, E)
    k: np.ndarray  # (L, H, S, E)
    v: np.ndarray  # (L, H, S, E)
    weights: np.ndarray  # (L, H, T, S), as the model gives them; masked cells are exactly 0

    @property
    def is_causal(self) -> bool:
        """Whether row t may attend to columns 0 to t only."""
        return self.kind == "decoder"

    @property
    def may_attend(self) -> np.ndarray:
        """(T, S) bool."""
        every = np.ones(self.weights.shape[-2:], dtype=bool)
        return np.tril(every) if self.is_causal else every

    @property
    def shares(self) -> np.ndarray:
        """(L, H, T, S) float64, the weights with rows that sum to 1: float32 does so only to seven digits."""
        weights = self.weights.astype(np.float64)
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))

    def words(self, layer: int | None = None, head: int | None = None) -> np.ndarray:
        """(row words, column words); a layer or head not given is averaged over."""
        chosen = self.shares.mean(axis=0) if layer is None else self.shares[layer]  # (H, T, S)
        chosen = chosen.mean(axis=0) if head is None else chosen[head]  # (T, S)
        return to_words(chosen, self.rows.words, self.columns.words)


class Stage(NamedTuple):
    """A place along the decoder's residual stream: after the embedding, or after a sub-layer of a layer."""

    layer: int  # from 1; 0 = the embedding
    part: str  # "embedding", "self-attention", "cross-attention" or "feed-forward"

    @property
    def ends_layer(self) -> bool:
        """Whether a whole layer lies behind: the feed-forward part is a layer's last."""
        return self.part in ("embedding", "feed-forward")


@dataclass(frozen=True)
class Reading:
    """One translation as the model read it."""

    model: Transformer
    subwords: Subwords
    source: Side  # tag, pieces, </s>
    target: Side  # <s>, pieces: what the decoder reads, called by what it predicts there
    attention: dict[Kind, Attention]
    encoder_stream: np.ndarray  # (1 + 2 · L, S, D) after the embedding and each sub-layer
    memory: np.ndarray  # (S, D)
    decoder_stream: np.ndarray  # (1 + 3 · L, T, D)
    logits: np.ndarray  # (T, V)

    @property
    def predicted(self) -> list[int]:
        """(T,) the id predicted at each step: the target and ``</s>``."""
        return [*self.target.ids[1:], EOS]

    @property
    def stages(self) -> list[Stage]:
        """Where each row of ``decoder_stream`` was taken."""
        parts = ("self-attention", "cross-attention", "feed-forward")
        layers = range(1, self.model.config.decoder_layers + 1)
        return [Stage(0, "embedding"), *(Stage(layer, part) for layer in layers for part in parts)]


@torch.inference_mode()
def read(model: Transformer, subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> Reading:
    """Read one translation. ``source`` holds tag, pieces and ``</s>``; ``target`` the pieces alone, or nothing."""
    encoded = model.eval().encode(_batch(model, source), need_weights=True)
    decoded = model.decode(_batch(model, [BOS, *target]), encoded, need_weights=True)
    of_source, rows, columns = _sides(subwords, source, target)

    def attention(kind: Kind, rows: Side, columns: Side, layers: Sequence[Heads]) -> Attention:
        return Attention(kind, rows, columns, *(_stacked(parts) for parts in zip(*layers, strict=True)))

    return Reading(
        model,
        subwords,
        of_source,
        rows,
        {
            "cross": attention("cross", rows, of_source, decoded.cross_attention),
            "encoder": attention("encoder", of_source, of_source, encoded.attention),
            "decoder": attention("decoder", rows, columns, decoded.self_attention),
        },
        _stacked(encoded.stream),
        array(encoded.memory[0]),
        _stacked(decoded.stream),
        array(model.logits(decoded.hidden[0])),
    )


@torch.inference_mode()
def log_probabilities(model: Transformer, source: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """(T,) float64: ln p of each piece of ``target`` and of ``</s>``, teacher-forced; nothing else is kept."""
    encoded = model.eval().encode(_batch(model, source))
    logits = model.logits(model.decode(_batch(model, [BOS, *target]), encoded).hidden[0])  # (T, V)
    steps = torch.tensor([*target, EOS], device=model.device)[:, None]
    return array(logits.double().log_softmax(dim=-1).gather(1, steps)[:, 0])


def exact(model: Transformer) -> Transformer:
    """The same weights in float64, in evaluation mode: a copy, or ``model`` itself if it is one already."""
    is_exact = model.embedding.weight.dtype == torch.float64
    return (model if is_exact else copy.deepcopy(model).double()).eval()


def to_words(weights: np.ndarray, rows: Sequence[Word], columns: Sequence[Word]) -> np.ndarray:
    """Tokens → words: a word gets the sum of its pieces' columns and the mean of its pieces' rows.

    Rows that sum to 1 still do.
    """
    summed = np.stack([weights[:, w.start : w.stop].sum(axis=1) for w in columns], axis=1)
    return np.stack([summed[w.start : w.stop].mean(axis=0) for w in rows], axis=0)


def content_word(words: Sequence[Word]) -> int:
    """The index of the longest word of letters, the last of those as long: seldom an article or a preposition."""
    lengths = [len(word.text) if word.text.isalpha() else 0 for word in words]
    return max(range(len(words)), key=lambda i: (lengths[i], i if lengths[i] else -i))


def words_after_tag(subwords: Subwords, ids: Sequence[int]) -> list[Word]:
    """The words of what follows a tag, or ``<s>``; ``start`` and ``stop`` count tokens from it."""
    return [Word(w.text, w.start + 1, w.stop + 1) for w in subwords.words(ids)]


def _sides(subwords: Subwords, source: Sequence[int], target: Sequence[int]) -> tuple[Side, Side, Side]:
    """The source, the decoder's rows, and its columns."""
    ids = [BOS, *target]
    seen, read, predicted = ([subwords.piece(i) for i in one] for one in (source, ids, [*target, EOS]))
    S, T = len(source), len(ids)
    of_source = [Word(seen[0], 0, 1), *words_after_tag(subwords, source[1:-1]), Word(seen[-1], S - 1, S)]
    return (
        Side(list(source), seen, seen, of_source),
        Side(ids, read, predicted, [*subwords.words(target), Word(predicted[-1], T - 1, T)]),
        Side(ids, read, read, [Word(read[0], 0, 1), *words_after_tag(subwords, target)]),
    )


def _stacked(parts: Sequence[Tensor]) -> np.ndarray:
    """A batch of one, part by part: (1, …) each → (parts, …)."""
    return array(torch.stack([part[0] for part in parts]))


def array(tensor: Tensor) -> np.ndarray:
    """``tensor`` as numpy has it: float64 if it is, else float32."""
    tensor = tensor.detach().cpu()
    return np.asarray((tensor if tensor.dtype == torch.float64 else tensor.float()).numpy())


def _batch(model: Transformer, ids: Sequence[int]) -> Tensor:
    return torch.tensor([list(ids)], device=model.device)
