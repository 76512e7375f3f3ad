"""SentencePiece behind one small class: train, encode, decode, and which piece belongs to which word.

Unigram language model (Kudo 2018) with byte fallback, so no character is ever unknown; digits stand alone, so numbers
are copied digit by digit; one vocabulary serves both languages. Special ids are fixed. The direction tags are
*control* symbols: SentencePiece never finds them in a text, so a user who types ``<2pt>`` gets six ordinary characters.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sentencepiece

from translator.config import Direction
from translator.errors import CheckpointError, InputError
from translator.text.late import late
from translator.text.normalise import normalise
from translator.text.slots import SLOTS

if TYPE_CHECKING:
    from random import Random

    from translator.text.segmentations import Segmenter

PAD, UNK, BOS, EOS = 0, 1, 2, 3
TAGS: dict[Direction, int] = {"pt-en": 4, "en-pt": 5}
"""The id that opens a source, by direction: ``<2en>`` asks for English, ``<2pt>`` for Portuguese."""
_CONTROL = ["<2en>", "<2pt>"]
BACK_TRANSLATED = "<bt>"
"""The piece after the tag of a source that a machine wrote (Caswell et al. 2019), in vocabularies that have it."""

# A word keeps its inner apostrophes and hyphens (don't, guarda-chuva) and its combining accents; every other mark is a
# word of its own, an emoji together with its skin tone, variation selector and what is joined to it.
_LETTERS = r"(?:\w[\u0300-\u036f]*)+"
_WORD = late(rf"{_LETTERS}(?:['\-]{_LETTERS})*|[^\w\s](?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[^\w\s])*")


@dataclass(frozen=True)
class Word:
    """A run of pieces, ``start <= i < stop``, that spells one word or one punctuation mark."""

    text: str
    start: int
    stop: int


def _shown(text: str) -> str:
    """``text`` with each byte that is no UTF-8 as a replacement character."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_NORMAL_TYPE, _CONTROL_TYPE = 1, 3  # of a SentencePiece piece: found in texts, and in none


def _entry(piece: str, score: float, kind: int) -> bytes:
    """One more piece, to be written behind a SentencePiece model.

    That is a protocol buffer, and what is written behind one is merged into it: one more entry of its repeated field 1,
    ``pieces``, with the fields piece = 1, score = 2, type = 3.
    """
    name = piece.encode()
    body = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", score) + bytes([0x18, kind])
    return b"\x0a" + bytes([len(body)]) + body


