"""Fine-tuning on 2,000 pairs of a domain: BLEU won in it, BLEU lost outside, minutes.

    python tests/benchmarks/fine_tuning.py CORPORA/train/docs.tsv.gz \
        --drawn 0.3 --epochs 6 --before tatoeba=31173 dialogue=20662 \
        --outside CORPORA/dev/tatoeba.tsv CORPORA/dev/news.tsv

The base may have been trained on shares of the corpus. A run draws one for each epoch by its seed, after those of the
corpora before it in the mix: ``--drawn``, ``--epochs`` and ``--before`` draw them again, and neither those lines nor
any with a sentence of theirs are used. Pairs to measure by are held out in whole groups, so that no sentence of theirs
is trained on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from translator.config import TrainConfig
from translator.corpus.pairs import Pair, corpus_name, read_pairs
from translator.corpus.split import hold_out, without_sentences_of
from translator.evaluation.adaptation import adapt, measure
from translator.evaluation.dev import dev_scorer
from translator.files import corpus_file
from translator.model.checkpoint import load_checkpoint
from translator.training.data import read_data
from translator.training.records import Evaluated
from translator.training.run import base_weights, open_run
from translator.training.trainer import keep_freed_memory


def unseen(pairs: list[Pair], drawn: float, epochs: int, before: Sequence[str]) -> list[Pair]:
    """``pairs`` less those that ``epochs`` with seed 1 drew, and less all that share a sentence with them."""
    if not drawn:
        return pairs
    seen: set[int] = set()
    for epoch in range(epochs):
        random = np.random.default_rng([1, epoch])
        for size in before:
            random.permutation(int(size.partition("=")[2]))
        seen.update(random.permutation(len(pairs))[: round(drawn * len(pairs))].tolist())
    rest = [pair for index, pair in enumerate(pairs) if index not in seen]
    return without_sentences_of(rest, [pairs[index] for index in seen])


def write(path: Path, pairs: Sequence[Pair]) -> str:
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in pairs), "utf-8")
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--outside", type=Path, nargs="*", default=[])
    parser.add_argument("--drawn", type=float, default=0.0, help="share of the corpus in the base's training")
    parser.add_argument("--epochs", type=int, default=1, help="of the base's training, begun ones counted")
    parser.add_argument("--before", nargs="*", default=[], help="name=pairs of the corpora before it in the mix")
    parser.add_argument("--base", default="en-pt")
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--dev", type=int, default=300)
    parser.add_argument("--limit", type=int, default=300, help="sentences of each set outside, spread evenly")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[], help="other settings: epochs=5 replay=0.2")
    options = parser.parse_args()
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as place:
        benchmark(options, Path(place))


def benchmark(options: Any, place: Path) -> None:
    """Train, compare, print."""
    corpus = unseen(list(read_pairs(options.corpus)), options.drawn, options.epochs, options.before)
    random = np.random.default_rng(7)
    some = [corpus[i] for i in random.permutation(len(corpus))[: options.pairs + 2 * options.dev].tolist()]
    rest, dev = hold_out(some, options.dev, 1)
    settings = {
        "corpora": [write(place / options.corpus.name.removesuffix(".gz"), rest[: options.pairs])],
        "dev": write(place / "dev.tsv", dev),
        "retain": str(corpus_file("dev")),
        "base": options.base,
        "out": str(place / "run"),
        "threads": options.threads,
    }
    config = TrainConfig.from_dict(settings | {k: json.loads(v) for k, _, v in (s.partition("=") for s in options.set)})
    run = open_run(config, read_data(config), dev_scorer)
    for record in run.loop.run():
        if isinstance(record, Evaluated):
            bleu = " / ".join(f"{value:.1f}" for value in record.scores.bleu.values())
            print(
                f"step {record.step}, {record.seconds / 60:.1f} min: dev loss {record.dev_nll:.3f}, BLEU {bleu}",
                flush=True,
            )
    tuned = load_checkpoint(run.folder / "best").model.state_dict()
    found = adapt(run)
    outside = {path: list(read_pairs(path)) for path in options.outside}
    sets = {corpus_name(path): pairs[:: max(1, len(pairs) // options.limit)] for path, pairs in outside.items()}
    sets = {corpus_name(options.corpus): dev, "corpus/dev": run.data.retained, **sets}
    assert run.base is not None
    start = base_weights(run.base, run.shape.vocab_size)
    models = {
        "base": start,
        "fine-tuned": tuned,
        f"kept ({found.share:.0%})": load_checkpoint(run.folder).model.state_dict(),
    }
    table = {name: measure(run, weights, sets) for name, weights in models.items()}
    name, steps = corpus_name(options.corpus), run.loop.trainer.step
    print(f"\n{options.pairs:,} pairs of {name}, {found.minutes:.1f} minutes, {steps} steps")
    print(f"BLEU en→pt / pt→en  {'sentences':>9}" + "".join(f"{name:>16}" for name in models))
    for name, pairs in sets.items():
        cells = ["{:.1f} / {:.1f}".format(*(table[m][name, d] for d in config.directions)) for m in models]
        print(f"{name:<20}{len(pairs):>9,}" + "".join(f"{cell:>16}" for cell in cells))
    print("tried: " + ", ".join(f"{share:.0%} {value:.2f}" for share, value in found.tried.items()))


if __name__ == "__main__":
    main()
