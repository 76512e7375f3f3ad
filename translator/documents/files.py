"""Files as they lie on a disk: bytes of an encoding, or a zip of such files, read a part at a time.

A long text is cut at borders between its blocks, so that no more than a part of it is in memory, whatever its size.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import IO, Any

from translator.documents.document import Border, Document, Reader, Slot
from translator.errors import InputError

PART = 1 << 17
"""Characters of a part, about; a block that is longer is one part."""
_BLOCK = 1 << 16  # bytes read at once
_DECLARED = re.compile(
    rb"""\A\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)|<meta[^>]*?\bcharset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Stream:
    """A text of a file: the file itself, or a member of a package."""

    name: str  # in its package, or empty
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    read: Reader
    survey: Reader | None = None  # goes over all of it before, and tells ``read`` the state to begin with


@dataclass(frozen=True)
class Part:
    """A part of a text, as a document of its own."""

    name: str  # of its stream
    document: Document
    encoding: str

    def fill(self, translations: Sequence[str]) -> bytes:
        """Its bytes with other words in it; what an encoding lacks is a reference in markup, where one is declared."""
        return self.document.fill(translations).encode(self.encoding, "xmlcharrefreplace")

    @cached_property
    def raw(self) -> bytes:
        """Its bytes as they are."""
        return self.document.text.encode(self.encoding)


@dataclass(frozen=True)
class Source:
    """A file of a known format."""

    file: IO[bytes]
    name: str
    streams: Sequence[Stream]
    size: int  # bytes of its texts
    is_markup: bool

    def parts(self, size: float = PART) -> Iterator[Part]:
        """Its texts in parts of about ``size`` characters.

        Raises ``InputError`` before the first one, naming the line that cannot be read.
        """
        encodings = [self._encoding(stream) for stream in self.streams]
        for stream, encoding in zip(self.streams, encodings, strict=True):
            state = None
            if stream.survey and size < math.inf:
                with stream.open() as file:
                    for _, at_end in _cut(file, encoding, stream.survey, None, size):
                        state = at_end  # no part is kept
            with stream.open() as file:
                for document, _ in _cut(file, encoding, stream.read, state, size):
                    yield Part(stream.name, document, encoding)

    def write(self, texts: IO[bytes], sizes: Mapping[str, int], out: IO[bytes]) -> None:
        """Write the package with other ``texts``, which stand one after another; ``sizes`` are their bytes."""
        from translator.documents.packages import with_members

        with_members(self.file, texts, sizes, out)

    def _encoding(self, stream: Stream) -> str:
        with stream.open() as file:
            return _encoding_of(file, f"{self.name}, {stream.name}" if stream.name else self.name, self.is_markup)


