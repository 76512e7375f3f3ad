"""``translator train`` in a process of its own, which a test may kill; torch is imported once for all of them."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["torch", "sacrebleu", "translator.cli.train", "translator.views.training"])


def _train(argv: Sequence[str], output: str) -> None:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    from small_runs import SMALL

    from translator.cli.app import main
    from translator.config import PRESETS

    PRESETS["tiny"] = SMALL
    main(["train", *argv])


def start_training(argv: Sequence[str], output: Path) -> ForkServerProcess:
    """The process, started; what it prints goes to ``output``."""
    process = CONTEXT.Process(target=_train, args=(list(argv), str(output)))
    process.start()
    return process
