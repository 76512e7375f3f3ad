"""One model in training: weights, averages, optimisers; a batch in, a step done; state out and in again.

The forward and backward pass run in ``precision``; the weights that the optimisers move are always float32
(Micikevicius et al. 2018, section 3.1).
"""

from __future__ import annotations

import copy
import ctypes
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from translator.config import ModelConfig, TrainConfig
from translator.corpus.batches import Batch, split
from translator.errors import TranslatorError
from translator.model.transformer import Transformer
from translator.text.subwords import PAD
from translator.training.distributed import ALONE, World
from translator.training.loss import cross_entropy
from translator.training.optimizers import Optimizers, bfloat16_is_fast


class StepResult(NamedTuple):
    """What one step did. ``loss`` and ``nll`` in nats a target token."""

    loss: float  # label-smoothed
    nll: float
    gradient_norm: float  # before clipping
    tokens: int  # source + target, padding not counted


class Gradients(NamedTuple):
    """What :meth:`Trainer.gradients` found, still on the device: reading it waits for all that a GPU has in hand."""

    measured: Tensor  # (3,): loss, nll, gradient norm
    tokens: int

    def read(self) -> StepResult:
        """The same as numbers."""
        loss, nll, norm = self.measured.tolist()
        return StepResult(loss, nll, norm, self.tokens)


