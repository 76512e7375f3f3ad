"""Plain text: a passage a line, N lines in, N lines out."""

from __future__ import annotations

from collections.abc import Iterator

from translator.documents.document import BOM, Slot, lines_of


def plain_slots(text: str) -> Iterator[Slot]:
    """A slot for each line that is not blank, the white space at its ends left outside."""
    for line in lines_of(text):
        skipped = len(BOM) if line.start == 0 and line.text.startswith(BOM) else 0
        body = line.text[skipped:]
        passage = body.strip()
        if passage:
            start = line.start + skipped + len(body) - len(body.lstrip())
            yield Slot(start, start + len(passage), passage)
