"""A run that was opened, new or to go on with: its settings, its data, its loop, its folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from translator.config import ModelConfig, TrainConfig
from translator.text.subwords import Subwords
from translator.training.data import Data
from translator.training.log import RunLog, SilentLog, history
from translator.training.loop import TrainingLoop
from translator.training.records import Evaluated, Progress
from translator.training.start import Start


@dataclass
class Run:
    """A run opened: ``loop`` is ready to go; ``resumed_at`` is the step it goes on from, 0 for a new one."""

    config: TrainConfig
    folder: Path
    start: Start
    loop: TrainingLoop
    data: Data
    precision: torch.dtype
    log: RunLog | SilentLog
    dev_digest: str | None = None  # SHA-256 of the dev file
    resumed_at: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)  # of the last evaluation and the best
    notes: list[str] = field(default_factory=list)  # what is not as it was when the run last went on

    @property
    def shape(self) -> ModelConfig:
        """Of the model in training."""
        return self.start.shape

    @property
    def subwords(self) -> Subwords:
        """Its vocabulary."""
        return self.start.subwords

    @property
    def history(self) -> list[Progress | Evaluated]:
        """What the run told before it was opened this time, as far as the log holds it."""
        return history(self.folder / "log.jsonl")

    def write_log(self, record: dict[str, Any]) -> None:
        """Append a record to log.jsonl. Raises ``OutputError``."""
        self.log.write(record)
