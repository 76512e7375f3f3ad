"""Many texts through one search: sorted by length into batches, results in the order given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from translator.config import Direction, SearchConfig
from translator.search.hypothesis import Hypothesis, batches_by_length
from translator.search.scorer import Scorer
from translator.search.search import search
from translator.text.subwords import Subwords


def search_sources(
    scorer: Scorer[Any],
    sources: Sequence[Sequence[int]],
    config: SearchConfig,
    *,
    batch_size: int = 64,
    done: Callable[[int], None] = lambda _: None,
) -> list[list[Hypothesis]]:
    """Search ``batch_size`` sources of like length at a time; ``done`` hears how many after each batch."""
    results: list[list[Hypothesis]] = [[] for _ in sources]
    for batch in batches_by_length(sources, batch_size):
        for index, found in zip(batch, search(scorer, [sources[i] for i in batch], config), strict=True):
            results[index] = found
        done(len(batch))
    return results


def search_texts(
    scorer: Scorer[Any], subwords: Subwords, texts: Sequence[str], direction: Direction, config: SearchConfig
) -> list[str]:
    """The best translation of each text, one sentence each."""
    found = search_sources(scorer, [subwords.source(text, direction) for text in texts], config)
    return [subwords.decode(hypotheses[0].ids) for hypotheses in found]
