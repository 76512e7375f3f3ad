"""``translator train`` in a process of its own, which a test may kill; torch is imported once for all of them."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["torch", "sacrebleu", "translator.commands.train.command", "translator.commands.train.view"]
)


def _train(argv: Sequence[str], output: str, environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    from small_runs import SMALL

    from translator.commands.app import main
    from translator.config import PRESETS

    PRESETS["tiny"] = SMALL
    main(["train", *argv])


def start_training(
    argv: Sequence[str], output: Path, environment: Mapping[str, str] | None = None
) -> ForkServerProcess:
    """The process, started; what it prints goes to ``output``."""
    process = CONTEXT.Process(target=_train, args=(list(argv), str(output), dict(environment or {})))
    process.start()
    return process


def start_world(argv: Sequence[str], output: Path, size: int) -> list[ForkServerProcess]:
    """As many processes of one training as torchrun would start; what rank R prints goes to ``output``-R."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {"WORLD_SIZE": f"{size}", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{port}", "GLOO_SOCKET_IFNAME": "lo"}
    return [
        start_training(argv, Path(f"{output}-{rank}"), common | {"RANK": f"{rank}", "LOCAL_RANK": f"{rank}"})
        for rank in range(size)
    ]
