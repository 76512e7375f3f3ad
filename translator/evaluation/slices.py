"""The same test set as people type it: in capitals, with typos, without accents, with emoji. What does each cost?"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from translator.corpus.augment import with_names, with_numbers, with_typos
from translator.corpus.pairs import Pair
from translator.evaluation.scores import bleu, metric_named
from translator.evaluation.testset import EvalSet
from translator.text.casing import restore_casing

_SEED = 12345
_MOST = 500  # sentences a slice, spread evenly over those that it changes
_EMOJI = ("🙂", "🎉", "👍", "❤️", "😂")
Change = Callable[[Pair, np.random.Generator], Pair]
"""Of source and reference; the pair as it was where there is nothing to change."""


def _both(change: Callable[[str], str]) -> Change:
    return lambda pair, _: Pair(change(pair.en), change(pair.pt))


def _without_accents(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain)


def _emoji(pair: Pair, random: np.random.Generator) -> Pair:
    sign = _EMOJI[int(random.integers(len(_EMOJI)))]
    return Pair(f"{pair.en} {sign}", f"{pair.pt} {sign}")


# A change sees the source as ``en`` and the reference as ``pt``, whichever the direction.
SLICES: dict[str, Change] = {
    "ALL CAPS": _both(str.upper),
    "Title Case": _both(lambda text: restore_casing(text, "title")),
    "no final punctuation": _both(lambda text: text.rstrip(".!?…") or text),
    "typos": lambda pair, random: Pair(with_typos(pair.en, random), pair.pt),
    "no accents": lambda pair, _: Pair(_without_accents(pair.en), pair.pt),
    "emoji": _emoji,
    "numbers changed": with_numbers,
    "foreign names": with_names,
}
_WRITTEN = ("ALL CAPS", "Title Case", "no final punctuation", "emoji")  # only written otherwise: so is before


@dataclass(frozen=True)
class SliceScore:
    """What a change costs, over the sentences that it changes."""

    name: str
    sentences: int
    before: float  # BLEU of these sentences as they were; where only the writing changes, written so afterwards
    after: float  # BLEU of the changed ones against changed references
    chrf_before: float
    chrf_after: float

    @property
    def drop(self) -> float:
        """BLEU lost."""
        return self.before - self.after


def _done(change: Change, row: int, source: str, target: str) -> Pair:
    """The change of one sentence; what it draws depends on the sentence's number alone."""
    return change(Pair(source, target), np.random.default_rng([_SEED, row]))


def changed(over: EvalSet, change: Change) -> tuple[list[int], list[Pair]]:
    """The sentences that ``change`` changes, and what they become: source, first reference."""
    pairs = zip(over.sources, over.references[0], strict=True)
    new = [_done(change, row, *pair) for row, pair in enumerate(pairs)]
    rows = [row for row, source in enumerate(over.sources) if new[row].en != source]
    rows = rows[:: -(-len(rows) // _MOST) or 1]
    return rows, [new[row] for row in rows]


def score_slices(
    over: EvalSet, hypotheses: Sequence[str], translate: Callable[[Sequence[str]], list[str]]
) -> list[SliceScore]:
    """Each slice against the same sentences as they were, whose translations are ``hypotheses``."""
    found = []
    for name, change in SLICES.items():
        rows, new = changed(over, change)
        if not rows:
            continue
        references = [pair.pt for pair in new]
        if name in _WRITTEN:  # an emoji that is copied wins a point, and capitals lose none: neither says anything
            old = [_done(change, i, over.sources[i], hypotheses[i]).pt for i in rows], references
        else:
            old = [hypotheses[i] for i in rows], [over.references[0][i] for i in rows]
        now = translate([pair.en for pair in new]), references
        chrf = [metric_named("chrF2++").corpus_score(hyp, [ref]).score for hyp, ref in (old, now)]
        found.append(SliceScore(name, len(rows), bleu(*old), bleu(*now), *chrf))
    return found
