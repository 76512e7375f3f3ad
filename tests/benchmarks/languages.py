"""The weights that tell languages apart: learned, and measured.

    python tests/benchmarks/languages.py learn TEXTS OUT.safetensors   # a folder of en.txt, pt.txt, es.txt, … other.txt
    python tests/benchmarks/languages.py measure PAIRS.tsv             # English, tab, Portuguese; by number of words

A multinomial logistic regression over the buckets of text/languages.py, by Adam on cross-entropy. Half of the longer
lines are cut to two to six words, many of them from the line's beginning, since short texts are the hard ones. What the
weights that are shipped have read, 100,000 to 475,000 lines a language: English and Portuguese (Brazil, Portugal)
sentences and interface strings; the others from translations of a game and of an office suite's help (GPL, MPL), words
drawn by their frequency (wordfreq), and everyday sentences that a rule-based translator (Apertium) made of Portuguese.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from translator.text.languages import BUCKETS, buckets, direction_of, neither

LANGUAGES = ("en", "pt", "es", "gl", "ca", "it", "fr", "de", "nl", "other")
EPOCHS, BATCH, RATE = 3, 4096, 0.02


def cut(line: str, random: np.random.Generator) -> list[int]:
    """The buckets of the line, or of two to six words of it."""
    words = line.split()
    if len(words) <= 4 or random.random() < 0.5:
        return buckets(" ".join(words[:24]), ends=len(words) <= 24)
    size = int(random.integers(2, 7))
    begin = int(random.integers(max(1, len(words) - size + 1))) if random.random() < 0.6 else 0
    return buckets(" ".join(words[begin : begin + size]), begins=begin == 0, ends=False)


def learn(texts: Path, out: Path) -> None:
    """Fit the weights and write them, a byte each."""
    random = np.random.default_rng(1)
    rows, labels = [], []
    for label, language in enumerate(LANGUAGES):
        for line in (texts / f"{language}.txt").read_text("utf-8").splitlines():
            if found := cut(line, random):
                rows.append(np.array(found))
                labels.append(label)
    weights = torch.zeros(BUCKETS, len(LANGUAGES), requires_grad=True)
    bias = torch.zeros(len(LANGUAGES), requires_grad=True)
    optimiser = torch.optim.Adam([weights, bias], lr=RATE, betas=(0.9, 0.99))
    steps = EPOCHS * (len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.005, steps)
    order = np.concatenate([random.permutation(len(rows)) for _ in range(EPOCHS)])
    for step in range(steps):
        batch = order[step * BATCH : (step + 1) * BATCH]
        ids = torch.from_numpy(np.concatenate([rows[i] for i in batch]))
        starts = torch.from_numpy(np.cumsum([0, *(len(rows[i]) for i in batch[:-1])]))
        scores = torch.nn.functional.embedding_bag(ids, weights, starts, mode="sum") + bias
        wanted = torch.tensor([labels[i] for i in batch])
        loss = torch.nn.functional.cross_entropy(scores, wanted, label_smoothing=0.01)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} of {steps}: {loss.item():.3f} nats")
    learned = weights.detach().numpy()
    learned = learned - learned.mean(axis=1, keepdims=True)  # only differences between languages count
    nats = float(np.percentile(np.abs(learned), 99.995)) / 127
    whole = np.clip(np.round(learned / nats), -127, 127) + 128
    arrays = {
        "weights": whole.astype(np.uint8),  # (bucket, language)
        "bias": np.round(bias.detach().numpy() / nats).astype(np.float32),
    }
    save_file(arrays, out, metadata={"languages": " ".join(LANGUAGES), "nats": f"{nats:.6f}"})


def measure(pairs: Path) -> None:
    """How often the direction is right and nothing is refused, by number of words."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in pairs.read_text("utf-8").splitlines():
        for text, way in zip(line.split("\t"), ("en-pt", "pt-en"), strict=True):
            words = len(text.split())
            size = f"{way[:2]} {'5 words and more' if words > 4 else '4 words' if words == 4 else '1 to 3 words'}"
            total[size] += 1
            right[size] += direction_of(text) == way and not neither(text)
    for size in sorted(total):
        print(f"{size:<20}{right[size] / total[size]:7.2%} of {total[size]}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["learn", texts, out]:
            learn(Path(texts), Path(out))
        case ["measure", pairs]:
            measure(Path(pairs))
        case _:
            sys.exit(__doc__)