def keep_freed_memory() -> None:
    """Tell glibc to keep large freed blocks instead of giving them back: every step frees and takes the same ones,
    and the page faults cost up to 45 % of a step. Does nothing where there is no glibc."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
        libc.mallopt(-3, 2**30)  # M_MMAP_THRESHOLD


@cache
def matmul_rate(dtype: torch.dtype, shape: ModelConfig) -> float:
    """Floating-point operations a second of this machine's matrix product at the model's own feed-forward shape.

    The fastest of several short tries: whatever else runs only slows one down.
    """
    x = torch.ones(2048, shape.d_model).to(dtype)  # nothing drawn: the stream of dropout must not move
    w = torch.ones(shape.d_model, shape.feed_forward).to(dtype)
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        x @ w
        times.append(time.perf_counter() - begin)
    return 2 * x.numel() * shape.feed_forward / min(times[1:])


def choose_precision(config: TrainConfig, shape: ModelConfig, device: torch.device) -> torch.dtype:
    """float32 or bfloat16 as configured; ``auto`` takes bfloat16 where its matrix product is 1.5 times as fast."""
    if config.precision != "auto":
        return torch.float32 if config.precision == "float32" else torch.bfloat16
    if device.type == "cuda":
        return torch.bfloat16
    if not bfloat16_is_fast(device):  # measuring it would take half a minute
        return torch.float32
    half, full = matmul_rate(torch.bfloat16, shape), matmul_rate(torch.float32, shape)
    return torch.bfloat16 if half > 1.5 * full else torch.float32


class Trainer:
    """Holds everything that changes while a model trains."""

    def __init__(
        self, model: Transformer, config: TrainConfig, precision: torch.dtype = torch.float32, world: World = ALONE
    ) -> None:
        self.config = config
        self.world = world
        self.model = model  # float32, moved by the optimisers
        self.averaged = copy.deepcopy(model).eval() if config.ema else model
        # the copy that runs: the model itself in float32
        self.running = model if precision == torch.float32 else copy.deepcopy(model).to(precision)
        self.step = 0
        self.largest: int | None = None  # Batch.size that fits the memory, once one has not
        self.optimizers = Optimizers(model, config)

    def train_step(self, batches: Sequence[Batch], rate: float) -> StepResult:
        """One update at ``rate`` times the peak learning rates: :meth:`gradients`, then :meth:`update`."""
        result = self.gradients(batches)
        self.update(rate)
        return result.read()

    def gradients(self, batches: Sequence[Batch]) -> Gradients:
        """Leave in the weights the gradient of all ``batches`` taken together, each target token counting alike.

        Every process of a ``world`` is given the same batches, computes its share, and has the sum in the end. Only one
        batch is in memory at a time. One too large for the memory is split along its sentences, and from
        then on so is every other of its size: ``largest`` remembers. Raises ``TranslatorError`` if a single sentence
        is too large.
        """
        generators = _generators(self.model.device)
        shares = [share for batch in batches if (share := self.world.share(batch)) is not None]
        count = sum(_targets(batch) for batch in batches)
        while True:
            parts = [part for batch in shares for part in self._parts(batch)]
            try:
                losses = self._backward(parts, count)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            # only here, outside of the handler, is what the failed pass held let go of
            widest = max(parts, key=lambda part: part.size)
            if len(widest.source) == 1:
                raise TranslatorError(
                    f"one sentence of {widest.size} tokens with its translation is too large for the memory",
                    "choose a smaller preset, or lower max_pieces in a run of its own",
                )
            self.largest = widest.size // 2
            for model in (self.model, self.running):  # back to before the pass
                model.zero_grad(set_to_none=True)
            _set_generators(generators)
            if self.model.device.type == "cuda":
                torch.cuda.empty_cache()
        if self.world.size > 1:
            for weight in self.model.parameters():  # a process without a sentence of its own adds nothing
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
            self.world.add([weight.grad for weight in self.model.parameters() if weight.grad is not None])
            losses = torch.tensor(self.world.sum(*losses.tolist()))
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        measured = torch.cat([losses.to(norm.device, torch.float64), norm[None].double()])
        return Gradients(measured, sum(batch.tokens for batch in batches))

    def _parts(self, batch: Batch) -> list[Batch]:
        """``batch`` in parts that fit the memory, as far as that is known."""
        return split(batch, self.largest) if self.largest else [batch]

    def _backward(self, batches: Sequence[Batch], total: int) -> Tensor:
        """Add the gradients of ``batches`` to those there; (2,): their part of the loss of ``total`` target tokens,
        and of the negative log-likelihood."""
        self.running.train()
        losses = torch.zeros(2, device=self.model.device)
        for batch in batches:
            share = _targets(batch) / total
            loss, nll = self._loss(self.running, batch)
            (loss * share).backward()  # type: ignore[no-untyped-call]
            self._gather()
            losses += share * torch.stack([loss.detach(), nll])
        return losses

    def _gather(self) -> None:
        """Add the running copy's gradients to those of the float32 weights."""
        if self.running is self.model:
            return
        for ours, theirs in zip(self.model.parameters(), self.running.parameters(), strict=True):
            if theirs.grad is not None:
                ours.grad = theirs.grad.float() if ours.grad is None else ours.grad.add_(theirs.grad)
            theirs.grad = None

    @torch.no_grad()
    def update(self, rate: float) -> None:
        """Move the weights by the gradients that lie in them, at ``rate`` times the peak learning rates; the running
        copy and the average follow."""
        self.optimizers.step(rate)
        self.step += 1
        self._copy_to_running()
        if self.averaged is not self.model:
            decay = min(self.config.ema, (1 + self.step) / (10 + self.step))  # short memory at first
            torch._foreach_lerp_(list(self.averaged.parameters()), list(self.model.parameters()), 1 - decay)

    @torch.no_grad()
    def _copy_to_running(self) -> None:
        if self.running is not self.model:
            torch._foreach_copy_(list(self.running.parameters()), list(self.model.parameters()))

    @torch.no_grad()
    def dev_nll(self, batches: list[Batch]) -> float:
        """Mean negative log-likelihood of the averaged model over ``batches``, in nats a target token."""
        total = count = 0.0
        for whole in batches[self.world.rank :: self.world.size]:
            for batch in self._parts(whole):
                tokens = _targets(batch)
                total += float(self._loss(self.averaged.eval(), batch)[1]) * tokens
                count += tokens
        total, count = self.world.sum(total, count)
        return total / count

    def _loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, Tensor]:
        # found before it is sent: asking a GPU where the tokens are would wait for all it has in hand
        real = (batch.target_out != PAD).flatten().nonzero()[:, 0]  # of (B · T), where a token is
        target = batch.target_out.flatten()[real].to(model.device, non_blocking=True)
        real = real.to(model.device, non_blocking=True)
        batch = batch.to(model.device)
        hidden = model.decode(batch.target_in, model.encode(batch.source, batch.source_mask)).hidden
        hidden = hidden.flatten(0, 1).index_select(0, real)  # (N, D)
        return cross_entropy(hidden, model.embedding.weight, target, self.config.label_smoothing)

    def moving(self) -> dict[str, Tensor]:
        """All that a step moves, as it stands: weights, averaged weights, optimiser state."""
        state: dict[str, Tensor] = {f"weights/{n}": p.detach() for n, p in self.model.named_parameters()}
        if self.averaged is not self.model:
            state |= {f"averaged/{n}": p.detach() for n, p in self.averaged.named_parameters()}
        return state | {f"optimizer/{key}": tensor for key, tensor in self.optimizers.state.items()}

    def keep(self) -> dict[str, Tensor]:
        """A copy of :meth:`moving`, to go back to with :meth:`go_back`."""
        return {name: tensor.clone() for name, tensor in self.moving().items()}

    @torch.no_grad()
    def go_back(self, kept: Mapping[str, Tensor]) -> None:
        """Take up the weights of :meth:`keep` again. The steps are not counted back."""
        weights = _under("weights/", kept)
        self.model.load_state_dict(weights)
        if self.averaged is not self.model:  # where there was no average before, it begins here
            self.averaged.load_state_dict(_under("averaged/", kept) or weights)
        self.optimizers.take(_under("optimizer/", kept))
        self._copy_to_running()

    def tensors(self) -> dict[str, Tensor]:
        """All that is needed beside the weights to go on exactly: what else moves, and dropout's generator."""
        moving = {name: tensor for name, tensor in self.moving().items() if not name.startswith("weights/")}
        return _generators(self.model.device) | moving

    def restore(self, weights: Mapping[str, Tensor], state: Mapping[str, Tensor], step: int) -> None:
        """The inverse of :meth:`tensors`, with the float32 ``weights`` beside it."""
        self.step = step
        self.go_back({f"weights/{name}": tensor for name, tensor in weights.items()} | dict(state))
        _set_generators(state)


def _under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What stands in ``state`` under names that begin with ``prefix``, by the rest of the name."""
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _targets(batch: Batch) -> int:
    return int((batch.target_out != PAD).sum())


def _generators(device: torch.device) -> dict[str, Tensor]:
    """The state of the generators that dropout draws from."""
    state = {"rng": torch.get_rng_state()}
    if device.type == "cuda":
        state["rng_cuda"] = torch.cuda.get_rng_state()
    return state


def _set_generators(state: Mapping[str, Tensor]) -> None:
    torch.set_rng_state(state["rng"])
    if "rng_cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["rng_cuda"])


def out_of_memory(error: BaseException) -> bool:
    """Whether torch, on a GPU or in main memory, or Python itself found no room."""
    told = ("can't allocate memory", "not enough memory", "CUDA out of memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in told)
