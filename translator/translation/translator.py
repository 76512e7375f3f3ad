"""The front door: load a model once, translate many texts.

A line is cut into sentences, each sentence is searched on its own, and the line is put together again with the white
space it had. A sentence over the length the model was trained on is cut into parts, and the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from translator.config import Direction, SearchConfig
from translator.errors import CheckpointError, UsageError
from translator.model.folder import ENGINE_FOLDER, ModelFolder, check_file, open_folder
from translator.resources import DEFAULT_MODEL, model_folder
from translator.search.hypothesis import Engine, Hypothesis
from translator.text.languages import detect
from translator.text.normalise import normalise
from translator.text.sentences import Sentence, split_line, split_long

if TYPE_CHECKING:
    from translator.explain.cross import CrossAttention
    from translator.model.checkpoint import Checkpoint

__all__ = ["EngineName", "Segment", "Translation", "Translator"]

EngineName = Literal["auto", "ctranslate2", "torch"]


@dataclass(frozen=True)
class Segment:
    """One sentence of a translation, as the model saw it."""

    source: str  # normalised
    target: str
    after: str  # white space that followed it
    source_ids: list[int]  # tag, pieces, </s>
    hypotheses: list[Hypothesis]  # best first
    is_part: bool  # cut out of a sentence that was too long


@dataclass(frozen=True)
class Translation:
    """A text and its translation."""

    source: str
    target: str
    direction: Direction
    segments: list[Segment] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)  # n-best, the best first; one unless more were asked for

    @property
    def score(self) -> float:
        """Log-probability a token in nats, over all sentences; 0 for an empty text."""
        best = [segment.hypotheses[0] for segment in self.segments]
        tokens = sum(len(h.ids) + h.ended for h in best)
        return sum(h.log_p for h in best) / tokens if tokens else 0.0

    @property
    def warnings(self) -> list[str]:
        """What the reader should know: sentences cut apart, output cut off."""
        found = []
        if any(segment.is_part for segment in self.segments):
            found.append("a sentence was longer than the model can read at once; it was translated in parts")
        if any(not segment.hypotheses[0].ended for segment in self.segments):
            found.append("a translation reached its length limit and may lack its end")
        return found


def _space(text: str) -> str:
    """White space as it was, less the kinds that move a terminal's cursor."""
    return "".join(c if c in " \t\n\u00a0" else "" if c == "\r" else " " for c in text)


@dataclass(frozen=True)
class _Plan:
    """A line on its way: what stands before it, and its sentences."""

    before: str
    direction: Direction
    sentences: list[tuple[Sentence, bool]]  # with whether it is a part of a longer one


