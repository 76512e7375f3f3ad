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
from translator.training.alarms import Alarms, Vitals, right_and_wrong
from translator.training.monitor import PATIENCE, Monitor
from translator.training.records import (
    BatchSplit,
    DevScores,
    Evaluated,
    Measuring,
    Progress,
    Record,
    RolledBack,
    Saved,
)
from translator.training.schedule import evaluation_due, rate, share_done
from translator.training.trainer import StepResult, Trainer, out_of_memory

_FIRST_EVALUATION = 60.0  # seconds of training after which the first evaluation comes, whatever the step


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
    alarms: Alarms = field(default_factory=Alarms)
    _since: list[StepResult] = field(default_factory=list)  # steps since the last evaluation
    _measuring: bool = False
    _asked: bool = False  # this process was asked to stop; ``stop`` is what all of them do
    _saved_at: float = 0.0  # of ``seconds``
    _saved_step: int | None = None
    _save_cost: float = 0.0  # seconds the last save took
    _first: tuple[int, float] = (0, 0.0)  # tokens and seconds before this process

    def __post_init__(self) -> None:
        self.monitor = Monitor(self.trainer.model.config.vocab_size)
        self._right, self._wrong = right_and_wrong(self.dev)

    def ask_to_stop(self) -> None:
        """Save after the step in hand and end; an evaluation in hand is broken off, and made when the run goes on.

        One process of several waits until all of them know, or some would wait for what others no longer do.
        """
        self._asked = True
        self.stop = self.stop or self.trainer.world.size == 1
        if self._measuring:
            raise _Interrupted

    def run(self) -> Iterator[Record]:
        """Train until the budget or the patience is used up, or ``stop`` is set.

        Evaluates the model a run starts from, then as :func:`evaluation_due` says or after the first minute, and at
        the end. Raises ``TranslatorError`` when the run diverges again and again.
        """
        trainer = self.trainer
        self._first, self._saved_at = (self.tokens, self.seconds), self.seconds
        self.good = self.good or trainer.keep()
        batches = iter(self.stream)
        while not self._stopping():
            if self._evaluation_due():
                try:
                    yield from self._evaluate()
                except (RuntimeError, MemoryError) as error:
                    if not out_of_memory(error):
                        raise
                    raise TranslatorError(
                        f"the evaluation at step {trainer.step} is too large for the memory",
                        "make room, or lower batch_tokens in a run of its own; "
                        "the same command goes on from the last save",
                    ) from error
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
        tokens, seconds, done = self.tokens - self._first[0], self.seconds - self._first[1], self._done()
        return Progress(
            step=self.trainer.step,
            loss=result.loss,
            nll=result.nll,
            gradient_norm=result.gradient_norm,
            learning_rate=factor,
            tokens=self.tokens,
            tokens_per_second=tokens / max(seconds, 1e-9),
            seconds=self.seconds,
            remaining=self.seconds * (1 - done) / done if done > 0 else None,
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

    def _evaluation_due(self) -> bool:
        """A model drawn at random has nothing to measure; one to be fine-tuned is what later ones compare with."""
        step, config = self.trainer.step, self.trainer.config
        if step == 0 or self.evaluated == step:
            return bool(config.base) and self.evaluated is None
        if not self.evaluated and self.seconds >= _FIRST_EVALUATION:
            return True
        return self._over() or evaluation_due(step, config.eval_every, self.evaluated)

    def _save_due(self) -> bool:
        """Whether ``save_minutes`` are over, or so much longer that saving takes 2 % of the time at most."""
        wanted = 60 * self.trainer.config.save_minutes
        if not wanted or self.stop or self._evaluation_due():
            return False
        return self.seconds - self._saved_at >= max(wanted, 50 * self._save_cost)

    def _evaluate(self) -> Iterator[Record]:
        trainer, step = self.trainer, self.trainer.step
        trainer.world.check_alike(trainer.moving(), step)
        right = trainer.dev_nll(self._right) if self._right else math.inf
        yield Measuring(step, right)
        measured = self._measure()
        if measured is None:
            return
        nll, wrong, scores = measured
        value = scores.mean if scores.mean > 0 else -nll
        best = self.best is None or value >= self.best
        self.best, self.waited = (value, 0) if best else (self.best, self.waited + 1)
        self.evaluated = step
        evaluated = Evaluated(step, self.seconds, nll, scores, best)
        yield evaluated
        since, self._since = self._since, []
        train = sum(result.nll for result in since) / len(since) if since else None
        clipped = sum(result.gradient_norm > trainer.config.clip for result in since) / max(1, len(since))
        yield from self.alarms.look(
            Vitals(step, self._done(), train, nll, right, wrong, scores.distinct, scores.length_ratio, clipped)
        )
        saved = self._save(evaluated)
        if step:  # nothing is lost with a run that has not begun
            yield saved

    def _measure(self) -> tuple[float, float, DevScores] | None:
        """Loss on dev, loss on some of it with wrong sources, and scores; ``None`` if it was broken off.

        The leading process scores alone. Of several, it alone breaks off, and only what it does alone.
        """
        trainer, world = self.trainer, self.trainer.world
        if self.stop:
            return None
        scores = None
        try:
            self._measuring = world.size == 1
            nll, wrong = (trainer.dev_nll(batches) if batches else math.inf for batches in (self.dev, self._wrong))
            self._measuring = world.leads
            if world.leads and not self._asked:
                scores = self.score(trainer.averaged)
            self._measuring = False
        except _Interrupted:
            scores = None  # it may have come after the last sentence
        finally:
            self._measuring = False
        scores = world.agree(scores)
        return None if scores is None else (nll, wrong, scores)

    def _save(self, evaluated: Evaluated | None) -> Saved:
        begin = time.perf_counter()
        self.save(evaluated)
        self._save_cost, self._saved_at = time.perf_counter() - begin, self.seconds
        self._saved_step = self.trainer.step
        return Saved(self.trainer.step, finished=self.finished)
