"""Where translations fail: suspects of hallucination and omission, copies, lost numbers, words left as they were.

A model that translates both ways is the judge. What it finds very improbable in the translation, given the source,
came from elsewhere; what it finds very improbable in the source, given the translation (the reverse-model score), or
links to nothing by its attention, has been left out. Guerreiro et al. (2023, "Looking for a Needle in a Haystack")
compare such signs. The thresholds were chosen on failures planted among translations of this project's own dev and test
sets, by the model and by people; a model that knows one direction only has attention in place of the reverse score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import compress, islice
from typing import TYPE_CHECKING

from translator.config import Direction
from translator.evaluation.calibration import Reliability, reliability
from translator.evaluation.scores import sentence_chrf
from translator.evaluation.testset import EvalSet
from translator.text.normalise import normalise
from translator.text.problems import problems
from translator.translation.confidence import calibration, word_confidences
from translator.translation.untranslated import untranslated

if TYPE_CHECKING:
    from translator.explain.align import Alignment, AlignmentChoice, Passes
    from translator.translation import Translator

KINDS = ("hallucination", "omission", "copy", "repetition", "length", "numbers", "names", "untranslated")
_IMPROBABLE = -6.0  # nats, of a word
_STRANGE = -2.6  # nats a piece of the translation: lower, and much of it cannot come from the source
_DOUBTFUL = -0.8  # the same, where a part of the source is missing; sound translations have -0.3
_MADE_UP, _MISSING, _UNEXPLAINED = 0.22, 0.35, 0.2  # shares of words
_LONG = 1.3  # words of the translation over those of the source: something is added
_COPIED = 0.6  # of the source's words stand in the translation, in order
_SHOWN = 5  # sentences of lowest chrF2++
_AT_ONCE = 256  # sentences whose attention is in memory


@dataclass(frozen=True)
class Signs:
    """What the judge says of one pair."""

    log_p: float  # nats a piece of the translation, given the source
    strange: float  # share of the translation's words that are improbable
    unexplained: float  # share of the source's words that are improbable given the translation
    unlinked: float  # share of the source's words that attention links to nothing
    ratio: float  # words of the translation over words of the source
    alignment: Alignment
    missing: list[str]  # the source's words that are linked to nothing
    words: list[tuple[str, float]] = field(default_factory=list)  # of the translation, with its confidence


@dataclass(frozen=True)
class Suspect:
    """A sentence that something is wrong with, probably."""

    number: int  # of the sentence, from 1
    kind: str  # one of KINDS
    evidence: str
    source: str
    hypothesis: str


@dataclass(frozen=True)
class Worst:
    """A sentence of low chrF2++, and which word became which."""

    number: int
    chrf: float
    source: str
    hypothesis: str
    reference: str
    links: str


@dataclass(frozen=True)
class Failures:
    """All suspects of one evaluation, its calibration and its worst sentences."""

    sentences: int
    suspects: list[Suspect]
    reliability: Reliability | None  # of the model's confidence in its own words
    worst: list[Worst]

    @property
    def counts(self) -> dict[str, int]:
        """How many sentences are suspected of each kind."""
        return dict(Counter(suspect.kind for suspect in self.suspects))


def failures(translator: Translator, over: EvalSet, hypotheses: Sequence[str], *, own: bool) -> Failures:
    """Look for what went wrong. ``own``: the judge itself wrote the translations, and its confidence is measured."""
    suspects: list[Suspect] = []
    told: list[tuple[float, bool]] = []
    scores = sentence_chrf(hypotheses, over.references)
    worst = dict.fromkeys(sorted(range(len(scores)), key=lambda i: scores[i])[:_SHOWN], "")  # with which links
    for i, signs in enumerate(judge(translator, over.sources, hypotheses, over.direction)):
        source, hypothesis = over.sources[i], hypotheses[i]
        found = _found(source, hypothesis, over.direction, signs)
        suspects += [Suspect(i + 1, kind, found[kind], source, hypothesis) for kind in KINDS if kind in found]
        if signs is not None and i in worst:
            worst[i] = links_line(signs.alignment)
        if signs is not None and own:
            told += _told(signs, [side[i] for side in over.references])
    return Failures(
        len(over.sources),
        suspects,
        reliability(*zip(*told, strict=True)) if told else None,
        [
            Worst(i + 1, scores[i], over.sources[i], hypotheses[i], over.references[0][i], links)
            for i, links in worst.items()
        ],
    )


def _told(signs: Signs, references: Sequence[str]) -> Iterator[tuple[float, bool]]:
    """The confidence of each word, and whether it stands in the reference, as often as it does there."""
    left = [Counter(_words(reference)) for reference in references]
    for word, confidence in signs.words:
        key = word.casefold()
        yield confidence, any(counter[key] > 0 for counter in left)
        for counter in left:
            counter[key] -= 1


def _found(source: str, hypothesis: str, direction: Direction, signs: Signs | None) -> dict[str, str]:
    """Kinds of suspicion, with the evidence."""
    said = [*problems(source, hypothesis, direction), *untranslated(source, hypothesis, direction)]
    found = {"omission" if problem.kind == "missing" else problem.kind: problem.message for problem in said}
    if not normalise(hypothesis):
        return found | {"omission": "the translation is empty"}
    return (suspect_kinds(source, hypothesis, signs) if signs else {}) | found


def suspect_kinds(source: str, hypothesis: str, signs: Signs) -> dict[str, str]:
    """Copy, hallucination and omission, as far as the signs speak for them, with the evidence. What stands in place of
    a part of the source is both of the latter; a copy is nothing else."""
    if _overlap(source, hypothesis) >= _COPIED and signs.log_p < -2:
        return {"copy": f"{_overlap(source, hypothesis):.0%} of the source's words stand in the translation"}
    found = {}
    added = signs.ratio >= _LONG or signs.unexplained >= _UNEXPLAINED
    if signs.strange >= _MADE_UP and signs.log_p < _STRANGE and added:
        told = f"{signs.strange:.0%} of its words hardly come from the source ({signs.log_p:.1f} nats a piece)"
        found["hallucination"] = told
    if signs.unexplained + signs.unlinked >= _MISSING and signs.log_p < _DOUBTFUL:
        found["omission"] = f"no counterpart of: {', '.join(signs.missing) or 'much of the source'}"
    return found


def judge(
    translator: Translator, sources: Sequence[str], hypotheses: Sequence[str], direction: Direction
) -> Iterator[Signs | None]:
    """The signs of each pair, in order; ``None`` where one is empty or too long for the model."""
    from translator.explain.align import TextPair, alignment_choice, default_choice, fits, read_passes, worded

    folder, subwords = translator.folder, translator.subwords
    choice = alignment_choice(folder) or default_choice(folder.shape)
    other: Direction = "pt-en" if direction == "en-pt" else "en-pt"
    texts = zip(sources, hypotheses, strict=True)
    while chosen := list(islice(texts, _AT_ONCE)):
        pairs = [TextPair(worded(subwords, normalise(a)), worded(subwords, normalise(b)), direction) for a, b in chosen]
        good = [bool(p.source.ids and p.target.ids) and fits(p, folder.shape) for p in pairs]
        kept = list(compress(pairs, good))
        passes = read_passes(translator.checkpoint.model, kept, folder.directions)
        forward = translator.log_ps([(p.source.ids, p.target.ids) for p in kept], direction)
        reverse: list[list[float]] = [[] for _ in kept]
        if other in folder.directions:
            reverse = translator.log_ps([(p.target.ids, p.source.ids) for p in kept], other)
        read = zip(passes, forward, reverse, strict=True)
        for is_good in good:
            yield _signs(translator, choice, *next(read)) if is_good else None


def _signs(
    translator: Translator, choice: AlignmentChoice, passes: Passes, ahead: Sequence[float], back: Sequence[float]
) -> Signs:
    """``ahead``, ``back``: log-probabilities of the translation's pieces and, perhaps, of the source's."""
    from translator.explain.align import align

    pair, alignment = passes.pair, align(passes, choice)
    linked = {link.source for link in alignment.links}
    missing = [word for k, word in enumerate(pair.source.words) if k not in linked and _is_word(word)]
    confident, _ = word_confidences(
        translator.subwords.words(pair.target.ids), ahead, calibration(translator.folder.info)
    )
    of_source, of_target = (max(1, sum(map(_is_word, side.words))) for side in (pair.source, pair.target))
    return Signs(
        log_p=sum(ahead) / len(ahead),
        strange=_improbable(translator, pair.target.ids, ahead),
        unexplained=_improbable(translator, pair.source.ids, back) if back else len(missing) / of_source,
        unlinked=len(missing) / of_source,
        ratio=of_target / of_source,
        alignment=alignment,
        missing=missing,
        words=[(word.text, word.confidence) for word in confident if _is_word(word.text)],
    )


def _improbable(translator: Translator, ids: Sequence[int], log_ps: Sequence[float]) -> float:
    words = [word for word in translator.subwords.words(ids) if _is_word(word.text)]
    return sum(sum(log_ps[word.start : word.stop]) < _IMPROBABLE for word in words) / max(1, len(words))


def links_line(alignment: Alignment) -> str:
    """An alignment in one line: groups of words in the order of the source, then what is linked to nothing."""
    told = [
        f"{' '.join(alignment.source[i] for i in sources)}→{' '.join(alignment.target[j] for j in targets)}"
        for sources, targets in alignment.groups
    ]
    for words, side in ((alignment.source, 0), (alignment.target, 1)):
        linked = {link[side] for link in alignment.links}
        alone = [word for k, word in enumerate(words) if k not in linked]
        if alone:
            told.append(f"{' '.join(alone)}→∅" if side == 0 else f"∅→{' '.join(alone)}")
    return " · ".join(told)


def _is_word(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _words(text: str) -> list[str]:
    return [word for word in (part.strip(".,;:!?¿¡\"'()[]«»…").casefold() for part in text.split()) if word]


def _overlap(source: str, hypothesis: str) -> float:
    """Share of the source's words that stand in the translation, in order."""
    a, b = _words(source), _words(hypothesis)
    same = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return sum(block.size for block in same) / max(1, len(a))
