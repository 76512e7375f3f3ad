"""All the text of a run: training pairs, dev pairs, and what is made of them before the first step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from translator.config import ModelConfig, TrainConfig
from translator.data.batches import Batch, Corpus, Example, collate, make_batches
from translator.data.pairs import Pair, corpus_name, read_pairs
from translator.errors import InputError, UsageError
from translator.text.subwords import EOS, TAGS, Subwords

__all__ = ["Data", "dev_batches", "read_data", "sample_lines"]

_SAMPLE = 400_000  # lines subwords are learned from, at most


@dataclass(frozen=True)
class Data:
    """All the text of a run."""

    corpora: list[Corpus]
    dev: list[Pair]
    digests: dict[str, str]  # SHA-256 of each file

    @property
    def pairs(self) -> int:
        """Training pairs, each counted once."""
        return sum(len(corpus.pairs) for corpus in self.corpora)


def read_data(config: TrainConfig) -> Data:
    """Read every corpus and the dev file. Raises ``InputError`` on bad files, ``UsageError`` on a mix of nothing."""
    paths = [Path(path) for path in config.corpora]
    if not config.dev:
        raise UsageError("no dev file is named", "add --dev FILE: pairs that are not trained on, to measure by")
    unknown = sorted(set(config.mix) - {corpus_name(path) for path in paths})
    if unknown:
        names = ", ".join(corpus_name(path) for path in paths)
        raise UsageError(f"--mix names {', '.join(unknown)}, which is no corpus of this run", f"corpora: {names}")
    corpora = [
        Corpus(corpus_name(path), list(read_pairs(path)), config.mix.get(corpus_name(path), 1.0)) for path in paths
    ]
    corpora = _tempered(corpora, config.mix_temperature)
    if not any(round(corpus.weight * len(corpus.pairs)) for corpus in corpora):
        raise UsageError("the mix leaves no sentence to train on", "raise a weight above 0")
    digests = {}
    for path in paths:
        with path.open("rb") as file:
            digests[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
    return Data(corpora, list(read_pairs(Path(config.dev))), digests)


def _tempered(corpora: list[Corpus], temperature: float) -> list[Corpus]:
    """The corpora with weights such that each has a share proportional to the (1/T)th power of its share before
    (Arivazhagan et al. 2019, section 4.2); an epoch is about as long as it was."""
    sizes = [corpus.weight * len(corpus.pairs) for corpus in corpora]
    whole = sum(sizes)
    if temperature == 1 or not whole:
        return corpora
    powers = [(size / whole) ** (1 / temperature) if size else 0.0 for size in sizes]
    scale = whole / sum(powers)
    return [
        replace(corpus, weight=power * scale / len(corpus.pairs)) for corpus, power in zip(corpora, powers, strict=True)
    ]


def sample_lines(config: TrainConfig, data: Data) -> tuple[list[str], list[str]]:
    """Lines of each language to learn subwords and languages from; each corpus has its share of the mix."""
    random = np.random.default_rng(config.seed)
    wanted = {corpus.name: corpus.weight * len(corpus.pairs) for corpus in data.corpora}
    scale = min(1.0, _SAMPLE / 2 / sum(wanted.values()))
    chosen: list[Pair] = []
    for corpus in data.corpora:
        count = min(len(corpus.pairs), round(wanted[corpus.name] * scale))
        chosen += [corpus.pairs[i] for i in random.permutation(len(corpus.pairs))[:count].tolist()]
    return [pair.en for pair in chosen], [pair.pt for pair in chosen]


def dev_batches(config: TrainConfig, data: Data, subwords: Subwords, shape: ModelConfig) -> list[Batch]:
    """The dev set in every direction of the run; sentences the model cannot read are left out.

    Raises ``InputError`` if none remains.
    """
    examples = [
        Example([TAGS[direction], *subwords.encode(source), EOS], [*subwords.encode(target), EOS])
        for direction in config.directions
        for source, target in ((p.en, p.pt) if direction == "en-pt" else (p.pt, p.en) for p in data.dev)
    ]
    examples = [e for e in examples if max(len(e.source), len(e.target)) <= shape.max_length]
    if not examples:
        raise InputError(f"{config.dev}: every sentence is over {shape.max_length} pieces long")
    return [collate(batch) for batch in make_batches(examples, config.batch_tokens)]
