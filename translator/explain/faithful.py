"""Does attention point at what the model needs? A source word is left out, or its pieces replaced by ``<unk>``, and the
fall of each predicted word's log-probability is set against the weight attention gave it (cf. Jain and Wallace 2019;
Wiegreffe and Pinter 2019).

Both experiments have limits: words after a hole move up, and ``<unk>`` is a piece the model hardly ever met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from translator.explain.occlusion import rank_correlation
from translator.explain.weights import Weights
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, EOS, UNK, Word

__all__ = ["OCCLUSIONS", "Agreement", "Occlusion", "agreement", "occlude"]

How = Literal["removed", "<unk>"]
OCCLUSIONS: tuple[How, ...] = ("removed", "<unk>")


@dataclass(frozen=True)
class Occlusion:
    """What each source word is worth to each predicted word."""

    how: How
    words: list[int]  # indices of the source words left out: all but the tag and </s>
    drops: np.ndarray  # (target words, words) nats: ln p with all words − ln p without this one, pieces added up


@dataclass(frozen=True)
class Agreement:
    """Rank correlation of weights with drops: Spearman's ρ over the source words, averaged over predicted words."""

    rho: float | None  # None where no row has three source words to rank
    rows: int  # predicted words that could be ranked


@torch.inference_mode()
def occlude(
    model: Transformer,
    source: Sequence[int],
    target: Sequence[int],
    source_words: Sequence[Word],
    target_words: Sequence[Word],
    how: How = "removed",
) -> Occlusion:
    """Take each word of ``source`` (tag, pieces, ``</s>``) away in turn; ``target`` (pieces) stays as it is."""
    whole = _log_p(model, source, target)
    drops, chosen = [], []
    for index, word in enumerate(source_words[1:-1], start=1):
        instead = [UNK] * (word.stop - word.start) if how == "<unk>" else []
        fall = whole - _log_p(model, [*source[: word.start], *instead, *source[word.stop :]], target)
        drops.append([fall[w.start : w.stop].sum() for w in target_words])
        chosen.append(index)
    return Occlusion(how, chosen, np.array(drops, dtype=float).reshape(len(chosen), len(target_words)).T)


def agreement(weights: Weights, layer: int | None, head: int | None, occlusion: Occlusion) -> Agreement:
    """How well cross-attention ranks the source words as leaving them out does; the row of ``</s>`` is not counted."""
    shown = weights.at(layer, head, "word")[:, occlusion.words]
    every = [rank_correlation(list(a), list(b)) for a, b in zip(shown[:-1], occlusion.drops[:-1], strict=True)]
    ranked = [rho for rho in every if rho is not None]
    return Agreement(float(np.mean(ranked)) if ranked else None, len(ranked))


def _log_p(model: Transformer, source: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """(T,) ln p of each target piece and ``</s>``, teacher-forced."""
    encoded = model.eval().encode(torch.tensor([list(source)], device=model.device))
    hidden = model.decode(torch.tensor([[BOS, *target]], device=model.device), encoded).hidden[0]
    logs = model.logits(hidden).double().log_softmax(dim=-1)  # (T, V)
    return np.asarray(logs.gather(1, torch.tensor([*target, EOS], device=model.device)[:, None])[:, 0].cpu().numpy())
