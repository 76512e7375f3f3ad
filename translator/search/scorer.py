"""What a search needs to know of a model, and nothing more. Tests give it a fake; ``torch_scorer`` a Transformer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from torch import Tensor

State = TypeVar("State")


class Scorer(Protocol[State]):
    """Scores next tokens for many hypotheses at once; a row a hypothesis, all rows at the same step."""

    max_length: int
    """Longest target in pieces, ``</s>`` included."""

    def start(self, sources: Sequence[Sequence[int]]) -> State:
        """Read the sources, once; the state has a row a source and has read no target token."""

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a row (B,) int64; return log-probabilities of the next (B, V) float32 and the new state."""

    def select(self, state: State, rows: Tensor) -> State:
        """The state of ``rows`` (int64), in that order, with repetitions."""
