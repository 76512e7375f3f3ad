"""A run's records as TensorBoard events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.errors import UsageError
from translator.training.alarms import Alarm
from translator.training.records import Evaluated, Progress, Record, RolledBack


@contextmanager
def tensorboard_events(folder: Path, step: int) -> Iterator[Callable[[Record], None]]:
    """A function that writes each record to ``folder``; what is there from ``step`` on is told anew and hidden.

    Raises ``UsageError`` if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError("--tensorboard needs TensorBoard", "pip install 'translator[tensorboard]'") from error
    with SummaryWriter(str(folder), purge_step=step + 1) as writer:

        def take(record: Record) -> None:
            for name, value in _scalars(record).items():
                writer.add_scalar(name, value, record.step)
            if isinstance(record, Alarm | RolledBack):
                text = record.message if isinstance(record, Alarm) else f"rolled back: {record.reason}"
                writer.add_text("alarms", text, record.step)

        yield take


def _scalars(record: Record) -> dict[str, float]:
    """The figures of a record by name; none for what has none."""
    if isinstance(record, Progress):
        return {
            "train/loss": record.loss,
            "train/nll": record.nll,
            "train/gradient_norm": record.gradient_norm,
            "train/rate": record.learning_rate,
            "train/tokens_per_second": record.tokens_per_second,
        }
    if isinstance(record, Evaluated):
        found = {f"dev/bleu {direction}": value for direction, value in record.scores.bleu.items()}
        found["dev/nll"] = record.dev_nll
        for one in record.scores.attention:
            found[f"dev/attention entropy {one.direction}"] = one.entropy
        return found
    return {}
