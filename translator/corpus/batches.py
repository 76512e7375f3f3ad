"""Sentence pairs → length-bucketed, padded batches, in an order that a seed fixes and a position resumes.

Each epoch is shuffled, cut into pools of ``POOL`` examples, and each pool is encoded, sorted by length and cut into
batches of about the same number of tokens; the batches of a pool are shuffled again. Sorting by source length first
means that most batches need no source padding at all, and those are sent without a mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

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


@dataclass(frozen=True)
class Example:
    """One direction of one pair: ``source`` = tag, pieces, ``</s>``; ``target`` = pieces, ``</s>``."""

    source: list[int]
    target: list[int]

    @property
    def tokens(self) -> int:
        """Source and target tokens."""
        return len(self.source) + len(self.target)


@dataclass(frozen=True)
class Batch:
    """Padded ids. The decoder reads ``target_in`` (shifted right, ``<s>`` first) and predicts ``target_out``."""

    source: Tensor  # (B, S) int64
    source_mask: Tensor | None  # (B, S) bool, True = a token; None when nothing is padded
    target_in: Tensor  # (B, T) int64
    target_out: Tensor  # (B, T) int64
    tokens: int  # source + target tokens, padding not counted

    def to(self, device: torch.device) -> Batch:
        """The same batch on ``device``."""
        mask = None if self.source_mask is None else self.source_mask.to(device, non_blocking=True)
        return Batch(
            self.source.to(device, non_blocking=True),
            mask,
            self.target_in.to(device, non_blocking=True),
            self.target_out.to(device, non_blocking=True),
            self.tokens,
        )

    @property
    def size(self) -> int:
        """Source + target tokens, padding included: what the memory a step takes grows with."""
        return len(self.source) * (self.source.shape[1] + self.target_out.shape[1])

    def part(self, begin: int, end: int) -> Batch:
        """Some of its sentences, with the padding they have."""
        source, target_out = self.source[begin:end], self.target_out[begin:end]
        mask = None if self.source_mask is None else self.source_mask[begin:end]
        tokens = int((source != PAD).sum() + (target_out != PAD).sum())
        return Batch(source, mask, self.target_in[begin:end], target_out, tokens)


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the next batch it will yield."""

    epoch: int = 0
    pool: int = 0
    batch: int = 0
    batches: int = field(default=0, compare=False)  # of the pool, 0 until it is made: for telling how far it is


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor | None]:
    """Rows of ids → (B, S) with ``PAD`` at the right, and the mask, or ``None`` where all are equally long."""
    width = max(map(len, rows))
    if all(len(row) == width for row in rows):
        return torch.tensor(rows, dtype=torch.int64), None
    padded = torch.tensor([[*row, *[PAD] * (width - len(row))] for row in rows], dtype=torch.int64)
    return padded, padded != PAD


def collate(examples: Sequence[Example]) -> Batch:
    """Pad ``examples`` into one batch."""
    return _pack(examples).batch()


@dataclass(frozen=True)
class _Packed:
    """A batch as small as it goes from one process to another."""

    source: np.ndarray  # (B, S) int32, padded
    target: np.ndarray  # (B, T) int32, padded
    tokens: int

    def batch(self) -> Batch:
        """As the model reads it."""
        source, target_out = (torch.from_numpy(rows).long() for rows in (self.source, self.target))
        real = source != PAD
        target_in = target_out.roll(1, dims=1)
        target_in[:, 0] = BOS
        target_in[target_in == EOS] = PAD  # of rows that are done
        return Batch(source, None if bool(real.all()) else real, target_in, target_out, self.tokens)


@dataclass(frozen=True)
class _Pool:
    """What a pool of examples comes to."""

    batches: list[_Packed]
    left_out: int  # examples over max_pieces


def _pack(examples: Sequence[Example]) -> _Packed:
    sides = [[example.source for example in examples], [example.target for example in examples]]
    source, target = (_rows(rows) for rows in sides)
    return _Packed(source, target, sum(example.tokens for example in examples))


