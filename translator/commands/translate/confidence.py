"""A translation with its doubtful words marked: a line of marks under the text, and colour on top."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from translator.draw.language import told
from translator.translation import Segment, Translation

DOUBTFUL, VERY_DOUBTFUL = 0.5, 0.25
"""Below the first a word is marked ``~``, below the second ``^``."""
_MARKS = ((VERY_DOUBTFUL, "^", "bold red"), (DOUBTFUL, "~", "yellow"))


def shaded(translation: Translation, width: int) -> Text:
    """The text in lines of ``width`` cells at most, marks under doubtful words, and its confidence."""
    lines: list[Text] = []
    for segment in translation.segments:
        lines += _lines(segment, max(20, width))
    sure = translation.confidence
    if sure is not None:
        marks = told(f"confidence {sure:.2f} · ~ below {DOUBTFUL} · ^ below {VERY_DOUBTFUL}")
        lines.append(Text(marks, Style(dim=True)))
    return Text("\n").join(lines)


def _lines(segment: Segment, width: int) -> list[Text]:
    """One sentence: text and, where needed, marks, alternating."""
    line, marks = Text(), Text()
    lines: list[Text] = []

    def flush() -> None:
        lines.append(line)
        if marks.plain.strip():
            marks.rstrip()
            lines.append(marks)

    at = 0
    for word in segment.words or []:
        place = segment.target.casefold().find(word.text.casefold(), at)
        if place < 0:  # the text was mended after the model wrote it
            continue
        between = segment.target[at:place]
        shown = segment.target[place : place + len(word.text)]
        mark, style = next(((m, s) for limit, m, s in _MARKS if word.confidence < limit), (" ", ""))
        if line.plain and cell_len(line.plain + between + shown) > width and between.strip() != between:
            flush()
            line, marks, between = Text(), Text(), between.lstrip()
        line.append(between)
        marks.append(" " * cell_len(between))
        line.append(shown, style)
        marks.append(mark * cell_len(shown), style)
        at = place + len(word.text)
    line.append(segment.target[at:])
    flush()
    return lines