@dataclass(frozen=True)
class DocumentFile:
    """A file in memory: one document, or the several of a package, as if they were one."""

    source: Source
    parts: tuple[Part, ...]  # each a whole text

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        self.source.file.seek(0)
        return self.source.file.read()

    @cached_property
    def _places(self) -> list[tuple[Document, int]]:
        """The document that each passage is of, and which of its passages it is."""
        return [(part.document, i) for part in self.parts for i in range(len(part.document.slots))]

    @property
    def passages(self) -> list[str]:
        """The texts to translate, in order."""
        return [document.slots[i].passage for document, i in self._places]

    def protected(self, index: int) -> list[tuple[int, int]]:
        """Ranges of passage ``index`` that a translation must hold unchanged."""
        document, index = self._places[index]
        return document.protected(index)

    def plain(self, index: int, text: str) -> str:
        """Passage ``index`` or its translation as a reader reads it, without tags."""
        document, index = self._places[index]
        return document.plain(index, text)

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with a translation in the place of each passage; as many as there are, or ``ValueError``."""
        if len(translations) != len(self._places):
            raise ValueError(f"{len(self._places)} passages and {len(translations)} translations")
        given = iter(translations)
        texts = {part.name: part.fill(list(islice(given, len(part.document.slots)))) for part in self.parts}
        if all(texts[part.name] == part.raw for part in self.parts):
            return self.raw
        if "" in texts:
            return texts[""]
        out = io.BytesIO()
        self.source.write(io.BytesIO(b"".join(texts.values())), {name: len(text) for name, text in texts.items()}, out)
        return out.getvalue()


def _texts(file: IO[bytes], encoding: str, size: float = _BLOCK) -> Iterator[str]:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    for block in iter(partial(file.read, int(min(size, _BLOCK))), b""):
        yield decoder.decode(block)
    yield decoder.decode(b"", True)


def _cut(file: IO[bytes], encoding: str, read: Reader, state: Any, size: float) -> Iterator[tuple[Document, Any]]:
    """Documents that are the text together, cut at borders, each with the state at its end."""
    texts = _texts(file, encoding, size)
    text, wanted, is_last = "", size, False
    while not is_last:
        blocks, length = [text], len(text)
        while length < wanted and not is_last:
            block = next(texts, None)
            is_last = block is None
            blocks.append(block or "")
            length += len(blocks[-1])
        text = "".join(blocks)
        found = list(read(text, state))
        borders = [one for one in found if isinstance(one, Border)]
        if is_last:
            border = Border(len(text), borders[-1].state if borders else state)
        else:  # far from the end: as the text breaks off there, it may be misread
            early = (one for one in reversed(borders) if 0 < one.at <= len(text) * 7 // 8)
            border = next((one for one in early if _is_clean(text, one.at, encoding)), Border(0))
        if border.at or is_last:
            slots = (one for one in found if isinstance(one, Slot) and (one.start < border.at or is_last))
            yield Document.cut(text[: border.at], slots), border.state
            text, state, wanted = text[border.at :], border.state, size
        else:
            wanted = 2 * length


def _is_clean(text: str, at: int, encoding: str) -> bool:
    """Whether both sides of a border have the bytes that they have together; in some encodings signs shift others."""
    before, after = text[max(0, at - 99) : at], text[at : at + 99]
    return encoding == "utf-8" or before.encode(encoding) + after.encode(encoding) == (before + after).encode(encoding)


def _encoding_of(file: IO[bytes], name: str, is_markup: bool) -> str:
    """A file's encoding: UTF-8, UTF-16 with its mark, or what markup says.

    Raises ``InputError`` naming the line that cannot be read, or where it could not be written as it was.
    """
    file.seek(0)
    head = file.read(2048)
    encoding = _UTF_16.get(head[:2], "utf-8")
    if is_markup and encoding == "utf-8" and (found := _DECLARED.search(head)):
        declared = (found[1] or found[2]).decode("ascii")
        encoding = "utf-8" if declared.lower() == "utf-16" or _is_utf_8(file) else declared  # which would be seen
    file.seek(0)
    was, becomes, lines = hashlib.sha256(), hashlib.sha256(), 1
    try:
        " ".encode(encoding)
        decoder, encoder = codecs.getincrementaldecoder(encoding)(), codecs.getincrementalencoder(encoding)()
        for block in iter(partial(file.read, _BLOCK), b""):
            text = decoder.decode(block)
            lines += block.count(b"\n")
            if encoding != "utf-8":
                was.update(block)
                becomes.update(encoder.encode(text))
        becomes.update(encoder.encode(decoder.decode(b"", True), True))
    except LookupError as error:
        raise InputError(f"{name}: unknown encoding {encoding}", "save it as UTF-8, and say so in it") from error
    except UnicodeDecodeError as error:
        line = lines + error.object.count(b"\n", 0, error.start)
        raise InputError(
            f"{name}, line {line}: not {encoding.upper()} (byte 0x{error.object[error.start]:02X})",
            "convert it, for example with: iconv -f latin1 -t utf-8",
        ) from error
    if was.digest() != becomes.digest():
        raise InputError(f"{name}: its encoding ({encoding}) cannot be written as it was", "save it as UTF-8")
    return encoding


def _is_utf_8(file: IO[bytes]) -> bool:
    """Whether a text is UTF-8 beyond doubt, whatever it says of itself."""
    try:
        return sum(not text.isascii() for text in _texts(file, "utf-8")) > 0  # all of it is read
    except UnicodeDecodeError:
        return False
