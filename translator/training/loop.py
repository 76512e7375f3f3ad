"""The training loop: yields what happened and prints nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from translator.data.batches import Batch, BatchStream
from translator.model.transformer import Transformer
from translator.training.schedule import rate, share_done
from translator.training.trainer import Trainer

__all__ = ["DevScores", "Evaluated", "Progress", "Sample", "Saved", "TrainingLoop"]


@dataclass(frozen=True)
class Sample:
    """A dev sentence, what the model makes of it now, and what a person wrote."""

    direction: str
    source: str
    hypothesis: str
    reference: str


@dataclass(frozen=True)
class DevScores:
    """Quality on the dev set: BLEU by direction, and some translations."""

    bleu: dict[str, float]
    samples: list[Sample] = field(default_factory=list)

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


@dataclass
class TrainingLoop:
    """One run: set ``stop`` from anywhere and it saves after the step in hand and ends.

    ``score`` measures the averaged model; ``save`` writes the state, told whether this is the best model so far.
    """

    trainer: Trainer
    stream: BatchStream
    dev: list[Batch]
    score: Callable[[Transformer], DevScores]
    save: Callable[[bool, DevScores | None], None]
    seconds: float = 0.0
    tokens: int = 0
    best: float | None = None  # dev BLEU, or minus the dev loss while all BLEU is 0
    waited: int = 0  # evaluations since the best one
    stop: bool = False

    def run(self) -> Iterator[Progress | Evaluated | Saved]:
        """Train until the budget or the patience is used up, or ``stop`` is set. Evaluates at the start, at intervals
        and at the end."""
        trainer, config = self.trainer, self.trainer.config
        if trainer.step == 0:
            yield self._evaluate()
        first_tokens, first_seconds = self.tokens, self.seconds
        batches = iter(self.stream)
        while not self.stop and not self._over():
            begin = time.perf_counter()
            done = self._done()
            factor = rate(config, trainer.step, done)
            result = trainer.train_step([next(batches) for _ in range(config.accumulate)], factor)
            self.seconds += time.perf_counter() - begin
            self.tokens += result.tokens
            yield Progress(
                step=trainer.step,
                loss=result.loss,
                nll=result.nll,
                gradient_norm=result.gradient_norm,
                learning_rate=factor,
                tokens=self.tokens,
                tokens_per_second=(self.tokens - first_tokens) / (self.seconds - first_seconds),
                seconds=self.seconds,
                remaining=self._remaining(),
                epoch=self.stream.epochs_done(),
            )
            if trainer.step % config.eval_every == 0 and self._done() < 1 and not self.stop:
                yield self._evaluate()
                if self._over():
                    yield Saved(trainer.step, finished=True)
                    return
                yield Saved(trainer.step, finished=False)
        if self.stop:
            self.save(False, None)
            yield Saved(trainer.step, finished=False)
        else:
            yield self._evaluate()
            yield Saved(trainer.step, finished=True)

    def _done(self) -> float:
        return share_done(self.trainer.config, self.trainer.step, self.seconds, self.stream.epochs_done())

    def _over(self) -> bool:
        """Whether the budget is used up, or patience with a model that gets no better."""
        patience = self.trainer.config.patience
        return self._done() >= 1 or (patience is not None and self.waited >= patience)

    def _remaining(self) -> float | None:
        done = self._done()
        return self.seconds * (1 - done) / done if done > 0 else None

    def _evaluate(self) -> Evaluated:
        nll = self.trainer.dev_nll(self.dev)
        scores = self.score(self.trainer.averaged)
        value = scores.mean if scores.mean > 0 else -nll
        best = self.best is None or value >= self.best
        self.waited = 0 if best else self.waited + 1
        if best:
            self.best = value
        self.save(best, scores)
        return Evaluated(self.trainer.step, self.seconds, nll, scores, best)
