"""Source and translation side by side: a table of two columns, a translation memory, or Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast, get_args

from translator.config import Direction
from translator.errors import UsageError

Bilingual = Literal["tsv", "tmx", "md"]
_NAMES = {"en": "English", "pt": "Portuguese"}


def check_bilingual(wanted: str | None) -> Bilingual | None:
    """The form asked for, if any. Raises ``UsageError`` on an unknown one."""
    if wanted is not None and wanted not in get_args(Bilingual):
        raise UsageError(f"--bilingual {wanted}: unknown", f"it takes {', '.join(get_args(Bilingual))}")
    return cast("Bilingual | None", wanted)


def head(form: Bilingual, direction: Direction) -> str:
    """What stands before the pairs."""
    source, target = direction.split("-")
    if form == "md":
        return f"| {_NAMES[source]} | {_NAMES[target]} |\n|---|---|\n"
    if form == "tsv":
        return ""
    from translator.corpus.tmx import HEAD

    return HEAD.replace('srclang="en"', f'srclang="{source}"')


def foot(form: Bilingual) -> str:
    """What stands after them."""
    if form != "tmx":
        return ""
    from translator.corpus.tmx import FOOT

    return FOOT


def rows(pairs: Iterable[tuple[str, str]], form: Bilingual, direction: Direction) -> str:
    """Pairs of a source and its translation."""
    from translator.documents.document import on_one_line

    flat = ((on_one_line(a), on_one_line(b)) for a, b in pairs)
    if form == "tsv":
        return "".join("\t".join(side.replace("\t", " ") for side in pair) + "\n" for pair in flat)
    if form == "md":
        return "".join("| " + " | ".join(side.replace("|", "\\|") for side in pair) + " |\n" for pair in flat)
    from translator.corpus.tmx import unit_text
    from translator.corpus.writing import held

    units = ((held(a, "tmx"), held(b, "tmx")) for a, b in flat)
    return "".join(unit_text(*(unit if direction == "en-pt" else unit[::-1])) for unit in units)
