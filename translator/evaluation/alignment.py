"""Word alignments against gold: alignment error rate, and the search for the layer, head and rule that do best.

Gold is a text file, ``en tokens<TAB>pt tokens<TAB>i-j …``: tokens apart by spaces, links counted from 0, ``i-j`` sure,
``ipj`` or ``i?j`` possible. Choose on dev, score test once: the search never sees more than the file it is given.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import get_args

from translator.config import Direction, ModelConfig
from translator.errors import InputError, UsageError
from translator.explain.align import AlignmentChoice, Passes, Row, TextPair, align, fits, read_passes, spaced
from translator.explain.links import Combine, Rule, heaviest, parse_links
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

_THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(1, 13))  # strengths
_SIMILARITY = 0.5  # share of it in a link's strength; 0.4 and 0.6 differ little
_FINALISTS = 4  # of layer, head, row and combination, that go on to the rules and thresholds
Cell = tuple[int, int]


@dataclass(frozen=True)
class Gold:
    """A sentence pair aligned by hand."""

    en: str
    pt: str
    sure: frozenset[Cell]
    possible: frozenset[Cell]  # sure ones included


@dataclass(frozen=True)
class AlignmentScore:
    """Links found against gold (Och & Ney 2003, section 2.6). No links found: precision 1; no gold links: recall 1."""

    found: int  # A, links found
    sure: int  # S, sure links of the gold
    found_sure: int  # |A ∩ S|
    found_possible: int  # |A ∩ P|, P holding S

    @property
    def precision(self) -> float:
        """|A ∩ P| / |A|."""
        return self.found_possible / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """|A ∩ S| / |S|."""
        return self.found_sure / self.sure if self.sure else 1.0

    @property
    def aer(self) -> float:
        """Alignment error rate, 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|): 0 is perfect, 1 is all wrong."""
        both = self.found + self.sure
        return 1 - (self.found_sure + self.found_possible) / both if both else 0.0


def score_links(found: Sequence[Collection[Cell]], gold: Sequence[Gold]) -> AlignmentScore:
    """Counts over all sentences together."""
    pairs = [(set(links), g) for links, g in zip(found, gold, strict=True)]
    return AlignmentScore(
        found=sum(len(links) for links, _ in pairs),
        sure=sum(len(g.sure) for _, g in pairs),
        found_sure=sum(len(links & g.sure) for links, g in pairs),
        found_possible=sum(len(links & g.possible) for links, g in pairs),
    )


def read_gold(path: Path) -> list[Gold]:
    """Read a gold file; blank lines are passed over.

    Raises ``InputError`` naming file and line where a line is not UTF-8, has not three columns, holds something that is
    no link or a link outside the sentence; also when the file is missing or holds no link at all.
    """
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    gold = []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}, line {number}: not UTF-8 (byte 0x{raw[error.start]:02X})") from error
        if line.strip():
            gold.append(_gold(f"{path}, line {number}", line))
    if not any(g.sure for g in gold):
        raise InputError(f"{path} holds no links", "each line is English<TAB>Portuguese<TAB>0-0 1-2 …")
    return gold


def _gold(where: str, line: str) -> Gold:
    columns = line.split("\t")
    if len(columns) != 3:
        raise InputError(
            f"{where}: {len(columns)} column{'s' * (len(columns) != 1)}, expected 3",
            "each line is English<TAB>Portuguese<TAB>0-0 1-2 …",
        )
    en, pt, links = columns
    try:
        sure, possible = parse_links(links)
    except ValueError as error:
        raise InputError(f"{where}: {str(error)!r} is not a link", "a link is 3-4, or 3p4 if only possible") from error
    sizes = [len([token for token in side.split(" ") if token]) for side in (en, pt)]
    for i, j in sorted(sure | possible):
        if i >= sizes[0] or j >= sizes[1]:
            raise InputError(
                f"{where}: link {i}-{j} is outside the sentence, which has {sizes[0]} and {sizes[1]} tokens",
                "tokens are what spaces separate, counted from 0",
            )
    return Gold(en, pt, frozenset(sure), frozenset(sure | possible))


def read_gold_passes(
    model: Transformer, subwords: Subwords, directions: Sequence[Direction], gold: Sequence[Gold]
) -> list[Passes]:
    """The attention of all pairs, English as source. Raises ``UsageError`` if one is too long for the model."""
    pairs = [TextPair(spaced(subwords, g.en), spaced(subwords, g.pt), "en-pt") for g in gold]
    for pair, g in zip(pairs, gold, strict=True):
        if not fits(pair, model.config):
            raise UsageError(f"a pair is too long for this model: {g.en[:60]}…", "leave it out")
    return read_passes(model, pairs, directions)


def score_choice(passes: Sequence[Passes], gold: Sequence[Gold], choice: AlignmentChoice) -> AlignmentScore:
    """How good the links of ``choice`` are."""
    return score_links([[(i, j) for i, j, _ in align(p, choice).links] for p in passes], gold)


@dataclass(frozen=True)
class HeadScore:
    """One layer and head, or the mean of a layer's heads (``head`` is ``None``)."""

    layer: int  # from 0
    head: int | None
    single: dict[Direction, AlignmentScore]  # one pass: each word to the one it looked at most
    both: AlignmentScore  # both passes, by the rule in use
    shifted: AlignmentScore  # the same with the other rows


