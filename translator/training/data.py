"""Training data: the training and dev pairs of a run, and what is derived from them before the first step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from translator.config import ModelConfig, TrainConfig
from translator.corpus.batches import Batch, Corpus, Example, collate, make_batches
from translator.corpus.files import STANDARD_STREAM, files_of, format_of
from translator.corpus.pairs import Pair, corpus_name, read_pairs
from translator.corpus.split import hold_out, without_sentences_of
from translator.corpus.synthetic import companion, machine_side
from translator.errors import InputError, UsageError
from translator.files import corpus_file, sha256
from translator.text.subwords import EOS, TAGS, Subwords

_HELD_OUT = 500  # pairs held out to measure by, at most; a tenth of a smaller corpus
_SAMPLE = 400_000  # lines subwords are learned from, at most


@dataclass(frozen=True)
class Data:
    """All the text of a run."""

    corpora: list[Corpus]
    dev: list[Pair]
    digests: dict[str, str]  # SHA-256 of each file
    held_out: bool = False  # dev was taken out of the first corpus
    retained: list[Pair] = field(default_factory=list)  # what a model adapted to the corpora should still know
    left_out: list[str] = field(default_factory=list)  # by file, the records that could not be read, in words

    @property
    def pairs(self) -> int:
        """Training pairs, each counted once."""
        return sum(len(corpus.pairs) for corpus in self.corpora)


def read_data(config: TrainConfig) -> Data:
    """Read every corpus and the dev file; without one, some pairs of a corpus are held out to measure by.

    Raises ``InputError`` on bad files, ``UsageError`` on a mix of nothing.
    """
    paths = [Path(path) for path in config.corpora]
    if STANDARD_STREAM in (*paths, Path(config.dev)):
        raise UsageError("a training does not read standard input: it could not go on from there", "name a file")
    names = [corpus_name(path) for path in paths]
    if unknown := sorted(set(config.mix) - set(names)):
        raise UsageError(
            f"--mix names {', '.join(unknown)}, which is no corpus of this run", f"corpora: {', '.join(names)}"
        )
    left_out: list[str] = []
    corpora = [
        Corpus(name, list(read_pairs(path, left_out=left_out)), config.mix.get(name, 1.0), machine_side(path))
        for name, path in zip(names, paths, strict=True)
    ]
    corpora = _tempered(corpora, config.mix_temperature)
    if config.replay and corpus_file("train").resolve() not in {path.resolve() for path in paths}:
        paths.append(corpus_file("train"))
        corpora.append(_replay(paths[-1], config.replay, corpora))
    if config.dev:
        dev = list(read_pairs(Path(config.dev), left_out=left_out))
    else:
        corpora, dev = _with_dev_held_out(config, corpora)
    if not any(round(corpus.weight * len(corpus.pairs)) for corpus in corpora):
        raise UsageError("the mix leaves no sentence to train on", "raise a weight above 0")
    if not any(corpus.teaches(direction) for corpus in corpora for direction in config.directions):
        raise UsageError(
            f"back-translated text alone does not teach {config.direction}: its target side is a machine's",
            "add a corpus written by people, or train the other direction",
        )
    retained = list(read_pairs(Path(config.retain))) if config.retain else []
    return Data(corpora, dev, _digests(config, paths, dev), not config.dev, retained, left_out)


def _digests(config: TrainConfig, paths: list[Path], dev: list[Pair]) -> dict[str, str]:
    """SHA-256 of every file that is trained on, and of the pairs held out of them."""
    found: dict[str, str] = {}
    for path in paths:
        found |= file_digests(path)
        if machine_side(path):
            found[str(companion(path))] = sha256(companion(path))
    if config.base or not config.dev:  # with --dev given later, or no more, other pairs would be trained on
        held_out = "" if config.dev else "".join(f"{en}\t{pt}\n" for en, pt in dev)
        found["pairs held out"] = hashlib.sha256(held_out.encode()).hexdigest()
    return found


def file_digests(path: Path) -> dict[str, str]:
    """SHA-256 of each file that a corpus is read from: of both halves of a Moses pair, whichever ``path`` names."""
    return {str(file): sha256(file) for file in files_of(path, format_of(path))}


def _replay(path: Path, share: float, corpora: list[Corpus]) -> Corpus:
    """The project's own corpus, weighted to be ``share`` of an epoch, and a pair of it at least."""
    pairs = list(read_pairs(path))
    others = sum(corpus.weight * len(corpus.pairs) for corpus in corpora)
    return Corpus("replay", pairs, max(1.0, share / (1 - share) * others) / len(pairs))


def _with_dev_held_out(config: TrainConfig, corpora: list[Corpus]) -> tuple[list[Corpus], list[Pair]]:
    """Some pairs of the first corpus that people wrote to measure by, and the corpora without any sentence of theirs.

    That corpus comes first among those returned.
    """
    first = next((corpus for corpus in corpora if not corpus.machine_side), None)
    if first is None:
        raise UsageError(f"{corpora[0].name} is back-translated: it is nothing to measure by", "add --dev FILE")
    kept, dev = hold_out(first.pairs, min(_HELD_OUT, len(first.pairs) // 10), config.seed)
    if not dev:
        raise UsageError(f"{first.name} is too small to hold pairs out to measure by", "add --dev FILE")
    parted = [replace(first, pairs=kept)]
    for corpus in (corpus for corpus in corpora if corpus is not first):
        parted.append(replace(corpus, pairs=without_sentences_of(corpus.pairs, dev)))
        if not parted[-1].pairs:
            raise UsageError(
                f"every pair of {corpus.name} shares a sentence with those of {first.name} held out to measure by",
                f"leave {corpus.name} out, or add --dev FILE",
            )
    return parted, dev


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


def sample_lines(config: TrainConfig, data: Data) -> list[str]:
    """Lines to learn subwords from, all English ones first; each corpus has its share of the mix."""
    random = np.random.default_rng(config.seed)
    sizes = [corpus.weight * len(corpus.pairs) for corpus in data.corpora]
    scale = min(1.0, _SAMPLE / 2 / sum(sizes))
    chosen: list[Pair] = []
    for corpus, size in zip(data.corpora, sizes, strict=True):
        count = min(len(corpus.pairs), round(size * scale))
        chosen += [corpus.pairs[i] for i in random.permutation(len(corpus.pairs))[:count].tolist()]
    return [*(pair.en for pair in chosen), *(pair.pt for pair in chosen)]


def dev_batches(config: TrainConfig, data: Data, subwords: Subwords, shape: ModelConfig) -> list[Batch]:
    """The dev set in every direction of the run; sentences the model cannot read are left out.

    Raises ``InputError`` if none remains.
    """
    examples = [
        Example([TAGS[direction], *subwords.encode(source), EOS], [*subwords.encode(target), EOS])
        for direction in config.directions
        for source, target in (pair if direction == "en-pt" else reversed(pair) for pair in data.dev)
    ]
    examples = [e for e in examples if max(len(e.source), len(e.target)) <= shape.max_length]
    if not examples:
        raise InputError(f"{config.dev}: every sentence is over {shape.max_length} pieces long")
    return [collate(batch) for batch in make_batches(examples, config.batch_tokens)]
