"""Text in one language → pairs whose other side is the model's own translation, the plainly bad ones left out.

Back-translation (Sennrich et al. 2016): what people wrote becomes the *target* of training, and the machine's
translation of it the source, so that the decoder learns from real sentences and the encoder gets used to imperfect
ones. What a beam search finds is good enough where the source is marked as a machine's (Caswell et al. 2019, table 1);
unmarked, translations drawn at random teach more (Edunov et al. 2018, table 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from translator.config import Direction, SearchConfig
from translator.text.languages import language_probabilities
from translator.text.normalise import normalise
from translator.text.problems import problems
from translator.translation.options import TranslateOptions
from translator.translation.result import Translation
from translator.translation.translator import Translator

FAULTS = {
    "no words": "a line without words",
    "said before": "a line that came before",
    "language": "a line that seems to be in the other language",
    "too long": "a sentence longer than the model reads at once",
    "cut off": "a translation that reached its length limit",
    "copy": "a translation that repeats the source",
    "untranslated": "a translation with words left as they were, or in the language of the source",
    "numbers": "a number on one side only",
    "missing": "a day, or a number in words, on one side only",
    "names": "a person's name that is not there as it was",
    "repetition": "a translation that says a phrase over and over",
    "length": "sides of too unlike length",
    "spelling": "a name that is spelled otherwise",
    "polarity": "what is denied in one is not denied in the other",
    "marks": "a translation in which marks of the text came out empty or otherwise",
    "lost": "a link, name or emoji that did not come through",
    "unsure": "a translation with less confidence than asked for",
}
"""Why a line is left out, in the order of the questions; the first that applies is counted."""

_ODDS = 20  # times likelier, from which on a text speaks for a language
# a wrong one is left out, not searched for again; confidence brings scores of its own
_OPTIONS = TranslateOptions(retry=False, confidence=True, scores=False)


@dataclass(frozen=True)
class BackTranslation:
    """A line and what became of it."""

    real: str  # normalised: the target side of training
    machine: str  # its translation: the source side; empty where there is none
    confidence: float  # in [0, 1]; 0 where there is no translation
    fault: str = ""  # one of ``FAULTS`` where it is left out


def marked(lines: Iterable[str], seen: set[int]) -> list[tuple[str, bool]]:
    """Each line normalised, and whether it came before: ``seen`` holds the hashes of those, and is added to."""
    found = []
    for text in map(normalise, lines):
        found.append((text, hash(text) in seen))
        seen.add(hash(text))
    return found


def back_translate(
    translator: Translator,
    direction: Direction,
    config: SearchConfig,
    least_confidence: float,
    lines: Sequence[tuple[str, bool]],
) -> list[BackTranslation]:
    """Translate ``lines``, marked, in ``direction`` and judge each; as many come back, in order."""
    found = [BackTranslation(text, "", 0.0, _before(text, again, direction)) for text, again in lines]
    chosen = [one.real for one in found if not one.fault]
    ready = iter(translator.translate_batch(chosen, direction, config, _OPTIONS))
    return [one if one.fault else _judged(one.real, next(ready), direction, least_confidence) for one in found]


def _judged(real: str, translation: Translation, direction: Direction, least_confidence: float) -> BackTranslation:
    machine, confidence = normalise(translation.target), translation.confidence or 0.0
    fault = _after(real, machine, translation, direction) or ("unsure" if confidence < least_confidence else "")
    return BackTranslation(real, machine, confidence, fault)


def _before(text: str, again: bool, direction: Direction) -> str:
    """What is wrong with a line before it is translated."""
    if not any(c.isalpha() for c in text):
        return "no words"
    if again:
        return "said before"
    return "language" if _speaks_against(text, direction) else ""


def _after(real: str, machine: str, translation: Translation, direction: Direction) -> str:
    """What is wrong with a translation, the gravest first."""
    segments = translation.segments
    if not segments or not machine:
        return "no words"
    if any(segment.is_part for segment in segments):
        return "too long"
    if not all(segment.hypotheses[0].ended for segment in segments):
        return "cut off"
    kinds: set[str] = {problem.kind for segment in segments for problem in segment.problems}
    kinds |= {problem.kind for problem in problems(machine, real, direction)} & {"numbers", "missing", "length"}
    if _speaks_against(machine, "pt-en" if direction == "en-pt" else "en-pt"):
        kinds.add("untranslated")
    return next((fault for fault in FAULTS if fault in kinds), "")


def _speaks_against(text: str, direction: Direction) -> bool:
    """Whether ``text`` is clearly not in the language that ``direction`` translates from."""
    found = language_probabilities(text)
    own, other = direction.split("-")
    return bool(found) and found[other] > _ODDS * found[own]
