"""A model with an engine: what it can score, and what it can show of itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from translator.config import Direction, SearchConfig
from translator.errors import CheckpointError
from translator.files import DEFAULT_MODEL, model_folder
from translator.model.folder import ENGINE_FOLDER, ModelFolder, check_file, open_folder
from translator.search import native
from translator.search.hypothesis import Engine, Hypothesis, hypothesis
from translator.text.languages import language_probabilities
from translator.text.subwords import EOS, TAGS
from translator.translation.result import Segment

if TYPE_CHECKING:
    from translator.explain.reading import Attention, Reading
    from translator.model.checkpoint import Checkpoint

EngineName = Literal["auto", "ctranslate2", "torch"]


class LoadedModel:
    """A model's folder, its vocabulary, and the engine that computes. A context manager, safe in threads."""

    def __init__(
        self, folder: ModelFolder, engine: EngineName = "auto", threads: int = 0, precision: str = "default"
    ) -> None:
        """``auto`` takes the fast engine where the model has been exported for it; ``threads`` are that one's, 0 = a
        core each, and ``precision`` what it computes in. Raises ``CheckpointError``."""
        self.folder = folder
        self.subwords = folder.subwords
        self._engine = self._make_engine(engine, threads, precision)

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        engine: EngineName = "auto",
        threads: int = 0,
        precision: str = "default",
    ) -> Self:
        """Load a shipped model by name, or any model by its folder. Raises ``CheckpointError``."""
        return cls(open_folder(model_folder(str(model))), engine, threads, precision)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._engine.close()

    def _make_engine(self, name: EngineName, threads: int, precision: str) -> Engine:
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

        weights = f"{ENGINE_FOLDER}/model.bin"
        begun = native.loaded(exported) if (threads, precision) == (0, "default") else None
        if begun is None or begun.digest != self.folder.hashes.get(weights):
            check_file(self.folder.path, weights, self.folder.hashes)
        longest, loaded = self.folder.shape.max_length - 1, begun and begun.translator
        return CTranslate2Engine(exported, self.subwords, longest, threads=threads, precision=precision, loaded=loaded)

    def draw_in_batches(self, seed: int) -> None:
        """Let the fast engine sample in batches, for large amounts of text; the torch engine goes on as it does."""
        from translator.search.ctranslate2_engine import CTranslate2Engine

        if isinstance(self._engine, CTranslate2Engine):
            self._engine.draw_in_batches(seed)

    @property
    def engine(self) -> str:
        """The name of the engine in use."""
        return self._engine.name

    @property
    def precision(self) -> str:
        """What it computes in: ``int8_float32``, ``float32``, …"""
        return self._engine.precision

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

    def score(self, segments: Sequence[Segment]) -> list[list[float]]:
        """Log-probability in nats of each piece of each translated sentence, ``</s>`` last."""
        return self._engine.score([s.source_ids for s in segments], [s.hypotheses[0].ids for s in segments])

    def copy(self, text: str, direction: Direction) -> tuple[list[int], Hypothesis]:
        """``text`` as the encoder reads it, and the same ``text`` as its translation."""
        source, ids = self.subwords.source(text, direction), self.subwords.encode(text)
        log_p = sum(self._engine.score([source], [ids])[0])
        return source, hypothesis([*ids, EOS], log_p, SearchConfig().length_penalty)

    def strangeness(self, word: str) -> float:
        """In nats a byte, how little the vocabulary knows of ``word`` and the letters speak for our two languages: most
        words have 1 to 3, what nobody wrote in either has more than 4."""
        found = language_probabilities(word)
        return self.subwords.rarity(word) - 0.5 * math.log(max(found["en"] + found["pt"], 1e-4))

    def looks(self, segment: Segment) -> list[list[float]]:
        """(T, S): where the engine looked for each piece of a translated sentence, its last layer's heads together."""
        return self._engine.attention([segment.source_ids], [segment.hypotheses[0].ids])[0]

    def log_ps(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], direction: Direction) -> list[list[float]]:
        """Log-probability in nats of each piece of the second of each pair, ``</s>`` last, the first being its source;
        neither holds a tag or ``</s>``."""
        tagged = [[TAGS[direction], *source, EOS] for source, _ in pairs]
        return self._engine.score(tagged, [target for _, target in pairs])

    def log_probabilities(
        self, sources: Sequence[str], targets: Sequence[str], direction: Direction
    ) -> list[float | None]:
        """How likely each target is given its source: mean log-probability in nats of its pieces, ``</s>`` counted.

        The texts are taken as they are, nothing is carried over; ``None`` where one is too long for the model.
        """
        pieces = [
            (self.subwords.source(s, direction), self.subwords.encode(t)) for s, t in zip(sources, targets, strict=True)
        ]
        fits = [max(len(source), len(target) + 1) <= self.folder.shape.max_length for source, target in pieces]
        kept = [pair for pair, fit in zip(pieces, fits, strict=True) if fit]
        found = iter(self._engine.score([source for source, _ in kept], [target for _, target in kept]))
        return [sum(values) / len(values) if fit and (values := next(found)) else None for fit in fits]

    def attention(self, segment: Segment) -> Attention:
        """Every cross-attention weight behind one sentence of a translation, read in torch from the same weights."""
        return self.read(segment).attention["cross"]

    def read(self, segment: Segment) -> Reading:
        """All that the model computed for one sentence of a translation, read in torch from the same weights."""
        from translator.explain.reading import read

        return read(self.checkpoint.model, self.subwords, segment.source_ids, segment.hypotheses[0].ids)
