"""``--html``: one page with every attention weight of some sentence pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.commands.page.page import PageView
    from translator.commands.pairs import SentencePair
    from translator.explain.reading import Attention, Kind, Side
    from translator.translation import Translator


def page_of(
    translator: Translator, read: Sequence[tuple[SentencePair, Mapping[Kind, Attention]]], view: PageView | None = None
) -> str:
    """The page of some sentence pairs, each with all of its attention; it opens with ``view``."""
    from translator.commands.page.page import PageSentence, page
    from translator.explain.align import alignment_choice

    sentences = [
        PageSentence(pair.source, pair.target, pair.direction, pair.is_forced, _named(attention, pair.slots))
        for pair, attention in read
    ]
    choice = alignment_choice(translator.folder)
    best = None if choice is None else choice.best
    return page(sentences, model=translator.folder.path.name, view=view, best=best)


def _named(attention: Mapping[Kind, Attention], slots: dict[str, str]) -> Mapping[Kind, Attention]:
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
