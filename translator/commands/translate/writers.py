"""How ``translator translate`` prints a translation: text, n-best, confidence, alternatives, a picture, JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from translator.commands.console import json_line, stdout
from translator.commands.output import arrow
from translator.errors import InputError, UsageError

if TYPE_CHECKING:
    from translator.config import SearchConfig
    from translator.translation import Segment, Translation, Translator


@dataclass(frozen=True)
class Output:
    """What is printed of a translation."""

    n_best: int = 1
    as_json: bool = False
    confidence: bool = False  # shade doubtful words
    alternatives: str | None = None  # a word of the translation to show replacements of
    attention: bool = False
    layer: int | None = None  # of the picture, from 0; None = the last
    head: int | None = None  # from 0; None = the mean of all


class Writer:
    """Prints translations of one translator."""

    def __init__(self, translator: Translator, output: Output, config: SearchConfig) -> None:
        """Raises ``UsageError`` if the model has no such layer or head."""
        self.translator, self.output, self.config = translator, output, config
        shape = translator.folder.shape
        for name, value, count in (("layer", output.layer, shape.decoder_layers), ("head", output.head, shape.heads)):
            if value is not None and not 0 <= value < count:
                raise UsageError(f"--{name} {value + 1}: this model has {name}s 1 to {count}")

    def write(self, translation: Translation, file: TextIO, extra: dict[str, Any] | None = None) -> None:
        """Print one translation; ``extra`` fields go into its JSON."""
        shown = self.output
        if shown.as_json:
            plain = (extra or {}) | self._plain(translation)
            if shown.alternatives is not None:
                others = self._alternatives(translation)
                plain["alternatives"] = [{"probability": round(p, 6), "target": target} for p, target in others]
            file.write(json_line(plain) + "\n")
            return
        if shown.n_best > 1:
            for rank, (text, sure) in enumerate(self._ranked(translation), start=1):
                file.write(f"{rank}\t{sure}{text}\n")
        elif shown.confidence:
            self._write_confidence(translation, file)
        else:
            file.write(translation.target + "\n")
        for probability, target in self._alternatives(translation) if shown.alternatives is not None else ():
            file.write(f"{probability:.3f}\t{target}\n")
        if shown.attention:
            file.flush()
            self._draw(translation)

    def _ranked(self, translation: Translation) -> list[tuple[str, str]]:
        """The n-best, each with its confidence and a tab before it if that was asked for; several sentences together
        have one for the best only."""
        texts = translation.alternatives or [translation.target]
        if not self.output.confidence:
            return [(text, "") for text in texts]
        told = [translation.confidence] + [None] * (len(texts) - 1)
        if len(translation.segments) == 1:
            [segment] = translation.segments
            every = [replace(segment, hypotheses=[hypothesis]) for hypothesis in segment.hypotheses[: len(texts)]]
            told = [one.confidence for one in self.translator.with_confidence(every)]
        return [(text, "\t" if sure is None else f"{sure:.2f}\t") for text, sure in zip(texts, told, strict=True)]

    def _alternatives(self, translation: Translation) -> list[tuple[float, str]]:
        """Each with the whole text around it. Raises ``InputError`` if the word is in none of the sentences."""
        word = str(self.output.alternatives)
        words: list[str] = []
        for segment in translation.segments:
            here = [w.text for w in self.translator.subwords.words(segment.hypotheses[0].ids)]
            words += here
            if word.casefold() in (w.casefold() for w in here):
                found = self.translator.alternatives(segment, word, config=self.config)
                return [(a.probability, _with(translation, segment, a.target)) for a in found]
        raise InputError(
            f"--alternatives {word}: not a word of the translation, {translation.target!r}",
            f"its words: {', '.join(words)}" if words else "there is nothing in it to translate",
        )

    def _write_confidence(self, translation: Translation, file: TextIO) -> None:
        console = stdout()
        if translation.confidence is None or not console.is_terminal or file is not sys.stdout:
            value = "" if translation.confidence is None else f"{translation.confidence:.2f}"
            file.write(f"{value}\t{translation.target}\n")
            return
        from translator.commands.translate.confidence import shaded

        file.flush()
        console.print(shaded(translation, console.width), no_wrap=True, crop=False)

    def _draw(self, translation: Translation) -> None:
        from translator.draw.heatmap import Heatmap, heatmap
        from translator.draw.language import told
        from translator.text.slots import fill

        console, shape, head = stdout(), self.translator.folder.shape, self.output.head
        layer = shape.decoder_layers - 1 if self.output.layer is None else self.output.layer
        which = f"mean of {shape.heads} heads" if head is None else f"head {head + 1}/{shape.heads}"
        way = arrow(translation.direction)
        title = f"{way}  cross-attention  layer {layer + 1}/{shape.decoder_layers}  {which}  rows = predicted word"
        for segment in translation.segments:
            attention = self.translator.attention(segment)
            targets = {slot: span.target for slot, span in segment.spans.items()}
            sources = {slot: span.source for slot, span in segment.spans.items()}
            rows = [fill(word.text, targets) for word in attention.rows.words]
            columns = [fill(word.text, sources) for word in attention.columns.words]
            picture = Heatmap(told(title), rows, columns, attention.words(layer, head))
            console.print()
            console.print(heatmap(picture, console.width), no_wrap=True, crop=False)

    def _plain(self, translation: Translation) -> dict[str, Any]:
        """Every field of a translation as plain data."""
        return {
            "source": translation.source,
            "target": translation.target,
            "direction": translation.direction,
            "score": round(translation.score, 6),
            "confidence": _rounded(translation.confidence),
            "n_best": translation.alternatives,
            "warnings": translation.warnings,
            "sentences": [self._sentence(segment) for segment in translation.segments],
        }

    def _sentence(self, segment: Segment) -> dict[str, Any]:
        subwords = self.translator.subwords
        return {
            "source": segment.source,
            "target": segment.target,
            "source_pieces": [subwords.piece(i) for i in segment.source_ids],
            "confidence": _rounded(segment.confidence),
            "words": [{"text": word.text, "confidence": _rounded(word.confidence)} for word in segment.words or []],
            "kept": {slot: span.target for slot, span in segment.spans.items()},
            "problems": [problem.kind for problem in segment.problems],
            "hypotheses": [
                {
                    "text": subwords.decode(hypothesis.ids),
                    "pieces": [subwords.piece(i) for i in hypothesis.ids],
                    "log_p": round(hypothesis.log_p, 6),
                    "score": round(hypothesis.score, 6),
                    "ended": hypothesis.ended,
                }
                for hypothesis in segment.hypotheses
            ],
        }


def _with(translation: Translation, changed: Segment, target: str) -> str:
    """The whole target with one sentence replaced."""
    tails = [(target if s is changed else s.target) + s.after for s in translation.segments]
    whole = "".join(s.target + s.after for s in translation.segments)
    return translation.target[: len(translation.target) - len(whole)] + "".join(tails)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