class Subwords:
    """A trained subword model."""

    def __init__(self, model: bytes) -> None:
        """Load from the bytes of a ``.model`` file. Raises ``CheckpointError`` if they are not one of ours."""
        self.model = model
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except (RuntimeError, OSError) as error:
            raise CheckpointError(f"the subword model cannot be read: {error}") from error
        expected = ["<pad>", "<unk>", "<s>", "</s>", *_CONTROL]
        found = [self.piece(i) for i in range(min(len(self), len(expected)))]
        if found != expected:
            raise CheckpointError(f"a foreign subword model: its first pieces are {found}, ours are {expected}")

        unknown = self._processor.unk_id()
        self.slots = tuple(slot for slot in SLOTS if self._processor.piece_to_id(slot) != unknown)
        """The slots this vocabulary has; none in a model trained before there were any."""

        tag = self.id(BACK_TRANSLATED)
        self.back_translated: int | None = None if tag == unknown else tag
        """The id of ``BACK_TRANSLATED``; ``None`` in a vocabulary that was never meant for such text."""
        self._segmenters: dict[float, Segmenter] = {}
        self._silent = {*range(max(TAGS.values()) + 1), self.back_translated}

    def __len__(self) -> int:
        return int(self._processor.get_piece_size())

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int, *, threads: int = 2) -> Subwords:
        """Learn a vocabulary of ``vocab_size`` pieces from ``texts`` of both languages.

        A text too small for that many pieces gets as many as it can carry. Raises ``InputError`` on no text at all,
        or one with more characters than pieces.
        """
        lines = [line for line in map(normalise, texts) if line]
        if not lines:
            raise InputError("there is no text to learn subwords from", "name a corpus with at least one pair")
        buffer = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines),
                model_writer=buffer,
                model_type="unigram",
                vocab_size=vocab_size,
                hard_vocab_limit=False,
                normalization_rule_name="identity",
                byte_fallback=True,
                split_digits=True,
                character_coverage=0.9995,
                pad_id=PAD,
                unk_id=UNK,
                bos_id=BOS,
                eos_id=EOS,
                pad_piece="<pad>",
                unk_piece="<unk>",
                bos_piece="<s>",
                eos_piece="</s>",
                control_symbols=_CONTROL,
                user_defined_symbols=list(SLOTS),
                num_threads=threads,
                max_sentence_length=16_384,
                minloglevel=2,
            )
        except RuntimeError as error:
            if "smaller than required_chars" not in str(error):
                raise
            least = re.search(r"(\d+) vs (\d+)", str(error))
            needed = f"{least.group(2)} at least" if least else "more"
            raise InputError(
                f"{vocab_size} pieces are too few: the characters of this text alone need {needed}",
                "raise --vocab-size",
            ) from error
        return cls(buffer.getvalue())

    def with_back_translated(self) -> Subwords:
        """The same vocabulary with ``BACK_TRANSLATED`` as its last piece; itself if it has one already."""
        if self.back_translated is not None:
            return self
        return Subwords(self.model + _entry(BACK_TRANSLATED, 0.0, _CONTROL_TYPE))

    def without_piece(self, text: str) -> list[str]:
        """The characters of ``normalise(text)`` that are spelled in bytes, each once, in order."""
        characters = dict.fromkeys(c for c in normalise(text) if not c.isspace())
        return [c for c in characters if self.id(c) == UNK]

    def with_characters(self, characters: Iterable[str]) -> Subwords:
        """The same vocabulary with a piece for each of ``characters``, after those there are, which keep their ids.

        They are as improbable as the least probable piece, so they stand where bytes stood and nothing else changes.
        """
        model = self._processor
        special = (model.is_control, model.is_unknown, model.is_unused, model.is_byte)
        normal = (id for id in range(len(self)) if not any(is_(id) for is_ in special))
        least = min(model.get_score(id) for id in normal)
        return Subwords(self.model + b"".join(_entry(character, least, _NORMAL_TYPE) for character in characters))

    def byte_ids(self, text: str) -> list[int]:
        """The ids of the byte pieces that spell ``text``."""
        return [self.id(f"<0x{byte:02X}>") for byte in text.encode()]

    @classmethod
    def load(cls, path: Path) -> Subwords:
        """Read a ``.model`` file. Raises ``CheckpointError`` if it is missing or foreign."""
        try:
            return cls(path.read_bytes())
        except OSError as error:
            raise CheckpointError(f"the subword model {path} cannot be read: {error.strerror}") from error

    def piece(self, id: int) -> str:
        """The spelling of one id, ``▁`` standing for a space."""
        return str(self._processor.id_to_piece(id))

    def id(self, piece: str) -> int:
        """The id of a piece, the inverse of :meth:`piece`; ``UNK`` if there is none."""
        return int(self._processor.piece_to_id(piece))

    def is_byte(self, id: int) -> bool:
        """Whether a piece is one byte of a character that the vocabulary has no piece for."""
        return bool(self._processor.is_byte(int(id)))

    def encode(self, text: str) -> list[int]:
        """The ids of ``normalise(text)``: no tag, no end mark; an empty text has none."""
        return list(self._processor.encode(normalise(text)))

    def rarity(self, word: str) -> float:
        """How little the vocabulary knows of a word: nats a byte of its likeliest pieces, with its capital or without;
        0 of one that is a piece itself. Words that it was learned from have 1 to 3, what nobody wrote has 4 to 6."""
        spelled = [self._processor.encode(written) for written in (word, word.lower())]
        if min(map(len, spelled)) == 1:
            return 0.0
        return min(-sum(map(self._processor.get_score, ids)) for ids in spelled) / len(word.encode())

    def encode_batch(self, texts: Sequence[str], *, alpha: float = 0.0, seed: int | None = None) -> list[list[int]]:
        """:meth:`encode` for many texts.

        With ``alpha`` above 0 each segmentation is drawn at random, with probability proportional to its own to the
        power ``alpha`` (Kudo 2018, section 3.2); the same ``seed`` draws the same.
        """
        best = [list(ids) for ids in self._processor.encode([normalise(text) for text in texts])]
        if not alpha:
            return best
        from random import Random

        random, segmenter = Random(seed), self._segmenter(alpha)
        return [self._drawn(ids, segmenter, random) for ids in best]

    def _drawn(self, ids: Sequence[int], segmenter: Segmenter, random: Random) -> list[int]:
        """Another segmentation of what ``ids`` spell. No piece goes over a space, nor has a byte or a slot another way
        to be spelled, so what stands between them is drawn by itself."""
        drawn: list[int] = []
        word = ""
        for id in ids:
            piece = self._drawable.get(id)
            if word and (piece is None or piece.startswith("▁")):
                drawn += segmenter.draw(word, random)
                word = ""
            if piece is None:
                drawn.append(id)
            else:
                word += piece
        return drawn + segmenter.draw(word, random) if word else drawn

    @cached_property
    def _drawable(self) -> dict[int, str]:
        """Pieces that a text may be cut into in more than one way, by id."""
        model, fixed = self._processor, {self.id(slot) for slot in self.slots}
        kinds = (model.is_control, model.is_unknown, model.is_unused, model.is_byte)
        return {id: self.piece(id) for id in range(len(self)) if id not in fixed and not any(is_(id) for is_ in kinds)}

    def _segmenter(self, alpha: float) -> Segmenter:
        if alpha not in self._segmenters:
            from translator.text.segmentations import Segmenter

            scores = {piece: (id, self._processor.get_score(id)) for id, piece in self._drawable.items()}
            self._segmenters[alpha] = Segmenter(scores, alpha)
        return self._segmenters[alpha]

    def source(self, text: str, direction: Direction) -> list[int]:
        """What the encoder reads: the direction's tag, the pieces, ``</s>``."""
        return [TAGS[direction], *self.encode(text), EOS]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ``ids``; special ids are silent. ``decode(encode(x)) == normalise(x)``."""
        return str(self._processor.decode([int(i) for i in ids if int(i) not in self._silent]))

    def words(self, ids: Sequence[int]) -> list[Word]:
        """Group ``ids`` (no specials inside) into words: every piece lies in exactly one word, in order."""
        spelled = [self._bytes(i) for i in ids]
        # surrogateescape keeps one character for each byte that is no UTF-8, so byte offsets stay exact
        text = b"".join(spelled).decode("utf-8", "surrogateescape")
        starts: list[int] = []  # byte offset at which each word begins
        names: list[str] = []
        offset = position = 0
        for match in _WORD.finditer(text):
            offset += len(text[position : match.start()].encode("utf-8", "surrogateescape"))
            starts.append(offset)
            names.append(match.group())
            offset += len(match.group().encode("utf-8", "surrogateescape"))
            position = match.end()
        words: list[Word] = []
        seen = at = 0  # words begun, bytes read
        for index, piece in enumerate(spelled):
            at += len(piece)
            reach = at + (piece == b" ")  # a space standing alone opens the word after it
            begun = seen
            while begun < len(starts) and starts[begun] < reach:
                begun += 1
            if begun > seen or not words:  # a piece may spell several marks: they make one word
                words.append(Word(_shown("".join(names[seen:begun])), index, index + 1))
            else:
                words[-1] = replace(words[-1], stop=index + 1)
            seen = begun
        return words

    def _bytes(self, id: int) -> bytes:
        piece = self.piece(id)
        if self._processor.is_byte(int(id)):
            return bytes([int(piece[3:5], 16)])
        return piece.replace("▁", " ").encode()
