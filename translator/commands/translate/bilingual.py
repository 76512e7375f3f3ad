"""Source and translation side by side: a table of two columns, a translation memory, or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def bilingual_text(pairs: Iterable[tuple[str, str]], form: Bilingual, direction: Direction) -> str:
    """Pairs of a source and its translation, as one text."""
    from translator.documents.document import on_one_line

    return "".join(_lines(((on_one_line(a), on_one_line(b)) for a, b in pairs), form, direction))


def _lines(pairs: Iterable[tuple[str, str]], form: Bilingual, direction: Direction) -> Iterator[str]:
    source, target = direction.split("-")
    if form == "tsv":
        yield from ("\t".join(side.replace("\t", " ") for side in pair) + "\n" for pair in pairs)
    elif form == "md":
        yield f"| {_NAMES[source]} | {_NAMES[target]} |\n|---|---|\n"
        yield from ("| " + " | ".join(side.replace("|", "\\|") for side in pair) + " |\n" for pair in pairs)
    else:
        from translator.corpus.tmx import FOOT, HEAD, unit_text
        from translator.corpus.writing import held

        yield HEAD.replace('srclang="en"', f'srclang="{source}"')
        for pair in pairs:
            one, other = (held(side, "tmx") for side in pair)
            yield unit_text(*((one, other) if source == "en" else (other, one)))
        yield FOOT
