"""What the commands that look inside share: sentence pairs from a text, a layer, a head, a row by its word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from translator.commands.loaded import translated
from translator.commands.requests import check_direction
from translator.config import Direction
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.config import ModelConfig
    from translator.explain.reading import Kind, Reading
    from translator.text.subwords import Word
    from translator.translation import Translator


@dataclass(frozen=True)
class SentencePair:
    """One sentence and its translation, as ids: the model's own translation, or one that was given."""

    source: str  # normalised
    target: str
    source_ids: list[int]  # tag, pieces, </s>
    target_ids: list[int]  # pieces
    direction: Direction
    is_forced: bool  # the translation was given
    slots: dict[str, str] = field(default_factory=dict)  # what each slot in the ids stands for

    def plain(self) -> dict[str, Any]:
        """What opens the JSON of every command."""
        return {"source": self.source, "target": self.target, "direction": self.direction}


def sentence_pairs(
    translator: Translator, text: str, target: str | None, direction: Direction | None
) -> list[SentencePair]:
    """The sentences of ``text``, each with the model's translation; with ``target``, both are taken whole, as one pair.

    Raises ``UsageError`` on a text without words, or a pair that is longer than the model can read.
    """
    from translator.text.normalise import normalise

    if not normalise(text):
        raise UsageError("there is no text to look into: it is empty", 'for example: "I am happy."')
    if target is not None:
        return [_forced(translator, normalise(text), normalise(target), direction)]
    translation = translated(translator, text, direction)
    if not translation.segments:
        raise UsageError("there is nothing to translate in the text: it has no words", 'for example: "I am happy."')
    found = []
    for s in translation.segments:
        slots = {slot: span.target for slot, span in s.spans.items()}
        ids = s.source_ids, s.hypotheses[0].ids
        found.append(SentencePair(s.source, s.target, *ids, translation.direction, False, slots))
    return found


def readings(translator: Translator, pairs: Sequence[SentencePair], *, in_double: bool = False) -> list[Reading]:
    """What the model did with each pair; ``in_double`` computes in float64."""
    from translator.explain.reading import exact, read

    network = exact(translator.checkpoint.model) if in_double else translator.checkpoint.model
    return [read(network, translator.subwords, pair.source_ids, pair.target_ids) for pair in pairs]


def _forced(translator: Translator, source: str, target: str, direction: Direction | None) -> SentencePair:
    if not target:
        raise UsageError("--target is empty", "leave it out to see the model's own translation")
    subwords = translator.subwords
    direction = direction or translator.direction_of(source)
    check_direction(translator.folder, direction)
    source_ids, target_ids = subwords.source(source, direction), subwords.encode(target)
    read = ("the text", len(source_ids), translator.longest_source)
    for name, length, most in (read, ("--target", len(target_ids) + 1, translator.folder.shape.max_length)):
        if length > most:
            raise UsageError(f"{name} is too long: {length} pieces, the model reads {most}", "give one sentence")
    return SentencePair(source, target, source_ids, target_ids, direction, True)


@dataclass(frozen=True)
class HeadOptions:
    """Which attention head; layer and head count from 0."""

    kind: Kind
    layer: int
    layers: int
    head: int


def head_options(shape: ModelConfig, kind: str, layer: int | None, head: int | None) -> HeadOptions:
    """``--kind``, ``--layer`` and ``--head`` for a model of this shape; the last layer, the first head if not given.

    Raises ``UsageError`` naming what is valid.
    """
    if kind not in ("cross", "encoder", "decoder"):
        raise UsageError(f"--kind {kind}: unknown kind", "kinds: cross, encoder, decoder")
    side, layers = ("encoder", shape.encoder_layers) if kind == "encoder" else ("decoder", shape.decoder_layers)
    at_layer = index("layer", layers if layer is None else layer, layers, f"this model's {side}")
    at_head = index("head", 1 if head is None else head, shape.heads)
    return HeadOptions(cast("Kind", kind), at_layer, layers, at_head)


def index(option: str, value: int, count: int, of: str = "this model") -> int:
    """A layer or head, which count from 1 on the command line, from 0. Raises ``UsageError`` naming what is valid."""
    if not 1 <= value <= count:
        raise UsageError(f"--{option} {value}: {of} has {option}s 1 to {count}")
    return value - 1


def find_word(words: Sequence[Word], wanted: str) -> int | None:
    """The index of the word ``wanted``, case ignored if need be; ``word:2`` is the second of its kind."""
    name, _, count = wanted.rpartition(":")
    numbered = [(name, int(count))] if name and count.isdecimal() and int(count) > 0 else []
    for text, nth in [(wanted, 1), *numbered]:
        for fold in (str, str.casefold):
            found = [i for i, word in enumerate(words) if fold(word.text) == fold(text)]
            if len(found) >= nth:
                return found[nth - 1]
    return None


def chosen_words(option: str, wanted: str, words: Sequence[Sequence[Word]], of: str) -> list[Word | None]:
    """The word that ``option`` names in each sentence. Raises ``UsageError`` listing those there are if none has it."""
    places = [find_word(one, wanted) for one in words]
    if all(place is None for place in places):
        names = " ".join(dict.fromkeys(word.text for one in words for word in one))
        raise UsageError(f"{option} {wanted}: not a word {of}", f"its words: {names}")
    return [None if place is None else one[place] for one, place in zip(words, places, strict=True)]
