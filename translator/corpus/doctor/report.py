"""What an examination finds, as one result: counts, histograms, findings with examples, and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from translator.config import preset_for, vocab_size_for
from translator.corpus.doctor.chunks import Chunk
from translator.corpus.doctor.kinds import BIT, KINDS, NAMES
from translator.corpus.rows import Row

LENGTHS = (1, 2, 3, 5, 8, 12, 17, 25, 40, 60, 100)
"""Lower ends of the bins of length, in words; the last has no upper end."""
RATIOS = (0.0, 1 / 3, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Lower ends of the bins of Portuguese words for an English one."""
_EXAMPLES = 3


@dataclass(frozen=True)
class Example:
    """A line with a finding, as it stands in the file."""

    file: Path
    line: int
    en: str
    pt: str


@dataclass
class Examination:
    """The result, growing as chunks come in. ``rows`` = ``kept`` + the sum of ``dropped``."""

    files: tuple[Path, ...]
    rows: int = 0
    kept: int = 0
    words: list[int] = field(default_factory=lambda: [0, 0])  # English, Portuguese
    characters: list[int] = field(default_factory=lambda: [0, 0])
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))  # rows with a finding
    dropped: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))  # by the first reason
    lengths: np.ndarray = field(default_factory=lambda: np.zeros((2, len(LENGTHS)), dtype=np.int64))
    ratios: np.ndarray = field(default_factory=lambda: np.zeros(len(RATIOS), dtype=np.int64))
    examples: dict[str, list[Example]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def add(self, path: Path, rows: Sequence[Row], chunk: Chunk, bits: np.ndarray, reasons: np.ndarray) -> None:
        """Count a chunk: ``bits`` (N,) with duplicates marked, ``reasons`` (N,) index into ``KINDS`` or -1 for kept."""
        self.rows += len(rows)
        self.kept += int((reasons < 0).sum())
        for index, kind in enumerate(KINDS):
            hits = np.flatnonzero(bits & np.uint32(BIT[kind.name]))
            if len(hits):
                self.found[kind.name] += len(hits)
                self.dropped[kind.name] += int((reasons == index).sum())
                kept = self.examples[kind.name]
                for hit in hits[: _EXAMPLES - len(kept)].tolist():
                    kept.append(Example(path, rows[hit].number, rows[hit].en, rows[hit].pt))
        self._measure(chunk)

    def _measure(self, chunk: Chunk) -> None:
        for side in (0, 1):
            words = chunk.words[:, side]
            self.words[side] += int(words.sum())
            self.characters[side] += int(chunk.characters[:, side].sum())
            bins = np.searchsorted(LENGTHS, words[words > 0], side="right") - 1
            self.lengths[side] += np.bincount(bins, minlength=len(LENGTHS))
        both = chunk.words[(chunk.words > 0).all(axis=1)]
        bins = np.searchsorted(RATIOS, both[:, 1] / both[:, 0] if len(both) else [], side="right") - 1
        self.ratios += np.bincount(bins, minlength=len(RATIOS))

    @property
    def preset(self) -> str:
        """The preset for the pairs that would be kept."""
        return preset_for(self.kept)

    @property
    def vocab_size(self) -> int:
        """The vocabulary, in pieces, that a training on the pairs kept would choose."""
        return vocab_size_for(self.kept)


def advice(result: Examination, *, fixed: bool) -> list[str]:
    """What to make of it and what to do next, a sentence each."""
    rows, found = max(result.rows, 1), result.found
    said = []
    lost = result.rows - result.kept
    if not result.rows:
        return ["There is no pair in it."]
    if found["swapped"] > rows / 2:
        said.append("The columns stand the wrong way around: English comes first.")
    if found["shifted"] > rows / 20:
        said.append("Lines have slipped against each other: make the files again from their source, if you can.")
    if found["language"] > rows / 10:
        said.append("Much of it is in other languages: is this an English–Portuguese corpus?")
    if found["leak"] + found["near-leak"]:
        said.append("Scores on the dev and test files would be too good: train without the lines that leak.")
    if found["near-duplicate"] > rows / 5:
        said.append("Many pairs say nearly the same: --drop near-duplicate keeps the first of each.")
    if found["markup"] > rows / 20:
        said.append("Much markup: a model trained on it writes markup too.")
    if lost and not fixed:
        said.append(f"--fix OUT.tsv writes the {result.kept:,} good pairs.")
    if result.kept < 20_000:
        said.append("Small: start from the shipped model rather than from nothing: train --from en-pt.")
    return said or ["Sound: train on it as it is."]
