"""Advanced SubStation Alpha: the words of lines of dialogue are passages; styles, times and drawings are kept.

http://www.tcax.org/docs/ass-specs.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from translator.documents.document import Line, Slot, lines_of
from translator.documents.subtitles import cue_slots

_BREAK = re.compile(r"\\[Nn]")
_NO_WORDS = re.compile(r"\{[^}]*\\(?:p[1-9]|[kK][fo]?\d)")  # a drawing, or syllables each with its time
_FIELDS = 10  # where no line says what there is


def ass_slots(text: str) -> Iterator[Slot]:
    """A slot for each sentence or speaker of each line of dialogue."""
    fields = _FIELDS
    for line in lines_of(text):
        kind, _, rest = line.text.partition(":")
        if kind.strip() == "Format" and "Text" in rest:
            fields = rest.count(",") + 1
        elif kind.strip() == "Dialogue" and rest.count(",") >= fields - 1:
            begin = line.start + len(line.text) - len(rest.split(",", fields - 1)[-1])
            if not _NO_WORDS.search(text, begin, line.stop):
                yield from cue_slots(text, list(_rows(text, begin, line.stop)))


def _rows(text: str, begin: int, stop: int) -> Iterator[Line]:
    """What a viewer sees as lines, each as a line that ends with the mark that breaks it."""
    for found in [*_BREAK.finditer(text, begin, stop), None]:
        end = found.start() if found else stop
        yield Line(text[begin:end], begin, found.group() if found else "")
        begin = found.end() if found else stop
