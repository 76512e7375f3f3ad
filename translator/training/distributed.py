"""Training in several processes: one step's sentences shared out, their gradients added up.

Every process reads the same stream and cuts the same batches; of each it computes its own share of the sentences, and
the gradients are summed over all before anything moves, each target token counting alike. So the order of the data, the
position a run goes on from and the result, but for rounding and dropout, do not depend on how many processes there are.

Every process holds all of the weights and moves them by the same sum, so they stay alike to the last bit; that is
looked into at each evaluation. Only the leading process writes and tells. torchrun may start as many processes as it
likes over the run folder, other numbers than before too: what dropout draws is then another, the data are the same.

The sum is one all-reduce of one flat bucket between the backward pass and clipping, not ``DistributedDataParallel``:
the passes run in a bfloat16 copy whose gradients are gathered into the float32 weights first, over several batches and
parts of batches, and what is reduced must be that sum. Its overlap of communication with the backward pass would be
lost on that, and its hooks would reduce each part by itself.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

from translator.corpus.batches import Batch
from translator.errors import InputError, TranslatorError, UsageError

if TYPE_CHECKING:
    from torch.distributed import Store  # type: ignore[attr-defined]

T = TypeVar("T")
_MEETING = timedelta(minutes=10)  # until all have come
_PLACE = "translator/place"
_PATIENCE = timedelta(hours=1)  # for the others; one evaluates alone meanwhile


@dataclass(frozen=True)
class World:
    """The processes of a training: this one's rank, and their collective operations."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among those of this host: the number of its GPU
    local_size: int = 1  # processes of this host

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and tells."""
        return self.rank == 0

    def share(self, batch: Batch) -> Batch | None:
        """This process's sentences of ``batch``; ``None`` if there are fewer sentences than processes."""
        if self.size == 1:
            return batch
        rows = len(batch.source)
        begin, end = rows * self.rank // self.size, rows * (self.rank + 1) // self.size
        return batch.part(begin, end) if begin < end else None

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Sum each tensor over all processes, in place."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _together():
            torch.distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view_as(tensor))

    def sum(self, *numbers: float) -> list[float]:
        """Each number summed over all processes."""
        if self.size == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        self.add([total])
        return [float(value) for value in total.tolist()]

    def agree(self, value: T) -> T:
        """What the leading process says, in all of them; plain data."""
        if self.size == 1:
            return value
        box: list[Any] = [value]
        with _together():
            torch.distributed.broadcast_object_list(box, src=0, device=self.device)
        found: T = box[0]
        return found

    def check_alike(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Raises ``TranslatorError`` in all processes unless ``tensors`` are the same, bit for bit, in every one."""
        if self.size == 1:
            return
        own = {name: _checksum(tensor) for name, tensor in tensors.items()}
        if self.sum(self.agree(own) != own)[0]:
            raise TranslatorError(
                f"the processes of this training hold different weights at step {step}",
                "are the machines, torch and the number formats alike? the last save is kept",
            )

    def check_same_text(self, digests: Mapping[str, str]) -> None:
        """Raises ``InputError`` in all processes unless they read the same corpora, by their SHA-256 in ``digests``."""
        theirs = self.agree(dict(digests))
        if self.sum(theirs != dict(digests))[0]:
            changed = sorted(name for name in digests if theirs.get(name) != digests[name])
            raise InputError(
                f"the processes of this training read different text{': ' + ', '.join(changed) if changed else ''}",
                "copy the same files to every host, or put them on a disk that all share",
            )

    @property
    def device(self) -> torch.device:
        """The device that exchanged tensors must be on."""
        nccl = torch.distributed.get_backend() == "nccl"
        return torch.device("cuda", self.local_rank) if nccl else torch.device("cpu")


ALONE = World()


def _checksum(tensor: Tensor) -> int:
    """The sum of a tensor's bits, taken as whole numbers: any one that differs changes it."""
    kinds = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return int(tensor.detach().contiguous().view(kinds[tensor.element_size()]).sum(dtype=torch.int64))


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # gloo and NCCL say little more than that the connection broke
        raise TranslatorError(
            f"another process of this training is gone ({str(error).splitlines()[0][:100]})",
            "the last save is kept: start all of them again to go on from there",
        ) from error


def _meeting_place(world: World) -> Store:
    """Where the processes tell each other their addresses: a store that the leading one keeps for this start alone.

    torchrun has one of its own, but after a restart it still holds the addresses of processes that are gone
    (pytorch/pytorch issue 135712). Only where the new store is stands there; where an old one was, nobody answers.
    """
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return TCPStore(address, port, world.size, world.leads, timeout=_MEETING, wait_for_workers=False)
    board = TCPStore(address, port, is_master=False, timeout=_MEETING)
    if world.leads:
        own = TCPStore(address, 0, world.size, True, timeout=_MEETING, wait_for_workers=False)
        board.set(_PLACE, str(own.port))
        return own
    deadline = time.monotonic() + _MEETING.total_seconds()
    while not _answers(address, place := int(board.get(_PLACE))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return TCPStore(address, place, is_master=False, timeout=_MEETING)


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=3).close()
    except OSError:
        return False
    return True


@contextmanager
def join_world(*, use_gpu: bool) -> Iterator[World]:
    """The world that torchrun has set up for this process; alone where it was not started by torchrun.

    Raises ``TranslatorError`` if the processes do not find each other, ``UsageError`` if it is not said where.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or "RANK" not in os.environ:
        yield ALONE
        return
    if missing := [name for name in ("MASTER_ADDR", "MASTER_PORT") if name not in os.environ]:
        raise UsageError(f"WORLD_SIZE is {size}, but {' and '.join(missing)} is not set", "start it with torchrun")
    rank, local_rank, local_size = (
        int(os.environ.get(name, none)) for name, none in (("RANK", 0), ("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 1))
    )
    world = World(rank, size, local_rank, local_size)
    if use_gpu:
        if local_rank >= (gpus := torch.cuda.device_count()):
            raise UsageError(f"{local_rank + 1} processes here, {gpus} GPUs", "start as many as there are")
        torch.cuda.set_device(local_rank)
    try:
        torch.distributed.init_process_group(
            "nccl" if use_gpu else "gloo", timeout=_PATIENCE, store=_meeting_place(world), rank=rank, world_size=size
        )
    except RuntimeError as error:
        raise TranslatorError(
            f"the {size} processes of this training did not find each other ({str(error).splitlines()[0][:100]})",
            "can the hosts reach each other? GLOO_SOCKET_IFNAME or NCCL_SOCKET_IFNAME names the network to use",
        ) from error
    try:
        yield world
    finally:
        torch.distributed.destroy_process_group()
