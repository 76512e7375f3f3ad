"""The tour's pages in their order, as numbers: what is said of each stands in ``en.toml`` and ``pt.toml``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from translator.commands.tour.blocks import Found, Page, Tour
from translator.commands.tour.inputs import decoder_page, embeddings_page, encoder_page, positions_page, tokens_page
from translator.commands.tour.outputs import (
    cross_page,
    heads_page,
    limits_page,
    parameters_page,
    residual_page,
    search_page,
)
from translator.explain.walk import Walk

__all__ = ["pages"]

_PAGES: tuple[Callable[[Tour], Page], ...] = (
    tokens_page,
    embeddings_page,
    positions_page,
    encoder_page,
    decoder_page,
    cross_page,
    heads_page,
    residual_page,
    search_page,
    parameters_page,
    limits_page,
)


def pages(
    walk: Walk,
    source: str,
    as_read: str,
    target: str,
    direction: str,
    *,
    greedy: Found,
    beam: int,
    found: Sequence[Found],
) -> list[Page]:
    """All pages, in order. ``found`` holds the best of a beam of ``beam``, ``greedy`` what greedy search found."""
    tour = Tour(walk, source, as_read, target, direction, greedy, beam, found)
    return [page(tour) for page in _PAGES]
