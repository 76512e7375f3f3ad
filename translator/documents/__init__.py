"""Documents → passages to translate → the document again.

    open_document(text, "md").passages      what a reader reads, without the markup around it
    open_document(text, "md").fill(...)     the same document with other words in it

Whatever is not a passage (line ends, blank lines, code, tables' bars, subtitle timings) is kept character by
character, and a passage that comes back unchanged leaves its piece of the document unchanged, line breaks included:
``document.fill(document.passages)`` is the text itself, for any text.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from translator.errors import InputError

if TYPE_CHECKING:
    from translator.documents.document import Document, Slot
    from translator.documents.files import DocumentFile

__all__ = [
    "ENDINGS",
    "PACKAGES",
    "UNKNOWN",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "Slot",
    "document_kind",
    "open_document",
    "open_file",
]

DocumentKind = Literal[
    "txt",
    "md",
    "srt",
    "vtt",
    "ass",
    "html",
    "docx",
    "odt",
    "epub",
    "po",
    "xliff",
    "tmx",
    "android",
    "json",
    "yaml",
    "properties",
    "csv",
]
PACKAGES: frozenset[DocumentKind] = frozenset(["docx", "odt", "epub"])
"""Kinds that are zips, and no text."""
_MARKUP_KINDS: frozenset[DocumentKind] = frozenset(["html", "xliff", "tmx", "android"])
_KINDS: dict[str, DocumentKind] = {
    **dict.fromkeys([".txt", ".text"], "txt"),
    **dict.fromkeys([".md", ".markdown", ".mdx"], "md"),
    **dict.fromkeys([".html", ".htm", ".xhtml"], "html"),
    **dict.fromkeys([".po", ".pot"], "po"),
    **dict.fromkeys([".properties", ".strings"], "properties"),
    ".srt": "srt",
    ".vtt": "vtt",
    ".ass": "ass",
    ".ssa": "ass",
    ".json": "json",
    ".arb": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".tsv": "csv",
    ".xliff": "xliff",
    ".xlf": "xliff",
    ".tmx": "tmx",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
}
ENDINGS = sorted(_KINDS)
"""Endings of the names of files whose format is known."""
_READERS: dict[DocumentKind, tuple[str, str]] = {  # module here, and the function in it that finds slots
    "txt": ("plain", "plain_slots"),
    "md": ("markdown", "markdown_slots"),
    "html": ("html", "html_slots"),
    "srt": ("subtitles", "subtitle_slots"),
    "vtt": ("subtitles", "subtitle_slots"),
    "ass": ("ass", "ass_slots"),
    "po": ("gettext", "po_slots"),
    "xliff": ("exchange", "xliff_slots"),
    "tmx": ("exchange", "tmx_slots"),
    "android": ("exchange", "android_slots"),
    "json": ("string_tables", "json_slots"),
    "yaml": ("tables", "yaml_slots"),
    "csv": ("tables", "csv_slots"),
    "properties": ("string_tables", "property_slots"),
}
_MARKUP = [".xml", ".ts", ".resx", ".ttml"]
_TABLES = [".toml", ".ini", ".ipynb"]
_OFFICE = [".pdf", ".rtf", ".doc", ".xlsx", ".ods", ".pptx"]
UNKNOWN = frozenset([*_MARKUP, *_TABLES, *_OFFICE, ".sbv", ".sub", ".tex", ".rst", ".adoc"])
"""Endings of files with a structure that is not known here."""


def __getattr__(name: str) -> Any:
    """Import on use: a plain translation asks for the kinds only."""
    home = {"Document": "document", "Slot": "document", "DocumentFile": "files"}.get(name)
    if home is None:
        raise AttributeError(f"module 'translator.documents' has no attribute {name!r}")
    return getattr(import_module(f"translator.documents.{home}"), name)


def document_kind(path: Path) -> DocumentKind | None:
    """The kind of document a file name's ending speaks of; ``None`` if it says nothing we know."""
    if re.fullmatch(r"(?:strings|arrays|plurals)[\w.-]*\.xml", path.name):
        return "android"
    return _KINDS.get(path.suffix.lower())


def open_file(raw: bytes, kind: DocumentKind, name: str = "the file") -> DocumentFile:
    """Find the passages of a file of any kind. Raises ``InputError`` if it cannot be read as one."""
    from translator.documents.document import Document
    from translator.documents.files import DocumentFile, Part, decoded

    if kind not in PACKAGES:
        text, encoding = decoded(raw, name, is_markup=kind in _MARKUP_KINDS)
        return DocumentFile(raw, (Part("", open_document(text, kind), encoding),))
    from translator.documents.packages import read_members

    try:
        members = read_members(raw, kind)
    except ValueError as error:
        raise InputError(f"{name}: {error}", "save it again with the program that wrote it") from error
    parts = []
    for member, content, slots in members:
        text, encoding = decoded(content, f"{name}, {member}", is_markup=True)
        parts.append(Part(member, Document.cut(text, slots(text)), encoding))
    return DocumentFile(raw, tuple(parts))


def open_document(text: str, kind: DocumentKind) -> Document:
    """Find the passages of ``text``. Any text is a document of any kind that is no package: what makes no sense is kept
    as it is.

    >>> document = open_document("- The *key*\\n- `a.txt`\\n", "md")
    >>> document.passages, document.protected(0)
    (['The *key*'], [(4, 5), (8, 9)])
    >>> document.fill(["A *chave*"])
    '- A *chave*\\n- `a.txt`\\n'
    """
    from translator.documents.document import Document

    module, function = _READERS[kind]  # imported on use: a line of plain text must not pay for a Markdown parser
    return Document.cut(text, getattr(import_module(f"translator.documents.{module}"), function)(text))
