"""What must hold of a document of any format, for the tests of each."""

from __future__ import annotations

import re

from translator.documents import Document, DocumentKind, open_document

__all__ = ["passages_are_sound", "reads", "reworded", "stays", "turned"]


def passages_are_sound(document: Document) -> None:
    """They are trimmed, on one line, and their protected ranges lie in them in order."""
    for index, passage in enumerate(document.passages):
        assert passage == passage.strip() != ""
        assert not re.search(r"[\r\n]", passage)
        edges = [edge for span in document.protected(index) for edge in span]
        assert edges == sorted(set(edges)), "empty, touching or out of order"
        assert all(0 <= edge <= len(passage) for edge in edges)


def stays(text: str, kind: DocumentKind) -> Document:
    """The document, which translated by what changes nothing is the same; its passages are as passages must be."""
    document = open_document(text, kind)
    assert document.fill(document.passages) == text
    passages_are_sound(document)
    return document


def reads(text: str, kind: DocumentKind) -> list[str]:
    """Its passages."""
    return stays(text, kind).passages


def reworded(document: Document) -> list[str]:
    """Each passage with other letters where they are not protected, and a word more."""
    texts = []
    for index, passage in enumerate(document.passages):
        kept = {i for start, stop in document.protected(index) for i in range(start, stop)}
        texts.append("".join(c if i in kept or not c.isalpha() else "q" for i, c in enumerate(passage)) + " qq")
    return texts


def turned(text: str, kind: DocumentKind) -> str:
    """The document with other words, of which as many passages are read as before."""
    document = stays(text, kind)
    words = reworded(document)
    filled = document.fill(words)
    assert [re.sub(r"\s", "", p) for p in open_document(filled, kind).passages] == [re.sub(r"\s", "", w) for w in words]
    return filled
