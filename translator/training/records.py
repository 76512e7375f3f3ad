"""The records that a training yields as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from translator.training.alarms import Alarm


@dataclass(frozen=True)
class Sample:
    """A dev sentence, what the model makes of it now, and what a person wrote."""

    direction: str
    source: str
    hypothesis: str
    reference: str


@dataclass(frozen=True)
class AttentionMap:
    """Cross-attention over a dev sentence and the translation a person wrote: the mean of the last layer's heads."""

    direction: str
    source: list[str]  # words, tag and </s> too
    target: list[str]  # words predicted, </s> too
    weights: list[list[float]]  # (target, source), each row summing to 1
    entropy: float  # mean of the rows, in bits


@dataclass(frozen=True)
class DevScores:
    """Quality on the dev set: BLEU by direction, and some translations."""

    bleu: dict[str, float]
    samples: list[Sample] = field(default_factory=list)
    distinct: float | None = None  # different translations over different sources
    length_ratio: float | None = None  # pieces of translations over pieces of references
    attention: list[AttentionMap] = field(default_factory=list)  # one a direction

    @property
    def mean(self) -> float:
        """BLEU averaged over the directions."""
        return sum(self.bleu.values()) / len(self.bleu) if self.bleu else 0.0


@dataclass(frozen=True)
class Progress:
    """One step done."""

    step: int
    loss: float  # nats a target token, label-smoothed
    nll: float  # nats a target token
    gradient_norm: float
    learning_rate: float  # share of the peak rates
    tokens: int  # source + target tokens so far, padding not counted
    tokens_per_second: float  # over this process, evaluations not counted
    seconds: float  # spent training, evaluations and saves not counted
    remaining: float | None  # seconds of training left, None without a budget
    epoch: float


@dataclass(frozen=True)
class Measuring:
    """An evaluation begins. It takes a while, so a first estimate comes before it."""

    step: int
    nll: float  # nats a target token, on a part of the dev set


@dataclass(frozen=True)
class Evaluated:
    """The averaged model, measured on dev."""

    step: int
    seconds: float
    dev_nll: float  # nats a target token
    scores: DevScores
    best: bool  # the best so far


@dataclass(frozen=True)
class Saved:
    """The run can go on from here."""

    step: int
    finished: bool  # the budget is used up, or patience


@dataclass(frozen=True)
class RolledBack:
    """The run diverged: it goes on with older weights, other batches and lower learning rates."""

    step: int  # the one that was given up; steps are not counted back
    to: int  # the step whose weights are taken up again
    reason: str
    rate_factor: float  # on every learning rate from now on


@dataclass(frozen=True)
class BatchSplit:
    """A batch was too large for the memory: from now on it is computed in parts, with the same gradient."""

    step: int
    size: int  # source + target tokens of a part at most, padding included


Record = Progress | Measuring | Evaluated | Saved | RolledBack | BatchSplit | Alarm
