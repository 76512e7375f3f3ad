"""Sampling: translations drawn at random, the more probable the more often.

Both engines share it: they only tell the probabilities of the next piece. A draw depends on the seed, the sentence and
the settings alone, never on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from translator.config import SearchConfig
from translator.search.hypothesis import Engine, Hypothesis, hypothesis, length_limit
from translator.text.subwords import EOS

if TYPE_CHECKING:
    import numpy as np  # 100 ms to import, and a plain translation draws nothing


def sharpened(log_p: np.ndarray, temperature: float, top_k: int) -> np.ndarray:
    """(V,) probabilities: softmax(log_p / temperature) over the ``top_k`` most probable pieces, all of them if 0."""
    import numpy as np

    scores = log_p.astype(np.float64) / temperature
    if 0 < top_k < len(scores):
        scores[scores < np.partition(scores, -top_k)[-top_k]] = -np.inf
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum())


def sample(engine: Engine, source: Sequence[int], config: SearchConfig, prefix: Sequence[int] = ()) -> list[Hypothesis]:
    """``n_best`` different translations of one source at most, as many as came up in as many draws, best first.

    ``log_p`` is that of the model itself, not of the sharpened distribution drawn from.
    """
    import numpy as np

    count = config.n_best
    random = [np.random.default_rng([config.seed, number]) for number in range(count)]
    limit = length_limit(source, config, engine.max_length, prefix)
    rows: list[list[int]] = [list(prefix) for _ in range(count)]
    begun = sum(engine.score([source], [prefix])[0][:-1]) if prefix else 0.0
    totals = [begun] * count
    going = list(range(count))
    while going:
        steps = engine.next_log_p([source] * len(going), [rows[i] for i in going])
        for i, log_p in zip(list(going), steps, strict=True):
            allowed = log_p.copy()
            if not rows[i]:
                allowed[EOS] = -np.inf
            p = sharpened(allowed, config.temperature, config.top_k)
            token = int(np.searchsorted(p.cumsum(), random[i].random() * p.sum(), side="right"))
            token = min(token, len(p) - 1)
            rows[i].append(token)
            totals[i] += float(log_p[token])
            if token == EOS or len(rows[i]) >= limit:
                going.remove(i)
    drawn = {tuple(row): hypothesis(row, total, config.length_penalty) for row, total in zip(rows, totals, strict=True)}
    return sorted(drawn.values(), key=lambda h: -h.score)


def alternatives(
    engine: Engine, source: Sequence[int], prefix: Sequence[int], instead_of: int, config: SearchConfig, count: int
) -> list[tuple[float, Hypothesis]]:
    """Other translations that begin with ``prefix`` and then do not go on with the piece ``instead_of``.

    Each of the ``count`` most probable other pieces, with its probability, and the sentence finished from there.
    """
    import numpy as np

    log_p = engine.next_log_p([source], [prefix])[0].copy()
    log_p[[instead_of, EOS]] = -np.inf
    pieces = [int(i) for i in np.argsort(-log_p, kind="stable")[:count]]
    found = engine.search([source] * count, config, prefixes=[[*prefix, piece] for piece in pieces])
    return [(float(np.exp(log_p[piece])), hypotheses[0]) for piece, hypotheses in zip(pieces, found, strict=True)]
