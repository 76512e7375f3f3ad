"""Documents → passages to translate → the document again.

    open_document(text, "md").passages      what a reader reads, without the markup around it
    open_document(text, "md").fill(...)     the same document with other words in it

Whatever is not a passage (line ends, blank lines, code, tables' bars, subtitle timings) is kept character by
character, and a passage that comes back unchanged leaves its piece of the document unchanged, line breaks included:
``document.fill(document.passages)`` is the text itself, for any text.
"""

from __future__ import annotations

import io
import math
import re
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

from translator.errors import InputError

if TYPE_CHECKING:
    from translator.documents.document import Document, Slot
    from translator.documents.files import DocumentFile, Part, Source, Stream

__all__ = [
    "ENDINGS",
    "PACKAGES",
    "UNKNOWN",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "Part",
    "Slot",
    "Source",
    "document_kind",
    "open_document",
    "open_file",
    "open_source",
]

_Pages = Literal["txt", "md", "srt", "vtt", "ass", "html"]
_Packages = Literal["docx", "odt", "epub"]
_Strings = Literal["po", "xliff", "tmx", "android", "json", "yaml", "properties", "csv"]
DocumentKind = Literal[_Pages, _Packages, _Strings]
PACKAGES: frozenset[DocumentKind] = frozenset(get_args(_Packages))
"""Kinds that are zips, and no text."""
_READERS: dict[DocumentKind, tuple[str, str]] = {  # endings of names; module here and function in it that finds slots
    "txt": (".txt .text", "lines plain_slots"),
    "md": (".md .markdown .mdx", "markdown markdown_slots markdown_survey"),
    "html": (".html .htm .xhtml", "html html_slots"),
    "srt": (".srt", "subtitles subtitle_slots"),
    "vtt": (".vtt", "subtitles subtitle_slots"),
    "ass": (".ass .ssa", "subtitles ass_slots"),
    "po": (".po .pot", "lines po_slots"),
    "xliff": (".xliff .xlf", "exchange xliff_slots"),
    "tmx": (".tmx", "exchange tmx_slots"),
    "android": ("", "exchange android_slots"),
    "json": (".json .arb", "tables json_slots"),
    "yaml": (".yaml .yml", "tables yaml_slots"),
    "csv": (".csv .tsv", "tables csv_slots"),
    "properties": (".properties .strings", "lines property_slots"),
    "docx": (".docx", ""),
    "odt": (".odt", ""),
    "epub": (".epub", ""),
}
_KINDS = {ending: kind for kind, (endings, _) in _READERS.items() for ending in endings.split()}
ENDINGS = sorted(_KINDS)
"""Endings of the names of files whose format is known."""
_MARKUP_KINDS = frozenset([*PACKAGES, "html", "xliff", "tmx", "android"])
_MARKUP = [".xml", ".ts", ".resx", ".ttml"]
_TABLES = [".toml", ".ini", ".ipynb"]
_OFFICE = [".pdf", ".rtf", ".doc", ".xlsx", ".ods", ".pptx"]
UNKNOWN = frozenset([*_MARKUP, *_TABLES, *_OFFICE, ".sbv", ".sub", ".tex", ".rst", ".adoc"])
"""Endings of files with a structure that is not known here."""


_HOMES = {"Document": "document", "Slot": "document", "DocumentFile": "files", "Part": "files", "Source": "files"}


def __getattr__(name: str) -> Any:
    """Import on use: a plain translation asks for the kinds only."""
    if name not in _HOMES:
        raise AttributeError(f"module 'translator.documents' has no attribute {name!r}")
    return getattr(import_module(f"translator.documents.{_HOMES[name]}"), name)


def document_kind(path: Path) -> DocumentKind | None:
    """The kind of document a file name's ending speaks of; ``None`` if it says nothing we know."""
    if re.fullmatch(r"(?:strings|arrays|plurals)[\w.-]*\.xml", path.name):
        return "android"
    return _KINDS.get(path.suffix.lower())


def _stream(file: IO[bytes], kind: DocumentKind) -> Stream:
    from translator.documents.files import Stream

    module, *functions = _READERS[kind][1].split()
    # imported on use: a line of plain text must not pay for a Markdown parser
    found = import_module(f"translator.documents.{module}")
    return Stream("", lambda: nullcontext(file), *(getattr(found, name) for name in functions))


def open_source(file: IO[bytes], kind: DocumentKind, name: str = "the file") -> Source:
    """A file of any kind, open for reading anywhere, that is read a part at a time.

    Raises ``InputError`` if it is no package though it should be.
    """
    from translator.documents.files import Source, Stream

    if kind not in PACKAGES:
        return Source(file, name, [_stream(file, kind)], file.seek(0, io.SEEK_END), kind in _MARKUP_KINDS)
    from translator.documents.packages import members

    try:
        streams, size = members(file, kind)
    except ValueError as error:
        raise InputError(f"{name}: {error}", "save it again with the program that wrote it") from error
    return Source(file, name, [Stream(*stream) for stream in streams], size, is_markup=True)


def open_file(raw: bytes, kind: DocumentKind, name: str = "the file") -> DocumentFile:
    """Find the passages of a file of any kind. Raises ``InputError`` if it cannot be read as one."""
    from translator.documents.files import DocumentFile

    source = open_source(io.BytesIO(raw), kind, name)
    return DocumentFile(source, tuple(source.parts(math.inf)))


def open_document(text: str, kind: DocumentKind) -> Document:
    """Find the passages of ``text``. Any text is a document of any kind that is no package: what makes no sense is kept
    as it is.

    >>> document = open_document("- The *key*\\n- `a.txt`\\n", "md")
    >>> document.passages, document.protected(0)
    (['The *key*'], [(4, 5), (8, 9)])
    >>> document.fill(["A *chave*"])
    '- A *chave*\\n- `a.txt`\\n'
    """
    from translator.documents.document import Document, Slot

    found = _stream(io.BytesIO(), kind).read(text, None)
    return Document.cut(text, (slot for slot in found if isinstance(slot, Slot)))
