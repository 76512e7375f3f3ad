"""Documents → passages to translate → the document again.

    open_document(text, "md").passages      what a reader reads, without the markup around it
    open_document(text, "md").fill(...)     the same document with other words in it

Whatever is not a passage (line ends, blank lines, code, tables' bars, subtitle timings) is kept character by
character, and a passage that comes back unchanged leaves its piece of the document unchanged, line breaks included:
``document.fill(document.passages)`` is the text itself, for any text.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Literal

from translator.documents.document import Document, Slot

__all__ = ["UNKNOWN", "Document", "DocumentKind", "Slot", "document_kind", "open_document"]

DocumentKind = Literal["txt", "md", "srt", "vtt", "html", "po", "json", "properties"]
_KINDS: dict[str, DocumentKind] = {
    **dict.fromkeys([".txt", ".text"], "txt"),
    **dict.fromkeys([".md", ".markdown", ".mdx"], "md"),
    **dict.fromkeys([".html", ".htm", ".xhtml"], "html"),
    **dict.fromkeys([".po", ".pot"], "po"),
    **dict.fromkeys([".properties", ".strings"], "properties"),
    ".srt": "srt",
    ".vtt": "vtt",
    ".json": "json",
}
_READERS: dict[DocumentKind, tuple[str, str]] = {  # module here, and the function in it that finds slots
    "txt": ("plain", "plain_slots"),
    "md": ("markdown", "markdown_slots"),
    "html": ("html", "html_slots"),
    "srt": ("subtitles", "subtitle_slots"),
    "vtt": ("subtitles", "subtitle_slots"),
    "po": ("gettext", "po_slots"),
    "json": ("string_tables", "json_slots"),
    "properties": ("string_tables", "property_slots"),
}
_MARKUP = [".xml", ".xliff", ".xlf", ".tmx", ".ts", ".resx", ".ttml"]
_TABLES = [".csv", ".tsv", ".yaml", ".yml", ".toml", ".ini", ".arb", ".ipynb"]
_OFFICE = [".docx", ".odt", ".epub", ".pdf", ".rtf", ".doc", ".xlsx", ".ods", ".pptx"]
UNKNOWN = frozenset([*_MARKUP, *_TABLES, *_OFFICE, ".ass", ".ssa", ".sbv", ".sub", ".tex", ".rst", ".adoc"])
"""Endings of files with a structure that is not known here."""


def document_kind(path: Path) -> DocumentKind | None:
    """The kind of document a file name's ending speaks of; ``None`` if it says nothing we know."""
    return _KINDS.get(path.suffix.lower())


def open_document(text: str, kind: DocumentKind) -> Document:
    """Find the passages of ``text``. Any text is a document of any kind: what makes no sense is kept as it is.

    >>> document = open_document("- The *key*\\n- `a.txt`\\n", "md")
    >>> document.passages, document.protected(0)
    (['The *key*'], [(4, 5), (8, 9)])
    >>> document.fill(["A *chave*"])
    '- A *chave*\\n- `a.txt`\\n'
    """
    module, function = _READERS[kind]  # imported on use: a line of plain text must not pay for a Markdown parser
    return Document.cut(text, getattr(import_module(f"translator.documents.{module}"), function)(text))
