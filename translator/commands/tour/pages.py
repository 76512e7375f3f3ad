"""The tour's pages in their order, as numbers: what is said of each stands in ``en.toml`` and ``pt.toml``."""

from __future__ import annotations

from collections.abc import Callable

from translator.commands.tour.blocks import Page, Tour
from translator.commands.tour.inputs import decoder_page, embeddings_page, encoder_page, positions_page, tokens_page
from translator.commands.tour.outputs import (
    cross_page,
    heads_page,
    limits_page,
    parameters_page,
    residual_page,
    search_page,
)

PAGES: tuple[Callable[[Tour], Page], ...] = (
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
"""What makes each; a page computes what it shows and no more."""
