"""A model in training, measured on the dev set."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from translator.config import Direction, SearchConfig
from translator.data.pairs import Pair
from translator.evaluation.scores import bleu
from translator.model.transformer import Transformer
from translator.search.batched import search_texts
from translator.search.torch_scorer import TorchScorer
from translator.text.subwords import Subwords
from translator.training.loop import DevScores, Sample

__all__ = ["dev_scorer"]


def dev_scorer(
    pairs: Sequence[Pair], subwords: Subwords, directions: Sequence[Direction], sentences: int
) -> Callable[[Transformer], DevScores]:
    """A function that translates ``sentences`` pairs spread evenly over the dev set, greedily, in each direction.

    Three of them, always the same, come back as samples, taking turns between the directions.
    """
    every = max(1, len(pairs) // sentences)
    chosen = list(pairs[::every][:sentences])
    shown = [len(chosen) * k // 3 for k in range(3)]
    config = SearchConfig(beam=1)

    def score(model: Transformer) -> DevScores:
        values: dict[str, float] = {}
        samples: dict[int, Sample] = {}
        for turn, direction in enumerate(directions):
            sources = [pair.en if direction == "en-pt" else pair.pt for pair in chosen]
            references = [pair.pt if direction == "en-pt" else pair.en for pair in chosen]
            hypotheses = search_texts(TorchScorer(model), subwords, sources, direction, config)
            values[direction] = bleu(hypotheses, references)
            for k in range(turn, 3, len(directions)):
                i = shown[k]
                samples[k] = Sample(direction, sources[i], hypotheses[i], references[i])
        return DevScores(values, [samples[k] for k in sorted(samples)])

    return score
