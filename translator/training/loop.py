"""The training loop: yields what happened and prints nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from torch import Tensor

from translator.corpus.batches import Batch, BatchStream
from translator.errors import TranslatorError
from translator.model.transformer import Transformer
from translator.training.alarms import Alarm, Alarms, Vitals, right_and_wrong
from translator.training.monitor import PATIENCE, Monitor
from translator.training.schedule import rate, share_done
from translator.training.trainer import StepResult, Trainer, out_of_memory

__all__ = [
    "AttentionMap",
    "BatchSplit",
    "DevScores",
    "Evaluated",
    "Progress",
    "Record",
    "RolledBack",
    "Sample",
    "Saved",
    "TrainingLoop",
]


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


Record = Progress | Evaluated | Saved | RolledBack | BatchSplit | Alarm


class _Interrupted(BaseException):
    """An evaluation is broken off, to save before somebody loses patience."""


@dataclass
class TrainingLoop:
    """One run: call ``ask_to_stop`` from anywhere and it saves after the step in hand and ends.

    ``score`` measures the averaged model; ``save`` writes the state, told the evaluation if there was one just now.
    Nothing in the run depends on when it is saved, and what is yielded of a step is yielded before the step is saved.
    """

    trainer: Trainer
    stream: BatchStream
    dev: list[Batch]
    score: Callable[[Transformer], DevScores]
    save: Callable[[Evaluated | None], None]
    seconds: float = 0.0
    tokens: int = 0
    best: float | None = None  # dev BLEU, or minus the dev loss while all BLEU is 0
    waited: int = 0  # evaluations since the best one
    evaluated: int | None = None  # step of the last evaluation
    monitor: Monitor = field(init=False)
    good: dict[str, Tensor] | None = None  # what to go back to when the run diverges; the monitor has its step
    stop: bool = False

    def __post_init__(self) -> None:
        self.monitor = Monitor(self.trainer.model.config.vocab_size)
        self.alarms = Alarms()
        self._right, self._wrong = right_and_wrong(self.dev)
        self._since: list[StepResult] = []  # steps since the last evaluation
        self._measuring = False
        self._asked = False  # this process was asked to stop; ``stop`` is what all of them do
        self._saved_at = 0.0  # of ``seconds``
        self._saved_step: int | None = None
        self._save_cost = 0.0  # seconds the last save took
        self._first = (0, 0.0)  # tokens and seconds before this process

    def ask_to_stop(self) -> None:
        """Save after the step in hand and end; an evaluation in hand is broken off, and made when the run goes on.

        One process of several waits until all of them know, or some would wait for what others no longer do.
        """
        self._asked = True
        self.stop = self.stop or self.trainer.world.size == 1
        if self._measuring:
            raise _Interrupted

    def run(self) -> Iterator[Record]:
        """Train until the budget or the patience is used up, or ``stop`` is set. Evaluates at the start, at intervals
        and at the end. Raises ``TranslatorError`` when the run diverges again and again."""
        trainer = self.trainer
        self._first, self._saved_at = (self.tokens, self.seconds), self.seconds
        self.good = self.good or trainer.keep()
        batches = iter(self.stream)
        while not self._stopping():
            if self._evaluation_due():
                yield from self._evaluate()
            elif self._over():
                yield Saved(trainer.step, finished=True)
            if self._stopping() or self._over():
                break
            yield from self._train(batches)
            if self._save_due():
                yield self._save(None)
        if self.stop and self._saved_step != trainer.step:
            yield self._save(None)

    def _stopping(self) -> bool:
        """Whether any process of the run was asked to stop; the leading one's clock is every one's."""
        world = self.trainer.world
        if world.size > 1:
            asked, self.seconds = world.sum(self._asked, self.seconds if world.leads else 0.0)
            self.stop = asked > 0
        return self.stop

    def _train(self, batches: Iterator[Batch]) -> Iterator[Record]:
        """One step, or what came in its place."""
        trainer, monitor = self.trainer, self.monitor
        begin, largest = time.perf_counter(), trainer.largest
        factor = rate(trainer.config, trainer.step, self._done()) * monitor.rate_factor
        found = trainer.gradients([next(batches) for _ in range(trainer.config.accumulate)])
        before = trainer.keep() if monitor.to_keep(trainer.step) else None
        trainer.update(factor)  # before anything is read of it: a GPU then never waits for the next order
        result = found.read()
        self._since.append(result)
        reason = monitor.look(result.loss, result.gradient_norm)
        if reason:
            self._go_back(reason)
        elif before is not None and monitor.streak == 0:  # the loss of those weights says that they are sound
            self.good = before
            monitor.kept(trainer.step - 1)
        self.seconds += time.perf_counter() - begin
        self.tokens += result.tokens
        if trainer.largest is not None and trainer.largest != largest:
            yield BatchSplit(trainer.step, trainer.largest)
        if reason:
            yield RolledBack(trainer.step, monitor.good_step, reason, monitor.rate_factor)
        else:
            yield self._progress(result, factor)

    def _go_back(self, reason: str) -> None:
        assert self.good is not None
        if self.monitor.rollbacks == PATIENCE:
            raise TranslatorError(
                f"training diverges: at step {self.trainer.step} {reason}, "
                f"though the learning rates were halved {PATIENCE} times since step {self.monitor.good_step}",
                "lower muon_lr and adam_lr or raise warmup_steps; the best model so far is kept",
            )
        self.trainer.go_back(self.good)
        self.monitor.went_back(self.trainer.step)

    def _progress(self, result: StepResult, factor: float) -> Progress:
        first_tokens, first_seconds = self._first
        return Progress(
            step=self.trainer.step,
            loss=result.loss,
            nll=result.nll,
            gradient_norm=result.gradient_norm,
            learning_rate=factor,
            tokens=self.tokens,
            tokens_per_second=(self.tokens - first_tokens) / max(self.seconds - first_seconds, 1e-9),
            seconds=self.seconds,
            remaining=self._remaining(),
            epoch=self.stream.epochs_done(),
        )

    def _done(self) -> float:
        return share_done(self.trainer.config, self.trainer.step, self.seconds, self.stream.epochs_done())

    def _over(self) -> bool:
        """Whether the budget is used up, or patience with a model that gets no better."""
        patience = self.trainer.config.patience
        return self._done() >= 1 or (patience is not None and self.waited >= patience)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self._over() and self.evaluated == self.trainer.step

    def _remaining(self) -> float | None:
        done = self._done()
        return self.seconds * (1 - done) / done if done > 0 else None

    def _evaluation_due(self) -> bool:
        step = self.trainer.step
        return self.evaluated != step and (step % self.trainer.config.eval_every == 0 or self._over())

    def _save_due(self) -> bool:
        """Whether ``save_minutes`` are over, or so much longer that saving takes 2 % of the time at most."""
        wanted = 60 * self.trainer.config.save_minutes
        if not wanted or self.stop or self._evaluation_due():
            return False
        return self.seconds - self._saved_at >= max(wanted, 50 * self._save_cost)

    def _measure(self) -> tuple[float, float, float, DevScores] | None:
        """Loss on dev, on some of it, and on that with wrong sources; scores. ``None`` if it was broken off.

        The leading process scores alone. Of several, it alone breaks off, and only what it does alone.
        """
        trainer, world = self.trainer, self.trainer.world
        trainer.check_alike()
        scores = None
        try:
            self._measuring = world.size == 1
            nll, right, wrong = (
                trainer.dev_nll(batches) if batches else math.inf for batches in (self.dev, self._right, self._wrong)
            )
            self._measuring = world.leads
            if world.leads and not self._asked:
                scores = self.score(trainer.averaged)
            self._measuring = False
        except _Interrupted:
            scores = None  # it may have come after the last sentence
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise TranslatorError(
                f"the evaluation at step {trainer.step} is too large for the memory",
                "make room, or lower batch_tokens in a run of its own; the same command goes on from the last save",
            ) from error
        finally:
            self._measuring = False
        scores = world.agree(scores)
        return None if scores is None else (nll, right, wrong, scores)

    def _evaluate(self) -> Iterator[Record]:
        measured = self._measure()
        if measured is None:
            return
        nll, right, wrong, scores = measured
        value = scores.mean if scores.mean > 0 else -nll
        best = self.best is None or value >= self.best
        self.waited = 0 if best else self.waited + 1
        if best:
            self.best = value
        self.evaluated = self.trainer.step
        evaluated = Evaluated(self.trainer.step, self.seconds, nll, scores, best)
        yield evaluated
        yield from self.alarms.look(self._vitals(nll, right, wrong, scores))
        saved = self._save(evaluated)
        if saved.step:  # nothing is lost with a run that has not begun
            yield saved

    def _vitals(self, nll: float, right: float, wrong: float, scores: DevScores) -> Vitals:
        since, self._since = self._since, []
        clipped = sum(result.gradient_norm > self.trainer.config.clip for result in since) / max(1, len(since))
        train = sum(result.nll for result in since) / len(since) if since else None
        return Vitals(
            self.trainer.step, self._done(), train, nll, right, wrong, scores.distinct, scores.length_ratio, clipped
        )

    def _save(self, evaluated: Evaluated | None) -> Saved:
        begin = time.perf_counter()
        self.save(evaluated)
        self._save_cost, self._saved_at = time.perf_counter() - begin, self.seconds
        self._saved_step = self.trainer.step
        return Saved(self.trainer.step, finished=self.finished)
