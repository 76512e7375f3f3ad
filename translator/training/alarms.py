"""Signs that a training goes wrong in a way no error tells, each with what to do about it.

Pure functions of what an evaluation has measured. A model that has only begun makes every one of these mistakes, so
most signs count only from a share of the budget on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch

from translator.corpus.batches import Batch
from translator.corpus.pairs import evenly_spread
from translator.text.subwords import Subwords

_BEGUN = 0.25  # share of the budget
_LEAST_STEPS = 200  # however small the budget
_STEPS = 2_000  # however large
_SAME = 0.25  # share of different translations below which the model says one thing for everything
_IGNORED = 0.05  # share of the loss that a wrong source must cost at least
_RISEN = 1.03  # dev loss over its best
_BYTES = 0.01
_LENGTHS = (0.6, 1.67)
_CLIPPED = 0.95


@dataclass(frozen=True)
class Vitals:
    """What one evaluation finds."""

    step: int
    done: float  # share of the budget
    train_nll: float | None  # nats a target token, over the steps since the last evaluation
    dev_nll: float
    right_nll: float  # on some of the dev batches
    wrong_nll: float  # on the same, each sentence with the source of another
    distinct: float | None  # different translations among those of different sources
    length_ratio: float | None  # pieces of translations over pieces of references
    clipped: float = 0.0  # share of steps whose gradient was cut


@dataclass(frozen=True)
class Alarm:
    """Something is wrong: what was seen, and what to do."""

    step: int
    sign: str
    message: str
    advice: str


@dataclass
class Alarms:
    """Tells each sign once, and again only after it was gone in between."""

    byte_share: float = 0.0  # of the dev text
    _told: set[str] = field(default_factory=set)
    _best: Vitals | None = None
    _rising: int = 0  # evaluations in a row in which dev got worse while training got better

    def look(self, vitals: Vitals) -> list[Alarm]:
        """The signs that are new."""
        found = [Alarm(vitals.step, *told) for told in self._signs(vitals)]
        new = [alarm for alarm in found if alarm.sign not in self._told]
        self._told = {alarm.sign for alarm in found}
        return new

    def _signs(self, now: Vitals) -> Iterator[tuple[str, str, str]]:
        """Sign, message and advice of all that is wrong now."""
        if self.byte_share > _BYTES:
            yield (
                "unknown letters",
                f"{self.byte_share:.1%} of the dev set's pieces are single bytes: letters the vocabulary does not know",
                "look at the corpus with `translator corpus doctor`; learn a larger vocabulary with --vocab-size",
            )
        best = self._best
        if self._overfits(now) and best is not None:
            yield (
                "overfitting",
                f"dev loss has risen from {best.dev_nll:.2f} to {now.dev_nll:.2f} while training loss falls: "
                "it learns the corpus by heart",
                "the best model is kept; add text, raise --dropout, or end sooner with --patience 3",
            )
        if now.step < (_LEAST_STEPS if now.done >= _BEGUN else _STEPS):
            return
        if now.distinct is not None and now.distinct < _SAME:
            yield (
                "one answer",
                f"only {now.distinct:.0%} of the translations of different sentences differ",
                "check that the two sides of the corpus belong together; lower the learning rates",
            )
        if now.wrong_nll - now.right_nll < _IGNORED * now.right_nll:
            yield (
                "source ignored",
                f"the loss with the wrong sources, {now.wrong_nll:.2f}, is hardly above the loss with the right ones, "
                f"{now.right_nll:.2f}",
                "are the lines of the corpus out of step? `translator corpus doctor` finds shifted blocks",
            )
        if now.length_ratio is not None and not _LENGTHS[0] <= now.length_ratio <= _LENGTHS[1]:
            yield (
                "lengths",
                f"translations are {now.length_ratio:.2f} times as long as the references",
                "look for cut or joined lines with `translator corpus doctor`; train longer",
            )
        if now.clipped > _CLIPPED:
            yield (
                "always clipped",
                f"{now.clipped:.0%} of the gradients were cut to the largest norm allowed",
                "raise clip, or lower the learning rates",
            )

    def _overfits(self, now: Vitals) -> bool:
        """Whether dev has got worse twice in a row while training got better."""
        best = self._best
        if best is None or now.dev_nll < best.dev_nll:
            self._best, self._rising = now, 0
            return False
        learned = now.train_nll is not None and (best.train_nll is None or now.train_nll < best.train_nll)
        self._rising = self._rising + 1 if learned and now.dev_nll > _RISEN * best.dev_nll else 0
        return self._rising >= 2


def right_and_wrong(batches: Sequence[Batch], most: int = 4) -> tuple[list[Batch], list[Batch]]:
    """Some of ``batches``, spread over all of them, and the same with each sentence's source taken from another of the
    same direction."""
    right = evenly_spread([batch for batch in batches if len(batch.source) > 1], most)
    return right, [_with_other_sources(batch) for batch in right]


def _with_other_sources(batch: Batch) -> Batch:
    order = torch.arange(len(batch.source))
    for tag in set(batch.source[:, 0].tolist()):
        rows = (batch.source[:, 0] == tag).nonzero()[:, 0]
        order[rows] = rows.roll(1)
    mask = None if batch.source_mask is None else batch.source_mask[order]
    return replace(batch, source=batch.source[order], source_mask=mask)


def byte_share(subwords: Subwords, texts: Iterable[str]) -> float:
    """The share of pieces that are single bytes, what a vocabulary falls back on for letters it has not."""
    pieces = [piece for ids in subwords.encode_batch(list(texts)) for piece in ids]
    return sum(map(subwords.is_byte, pieces)) / len(pieces) if pieces else 0.0