def head_scores(
    passes: Sequence[Passes], gold: Sequence[Gold], choice: AlignmentChoice, shape: ModelConfig
) -> list[HeadScore]:
    """Every head in place of the one in ``choice``, the layer's mean after its heads; by attention alone."""
    other: Row = "read" if choice.row == "predicted" else "predicted"
    found = []
    for layer in range(shape.decoder_layers):
        for head in [*range(shape.heads), None]:
            here = replace(choice, layer=layer, head=head, similarity=0.0)
            matrices = [p.matrices(layer, head, choice.row) for p in passes]
            single = {d: score_links([heaviest(m[d]) for m in matrices], gold) for d in matrices[0]}
            both, shifted = (score_choice(passes, gold, replace(here, row=row)) for row in (choice.row, other))
            found.append(HeadScore(layer, head, single, both, shifted))
    return found


def best_picture(heads: Sequence[HeadScore]) -> tuple[int, int]:
    """Layer and head whose row maxima alone err least, over the directions: what a picture of one head should show."""
    errors = [(sum(score.aer for score in h.single.values()), h.layer, h.head) for h in heads if h.head is not None]
    _, layer, head = min(errors)
    return layer, head


@dataclass(frozen=True)
class Tried:
    """A way to make links, and how it did."""

    choice: AlignmentChoice
    score: AlignmentScore


def search(
    passes: Sequence[Passes],
    gold: Sequence[Gold],
    shape: ModelConfig,
    done: Callable[[int, int], None] = lambda *_: None,
) -> list[Tried]:
    """Ways to make links, the best first.

    Every layer and head and every mean, both rows and every combination by their mutual maxima; the best few of these
    with every rule and threshold, by attention alone and with the encodings' similarity for half of it. ``done`` hears
    how many of how many ways are tried. Equal error: the first tried.
    """
    both_ways = len(passes[0].weights) > 1
    layers, heads = reversed(range(shape.decoder_layers)), [None, *range(shape.heads)]
    combinations = get_args(Combine) if both_ways else ("mean", "balanced")
    first = [AlignmentChoice(*way) for way in product(layers, heads, get_args(Row), combinations)]
    rules: list[tuple[Rule, float]] = list(product(get_args(Rule)[1:], _THRESHOLDS))  # "mutual" has none
    mixed: list[tuple[Rule, float, float]] = [(*rule, 0.0) for rule in rules]
    if both_ways:
        mixed += [(*rule, _SIMILARITY) for rule in [("mutual", 0.0), *rules]]
    total = len(first) + _FINALISTS * len(mixed)
    tried: list[Tried] = []

    def attempt(choice: AlignmentChoice) -> None:
        tried.append(Tried(choice, score_choice(passes, gold, choice)))
        done(len(tried), total)

    def best() -> list[Tried]:
        return sorted(tried, key=lambda one: one.score.aer)

    for choice in first:
        attempt(choice)
    for finalist in best()[:_FINALISTS]:
        for rule, threshold, similarity in mixed:
            attempt(replace(finalist.choice, rule=rule, threshold=threshold, similarity=similarity))
    return best()
