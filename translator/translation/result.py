"""What a translation is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from translator.config import Direction
from translator.search.hypothesis import Hypothesis
from translator.text.casing import Casing
from translator.text.problems import Problem
from translator.text.spans import Span


@dataclass(frozen=True)
class WordConfidence:
    """A word of the translation, and how likely it is to stand in a good translation."""

    text: str
    confidence: float  # in [0, 1]


@dataclass(frozen=True)
class Segment:
    """One sentence of a translation."""

    source: str  # normalised
    target: str
    after: str  # what followed it: white space, and sentences without words, which are copied
    source_ids: list[int]  # as the model read it: tag, pieces, </s>; slots stand for what it must not touch
    hypotheses: list[Hypothesis]  # as the model wrote it, best first; one at least
    is_part: bool = False  # cut out of a sentence that was too long
    casing: Casing = "ordinary"  # of the source; the model read it as an ordinary sentence
    spans: dict[str, Span] = field(default_factory=dict)  # slot → what stands there
    problems: list[Problem] = field(default_factory=list)  # that searching again did not mend
    words: list[WordConfidence] | None = None  # if confidence was asked for
    confidence: float | None = None  # of the sentence, in [0, 1], if asked for


@dataclass(frozen=True)
class Translation:
    """A text and its translation."""

    source: str
    target: str
    direction: Direction
    segments: list[Segment] = field(default_factory=list)  # its sentences; none where there is nothing to translate
    alternatives: list[str] = field(default_factory=list)  # n-best, the best first; one unless more were asked for
    note: str = ""  # why the text was left as it is

    @property
    def score(self) -> float:
        """Log-probability a token in nats, over all sentences; 0 for an empty text."""
        best = [segment.hypotheses[0] for segment in self.segments]
        tokens = sum(len(h.ids) + h.ended for h in best)
        return sum(h.log_p for h in best) / tokens if tokens else 0.0

    @property
    def confidence(self) -> float | None:
        """That of its sentences, weighted by their words; ``None`` if it was not asked for."""
        told = [(s.confidence, len(s.words or [])) for s in self.segments if s.confidence is not None]
        words = sum(count for _, count in told)
        return sum(value * count for value, count in told) / words if words else None

    @property
    def warnings(self) -> list[str]:
        """What the reader should know: sentences cut apart, output cut off, what is plainly wrong."""
        found = [self.note] if self.note else []
        if any(segment.is_part for segment in self.segments):
            found.append("a sentence was longer than the model can read at once; it was translated in parts")
        if any(not segment.hypotheses[0].ended for segment in self.segments):
            found.append("a translation reached its length limit and may lack its end")
        problems = (problem for segment in self.segments for problem in segment.problems)
        # a word left as it was can be seen, and confidence marks it; of denials and spelling not enough is sure to tell
        return [*found, *(p.message for p in problems if p.kind not in ("untranslated", "spelling", "polarity"))]


@dataclass(frozen=True)
class Alternative:
    """Another way to go on from a word of a translation."""

    probability: float  # of the first piece of the word that stands there instead
    word: str  # that word
    target: str  # the whole sentence, finished from there
    hypothesis: Hypothesis
