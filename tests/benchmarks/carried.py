"""Placeholders in sentences, with the product's own protection: how many come through exactly once.

    python tests/benchmarks/carried.py [--model MODEL] [--count N] [--kind KIND] [--seed N] [--show N]

Each is made up (translator/corpus/foreign.py) and put between two words, or at an end, of a sentence of our own
corpus; what does not come through exactly once must at least be told by a warning. At least 99.5 % have to.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from translator import Translator
from translator.config import Direction
from translator.corpus.foreign import KINDS
from translator.files import corpus_file


def main() -> None:
    """Print the share that comes through, by direction, and what did not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--count", type=int, default=500, help="of sentences, a direction")
    parser.add_argument("--kind", default="placeholders", choices=KINDS)
    parser.add_argument("--seed", type=int, default=20_261_128)
    parser.add_argument("--show", type=int, default=10, help="of those that did not, at most")
    asked = parser.parse_args()
    translator, random = Translator.load(asked.model), np.random.default_rng(asked.seed)
    lines = corpus_file("train").read_text("utf-8").splitlines()
    kept: Counter[str] = Counter()
    lost, silent = [], 0
    directions: tuple[Direction, ...] = ("en-pt", "pt-en")
    for side, direction in enumerate(directions):
        things = [KINDS[asked.kind][1](random) for _ in range(asked.count)]
        texts = []
        for thing in things:
            words = lines[int(random.integers(len(lines)))].split("\t")[side].split()
            words.insert(int(random.integers(len(words) + 1)), thing)
            texts.append(" ".join(words))
        found = translator.translate_batch(texts, direction)
        for thing, text, translation in zip(things, texts, found, strict=True):
            if translation.target.count(thing) == text.count(thing):
                kept[direction] += 1
            else:
                lost.append((thing, text, translation.target, translation.warnings))
                silent += not translation.warnings
    for direction in directions:
        print(f"{direction}  {kept[direction] / asked.count:7.2%} of {asked.count} exactly once")
    print(f"not so, and not told either: {silent}")
    for thing, text, target, warnings in lost[: asked.show]:
        print(f"  {thing!r}: {text!r} -> {target!r} {warnings}")


if __name__ == "__main__":
    main()
