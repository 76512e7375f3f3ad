"""Do the two engines say the same? All n-best lists of CTranslate2 in float32 against those of our own search.

    python tests/benchmarks/engines_agree.py DEV.tsv [--model en-pt] [--limit 500]

Both directions of each pair are translated, so 500 pairs are 1,000 sentences. A difference is printed with the scores
of both: near-ties, within float32's rounding, are told apart from real ones.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from translator import SearchConfig, TranslateOptions, Translator
from translator.config import Direction
from translator.corpus.pairs import read_pairs
from translator.files import model_folder
from translator.model.checkpoint import add_engine
from translator.model.folder import resolve

TIE = 1e-3  # nats


def main() -> None:
    """Compare, print the differences and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--beam", type=int, default=4)
    arguments = parser.parse_args()
    pairs = list(read_pairs(arguments.file))[: arguments.limit]
    config = SearchConfig(beam=arguments.beam, n_best=arguments.beam)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        shutil.copytree(resolve(model_folder(arguments.model)), folder)
        add_engine(folder, "float32")
        fast, reference = Translator.load(folder, "ctranslate2"), Translator.load(folder, "torch")
        sentences = texts = lists = 0
        ways: tuple[Direction, Direction] = ("en-pt", "pt-en")
        for way in ways:
            sources = [pair.en if way == "en-pt" else pair.pt for pair in pairs]
            options = TranslateOptions(retry=False)
            ours = reference.translate_batch(sources, way, config, options)
            theirs = fast.translate_batch(sources, way, config, options)
            for a, b in zip(ours, theirs, strict=True):
                sentences += 1
                texts += a.target == b.target
                lists += a.alternatives == b.alternatives
                if a.target != b.target:
                    tie = abs(a.score - b.score) < TIE
                    print(f"{'tie' if tie else 'DIFFERENT'} {a.score:.4f} {b.score:.4f} | {a.target} | {b.target}")
    print(f"{sentences} sentences, beam {arguments.beam}: {texts} best texts alike, {lists} whole n-best lists alike")


if __name__ == "__main__":
    main()
