"""What must be copied, without any protection by slots: how much of it the model itself carries through verbatim.

    python tests/benchmarks/copied.py [--model MODEL] [--count N] [--protect]

The things and the sentences around them are made up (translator/corpus/foreign.py, drills.py) from another seed than
training's.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from translator import TranslateOptions, Translator
from translator.config import Direction
from translator.corpus.foreign import KINDS
from translator.files import corpus_file


def main() -> None:
    """Count what comes through, by kind and direction."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--count", type=int, default=100, help="of each kind, a direction")
    parser.add_argument("--protect", action="store_true", help="with the product's own protection")
    asked = parser.parse_args()
    translator, random = Translator.load(asked.model), np.random.default_rng(20_261_127)
    carriers = Path(corpus_file("train")).with_name("carriers.tsv").read_text("utf-8").splitlines()
    frames = [line.split("\t")[1:] for line in carriers if line.startswith("copy\t") and line.count("{}") == 2]
    options = TranslateOptions(protect=asked.protect, retry=asked.protect)
    kept: Counter[str] = Counter()
    directions: tuple[Direction, ...] = ("en-pt", "pt-en")
    for side, direction in enumerate(directions):
        for kind, (_, make) in KINDS.items():
            things = [make(random) for _ in range(asked.count)]
            texts = [frames[int(random.integers(len(frames)))][side].replace("{}", thing) for thing in things]
            found = translator.translate_batch(texts, direction, options=options)
            kept[kind] += sum(thing in translation.target for thing, translation in zip(things, found, strict=True))
    for kind, count in kept.items():
        print(f"{kind:<14}{count / asked.count / 2:6.1%}")
    print(f"{'all':<14}{kept.total() / asked.count / 2 / len(KINDS):6.1%}")


if __name__ == "__main__":
    main()
