"""What a fine-tuning gained in its domain, and what it cost outside: BLEU of the base and of the fine-tuned model.

Between the two lie all mixtures of their weights, and one part way often knows more of the domain than the base while
it has forgotten less than the fine-tuned model (Wortsman et al. 2022, WiSE-FT). A few are tried, the best is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import Pair, evenly_spread
from translator.evaluation.scores import bleu
from translator.evaluation.testset import sides
from translator.model.checkpoint import add_engine, load_checkpoint, save_checkpoint
from translator.training.run import Run, base_weights
from translator.training.state import model_facts
from translator.translation import Translator

SHARES = (0.4, 0.7, 1.0)
"""Shares of the fine-tuned weights that are tried; the rest is the base's."""
_MOST = 300  # sentences of each set translated, spread evenly over it


@dataclass(frozen=True)
class Change:
    """One direction of one set: BLEU of the base and of the model that is kept."""

    domain: bool  # else it is the set of what should be retained
    direction: Direction
    sentences: int
    before: float
    after: float

    @property
    def gain(self) -> float:
        """BLEU won; below 0 where it is lost."""
        return self.after - self.before


@dataclass(frozen=True)
class Adaptation:
    """All that changed, and how."""

    changes: list[Change]
    share: float  # of the fine-tuned weights in the model that is kept
    tried: dict[float, float]  # share -> BLEU, averaged over sets and directions
    minutes: float  # of training

    def gain(self, *, domain: bool) -> float:
        """BLEU won in the domain, or outside, averaged over the directions; 0 without such a set."""
        gains = [change.gain for change in self.changes if change.domain == domain]
        return sum(gains) / len(gains) if gains else 0.0


def blend(base: dict[str, Tensor], tuned: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """``share`` of the ``tuned`` weights and the rest of the ``base`` weights, each tensor for itself."""
    return {name: base[name].lerp(tensor, share) for name, tensor in tuned.items()}


Scores = dict[tuple[str, Direction], float]  # (set, direction) -> BLEU


def adapt(run: Run, shares: Sequence[float] = SHARES) -> Adaptation:
    """Compare a fine-tuning's best model with its base, put the best mixture of both in its place, ready to translate.

    Kept is the mixture with the highest BLEU, averaged over the domain's set and the retained one, in every direction;
    of equals the one with more of the fine-tuned. The two sets are dev sets: a test set is for later.
    Raises ``OutputError``.
    """
    if run.base is None:
        raise ValueError("only a run with a base can be compared with it")
    base = base_weights(run.base, run.shape.vocab_size)
    best = load_checkpoint(run.folder / "best")
    sets = {"domain": evenly_spread(run.data.dev, _MOST), "retained": evenly_spread(run.data.retained, _MOST)}
    before = measure(run, base, sets)
    kept = best.info.get("share_tuned")  # set where this was done before
    candidates = {share: blend(base, best.model.state_dict(), share) for share in (shares if kept is None else [1])}
    measured = {share: measure(run, candidate, sets) for share, candidate in candidates.items()}
    tried = {share: sum(scores.values()) / len(scores) for share, scores in measured.items()}
    share = max(tried, key=lambda s: (tried[s], s))
    told: dict[str, dict[str, list[float]]] = {name: {} for name in sets}
    changes = []
    for (name, direction), bleu_before in before.items():
        after = measured[share][name, direction]
        told[name][direction] = [round(bleu_before, 2), round(after, 2)]
        changes.append(Change(name == "domain", direction, len(sets[name]), bleu_before, after))
    found = Adaptation(changes, share if kept is None else kept, tried, run.loop.seconds / 60)
    info = best.info | {"share_tuned": found.share, "dev_bleu_before_after": told}
    _write(run, run.folder / "best", candidates[share], info)
    return found


def _write(run: Run, folder: Path, weights: dict[str, Tensor], info: dict[str, Any]) -> None:
    save_checkpoint(folder, weights, run.shape, run.subwords, info)
    add_engine(folder, "int8")


def measure(run: Run, weights: dict[str, Tensor], sets: Mapping[str, Sequence[Pair]]) -> Scores:
    """BLEU as a user gets it: through the fast engine, beam search, and all that is done before and after it."""
    scores: Scores = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        _write(run, folder, weights, model_facts(run.config, run.base))
        with Translator.load(folder) as translator:
            for name, pairs in sets.items():
                for direction in run.config.directions if pairs else ():
                    sources, references = sides(pairs, direction)
                    found = translator.translate_batch(sources, direction, SearchConfig())
                    scores[name, direction] = bleu([translation.target for translation in found], references)
    return scores
