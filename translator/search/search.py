"""Greedy and beam search, batched; a sentence that is finished leaves the batch.

Beam search keeps W hypotheses a sentence. At each step the 2W best continuations are taken; of the first W, those that
end in ``</s>`` are completed, and the best W that do not end go on. A sentence is finished once W hypotheses are
completed or its length limit is reached. A translation has at least one piece: ``</s>`` is never the first token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from translator.config import Direction, SearchConfig
from translator.search.hypothesis import Hypothesis, batches_by_length, hypothesis, length_limit, rank
from translator.text.subwords import BOS, EOS, Subwords

State = TypeVar("State")


class Scorer(Protocol[State]):
    """What a search needs to know of a model: it scores next tokens for many hypotheses at once, a row a hypothesis,
    all rows at the same step. Tests give a fake."""

    max_length: int
    """Longest target in pieces, ``</s>`` included."""

    def start(self, sources: Sequence[Sequence[int]]) -> State:
        """Read the sources, once; the state has a row a source and has read no target token."""

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a row (B,) int64; return log-probabilities of the next (B, V) float32 and the new state."""

    def select(self, state: State, rows: Tensor) -> State:
        """The state of ``rows`` (int64), in that order, with repetitions."""


def search_texts(
    scorer: Scorer[Any], subwords: Subwords, texts: Sequence[str], direction: Direction, config: SearchConfig
) -> list[str]:
    """The best translation of each text, one sentence each."""
    found = search_sources(scorer, [subwords.source(text, direction) for text in texts], config)
    return [subwords.decode(hypotheses[0].ids) for hypotheses in found]


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


def search(
    scorer: Scorer[Any], sources: Sequence[Sequence[int]], config: SearchConfig, prefix: Sequence[int] = ()
) -> list[list[Hypothesis]]:
    """The ``n_best`` hypotheses of each source that begin with ``prefix``, best first.

    Sources hold tag, pieces and ``</s>``.
    """
    if not sources:
        return []
    if config.beam == 1:
        return [[found] for found in greedy_search(scorer, sources, config, prefix)]
    return beam_search(scorer, sources, config, prefix)


def _begin(
    scorer: Scorer[Any], sources: Sequence[Sequence[int]], prefix: Sequence[int]
) -> tuple[Any, Tensor, list[float]]:
    """Read the sources and all of ``prefix`` but its last token: the state, that token, its log-probability so far."""
    state = scorer.start(sources)
    tokens = torch.full((len(sources),), BOS)
    totals = [0.0] * len(sources)
    for token in prefix:
        log_p, state = scorer.step(tokens, state)
        totals = [total + value for total, value in zip(totals, log_p[:, token].tolist(), strict=True)]
        tokens = torch.full((len(sources),), token)
    return state, tokens, totals


def greedy_search(
    scorer: Scorer[Any], sources: Sequence[Sequence[int]], config: SearchConfig, prefix: Sequence[int] = ()
) -> list[Hypothesis]:
    """The most probable token at every step."""
    limits = [length_limit(source, config, scorer.max_length, prefix) for source in sources]
    state, tokens, totals = _begin(scorer, sources, prefix)
    alive = list(range(len(sources)))  # source behind each row
    outputs: list[list[int]] = [list(prefix) for _ in sources]
    while alive:
        log_p, state = scorer.step(tokens, state)
        if not outputs[alive[0]]:
            log_p = _not_empty(log_p)
        best, tokens = log_p.max(dim=-1)  # (rows,)
        going: list[int] = []
        for row, (value, token) in enumerate(zip(best.tolist(), tokens.tolist(), strict=True)):
            source = alive[row]
            outputs[source].append(token)
            totals[source] += value
            if token != EOS and len(outputs[source]) < limits[source]:
                going.append(row)
        if len(going) < len(alive):
            rows = torch.tensor(going, dtype=torch.int64, device=tokens.device)
            alive = [alive[row] for row in going]
            if alive:
                state, tokens = scorer.select(state, rows), tokens[rows]
    alpha = config.length_penalty
    return [hypothesis(output, total, alpha) for output, total in zip(outputs, totals, strict=True)]


