"""Is the run still learning, or has it left the rails?

Two things count as divergence: a loss or gradient that is no number, at once; and losses far above the recent ones,
``SUSTAINED`` steps in a row. How far is measured by the median of the last ``WINDOW`` losses and by their median
absolute deviation, which one odd batch does not move (Hampel 1974); whatever the past, a loss of twice the logarithm
of the vocabulary is worse than knowing nothing. What follows is what Chowdhery et al. 2022 (PaLM, section 5.1) did by
hand: back to weights from before the spike, on with other batches. Here the learning rates are halved as well, and
stay so: rates that ruined a model once would do it again, and they fall to 0 by the end of the run anyway.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

WINDOW = 100  # losses looked back on
ENOUGH = 50  # losses before the recent ones say what is usual
SUSTAINED = 8  # steps in a row that make a spike a divergence
DEVIATIONS = 8.0  # standard deviations above the median that make a spike
STEADY = 0.05  # share of the median that a standard deviation is taken to be at least
KEEP_EVERY = 100  # steps between two states to go back to
PATIENCE = 5  # times in a row that going back is tried


@dataclass
class Monitor:
    """The recent losses and the rollbacks so far. Plain data, exact through JSON: it is saved with the run."""

    vocabulary: int
    recent: list[float] = field(default_factory=list)  # nats a target token, the newest last
    streak: int = 0  # spikes in a row, the newest of ``recent``
    rate_factor: float = 1.0  # on every learning rate
    rollbacks: int = 0  # since a state was last kept
    good_step: int = 0  # the step whose weights are kept
    calm_since: int = 0  # the step at which weights were last kept or taken back

    def look(self, loss: float, norm: float) -> str:
        """Take note of a step's loss and gradient norm; the reason to go back, or nothing."""
        if not (math.isfinite(loss) and math.isfinite(norm)):
            return f"the {'gradient' if math.isfinite(loss) else 'loss'} is no longer a number"
        limit = self.limit()
        self.streak = self.streak + 1 if loss > limit else 0
        self.recent = [*self.recent, loss][-WINDOW:]
        if self.streak < SUSTAINED:
            return ""
        return f"the loss was above {limit:.2f} for {SUSTAINED} steps, and is {loss:.4g} now"

    def limit(self) -> float:
        """The loss above which a step is a spike; the spikes of a streak do not raise it."""
        worst = 2 * math.log(self.vocabulary)
        usual = self.recent[: len(self.recent) - self.streak]
        if len(usual) < ENOUGH:
            return worst
        median = statistics.median(usual)
        deviation = 1.4826 * statistics.median(abs(loss - median) for loss in usual)  # as if they were normal
        return min(worst, median + DEVIATIONS * max(deviation, STEADY * median))

    def to_keep(self, step: int) -> bool:
        """Whether the weights after ``step`` are to be kept, should the loss they give be sound."""
        return self.streak == 0 and step - self.calm_since >= KEEP_EVERY

    def kept(self, step: int) -> None:
        """They were: the run gets on."""
        self.good_step = self.calm_since = step
        self.rollbacks = 0

    def went_back(self, step: int) -> None:
        """The kept weights were taken up at ``step``."""
        self.recent = self.recent[: len(self.recent) - self.streak]
        self.streak = 0
        self.rate_factor /= 2
        self.rollbacks += 1
        self.calm_since = step
