"""How far a run has come, and the learning rate that goes with it."""

from __future__ import annotations

from translator.config import TrainConfig

__all__ = ["rate", "share_done"]


def share_done(config: TrainConfig, step: int, seconds: float, epochs: float) -> float:
    """The share of the budget used, in [0, 1]; 0 for a run without a budget."""
    if config.steps is not None:
        return min(1.0, step / config.steps)
    if config.minutes is not None:
        return min(1.0, seconds / (60 * config.minutes))
    if config.epochs is not None:
        return min(1.0, epochs / config.epochs)
    return 0.0


def rate(config: TrainConfig, step: int, done: float) -> float:
    """The factor on every peak learning rate: linear warm-up, level, then linear decay to 0.

    The warm-up–stable–decay shape (Hu et al. 2024, MiniCPM, section 4): how long the level part should be need not be
    known at the start, so a longer budget goes on from a run's last save.
    """
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    fall = (1 - done) / config.decay if config.decay else 1.0
    return warm * min(1.0, fall)
