"""What each path that translates answers, as plain data."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, cast

from starlette.exceptions import HTTPException

from translator.commands.serve.batching import Batcher
from translator.commands.serve.reading import Asked, asked, glossary_of, languages
from translator.commands.serve.settings import Serving
from translator.commands.serve.texts import NAMES, Places, alternatives_plain, detected, sentence_plain
from translator.config import Direction, SearchConfig
from translator.documents import document_kind, open_document, open_file
from translator.translation import TranslateOptions, Translator


class Answers:
    """One translator's answers to parameters; all raise ``HTTPException`` and ``InputError``."""

    def __init__(self, translator: Translator, batcher: Batcher, serving: Serving) -> None:
        self.translator, self.batcher, self.serving = translator, batcher, serving

    def _way(self, source: str, target: str, text: str) -> tuple[Direction | None, dict[str, Any]]:
        """The direction for ``text``, ``None`` where it stays as it is, and the language found in it."""
        told: dict[str, Any] = {}
        if source == "auto":
            source, sure = detected(self.translator, text)
            told = {"detectedLanguage": {"language": source, "confidence": sure}}
        if target == "auto":
            target = "en" if source == "pt" else "pt"
        if source not in NAMES or source == target:
            return None, told
        direction = cast("Direction", f"{source}-{target}")
        if direction not in self.translator.folder.directions:
            other, own = f"{NAMES[target]} ({target})", f"{NAMES[source]} ({source})"
            raise HTTPException(400, f"{other} is not available as a target language from {own}")
        return direction, told

    async def translate(self, values: Mapping[str, Any]) -> Any:
        """One text or a list of them."""
        wanted = asked(values, self.serving)
        ways = [self._way(wanted.source, wanted.target, text) for text in wanted.texts]
        results = await self._translated(wanted, [way for way, _ in ways])
        columns: dict[str, list[Any]] = {"translatedText": [texts[0] for texts in results]}
        if wanted.alternatives:
            columns["alternatives"] = [texts[1:] for texts in results]
        if wanted.source == "auto":
            columns["detectedLanguage"] = [told["detectedLanguage"] for _, told in ways]
        return columns if wanted.is_list else {name: column[0] for name, column in columns.items()}

    async def _translated(self, wanted: Asked, ways: Sequence[Direction | None]) -> list[list[str]]:
        """For each text its translation, and others if they are wanted; all of one direction go together."""
        results = [[text] for text in wanted.texts]
        documents = [open_document(text, "html" if wanted.form == "html" else "txt") for text in wanted.texts]
        count = wanted.alternatives + 1
        config, options = SearchConfig(beam=count, n_best=count), TranslateOptions(glossary=wanted.glossary)
        for direction in {way for way in ways if way is not None}:
            chosen = [i for i, way in enumerate(ways) if way == direction]
            passages = [passage for i in chosen for passage in documents[i].passages]
            protected = None  # of plain text the translator finds it out
            if wanted.form == "html":
                protected = [documents[i].protected(n) for i in chosen for n in range(len(documents[i].slots))]
            found = iter(await self.batcher.translate(passages, direction, config, options, protected))
            for i in chosen:
                ranks = [one.alternatives or [one.target] for one in islice(found, len(documents[i].slots))]
                texts = [documents[i].fill([each[min(n, len(each) - 1)] for each in ranks]) for n in range(count)]
                results[i] = list(dict.fromkeys(texts))
        return results

    async def detect(self, values: Mapping[str, Any]) -> Any:
        """The language of a text."""
        wanted = asked({**values, "source": "auto", "target": "auto"}, self.serving)
        code, sure = detected(self.translator, "\n".join(wanted.texts))
        return [{"confidence": sure, "language": code}]

    async def file(self, values: Mapping[str, Any]) -> tuple[str, bytes]:
        """A translated document: its name, with its language, and its bytes."""
        file = values.get("file")
        if not isinstance(file, tuple) or not file[0]:
            raise HTTPException(400, "Invalid request: missing file parameter")
        name, raw = file
        source, target = languages(values)
        if (kind := document_kind(Path(name))) is None:
            raise HTTPException(400, "Invalid request: file format not supported")
        document = await asyncio.to_thread(open_file, raw, kind, name)
        passages = document.passages
        way, _ = self._way(source, target, "\n".join(passages[:1000]))
        if way is not None:
            plain = Path(name).suffix.lower() in (".txt", ".text")
            protected = None if plain else [document.protected(i) for i in range(len(passages))]
            options = TranslateOptions(glossary=glossary_of(values.get("glossary")))
            found = await self.batcher.translate(passages, way, SearchConfig(), options, protected)
            raw = await asyncio.to_thread(document.fill, [one.target for one in found])
        return f"{Path(name).stem}_{(way or target)[-2:]}{Path(name).suffix}", raw

    async def shown(self, values: Mapping[str, Any], *, weights: bool) -> Any:
        """A translation sentence by sentence, with confidence and, with ``weights``, where the decoder looked."""
        wanted = asked(values, self.serving)
        text = "\n".join(wanted.texts)
        way, told = self._way(wanted.source, wanted.target, text)
        plain = {"translatedText": text, "direction": way, "confidence": None, "sentences": [], "warnings": []} | told
        if way is None:
            return plain
        document = open_document(text, "txt")
        options = TranslateOptions(glossary=wanted.glossary, confidence=True)
        found = await self.batcher.translate(document.passages, way, SearchConfig(), options)
        source, sentences, whole, at = Places(text), [], "", 0
        for slot, translation in zip(document.slots, found, strict=True):
            whole += text[at : slot.start]
            at, source.at, within = slot.stop, slot.start, 0
            for segment in translation.segments:
                place = translation.target.find(segment.target, within)
                work = partial(sentence_plain, self.translator, segment, source, weights=weights)
                sentence = await self.batcher.call(work)
                if place < 0:  # the sign of a key stands in it
                    continue
                within = place + len(segment.target)
                sentences.append(sentence | {"start": len(whole) + place, "stop": len(whole) + within})
            whole += translation.target or slot.passage
        whole += text[at:]
        words = sum(len(one["words"]) for one in sentences)
        sure = sum(one["confidence"] * len(one["words"]) for one in sentences) / words if words else None
        plain |= {"translatedText": whole, "sentences": sentences, "confidence": sure}
        return plain | {"warnings": [warning for one in found for warning in one.warnings]}

    async def alternatives(self, values: Mapping[str, Any]) -> Any:
        """Other words at one place of a sentence, and the sentences that follow from them."""
        wanted = asked(values, self.serving)
        word, pieces = values.get("word"), values.get("pieces") or []
        size, longest = len(self.translator.subwords), self.translator.folder.shape.max_length
        sound = isinstance(pieces, list) and all(type(piece) is int and 3 < piece < size for piece in pieces)
        if type(word) is not int or word < 0 or not sound or len(pieces) >= longest:
            raise HTTPException(400, "Invalid request: word is a number from 0, pieces those of the sentence")
        way, _ = self._way(wanted.source, wanted.target, wanted.texts[0])
        options = TranslateOptions(glossary=wanted.glossary)
        found = [] if way is None else await self.batcher.translate(wanted.texts[:1], way, SearchConfig(), options)
        if not found or not found[0].segments:
            return {"alternatives": []}
        work = partial(alternatives_plain, self.translator, found[0].segments[0], word, pieces)
        return {"alternatives": await self.batcher.call(work)}
