"""Which word became which: word alignments from the cross-attention of one model that translates both ways.

Each side of a pair is read once as source and once, teacher-forced, as target. Subword weights become word weights (a
word gets the sum of its pieces' columns and the mean of its pieces' rows), the two passes become one matrix, and the
matrix becomes links. Both sides went through the same encoder, so how alike it finds two words speaks for a link too
(``AlignmentChoice.similarity``; Jalili Sabet et al. 2020, "SimAlign"). The choice of layer, head, rule and share is
made on gold alignments by `translator align-eval`.

Chen et al. (2020, "Accurate Word Alignment Induction from Neural Machine Translation", section 3) found the row of the
step at which a target token is *read* better than the one at which it is predicted. Both are to be had here
(``AlignmentChoice.row``); in decoders as shallow as ours the row of the prediction is the better one by far.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import torch

from translator.config import Direction, ModelConfig
from translator.corpus.batches import pad
from translator.errors import CheckpointError
from translator.explain.links import Combine, Link, Matrix, Rule, alike, combined, links
from translator.model.folder import ModelFolder
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, EOS, PAD, TAGS, Subwords

Row = Literal["predicted", "read"]
_BATCH = 16  # pairs a batch of the model


@dataclass(frozen=True)
class AlignmentChoice:
    """How links are made. Layers and heads count from 0 here, from 1 in ``config.json`` and on the command line."""

    layer: int  # decoder layer
    head: int | None  # None = the mean of all heads
    row: Row = "predicted"  # the step whose row belongs to a target token
    combine: Combine = "balanced"  # how two passes become one
    rule: Rule = "mutual"  # which cells are links
    threshold: float = 0.0  # least strength of a link, 0 to 1; of no use to "mutual"
    best: tuple[int, int] | None = None  # the layer and head whose picture alone shows the alignment best
    similarity: float = 0.0  # share of the encodings' similarity in a link's strength, 0 to 1; the rest is attention's

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``config.json``, counted from 1."""
        best = self.best and {"layer": self.best[0] + 1, "head": self.best[1] + 1}
        head = None if self.head is None else self.head + 1
        return dataclasses.asdict(self) | {"layer": self.layer + 1, "head": head, "best": best}


def alignment_choice(folder: ModelFolder) -> AlignmentChoice | None:
    """What ``align-eval --store`` has kept in the model; ``None`` if it never ran.

    Without it, fall back on the last layer and the mean of its heads: :func:`default_choice`. Raises
    ``CheckpointError`` if what is kept does not fit the model.
    """
    kept, shape = folder.info.get("alignment"), folder.shape
    if kept is None:
        return None

    def index(value: Any, count: int) -> int:
        if type(value) is not int or not 1 <= value <= count:
            raise ValueError(value)
        return value - 1

    try:
        for name, options in (("row", Row), ("combine", Combine), ("rule", Rule)):
            if kept[name] not in get_args(options):
                raise ValueError(name)
        head, best = kept["head"], kept["best"]
        return AlignmentChoice(
            index(kept["layer"], shape.decoder_layers),
            None if head is None else index(head, shape.heads),
            *(kept["row"], kept["combine"], kept["rule"], float(kept["threshold"])),
            best and (index(best["layer"], shape.decoder_layers), index(best["head"], shape.heads)),
            float(kept.get("similarity", 0)),  # not there in models of 0.5
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder.path / 'config.json'}: the alignment kept there does not fit this model",
            "choose it again with `translator align-eval GOLD --store`",
        ) from error


def default_choice(shape: ModelConfig) -> AlignmentChoice:
    """For a model never measured: the last layer, the mean of its heads."""
    return AlignmentChoice(layer=shape.decoder_layers - 1, head=None)


@dataclass(frozen=True)
class Tokens:
    """One side of a pair: words, and the pieces that spell them. Each piece lies in exactly one word."""

    words: list[str]
    ids: list[int]  # no tag, no </s>
    owner: list[int]  # the word of each piece; a word no reader sees has no piece

    def membership(self) -> np.ndarray:
        """(pieces, words): 1 where the piece lies in the word."""
        return np.asarray(np.array(self.owner, dtype=int)[:, None] == np.arange(len(self.words)), dtype=float)

    def mean(self) -> np.ndarray:
        """(words, pieces): from pieces to the mean of each word's; a word without pieces has zeros."""
        lies_in = self.membership()
        return np.asarray(lies_in.T / np.maximum(lies_in.sum(axis=0)[:, None], 1))


def spaced(subwords: Subwords, text: str) -> Tokens:
    """Words are what spaces separate, as in Pharaoh's format; the pieces are those of the whole text."""
    words = [word for word in text.split(" ") if word]
    pieces = subwords.encode_batch(words)  # no piece reaches over a space, so word by word is the same
    owner = [index for index, row in enumerate(pieces) for _ in row]
    return Tokens(words, [i for row in pieces for i in row], owner)


def worded(subwords: Subwords, text: str) -> Tokens:
    """Words as a reader counts them: punctuation marks are words of their own."""
    ids = subwords.encode(text)
    words = subwords.words(ids)
    owner = [index for index, word in enumerate(words) for _ in range(word.start, word.stop)]
    return Tokens([word.text for word in words], ids, owner)


