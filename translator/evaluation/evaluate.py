"""A model, or a file of translations, on a test set: scores, and the recipe that gives the same numbers again."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from translator.config import Direction, SearchConfig
from translator.evaluation.scores import Part, Score, score_parts, score_translations
from translator.evaluation.slices import SliceScore, score_slices
from translator.evaluation.testset import EvalSet
from translator.files import sha256

if TYPE_CHECKING:
    from translator.evaluation.failures import Failures
    from translator.translation import Translation, Translator

_AT_ONCE = 1024  # lines whose attention, ids and n-best are in memory


@dataclass(frozen=True)
class Wanted:
    """What is measured beside BLEU, chrF2++ and TER, and how."""

    resamples: int = 0  # test sets drawn for the intervals; 0 for none
    slices: bool = False
    failures: bool = False
    comet: Callable[[Sequence[str], Sequence[str], Sequence[str]], Score] | None = None
    batch_size: int = 32


@dataclass(frozen=True)
class Evaluation:
    """One system on one direction of one test set."""

    file: str
    system: str  # the model, or the file of translations
    direction: Direction
    sentences: int
    scores: list[Score]
    hypotheses: list[str]
    references: int = 1
    seconds: float | None = None  # translating only; None for a file of translations
    tokens: int | None = None  # source and target pieces, special ones not counted
    scoring_seconds: float = 0.0
    memory: float | None = None  # the process's peak so far, MB
    settings: dict[str, Any] = field(default_factory=dict)  # model hash, engine, how it searched
    slices: list[SliceScore] = field(default_factory=list)
    failures: Failures | None = None

    @property
    def tokens_per_second(self) -> float:
        """Source and target pieces a second; 0 where nothing was translated."""
        return (self.tokens or 0) / self.seconds if self.seconds else 0.0


def peak_memory() -> float | None:
    """The most memory this process has had, in MB; ``None`` where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def pieces_of(translation: Translation) -> int:
    """Source and target pieces, special ones not counted."""
    return sum(len(s.source_ids) - 2 + len(s.hypotheses[0].ids) for s in translation.segments)


def evaluate(
    translator: Translator,
    name: str,
    over: EvalSet,
    config: SearchConfig,
    wanted: Wanted,
    done: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Translate the sources of ``over`` and score the result. ``done`` hears of finished lines."""
    hypotheses: list[str] = []
    seconds, tokens, lines = 0.0, 0, len(over.sources)

    def translate(sources: Sequence[str]) -> list[Translation]:
        return translator.translate_batch(sources, over.direction, config, batch_size=wanted.batch_size, done=done)

    def parts() -> Iterator[Part]:
        nonlocal seconds, tokens
        for begin in range(0, lines, _AT_ONCE):
            cut = slice(begin, begin + _AT_ONCE)
            start = time.perf_counter()
            found = translate(over.sources[cut])
            seconds += time.perf_counter() - start
            tokens += sum(map(pieces_of, found))
            hypotheses.extend(translation.target for translation in found)
            yield hypotheses[cut], [side[cut] for side in over.references]

    start = time.perf_counter()
    scores = score_parts(parts(), lines, wanted.resamples)
    scoring = time.perf_counter() - start - seconds
    slices = []
    if wanted.slices:
        slices = score_slices(over, hypotheses, lambda sources: [found.target for found in translate(sources)])
    return replace(
        _measured(name, over, hypotheses, scores, wanted, translator, own=True),
        seconds=seconds,
        tokens=tokens,
        scoring_seconds=scoring,
        memory=peak_memory(),
        slices=slices,
        settings={  # all that the translations depend on
            "model": name,
            "model_sha256": sha256(translator.folder.path / "model.safetensors"),
            "engine": translator.engine,
            "precision": translator.precision,
            "beam": config.beam,
            "length_penalty": config.length_penalty,
            "batch_size": wanted.batch_size,
        },
    )


def evaluate_hypotheses(
    name: str, over: EvalSet, hypotheses: Sequence[str], wanted: Wanted, judge: Translator | None = None
) -> Evaluation:
    """Score translations that another has made; ``judge`` looks for failures."""
    begin = time.perf_counter()
    scores = score_translations(hypotheses, over.references, wanted.resamples)
    seconds = time.perf_counter() - begin
    return replace(_measured(name, over, hypotheses, scores, wanted, judge), scoring_seconds=seconds)


def _measured(
    name: str,
    over: EvalSet,
    hypotheses: Sequence[str],
    scores: list[Score],
    wanted: Wanted,
    judge: Translator | None,
    *,
    own: bool = False,
) -> Evaluation:
    """The scores with COMET and failures, as far as they are wanted; ``own``: the judge's own translations."""
    if wanted.comet is not None:
        scores = [*scores, wanted.comet(over.sources, hypotheses, over.references[0])]
    failed = None
    if wanted.failures and judge is not None:
        from translator.evaluation.failures import failures

        failed = failures(judge, over, hypotheses, own=own)
    several, size = len(over.references), len(over.sources)
    return Evaluation(over.name, name, over.direction, size, scores, list(hypotheses), several, failures=failed)
