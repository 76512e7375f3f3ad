"""The front door: load a model once, translate many texts.

A line is cut into sentences, each sentence is searched on its own, and the line is put together again with the white
space it had. What is plainly wrong with a translation is looked for, and such a sentence is searched again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from translator.config import Direction, SearchConfig
from translator.errors import InputError, UsageError
from translator.search.hypothesis import Hypothesis
from translator.text.access_keys import with_key, without_key
from translator.text.languages import direction_of, neither
from translator.text.normalise import most_bytes, normalise, visible, without_escapes
from translator.text.problems import Problem
from translator.text.slots import fill
from translator.text.spans import Span, find_spans, telling_nothing, without_spans
from translator.translation.again import (
    as_it_was,
    in_small_letters,
    is_alone,
    is_label,
    is_unsure,
    is_wanting,
    least_score,
    only_doubted,
    said_plainer,
    searched_wider,
)
from translator.translation.confidence import calibration, word_confidences
from translator.translation.loaded import EngineName, LoadedModel
from translator.translation.lone_words import lone_words, settled
from translator.translation.marks import Lifted, lift, linked, put_back
from translator.translation.options import TranslateOptions
from translator.translation.prepare import (
    Line,
    Prepared,
    check,
    emptied,
    finish,
    prepare,
    protect_more,
    repair,
    with_measures,
    with_numbers,
    without_marks,
)
from translator.translation.result import Alternative, Segment, Translation
from translator.translation.untranslated import carried, is_lone_name, least_likely, misspelled, untranslated

__all__ = ["EngineName", "Translator"]


class Translator(LoadedModel):
    """A model that translates. It may be used from several threads, and as a context manager.

    >>> Translator.load().translate("I am happy.").target  # doctest: +SKIP
    'Eu sou feliz.'
    """

    def direction_of(self, text: str) -> Direction:
        """The direction ``text`` asks for by the language it is in, among those the model was trained for."""
        if len(self.folder.directions) == 1:
            return self.folder.directions[0]
        return direction_of(text)

    def translate(
        self,
        text: str,
        direction: Direction | None = None,
        config: SearchConfig | None = None,
        options: TranslateOptions | None = None,
    ) -> Translation:
        """Translate one text. Raises ``UsageError`` if the model was not trained for ``direction``."""
        return self.translate_batch([text], direction, config, options)[0]

    def translate_batch(
        self,
        texts: Sequence[str],
        direction: Direction | None = None,
        config: SearchConfig | None = None,
        options: TranslateOptions | None = None,
        *,
        protected: Sequence[Sequence[tuple[int, int]]] | None = None,
        batch_size: int = 128,
        done: Callable[[int], None] = lambda _: None,
    ) -> list[Translation]:
        """Translate many texts, one result a text, in order; ``done`` hears how many sentences are finished.

        Each text gets its own direction where none is given. ``protected`` names, a text, ranges of characters to
        carry over unchanged, beside what is found by itself. Raises ``UsageError`` if the model was not trained for
        ``direction``, or cannot carry words over though that was asked for.
        """
        config, options = config or SearchConfig(), options or TranslateOptions()
        self._check(direction, options)
        # where ranges are given, they are of the texts as they stand
        labels = [without_key(without_escapes(text)) if protected is None else ("", text) for text in texts]
        lines = [
            self._prepare(text, direction, options, protected[i] if protected else ())
            for i, (_, text) in enumerate(labels)
        ]
        flat = [(sentence, way) for line, way in lines for sentence in line.sentences]
        prefix = self._prefix(options.prefix)
        prefixes = None
        if prefix:
            prefixes = [[] if number else prefix for line, _ in lines for number in range(len(line.sentences))]
        retry = options.retry and not config.sample
        lifted = [lift(sentence) if retry and config.n_best == 1 else None for sentence, _ in flat]
        sources = self._sources(
            [(up.prepared if up else one, way) for up, (one, way) in zip(lifted, flat, strict=True)]
        )
        # a word or a name alone is looked at again by its score; greedy search is faster for whoever needs none
        scored = [options.scores or is_alone(one.source) or is_label(one) or is_lone_name(one) for one, _ in flat]
        found: list[list[Hypothesis]] = [[] for _ in flat]
        for wanted in (True, False):
            rows = [row for row, one in enumerate(scored) if one is wanted]
            given = [prefixes[row] for row in rows] if prefixes else None
            results = self._engine.search(
                [sources[row] for row in rows], config, prefixes=given, batch_size=batch_size, done=done, scores=wanted
            )
            for row, hypotheses in zip(rows, results, strict=True):
                found[row] = hypotheses
        marked = self._marked(lifted, [way for _, way in flat], sources, found)
        segments = [
            self._segment(*one, source, hypotheses, text)
            for one, source, hypotheses, text in zip(flat, sources, found, marked, strict=True)
        ]
        if retry:
            segments = self._search_again(flat, segments, config, prefixes)
            if not prefix:
                self._settle_words(flat, segments, config)
        if options.confidence:
            segments = self.with_confidence(segments)
        ready = iter(segments)
        whole = [self._assemble(text, way, line, ready) for text, (line, way) in zip(texts, lines, strict=True)]
        return [_with_key(key, translation) for (key, _), translation in zip(labels, whole, strict=True)]

    def alternatives(
        self, segment: Segment, word: str | int, *, count: int = 5, config: SearchConfig | None = None
    ) -> list[Alternative]:
        """What else could stand in place of ``word`` in a translated sentence, and the sentence finished from there.

        ``word`` is the word or, from 0, its number. The most probable first. Raises ``InputError`` naming the words.
        """
        from translator.search.sampling import alternatives

        ids = segment.hypotheses[0].ids
        words = self.subwords.words(ids)
        wanted = word if isinstance(word, int) else normalise(word).casefold()
        found = [w for number, w in enumerate(words) if wanted in (number, w.text.casefold())]
        if not found:
            raise InputError(
                f"{word!r} is not a word of the translation", f"its words: {', '.join(w.text for w in words)}"
            )
        start = found[0].start
        results = []
        config = config or SearchConfig()
        others = alternatives(self._engine, segment.source_ids, ids[:start], ids[start], config, count)
        for probability, other in others:
            instead = [w.text for w in self.subwords.words(other.ids) if w.start <= start < w.stop]
            target = self._finished(segment, other)
            results.append(Alternative(probability, instead[0] if instead else "", target, other))
        return results

    def _check(self, direction: Direction | None, options: TranslateOptions) -> None:
        if direction is not None and direction not in self.folder.directions:
            trained = ", ".join(self.folder.directions)
            raise UsageError(f"this model was not trained for {direction}", f"it knows {trained}")
        if not self.subwords.slots and (options.keep or options.glossary):
            raise UsageError(
                "this model cannot carry words over: it was trained before there were slots", "train it again"
            )

    def _prefix(self, text: str) -> list[int]:
        ids = self.subwords.encode(text)
        if len(ids) > (most := self.folder.shape.max_length - 2):  # <s> and one piece more
            raise UsageError(f"the prefix is too long: {len(ids)} pieces, the model reads {most}", "shorten it")
        return ids

    def _fits(self, text: str) -> bool:
        # no more pieces than bytes and the space before them: that is found out faster
        room = self.longest_source - 2
        size = len(text) if text.isascii() else most_bytes(text)
        return size < room or len(self.subwords.encode(text)) <= room

    def _prepare(
        self, text: str, direction: Direction | None, options: TranslateOptions, extra: Sequence[tuple[int, int]]
    ) -> tuple[Line, Direction]:
        spans: list[Span] = []
        if self.subwords.slots:
            spans = find_spans(
                text, self.strangeness, extra, keep=options.keep, glossary=options.glossary, protect=options.protect
            )
        if direction is None:
            plain = (without_spans(text, telling_nothing(spans)) if spans else text).lstrip()
            if note := neither(plain):
                return Line(visible(text), [], note), self.folder.directions[0]
            direction = self.direction_of(plain)
        if options.numbers != "auto" and self.subwords.slots:
            spans = with_numbers(text, spans, direction, convert=options.numbers == "convert")
        if options.protect and self.subwords.slots:
            spans = with_measures(text, spans, direction)
        return prepare(text, spans, self.subwords.slots, self._fits, direction), direction

    def _sources(self, sentences: Sequence[tuple[Prepared, Direction]]) -> list[list[int]]:
        return [self.subwords.source(sentence.text, way) for sentence, way in sentences]

    def _segment(
        self,
        prepared: Prepared,
        direction: Direction,
        source_ids: list[int],
        hypotheses: list[Hypothesis],
        text: str | None = None,
    ) -> Segment:
        text = self._text(hypotheses[0]) if text is None else text
        return Segment(
            source=prepared.source,
            target=finish(prepared, repair(prepared, text)),
            after=prepared.after,
            source_ids=source_ids,
            hypotheses=hypotheses,
            is_part=prepared.is_part,
            casing=prepared.casing,
            spans=prepared.spans,
            problems=[*_left_out(prepared), *self._problems(prepared, direction, text)],
        )

    def _marked(
        self,
        lifted: Sequence[Lifted | None],
        ways: Sequence[Direction],
        sources: Sequence[list[int]],
        found: Sequence[list[Hypothesis]],
    ) -> list[str | None]:
        """The text of each sentence that was translated without the marks around words, and they put where those words
        went; ``None`` for the others."""
        texts: list[str | None] = ["" if up else None for up in lifted]
        wanted = [index for index, up in enumerate(lifted) if up and found[index][0].ids]
        pairs = [(sources[index], found[index][0].ids, ways[index]) for index in wanted]
        links = linked(self._engine, pairs, back=len(self.folder.directions) == 2)
        for index, (source, target, _), strengths in zip(wanted, pairs, links, strict=True):
            if up := lifted[index]:
                texts[index] = put_back(up, self.subwords, source[1:-1], target, strengths)
        return texts

    def _search_again(
        self,
        sentences: Sequence[tuple[Prepared, Direction]],
        segments: list[Segment],
        config: SearchConfig,
        prefixes: Sequence[Sequence[int]] | None,
    ) -> list[Segment]:
        """Where a translation is plainly wrong: one without the marks that it left empty, the first sound one of a
        wider beam, one with numbers and names in slots, or one of what a doubled denial says."""
        wrong = [
            index
            for index, segment in enumerate(segments)
            if segment.problems or is_unsure(segment) or is_label(sentences[index][0])
        ]
        if not wrong:
            return segments
        floor = {index: least_likely(sentences[index][0], segments[index]) for index in wrong}
        for change in (in_small_letters, self._marks_off, as_it_was, self._more_apart, said_plainer):
            changed = [(index, change(*sentences[index], segments[index])) for index in wrong]
            going = [
                (index, (prepared, sentences[index][1]))
                for index, prepared in changed
                if prepared is not None and (change is in_small_letters or is_wanting(segments[index]))
            ]
            given = [prefixes[index] for index, _ in going] if prefixes else None
            sources = self._sources([sentence for _, sentence in going])
            short = change is in_small_letters
            found = searched_wider(self._engine, sources, config, given, is_short=short)
            for (index, (prepared, way)), source, hypotheses in zip(going, sources, found, strict=True):
                is_other = prepared is not sentences[index][0] and change is not in_small_letters
                least = -math.inf if is_other else least_score(segments[index], hypotheses, prepared)
                likely = [h for h in hypotheses if h.ended and h.score > max(least, floor[index])]
                wrong_of = {id(h): self._wrong(prepared, way, self._text(h)) for h in likely}
                told = {p.message for p in segments[index].problems}
                # without fault, or with fewer of the same
                good = [h for h in likely if not wrong_of[id(h)]] or [h for h in likely if wrong_of[id(h)] < told]
                sound = good[: config.n_best]
                if sound:
                    kept = [*sound, *(h for h in hypotheses if h not in sound)][: config.n_best]
                    segments[index] = self._segment(prepared, way, source, kept)
        return segments

    def _carry_names(self, flat: Sequence[tuple[Prepared, Direction]], segments: list[Segment], n_best: int) -> None:
        """Put names that stand alone, and were translated into something made up, back as they are."""
        for index, ((prepared, way), segment) in enumerate(zip(flat, segments, strict=True)):
            best = segment.hypotheses[0]
            if name := carried(prepared, self._text(best), best.score, self.strangeness):
                source, copy = self.copy(name.text, way)
                segments[index] = self._segment(name, way, source, [copy, *segment.hypotheses][:n_best])

    def _settle_words(
        self, flat: Sequence[tuple[Prepared, Direction]], segments: list[Segment], config: SearchConfig
    ) -> None:
        """Copy names and words alone that became something made up, and translate words that were only copied."""
        self._carry_names(flat, segments, config.n_best)
        if len(self.folder.directions) < 2:
            return

        def search(texts: Sequence[str], ways: Sequence[Direction]) -> list[list[Hypothesis]]:
            sources = [self.subwords.source(*one) for one in zip(texts, ways, strict=True)]
            return searched_wider(self._engine, sources, config, is_short=True)

        words = list(lone_words(flat, segments, self.strangeness))
        for word, hypotheses in settled(words, search, self._text):
            reading, source = word.small, self.subwords.source(word.small.text, word.way)
            if not hypotheses:
                reading = replace(reading, text=word.segment.source, casing="ordinary")
                source, copy = self.copy(reading.text, word.way)
                hypotheses = [copy, *word.segment.hypotheses]
            segments[word.index] = self._segment(reading, word.way, source, list(hypotheses[: config.n_best]))

    def _wrong(self, prepared: Prepared, direction: Direction, text: str) -> set[str]:
        return {problem.message for problem in self._problems(prepared, direction, text)}

    def _problems(self, prepared: Prepared, direction: Direction, text: str) -> list[Problem]:
        names = self._misspelled(prepared, direction, text)
        return [
            *check(prepared, text, direction),
            *untranslated(prepared.text, text, direction),
            *(Problem("spelling", f"a name may be spelled otherwise: {name}") for name in names),
        ]

    def _misspelled(self, prepared: Prepared, direction: Direction, text: str) -> list[str]:
        return misspelled(prepared.text, text, self.strangeness, lambda name: self.copy(name, direction)[1].score)

    def _more_apart(self, prepared: Prepared, direction: Direction, segment: Segment) -> Prepared | None:
        if only_doubted(segment):  # or nothing is wrong
            return None
        names = self._misspelled(prepared, direction, self._text(segment.hypotheses[0]))
        return protect_more(prepared, self.subwords.slots, direction, names)

    def _marks_off(self, prepared: Prepared, _: Direction, segment: Segment) -> Prepared | None:
        empty = emptied(prepared, self._text(segment.hypotheses[0]))
        return without_marks(prepared, empty) if empty else None

    def with_confidence(self, segments: list[Segment]) -> list[Segment]:
        """The same, with how sure the model is of each word and of the sentence."""
        scored = self.score(segments)
        told = calibration(self.folder.info)
        found = []
        for segment, log_ps in zip(segments, scored, strict=True):
            words, sentence = word_confidences(self.subwords.words(segment.hypotheses[0].ids), log_ps, told)
            named = [
                replace(w, text=fill(w.text, {slot: span.target for slot, span in segment.spans.items()}))
                for w in words
            ]
            found.append(replace(segment, words=named, confidence=sentence))
        return found

    def _assemble(self, text: str, direction: Direction, line: Line, ready: Iterator[Segment]) -> Translation:
        segments = [next(ready) for _ in line.sentences]
        if not segments:
            return Translation(text, line.before, direction, note=line.note)
        texts = []
        for rank in range(max(len(segment.hypotheses) for segment in segments)):
            parts = [line.before]
            for segment in segments:
                chosen = segment.hypotheses[min(rank, len(segment.hypotheses) - 1)]
                first = chosen is segment.hypotheses[0]
                parts += [segment.target if first else self._finished(segment, chosen), segment.after]
            texts.append("".join(parts))
        return Translation(text, texts[0], direction, segments, texts)

    def _finished(self, segment: Segment, hypothesis: Hypothesis) -> str:
        prepared = Prepared("", segment.source, segment.after, segment.casing, segment.spans, segment.is_part)
        return finish(prepared, repair(prepared, self._text(hypothesis)))

    def _text(self, hypothesis: Hypothesis) -> str:
        # normalised again: byte pieces could spell a control character
        return normalise(self.subwords.decode(hypothesis.ids))


def _with_key(key: str, translation: Translation) -> Translation:
    if not key:
        return translation
    others = [with_key(key, text) for text in translation.alternatives]
    return replace(translation, target=with_key(key, translation.target), alternatives=others)


def _left_out(prepared: Prepared) -> list[Problem]:
    told = "…".join(prepared.left_out)
    return [Problem("marks", f"{told} found no place and was left out")] if told else []
