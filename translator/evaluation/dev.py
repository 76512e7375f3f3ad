"""A model in training, measured on the dev set."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import Pair, evenly_spread
from translator.evaluation.scores import bleu
from translator.explain.geometry import entropy
from translator.explain.reading import read
from translator.model.transformer import Transformer
from translator.search.batched import search_texts
from translator.search.torch_scorer import TorchScorer
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
    shown = [len(chosen) * k // 3 for k in range(3)]
    watched = min(pairs, key=lambda pair: (abs(len(pair.en.split()) - 4), len(pair.pt)))  # fits beside other things
    config = SearchConfig(beam=1)

    def score(model: Transformer) -> DevScores:
        values: dict[str, float] = {}
        told: list[tuple[str, str, str]] = []  # source, hypothesis, reference
        samples: dict[int, Sample] = {}
        for turn, direction in enumerate(directions):
            sources = [pair.en if direction == "en-pt" else pair.pt for pair in chosen]
            references = [pair.pt if direction == "en-pt" else pair.en for pair in chosen]
            hypotheses = search_texts(TorchScorer(model), subwords, sources, direction, config)
            values[direction] = bleu(hypotheses, references)
            told += zip(sources, hypotheses, references, strict=True)
            for k in range(turn, 3, len(directions)):
                i = shown[k]
                samples[k] = Sample(direction, sources[i], hypotheses[i], references[i])
        attention = [_attention(model, subwords, direction, watched) for direction in directions]
        shown_samples = [samples[k] for k in sorted(samples)]
        return DevScores(values, shown_samples, _distinct(told), _length_ratio(told, subwords), attention)

    return score


def _attention(model: Transformer, subwords: Subwords, direction: Direction, pair: Pair) -> AttentionMap:
    source, target = (pair.en, pair.pt) if direction == "en-pt" else (pair.pt, pair.en)
    found = read(model, subwords, subwords.source(source, direction), subwords.encode(target)).attention["cross"]
    weights = found.words(layer=found.weights.shape[0] - 1)
    return AttentionMap(
        direction,
        [word.text for word in found.columns.words],
        [word.text for word in found.rows.words],
        [[round(value, 4) for value in row] for row in weights.tolist()],
        round(float(entropy(weights).mean()), 4),
    )


def _distinct(told: Sequence[tuple[str, str, str]]) -> float | None:
    """Different hypotheses over different sources; ``None`` where there are too few to tell."""
    sources = len({source for source, _, _ in told})
    return len({hypothesis for _, hypothesis, _ in told}) / sources if sources >= 10 else None


def _length_ratio(told: Sequence[tuple[str, str, str]], subwords: Subwords) -> float:
    counts = [sum(map(len, subwords.encode_batch([row[k] for row in told]))) for k in (1, 2)]
    return counts[0] / max(1, counts[1])
