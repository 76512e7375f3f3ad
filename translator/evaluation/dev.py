"""A model in training, measured on the dev set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import Pair, evenly_spread
from translator.evaluation.scores import bleu
from translator.evaluation.testset import sides
from translator.explain.geometry import entropy
from translator.explain.reading import read
from translator.model.transformer import Transformer
from translator.search.search import search_texts
from translator.search.torch_engine import TorchScorer
from translator.text.subwords import Subwords
from translator.training.records import AttentionMap, DevScores, Sample


def dev_scorer(
    pairs: Sequence[Pair], subwords: Subwords, directions: Sequence[Direction], sentences: int
) -> Callable[[Transformer], DevScores]:
    """A function that translates ``sentences`` pairs spread evenly over the dev set, greedily, in each direction.

    Three of them, always the same, come back as samples, taking turns between the directions; of a pair of about four
    words the attention comes too.
    """
    chosen = evenly_spread(pairs, sentences)
    watched = min(pairs, key=lambda pair: (abs(len(pair.en.split()) - 4), len(pair.pt)))  # fits beside other things

    def score(model: Transformer) -> DevScores:
        values: dict[str, float] = {}
        told: list[Sample] = []
        for direction in directions:
            sources, references = sides(chosen, direction)
            hypotheses = search_texts(TorchScorer(model), subwords, sources, direction, SearchConfig(beam=1))
            values[direction] = bleu(hypotheses, references)
            told += map(Sample, repeat(direction), sources, hypotheses, references)
        shown = [told[k % len(directions) * len(chosen) + len(chosen) * k // 3] for k in range(3)]
        different, of = len({one.hypothesis for one in told}), len({one.source for one in told})
        pieces, expected = (
            sum(map(len, subwords.encode_batch(texts)))
            for texts in ([one.hypothesis for one in told], [one.reference for one in told])
        )
        attention = [_attention(model, subwords, direction, watched) for direction in directions]
        distinct = different / of if of >= 10 else None  # else too few to tell
        return DevScores(values, shown, distinct, pieces / max(1, expected), attention)

    return score


def _attention(model: Transformer, subwords: Subwords, direction: Direction, pair: Pair) -> AttentionMap:
    [source], [target] = sides([pair], direction)
    found = read(model, subwords, subwords.source(source, direction), subwords.encode(target)).attention["cross"]
    weights = found.words(layer=found.weights.shape[0] - 1)
    return AttentionMap(
        direction,
        [word.text for word in found.columns.words],
        [word.text for word in found.rows.words],
        [[round(value, 4) for value in row] for row in weights.tolist()],
        round(float(entropy(weights).mean()), 4),
    )