def _rows(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """(B, S) int32, ``PAD`` at the right."""
    lengths = np.array([len(row) for row in rows])
    padded = np.full((len(rows), lengths.max()), PAD, dtype=np.int32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    return padded


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
        tokens += example.tokens
    return batches + _cut(band, batch_tokens)


def _cut(band: list[Example], batch_tokens: int) -> list[list[Example]]:
    batches: list[list[Example]] = []
    batch: list[Example] = []
    source = target = 0
    for example in sorted(band, key=lambda e: (len(e.target), len(e.source))):
        wider, longer = max(source, len(example.source)), max(target, len(example.target))
        if batch and (len(batch) + 1) * (wider + longer) > batch_tokens:
            batches.append(batch)
            batch, wider, longer = [], len(example.source), len(example.target)
        batch.append(example)
        source, target = wider, longer
    return [*batches, batch] if batch else batches


class BatchStream:
    """Endless batches from several corpora, in both or one direction."""

    def __init__(
        self,
        corpora: Sequence[Corpus],
        subwords: Subwords,
        directions: Sequence[Direction],
        *,
        batch_tokens: int,
        max_pieces: int,
        alpha: float = 0.0,
        augment: float = 0.0,
        slots: float = 0.0,
        copies: float = 0.0,
        typos: float = 0.0,
        short_first: bool = False,
        seed: int = 1,
        workers: int = 0,
    ) -> None:
        self.corpora = list(corpora)
        self.subwords = subwords
        self.directions = list(directions)
        self.batch_tokens = batch_tokens
        self.max_pieces = max_pieces
        self.alpha = alpha  # of subword sampling
        self.augment = augment  # share of examples changed to what people type
        self.slots = slots  # share of examples with slots for words that both sides share
        self.copies = copies  # share of examples with things made up that both sides share
        self.typos = typos  # share of examples with slips of the fingers in the source
        self.short_first = short_first  # whether the first epoch goes from short sentences to long ones
        self.seed = seed
        self.workers = workers  # processes that prepare batches ahead; the batches are the same
        self.position = Position()
        self.left_out = 0  # examples over max_pieces met in the first epoch
        self._ordered: tuple[int, np.ndarray] | None = None
        self._mark = () if subwords.back_translated is None else (subwords.back_translated,)
        self.examples = 0  # examples of one epoch
        for corpus in corpora:
            taught = sum(corpus.teaches(direction) for direction in directions)
            self.examples += round(corpus.weight * len(corpus.pairs)) * taught

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches for ever, from ``position`` on; ``position`` always names the batch after the last yielded.

        Raises ``InputError`` when a whole epoch holds no example short enough.
        """
        first = self.position
        found = False
        for epoch, pool, made in in_order(self._pool, self._places(first), self.workers):
            if pool == 0:
                found = False
            if (epoch, pool) != (self.position.epoch, self.position.pool):
                self.position = Position(epoch, pool)
            if epoch == self.position.batch == 0:
                self.left_out += made.left_out  # each counted once
            while self.position.batch < len(made.batches):
                batch = made.batches[self.position.batch].batch()
                self.position = replace(self.position, batch=self.position.batch + 1, batches=len(made.batches))
                found = True
                yield batch
            if pool + 1 < self.pools:
                self.position = Position(epoch, pool + 1)
                continue
            if not found and (epoch > first.epoch or first == Position(epoch)):
                raise InputError(f"no sentence of this corpus is within {self.max_pieces} pieces", "raise max_pieces")
            self.position = Position(epoch + 1)

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
        """(N, 3) rows of corpus, line, direction for one epoch, shuffled; that of the last epoch asked for is kept."""
        if self._ordered is None or self._ordered[0] != epoch:
            self._ordered = epoch, self._shuffled(epoch)
        return self._ordered[1]

    def _shuffled(self, epoch: int) -> np.ndarray:
        random = np.random.default_rng([self.seed, epoch])
        rows = []
        for index, corpus in enumerate(self.corpora):
            whole, part = divmod(round(corpus.weight * len(corpus.pairs)), len(corpus.pairs))
            lines = np.concatenate(
                [np.tile(np.arange(len(corpus.pairs)), whole), random.permutation(len(corpus.pairs))[:part]]
            )
            for direction, name in enumerate(self.directions):
                if not corpus.teaches(name):
                    continue
                columns = [np.full_like(lines, index), lines, np.full_like(lines, direction)]
                rows.append(np.stack(columns, axis=1).astype(np.int32))
        order = np.concatenate(rows)
        order = np.asarray(order[random.permutation(len(order))])
        if self.short_first and epoch == 0:
            lengths = [len(self.corpora[corpus].pairs[line].en) for corpus, line, _ in order.tolist()]
            order = order[np.argsort(lengths, kind="stable")]
        return order

    def _pool(self, epoch: int, pool: int) -> _Pool:
        rows = self._order(epoch)[pool * POOL :][:POOL]
        random = np.random.default_rng([self.seed, epoch, pool])
        typed, slotted, copying, slipped = (
            (random.random(len(rows)) < share if share else np.zeros(len(rows), dtype=bool)).tolist()
            for share in (self.augment, self.slots, self.copies, self.typos)
        )
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
            source, target = (pair.en, pair.pt) if name == "en-pt" else (pair.pt, pair.en)
            sources.append(with_typos(source, random) if slipped[index] else source)
            targets.append(target)
            tags.append([TAGS[name], *(self._mark if self.corpora[corpus].machine_side else ())])
        encoded = self.subwords.encode_batch([*sources, *targets], alpha=self.alpha, seed=int(random.integers(1 << 31)))
        examples: list[Example] = []
        for tag, source_ids, target_ids in zip(tags, encoded[: len(rows)], encoded[len(rows) :], strict=True):
            if max(len(tag) + len(source_ids) + 1, len(target_ids) + 1) > self.max_pieces:
                continue
            examples.append(Example([*tag, *source_ids, EOS], [*target_ids, EOS]))
        batches = make_batches(examples, self.batch_tokens)
        if self.short_first and epoch == 0:
            batches.sort(key=lambda batch: max(len(example.source) for example in batch))
        else:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return _Pool([_pack(batch) for batch in batches], len(rows) - len(examples))
