"""Sentence pairs → length-bucketed, padded batches, in an order that a seed fixes and a position resumes.

Each epoch is shuffled, cut into pools of ``POOL`` examples, and each pool is encoded, sorted by length and cut into
batches of about the same number of tokens; the batches of a pool are shuffled again. Sorting by source length first
means that most batches need no source padding at all, and those are sent without a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from translator.config import Direction
from translator.corpus.augment import as_typed, with_copies, with_slots, with_typos
from translator.corpus.pairs import Pair
from translator.corpus.prefetch import in_order
from translator.corpus.synthetic import Language
from translator.errors import InputError
from translator.text.subwords import BOS, EOS, PAD, TAGS, Subwords

POOL = 1 << 16  # examples encoded and sorted together
_BATCHES = 3  # of a band of like source length, at least


@dataclass(frozen=True)
class Corpus:
    """Pairs under a name; ``weight`` is how many passes over them one epoch holds (0.1 = a tenth, drawn anew)."""

    name: str
    pairs: Sequence[Pair]
    weight: float = 1.0
    machine_side: Language | None = None  # the side that a machine wrote, if one did: it is never a target

    def teaches(self, direction: Direction) -> bool:
        """Whether its pairs are trained on in ``direction``."""
        return self.machine_side is None or direction.startswith(self.machine_side)


class Example(NamedTuple):
    """One direction of one pair: ``source`` = tag, pieces, ``</s>``; ``target`` = pieces, ``</s>``."""

    source: list[int]
    target: list[int]


@dataclass(frozen=True)
class Batch:
    """Padded ids. The decoder reads ``target_in`` (shifted right, ``<s>`` first) and predicts ``target_out``."""

    source: Tensor  # (B, S) int64
    source_mask: Tensor | None  # (B, S) bool, True = a token; None when nothing is padded
    target_in: Tensor  # (B, T) int64
    target_out: Tensor  # (B, T) int64
    tokens: int  # source + target tokens, padding not counted

    def _each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        mask = None if self.source_mask is None else change(self.source_mask)
        return Batch(change(self.source), mask, change(self.target_in), change(self.target_out), self.tokens)

    def to(self, device: torch.device) -> Batch:
        """The same batch on ``device``."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    @property
    def size(self) -> int:
        """Source + target tokens, padding included: what the memory a step takes grows with."""
        return len(self.source) * (self.source.shape[1] + self.target_out.shape[1])

    def part(self, begin: int, end: int) -> Batch:
        """Some of its sentences, with the padding they have."""
        part = self._each(lambda tensor: tensor[begin:end])
        return replace(part, tokens=int((part.source != PAD).sum() + (part.target_out != PAD).sum()))


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the next batch it will yield."""

    epoch: int = 0
    pool: int = 0
    batch: int = 0
    batches: int = field(default=0, compare=False)  # of the pool, 0 until it is made: for telling how far it is


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor | None]:
    """Rows of ids → (B, S) with ``PAD`` at the right, and the mask, or ``None`` where all are equally long."""
    ids = torch.from_numpy(_padded(rows)).long()
    mask = ids != PAD
    return ids, None if bool(mask.all()) else mask


def _padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """(B, S) int32, ``PAD`` at the right: as small as it goes from one process to another."""
    lengths = np.array([len(row) for row in rows])
    padded = np.full((len(rows), lengths.max()), PAD, dtype=np.int32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    return padded


def collate(examples: Sequence[Example]) -> Batch:
    """Pad ``examples`` into one batch."""
    return _batch(*map(_padded, zip(*examples, strict=True)))


def _batch(source_ids: np.ndarray, target_ids: np.ndarray) -> Batch:
    source, target_out = (torch.from_numpy(ids).long() for ids in (source_ids, target_ids))
    mask = source != PAD
    target_in = target_out.roll(1, dims=1)
    target_in[:, 0] = BOS
    target_in[target_in == EOS] = PAD  # of rows that are done
    tokens = int(mask.sum() + (target_out != PAD).sum())
    return Batch(source, None if bool(mask.all()) else mask, target_in, target_out, tokens)


def split(batch: Batch, size: int) -> list[Batch]:
    """``batch`` cut in two along its sentences, and its halves again, until none is over ``size`` or each is one
    sentence."""
    B = len(batch.source)
    if batch.size <= size or B == 1:
        return [batch]
    return [*split(batch.part(0, B // 2), size), *split(batch.part(B // 2, B), size)]


def make_batches(examples: Sequence[Example], batch_tokens: int) -> list[list[Example]]:
    """Cut into batches of sentences about equally long, so that little of them is padding and none holds over
    ``batch_tokens`` tokens, padding included (one example longer than that is a batch of its own).

    Sorting by source length alone leaves targets of all lengths in one batch where batches are large. So the examples
    are parted into bands of like source length, ``_BATCHES`` batches each or one length, and sorted by target length
    within each band.
    """
    batches: list[list[Example]] = []
    band: list[Example] = []
    tokens = 0
    for example in sorted(examples, key=lambda e: (len(e.source), len(e.target))):
        if band and tokens >= _BATCHES * batch_tokens and len(example.source) > len(band[-1].source):
            batches += _cut(band, batch_tokens)
            band, tokens = [], 0
        band.append(example)
        tokens += len(example.source) + len(example.target)
    return batches + _cut(band, batch_tokens)


def _cut(band: list[Example], batch_tokens: int) -> list[list[Example]]:
    batches: list[list[Example]] = []
    batch: list[Example] = []
    width = 0  # of its sources
    for example in sorted(band, key=lambda e: (len(e.target), len(e.source))):
        width = max(width, len(example.source))
        if batch and (len(batch) + 1) * (width + len(example.target)) > batch_tokens:
            batches.append(batch)
            batch, width = [], len(example.source)
        batch.append(example)
    return [*batches, batch] if batch else batches


@dataclass
class BatchStream:
    """Endless batches from several corpora, in both or one direction."""

    corpora: Sequence[Corpus]
    subwords: Subwords
    directions: Sequence[Direction]
    batch_tokens: int
    max_pieces: int
    alpha: float = 0.0  # of subword sampling
    augment: float = 0.0  # share of examples changed to what people type
    slots: float = 0.0  # share of examples with slots for words that both sides share
    copies: float = 0.0  # share of examples with things made up that both sides share
    typos: float = 0.0  # share of examples with slips of the fingers in the source
    short_first: bool = False  # whether the first epoch goes from short sentences to long ones
    seed: int = 1
    workers: int = 0  # processes that prepare batches ahead; the batches are the same
    position: Position = field(default=Position(), init=False)
    left_out: int = field(default=0, init=False)  # examples over max_pieces met in the first epoch

    def __post_init__(self) -> None:
        taught = ((corpus, sum(map(corpus.teaches, self.directions))) for corpus in self.corpora)
        self.examples = sum(round(one.weight * len(one.pairs)) * ways for one, ways in taught)  # of one epoch
        self._ordered = -1, np.empty(0)  # the last epoch asked for, and its examples

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches for ever, from ``position`` on; ``position`` always names the batch after the last yielded.

        Raises ``InputError`` when a whole epoch holds no example short enough.
        """
        first = self.position
        found = False
        for (epoch, pool), (batches, left_out) in in_order(self._pool, self._places(first), self.workers):
            if pool == 0:
                found = False
            if (epoch, pool) != (self.position.epoch, self.position.pool):
                self.position = Position(epoch, pool)
            if epoch == self.position.batch == 0:
                self.left_out += left_out  # each counted once
            for number, sides in enumerate(batches[self.position.batch :], start=self.position.batch + 1):
                self.position = Position(epoch, pool, number, len(batches))
                found = True
                yield _batch(*sides)
            if pool + 1 == self.pools and not found and (epoch > first.epoch or first == Position(epoch)):
                raise InputError(f"no sentence of this corpus is within {self.max_pieces} pieces", "raise max_pieces")
            self.position = Position(epoch, pool + 1) if pool + 1 < self.pools else Position(epoch + 1)

    @property
    def pools(self) -> int:
        """Pools of one epoch; one without examples where there are none, so that this is found out."""
        return max(1, -(-self.examples // POOL))

    def _places(self, first: Position) -> Iterator[tuple[int, int]]:
        """Epoch and pool of all there are, for ever, from ``first`` on."""
        for epoch in count(first.epoch):
            for pool in range(first.pool if epoch == first.epoch else 0, self.pools):
                yield epoch, pool

    def epochs_done(self) -> float:
        """Passes over the mix so far, the current one counted by batches."""
        left = self.examples - self.position.pool * POOL  # examples from the current pool on
        of = self.position.batches
        in_pool = min(POOL, left) * self.position.batch / of if of else 0
        return self.position.epoch + (self.examples - left + in_pool) / self.examples

    def _order(self, epoch: int) -> np.ndarray:
        """(N, 3) rows of corpus, line, direction for one epoch, shuffled."""
        random = np.random.default_rng([self.seed, epoch])
        rows = []
        for index, corpus in enumerate(self.corpora):
            size = len(corpus.pairs)
            whole, part = divmod(round(corpus.weight * size), size)
            lines = np.concatenate([np.tile(np.arange(size), whole), random.permutation(size)[:part]])
            for direction, name in enumerate(self.directions):
                if corpus.teaches(name):
                    columns = [np.full_like(lines, index), lines, np.full_like(lines, direction)]
                    rows.append(np.stack(columns, axis=1).astype(np.int32))
        order = np.concatenate(rows)
        order = np.asarray(order[random.permutation(len(order))])
        if self.short_first and epoch == 0:
            lengths = [len(self.corpora[corpus].pairs[line].en) for corpus, line, _ in order.tolist()]
            order = order[np.argsort(lengths, kind="stable")]
        return order

    def _pool(self, epoch: int, pool: int) -> tuple[list[list[np.ndarray]], int]:
        """The batches of a pool, each as its padded sources and targets, and how many examples are left out."""
        if self._ordered[0] != epoch:
            self._ordered = epoch, self._order(epoch)
        rows = self._ordered[1][pool * POOL :][:POOL]
        random = np.random.default_rng([self.seed, epoch, pool])
        typed, slotted, copying, slipped = (
            (random.random(len(rows)) < share if share else np.zeros(len(rows), dtype=bool)).tolist()
            for share in (self.augment, self.slots, self.copies, self.typos)
        )
        mark = [] if self.subwords.back_translated is None else [self.subwords.back_translated]
        sources, targets, tags = [], [], []
        for index, (corpus, line, direction) in enumerate(rows.tolist()):
            pairs = self.corpora[corpus].pairs
            pair = pairs[line]
            if typed[index]:
                pair = as_typed(pair, random)
            if copying[index]:
                pair = with_copies(pair, pairs[int(random.integers(len(pairs)))], random)
            elif slotted[index]:
                pair = with_slots(pair, random)
            name = self.directions[direction]
            source, target = pair if name == "en-pt" else reversed(pair)
            sources.append(with_typos(source, random) if slipped[index] else source)
            targets.append(target)
            tags.append([TAGS[name], *(mark if self.corpora[corpus].machine_side else [])])
        encoded = self.subwords.encode_batch([*sources, *targets], alpha=self.alpha, seed=int(random.integers(1 << 31)))
        examples = [
            Example([*tag, *source, EOS], [*target, EOS])
            for tag, source, target in zip(tags, encoded[: len(rows)], encoded[len(rows) :], strict=True)
            if max(len(tag) + len(source), len(target)) < self.max_pieces
        ]
        batches = make_batches(examples, self.batch_tokens)
        if self.short_first and epoch == 0:
            batches.sort(key=lambda batch: max(len(example.source) for example in batch))
        else:
            batches = [batches[i] for i in random.permutation(len(batches))]
        padded = [[_padded(side) for side in zip(*batch, strict=True)] for batch in batches]
        return padded, len(rows) - len(examples)
