"""Files as they lie on a disk: bytes of an encoding, or a zip of such files, around documents."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from translator.documents.document import Document
from translator.errors import InputError

_DECLARED = re.compile(
    rb"""\A\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)|<meta[^>]*?\bcharset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Part:
    """A document and the bytes that it was."""

    name: str  # in its package, or empty
    document: Document
    encoding: str


@dataclass(frozen=True)
class DocumentFile:
    """One document, or the several of a package, as if they were one."""

    raw: bytes
    parts: tuple[Part, ...]

    @property
    def passages(self) -> list[str]:
        """The texts to translate, in order."""
        return [passage for part in self.parts for passage in part.document.passages]

    def protected(self, index: int) -> list[tuple[int, int]]:
        """Ranges of passage ``index`` that a translation must hold unchanged."""
        document, index = self._place(index)
        return document.protected(index)

    def plain(self, index: int, text: str) -> str:
        """Passage ``index`` or its translation as a reader reads it, without tags."""
        document, index = self._place(index)
        return document.plain(index, text)

    def _place(self, index: int) -> tuple[Document, int]:
        """The document that passage ``index`` is of, and which of its passages it is."""
        ends = list(accumulate(len(part.document.slots) for part in self.parts))
        at = bisect_right(ends, index)
        return self.parts[at].document, index - (ends[at - 1] if at else 0)

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with a translation in the place of each passage; as many as there are, or ``ValueError``."""
        changed: dict[str, bytes] = {}
        begin = 0
        for part in self.parts:
            end = begin + len(part.document.slots)
            if (text := part.document.fill(translations[begin:end])) != part.document.text:
                # what an encoding lacks is a reference in markup, the only place where one is declared
                changed[part.name] = text.encode(part.encoding, "xmlcharrefreplace")
            begin = end
        if begin != len(translations):
            raise ValueError(f"{begin} passages and {len(translations)} translations")
        if not changed:
            return self.raw
        if "" in changed:
            return changed[""]
        from translator.documents.packages import with_members

        return with_members(self.raw, changed)


def decoded(raw: bytes, name: str, *, is_markup: bool) -> tuple[str, str]:
    """A file's text, every character as it is, and its encoding: UTF-8, UTF-16 with its mark, or what markup says.

    Raises ``InputError`` naming the line that cannot be read.
    """
    encoding = _UTF_16.get(raw[:2], "utf-8")
    if is_markup and encoding == "utf-8" and (found := _DECLARED.search(raw[:2048])):
        declared = (found[1] or found[2]).decode("ascii")
        encoding = "utf-8" if declared.lower() == "utf-16" or _is_utf_8(raw) else declared  # which would be seen
    try:
        text = raw.decode(encoding)
        if text.encode(encoding) == raw:
            return text, encoding
        raise InputError(f"{name}: its encoding ({encoding}) cannot be written as it was", "save it as UTF-8")
    except LookupError as error:
        raise InputError(f"{name}: unknown encoding {encoding}", "save it as UTF-8, and say so in it") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line}: not {encoding.upper()} (byte 0x{raw[error.start]:02X})",
            "convert it, for example with: iconv -f latin1 -t utf-8",
        ) from error


def _is_utf_8(raw: bytes) -> bool:
    """Whether a text is UTF-8 beyond doubt, whatever it says of itself."""
    try:
        return not raw.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
