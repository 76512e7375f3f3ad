"""``--html``: one page with every attention weight of some sentence pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from translator.commands.console import open_output

if TYPE_CHECKING:
    from translator.commands.pairs import SentencePair
    from translator.explain.reading import Attention, Kind, Side
    from translator.translation import Translator

__all__ = ["write_page"]


def write_page(
    translator: Translator,
    pairs: Sequence[SentencePair],
    path: Path,
    *,
    force: bool = False,
    kind: Kind = "cross",
    layer: int | None = None,
    head: int | None = None,
    level: Literal["word", "token"] = "word",
) -> None:
    """Write the page; it opens with this kind, layer, head (from 0; ``None`` = the mean of all) and level.

    Raises ``UsageError`` if the file exists and ``force`` is not given, ``OutputError`` if it cannot be written.
    """
    with open_output(path, force=force) as file:  # first: a file that is in the way is said before the work
        from translator.commands.page.page import PageSentence, PageView, page
        from translator.explain.align import alignment_choice
        from translator.explain.reading import read

        model = translator.checkpoint.model
        sentences = [
            PageSentence(
                pair.source,
                pair.target,
                pair.direction,
                pair.is_forced,
                _named(read(model, translator.subwords, pair.source_ids, pair.target_ids).attention, pair.slots),
            )
            for pair in pairs
        ]
        choice = alignment_choice(translator.folder)
        best = None if choice is None else choice.best
        view = PageView(kind, layer, head, level)
        file.write(page(sentences, model=translator.folder.path.name, view=view, best=best))


def _named(attention: dict[Kind, Attention], slots: dict[str, str]) -> dict[Kind, Attention]:
    """The same numbers with each slot called by what stands there."""
    if not slots:
        return attention
    from dataclasses import replace

    from translator.text.slots import fill

    def named(side: Side) -> Side:
        words = [replace(word, text=fill(word.text, slots)) for word in side.words]
        return replace(
            side, labels=[fill(x, slots) for x in side.labels], read=[fill(x, slots) for x in side.read], words=words
        )

    return {kind: replace(one, rows=named(one.rows), columns=named(one.columns)) for kind, one in attention.items()}
