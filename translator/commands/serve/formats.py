"""Texts and files as requests bring them → documents. Whatever format ``documents`` knows is known here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast, get_args

from translator import documents
from translator.commands.serve.gate import RequestError
from translator.documents import Document, DocumentKind, document_kind, open_document
from translator.errors import InputError

__all__ = ["ENDINGS", "encoded", "open_text", "open_upload"]

_OWN_HTML = "html" not in get_args(DocumentKind)  # then serve/html.py stands in
_OWN_ENDINGS = (".htm", ".html") if _OWN_HTML else ()
ENDINGS = sorted([*documents._KINDS, *_OWN_ENDINGS])
"""Endings of the names of documents that are translated."""


def open_text(text: str, kind: str) -> Document:
    """The document that ``text`` is."""
    if kind == "html" and _OWN_HTML:
        from translator.commands.serve.html import html_slots

        return Document.cut(text, html_slots(text))
    return open_document(text, cast("DocumentKind", kind))


def open_upload(raw: bytes, name: str) -> Any:
    """The document that a file of this name holds: it has passages, ``protected`` and ``fill``, for :func:`encoded`.

    Raises ``RequestError`` where the format is not known, or not that of the file.
    """
    kind = "html" if Path(name).suffix.lower() in _OWN_ENDINGS else document_kind(Path(name))
    if kind is None:
        raise RequestError(400, "Invalid request: file format not supported")
    try:
        if hasattr(documents, "open_file"):  # files of other encodings, and packages such as .docx
            return documents.open_file(raw, kind, name)
        return open_text(raw.decode("utf-8"), kind)
    except UnicodeDecodeError:
        raise RequestError(400, "Invalid request: the file is not UTF-8") from None
    except InputError as error:
        raise RequestError(400, f"Invalid request: {error.message}") from None


def encoded(filled: str | bytes) -> bytes:
    """A document with its translations, as a file."""
    return filled if isinstance(filled, bytes) else filled.encode()