def _not_empty(log_p: Tensor) -> Tensor:
    """The scores of a first token: anything but ``</s>``."""
    return log_p.index_fill(1, torch.tensor([EOS], device=log_p.device), -torch.inf)


@dataclass
class _Sentence:
    """One sentence's beam: ``live`` hypotheses in row order, and the completed ones."""

    index: int
    limit: int
    live: list[list[int]]
    scores: list[float]  # log-probability of each live hypothesis
    completed: list[Hypothesis] = field(default_factory=list)


def beam_search(
    scorer: Scorer[Any], sources: Sequence[Sequence[int]], config: SearchConfig, prefix: Sequence[int] = ()
) -> list[list[Hypothesis]]:
    """The ``n_best`` of W hypotheses a source, best first."""
    W, alpha = config.beam, config.length_penalty
    results: list[list[Hypothesis]] = [[] for _ in sources]
    state, tokens, totals = _begin(scorer, sources, prefix)  # one row a sentence; W from the next step on
    sentences = [
        _Sentence(i, length_limit(source, config, scorer.max_length, prefix), [list(prefix)], [totals[i]])
        for i, source in enumerate(sources)
    ]
    while sentences:
        log_p, state = scorer.step(tokens, state)  # (rows, V)
        if not sentences[0].live[0]:
            log_p = _not_empty(log_p)
        rows: list[int] = []
        nexts: list[int] = []
        going: list[_Sentence] = []
        row = 0
        for sentence, (values, places) in zip(sentences, _candidates(log_p, sentences, W), strict=True):
            width = len(sentence.live)
            parents = _advance(sentence, values, places, log_p.shape[1], W, alpha)
            if parents:
                rows += [row + parent for parent in parents]
                nexts += [live[-1] for live in sentence.live]
                going.append(sentence)
            else:
                results[sentence.index] = rank(sentence.completed, config)
            row += width
        sentences = going
        if sentences:
            state = scorer.select(state, torch.tensor(rows, dtype=torch.int64, device=log_p.device))
            tokens = torch.tensor(nexts, dtype=torch.int64, device=log_p.device)
    return results


def _candidates(log_p: Tensor, sentences: list[_Sentence], W: int) -> list[tuple[list[float], list[int]]]:
    """The 2W best continuations of each sentence: their log-probabilities, and row · V + token within it."""
    width = len(sentences[0].live)  # the same for all: 1 at the first step, W after it
    scores = torch.tensor([s.scores for s in sentences], dtype=log_p.dtype, device=log_p.device)
    totals = scores[:, :, None] + log_p.view(len(sentences), width, -1)  # (A, width, V)
    values, places = totals.flatten(1).topk(min(2 * W, totals[0].numel()), dim=1)
    return list(zip(values.tolist(), places.tolist(), strict=True))


def _advance(sentence: _Sentence, values: list[float], places: list[int], V: int, W: int, alpha: float) -> list[int]:
    """Move one sentence a step: complete, keep, or finish it. Returns the parent of each live hypothesis."""
    live: list[list[int]] = []
    scores: list[float] = []
    parents: list[int] = []
    for place, (value, index) in enumerate(zip(values, places, strict=True)):
        parent, token = divmod(index, V)
        tokens = [*sentence.live[parent], token]
        last_step = len(tokens) == sentence.limit
        if token == EOS or last_step:
            if place < W:
                sentence.completed.append(hypothesis(tokens, value, alpha))
        elif len(live) < W:
            live.append(tokens)
            scores.append(value)
            parents.append(parent)
    finished = len(sentence.completed) >= W or not live
    sentence.live, sentence.scores = live, scores
    return [] if finished else parents
