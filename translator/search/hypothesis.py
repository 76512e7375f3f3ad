"""What a search finds, and how it ranks it. No torch: both engines share this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from translator.config import SearchConfig
from translator.text.subwords import EOS

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Hypothesis:
    """One translation found."""

    ids: list[int]  # target pieces, without <s> and </s>
    log_p: float  # log-probability in nats, </s> included where it was reached; nan where nobody asked for it
    score: float  # log_p / length penalty: what hypotheses are ranked by
    ended: bool  # False when the length limit cut it off


def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6)^α for ``length`` tokens, ``</s>`` included (Wu et al. 2016, eq. 14)."""
    return float(((5 + length) / 6) ** alpha)


def length_limit(source: Sequence[int], config: SearchConfig, longest: int, prefix: Sequence[int] = ()) -> int:
    """Tokens a translation of ``source`` may have, ``</s>`` included: at least 10 more than a given ``prefix``."""
    return min(longest, max(int(config.max_ratio * len(source)), len(prefix)) + 10)


def hypothesis(tokens: list[int], log_p: float, alpha: float) -> Hypothesis:
    """Rank ``tokens``, whose last may be ``</s>``, by their log-probability and length."""
    ended = tokens[-1] == EOS
    score = log_p / length_penalty(len(tokens), alpha)
    return Hypothesis(tokens[:-1] if ended else tokens, log_p, score, ended)


def rank(completed: Sequence[Hypothesis], config: SearchConfig) -> list[Hypothesis]:
    """The ``n_best`` of what a beam completed: the W most probable, the best score first.

    The last step may complete more than W; dropping the least probable keeps both engines at the same W.
    """
    kept = sorted(completed, key=lambda h: -h.log_p)[: config.beam]
    return sorted(kept, key=lambda h: -h.score)[: config.n_best]


def batches_by_length(
    sources: Sequence[Sequence[int]], batch_size: int, batch_tokens: int | None = None
) -> Iterator[list[int]]:
    """Indices of ``sources``, ``batch_size`` of like length at a time, the longest first.

    With ``batch_tokens`` a batch has no more pieces either, padding counted, but one source at least.
    """
    order = sorted(range(len(sources)), key=lambda i: -len(sources[i]))
    begin = 0
    while begin < len(order):
        longest = len(sources[order[begin]])
        size = batch_size if batch_tokens is None else max(1, min(batch_size, batch_tokens // longest))
        yield order[begin : begin + size]
        begin += size


class Engine(Protocol):
    """What translates: torch, or CTranslate2. Same sources, same settings: same hypotheses (in float32)."""

    name: str
    max_length: int
    """Longest target in pieces, ``</s>`` included."""

    @property
    def precision(self) -> str:
        """What it computes in: ``int8_float32``, ``float32``, …"""

    def search(
        self,
        sources: Sequence[Sequence[int]],
        config: SearchConfig,
        *,
        prefixes: Sequence[Sequence[int]] | None = None,
        batch_size: int = 128,
        done: Callable[[int], None] = lambda _: None,
        scores: bool = True,
    ) -> list[list[Hypothesis]]:
        """The ``n_best`` hypotheses of each source, best first, in the order of the sources.

        Sources hold tag, pieces and ``</s>``; each translation begins with the pieces of its prefix, whose
        log-probability counts; ``done`` hears how many more are finished. Without ``scores`` those of greedy search
        may be left out (nan).
        """

    def next_log_p(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """(V,) float32 a source: log-probabilities in nats of the piece after its prefix."""

    def score(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probability in nats of each piece of each target, ``</s>`` last, all else being given."""

    def attention(self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[list[list[float]]]:
        """(T, S) a target: where the decoder looked for each of its pieces; the mean over its last layer's heads."""
        ...

    def close(self) -> None:
        """Give memory back; the engine is not used again."""
