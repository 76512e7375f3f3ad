"""A thousand very short inputs: none may come out four times as long, or with a repeated trigram.

    python tests/benchmarks/short_inputs.py [--model MODEL]

The inputs are made from the project's own corpus: its shortest lines, and runs of one to three words of the others.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from translator import Translator
from translator.config import Direction
from translator.files import corpus_file


def main() -> int:
    """Print each input that went wrong; exit 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="en-pt")
    translator, random = Translator.load(parser.parse_args().model), np.random.default_rng(14)
    lines = [line.split("\t") for line in corpus_file("train").read_text("utf-8").splitlines()]
    wrong = 0
    directions: tuple[Direction, ...] = ("en-pt", "pt-en")
    for side, direction in enumerate(directions):
        texts = short([line[side] for line in lines], random)
        for text, found in zip(texts, translator.translate_batch(texts, direction), strict=True):
            if reason := fault(text, found.target):
                wrong += 1
                print(f"{direction}  {text!r} → {found.target!r}: {reason}")
    print(f"{wrong} of 1,000 went wrong")
    return 1 if wrong else 0


def short(lines: list[str], random: np.random.Generator) -> list[str]:
    """Five hundred texts of one to three words, with the marks that stand among them."""
    texts: dict[str, None] = {}
    while len(texts) < 500:
        words = lines[int(random.integers(len(lines)))].split()
        count = int(random.integers(1, 4))
        start = int(random.integers(max(1, len(words) - count + 1)))
        texts[" ".join(words[start : start + count])] = None
    return list(texts)


def fault(source: str, target: str) -> str | None:
    """What is wrong with a short translation."""
    if len(target) > 4 * max(len(source), 4):
        return f"{len(target) / len(source):.1f} times as long"
    words = target.split()
    trigrams = [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
    return "a trigram is repeated" if len(set(trigrams)) < len(trigrams) else None


if __name__ == "__main__":
    sys.exit(main())
