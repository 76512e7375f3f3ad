"""What all contestants are given: the pairs, the subword model, the dev batches, the size of a batch and of the run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from translator.config import PRESETS, Direction, ModelConfig
from translator.corpus.batches import Batch, BatchStream, Corpus, Example, collate, make_batches
from translator.corpus.pairs import Pair, read_pairs
from translator.text.normalise import normalise
from translator.text.subwords import EOS, TAGS, Subwords

DIRECTIONS: tuple[Direction, ...] = ("en-pt", "pt-en")


@dataclass(frozen=True)
class Prepared:
    """The folder, read."""

    pairs: list[Pair]
    subwords: Subwords
    dev: list[Batch]
    batch_tokens: int
    max_pieces: int
    steps: int  # of the whole run, by the mean size of a batch
    seed: int

    def shape(self, dropout: float) -> ModelConfig:
        return ModelConfig(vocab_size=len(self.subwords), dropout=dropout, **PRESETS["small"])


def sides(pair: Pair, direction: Direction) -> tuple[str, str]:
    return (pair.en, pair.pt) if direction == "en-pt" else (pair.pt, pair.en)


def prepare(folder: Path, pairs: list[Pair], dev: list[Pair], *, batch_tokens: int, tokens: int) -> None:
    """Write everything: ``pairs.tsv`` for ours and the plain loop; lines, pieces and batches of ids for JoeyNMT."""
    seed, max_pieces = 1, 128
    pairs = [Pair(normalise(pair.en), normalise(pair.pt)) for pair in pairs]
    (folder / "pairs.tsv").write_text("".join(f"{pair.en}\t{pair.pt}\n" for pair in pairs), "utf-8")
    subwords = Subwords.train([text for pair in pairs for text in pair], 8000)
    (folder / "subwords.model").write_bytes(subwords.model)
    (folder / "pieces.txt").write_text("".join(f"{subwords.piece(i)}\n" for i in range(len(subwords))), "utf-8")
    # JoeyNMT reads one direction a file: both are written, the tag as the first word of the source
    lines = [
        (f"{subwords.piece(TAGS[direction])} {source}", target)
        for direction in DIRECTIONS
        for source, target in (sides(pair, direction) for pair in pairs)
    ]
    for column, suffix in enumerate(("src", "trg")):
        (folder / f"train.{suffix}").write_text("".join(f"{line[column]}\n" for line in lines), "utf-8")
        (folder / f"dev.{suffix}").write_text("".join(f"{line[column]}\n" for line in lines[:10]), "utf-8")
    stream = BatchStream(
        [Corpus("speed", pairs)], subwords, DIRECTIONS, batch_tokens=batch_tokens, max_pieces=max_pieces, seed=seed
    )
    batches: list[Batch] = []
    for batch in stream:
        batches.append(batch)
        if sum(b.tokens for b in batches) >= tokens:
            break
    torch.save([_plain(batch) for batch in batches], folder / "batches.pt")
    examples = [
        Example([TAGS[direction], *subwords.encode(source), EOS], [*subwords.encode(target), EOS])
        for direction in DIRECTIONS
        for source, target in (sides(pair, direction) for pair in dev)
    ]
    torch.save([_plain(collate(batch)) for batch in make_batches(examples, batch_tokens)], folder / "dev.pt")
    settings = {"batch_tokens": batch_tokens, "max_pieces": max_pieces, "seed": seed, "steps": len(batches)}
    (folder / "settings.json").write_text(json.dumps(settings), "utf-8")


def prepared(folder: Path) -> Prepared:
    """Read what :func:`prepare` wrote."""
    settings: dict[str, Any] = json.loads((folder / "settings.json").read_text("utf-8"))
    dev = [Batch(**fields) for fields in torch.load(folder / "dev.pt", weights_only=True)]
    return Prepared(list(read_pairs(folder / "pairs.tsv")), Subwords.load(folder / "subwords.model"), dev, **settings)


def _plain(batch: Batch) -> dict[str, Any]:
    return dict(vars(batch))