class Translator:
    """A model that translates.

    >>> Translator.load().translate("I am happy.").target  # doctest: +SKIP
    'Estou feliz.'
    """

    def __init__(self, folder: ModelFolder, engine: EngineName = "auto") -> None:
        """``auto`` takes the fast engine where the model has been exported for it. Raises ``CheckpointError``."""
        self.folder = folder
        self.subwords = folder.subwords
        self._engine = self._make_engine(engine)

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, engine: EngineName = "auto") -> Self:
        """Load a shipped model by name, or any model by its folder. Raises ``CheckpointError``."""
        return cls(open_folder(model_folder(str(model))), engine)

    def _make_engine(self, name: EngineName) -> Engine:
        # Imported on use: the fast path must not pay for torch.
        exported = self.folder.engine_folder
        if name == "ctranslate2" and exported is None:
            raise CheckpointError(
                f"{self.folder.path} has no model for the fast engine", "write it with `translator export`"
            )
        if name == "torch" or exported is None:
            from translator.search.torch_engine import TorchEngine

            return TorchEngine(self.checkpoint.model)
        from translator.search.ctranslate2_engine import CTranslate2Engine

        check_file(self.folder.path, f"{ENGINE_FOLDER}/model.bin", self.folder.hashes)
        return CTranslate2Engine(exported, self.subwords, self.folder.shape.max_length - 1)

    @property
    def engine(self) -> str:
        """The name of the engine in use."""
        return self._engine.name

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The model with its torch weights, read when they are first asked for."""
        from translator.model.checkpoint import with_weights

        return with_weights(self.folder)

    @property
    def longest_source(self) -> int:
        """Pieces of a source sentence, tag and ``</s>`` included, up to which it is translated in one go."""
        longest = self.folder.shape.max_length
        return min(longest, int(self.folder.info.get("trained_pieces", longest)))

    def direction_of(self, text: str) -> Direction:
        """The direction ``text`` asks for by the language it is in, among those the model was trained for."""
        if len(self.folder.directions) == 1:
            return self.folder.directions[0]
        return detect(self.subwords.encode(text), self.folder.language_log_odds)

    def translate(
        self, text: str, direction: Direction | None = None, config: SearchConfig | None = None
    ) -> Translation:
        """Translate one text. Raises ``UsageError`` if the model was not trained for ``direction``."""
        return self.translate_batch([text], direction, config)[0]

    def translate_batch(
        self,
        texts: Sequence[str],
        direction: Direction | None = None,
        config: SearchConfig | None = None,
        *,
        batch_size: int = 32,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[Translation]:
        """Translate many texts, one result a text, in order; ``done`` hears how many sentences are finished.

        Each text gets its own direction where none is given.
        """
        config = config or SearchConfig()
        if direction is not None and direction not in self.folder.directions:
            trained = ", ".join(self.folder.directions)
            raise UsageError(f"this model was not trained for {direction}", f"it knows {trained}")
        plans = [self._plan(text, direction) for text in texts]
        sources = [
            self.subwords.source(sentence.text, plan.direction) for plan in plans for sentence, _ in plan.sentences
        ]
        found = self._engine.search(sources, config, batch_size=batch_size, done=done)
        results = iter(zip(sources, found, strict=True))
        return [self._assemble(text, plan, results) for text, plan in zip(texts, plans, strict=True)]

    def attention(self, segment: Segment) -> CrossAttention:
        """Every cross-attention weight behind one sentence of a translation, read in torch from the same weights."""
        from translator.explain.cross import cross_attention

        return cross_attention(self.checkpoint.model, self.subwords, segment.source_ids, segment.hypotheses[0].ids)

    def _fits(self, text: str) -> bool:
        return len(self.subwords.encode(text)) + 2 <= self.longest_source

    def _plan(self, text: str, direction: Direction | None) -> _Plan:
        body = text.lstrip()
        chosen = direction or self.direction_of(body)
        sentences: list[tuple[Sentence, bool]] = []
        for sentence in split_line(body):
            if not normalise(sentence.text):  # nothing that a reader sees
                continue
            parts = split_long(sentence.text, self._fits)
            parts[-1] = Sentence(parts[-1].text, parts[-1].after + sentence.after)
            sentences += [(part, len(parts) > 1) for part in parts]
        return _Plan(_space(text[: len(text) - len(body)]), chosen, sentences)

    def _assemble(self, text: str, plan: _Plan, results: Iterable[tuple[list[int], list[Hypothesis]]]) -> Translation:
        segments = []
        for (sentence, is_part), (ids, hypotheses) in zip(plan.sentences, results, strict=False):
            target = self._text(hypotheses[0])
            after = _space(sentence.after)
            segments.append(Segment(normalise(sentence.text), target, after, ids, hypotheses, is_part))
        if not segments:
            return Translation(text, plan.before, plan.direction)
        widest = max(len(segment.hypotheses) for segment in segments)
        alternatives = []
        for rank in range(widest):
            chosen = [s.hypotheses[min(rank, len(s.hypotheses) - 1)] for s in segments]
            parts = [self._text(h) + s.after for h, s in zip(chosen, segments, strict=True)]
            alternatives.append(plan.before + "".join(parts))
        return Translation(text, alternatives[0], plan.direction, segments, alternatives)

    def _text(self, hypothesis: Hypothesis) -> str:
        # normalised again: byte pieces could spell a control character
        return normalise(self.subwords.decode(hypothesis.ids))