@dataclass(frozen=True)
class TextPair:
    """A text and its translation."""

    source: Tokens
    target: Tokens
    direction: Direction  # from source to target

    def sides(self, direction: Direction) -> tuple[Tokens, Tokens]:
        """What a pass of that direction reads as its source and as its target."""
        return (self.source, self.target) if direction == self.direction else (self.target, self.source)


def fits(pair: TextPair, shape: ModelConfig) -> bool:
    """Whether the model can read each side as source (tag and ``</s>`` added) and as target."""
    return max(len(pair.source.ids), len(pair.target.ids)) + 2 <= shape.max_length


@dataclass(frozen=True)
class Passes:
    """All cross-attention of a pair, in each direction the model knows."""

    pair: TextPair
    weights: dict[Direction, np.ndarray]  # (L, H, target pieces and </s>, tag, source pieces and </s>) of that pass
    memory: dict[Direction, np.ndarray] = field(default_factory=dict)  # (source pieces, D): the encoder's output

    def matrix(self, direction: Direction, row: Row) -> np.ndarray:
        """(L, H, source words, target words) of one pass.

        What lies on the tag and ``</s>`` is left out, not shared out: a query's weights sum to 1 at most.
        """
        keys, queries = self.pair.sides(direction)
        rows = self.weights[direction][..., slice(None, -1) if row == "predicted" else slice(1, None), 1:-1]
        words = queries.mean() @ rows @ keys.membership()  # (L, H, query words, key words)
        return np.asarray(words.swapaxes(-1, -2) if direction == self.pair.direction else words)

    def matrices(self, layer: int, head: int | None, row: Row) -> dict[Direction, Matrix]:
        """The passes at one layer and head, the mean of all heads for ``None``."""
        found: dict[Direction, Matrix] = {}
        for direction in self.weights:
            of_layer = self.matrix(direction, row)[layer]
            weights = of_layer.mean(axis=0) if head is None else of_layer[head]
            found[direction] = Matrix(weights, 1 if direction == self.pair.direction else 0)
        return found

    @cached_property
    def similarity(self) -> np.ndarray | None:
        """(source words, target words) from 0 to 1: how alike the encoder finds them, each read as a source; ``None``
        of a model that reads one of the languages only."""
        if len(self.memory) < 2:
            return None
        words = {direction: self.pair.sides(direction)[0].mean() @ rows for direction, rows in self.memory.items()}
        return alike(words.pop(self.pair.direction), *words.values())


@torch.inference_mode()
def read_passes(
    model: Transformer, pairs: Sequence[TextPair], directions: Sequence[Direction] = ("en-pt", "pt-en")
) -> list[Passes]:
    """Read the attention of ``pairs``, each of which :func:`fits`; one pass a direction the model knows."""
    found = [Passes(pair, {}) for pair in pairs]
    in_order = sorted(found, key=lambda one: len(one.pair.source.ids) + len(one.pair.target.ids))
    for begin in range(0, len(in_order), _BATCH):
        chosen = in_order[begin : begin + _BATCH]
        for direction in directions:
            sides = [one.pair.sides(direction) for one in chosen]
            sources = [[TAGS[direction], *source.ids, EOS] for source, _ in sides]
            targets = [[BOS, *target.ids] for _, target in sides]
            source, target = (pad(rows)[0].to(model.device) for rows in (sources, targets))
            encoded = model.eval().encode(source, source != PAD)
            weights = model.decode(target, encoded, need_weights=True).cross_weights.double().cpu().numpy()
            memory = encoded.memory.double().cpu().numpy()  # (B, S, D)
            for b, one in enumerate(chosen):  # weights (L, B, H, T, S)
                one.weights[direction] = weights[:, b, :, : len(targets[b]), : len(sources[b])]
                one.memory[direction] = memory[b, 1 : len(sources[b]) - 1]
    return found


@dataclass(frozen=True)
class Alignment:
    """The words of a text and of its translation, and which belong together."""

    source: list[str]
    target: list[str]
    direction: Direction
    links: list[Link]

    @property
    def groups(self) -> list[tuple[list[int], list[int]]]:
        """Words that hang together by links: (source words, target words), in the order of the source."""
        found: list[tuple[set[int], set[int]]] = []
        for link in self.links:
            joined = [g for g in found if link.source in g[0] or link.target in g[1]]
            found = [g for g in found if g not in joined]
            sources = {link.source}.union(*(g[0] for g in joined))
            found.append((sources, {link.target}.union(*(g[1] for g in joined))))
        return sorted((sorted(sources), sorted(targets)) for sources, targets in found)


def align(passes: Passes, choice: AlignmentChoice) -> Alignment:
    """Link the words of a pair by ``choice``."""
    pair, matrices = passes.pair, passes.matrices(choice.layer, choice.head, choice.row)
    scores = combined(list(matrices.values()), choice.combine)
    if choice.similarity and (similarity := passes.similarity) is not None:
        scores = (1 - choice.similarity) * scores + choice.similarity * similarity
    return Alignment(pair.source.words, pair.target.words, pair.direction, links(scores, choice.rule, choice.threshold))


def join(parts: Sequence[Alignment], direction: Direction) -> Alignment:
    """One alignment of several that follow each other, as the sentences of a line do."""
    whole = Alignment([], [], direction, [])
    for part in parts:
        whole.links.extend(Link(len(whole.source) + i, len(whole.target) + j, weight) for i, j, weight in part.links)
        whole.source.extend(part.source)
        whole.target.extend(part.target)
    return whole
