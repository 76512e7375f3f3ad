"""Files as requests bring them → documents, of whatever format ``documents`` knows."""

from __future__ import annotations

from pathlib import Path

from translator.commands.serve.gate import RequestError
from translator.documents import DocumentFile, document_kind, open_file
from translator.errors import InputError


def open_upload(raw: bytes, name: str) -> DocumentFile:
    """The document that a file of this name holds.

    Raises ``RequestError`` where the format is not known, or not that of the file.
    """
    kind = document_kind(Path(name))
    if kind is None:
        raise RequestError(400, "Invalid request: file format not supported")
    try:
        return open_file(raw, kind, name)
    except InputError as error:
        raise RequestError(400, f"Invalid request: {error.message}") from None
