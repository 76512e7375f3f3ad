"""``translator translate``: arguments, standard input or a file; text, JSON or a picture out."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from translator.cli.console import engine_named, open_output, read_lines, stderr, stdout, warn
from translator.config import Direction, SearchConfig
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    from translator.cli.session import State
    from translator.translation import EngineName, Translation, Translator

__all__ = ["direction_from", "translate"]

_LANGUAGES = {"en": "English", "pt": "Portuguese"}
_LINES_AT_ONCE = 256  # lines read, translated and written together


def direction_from(source: str | None, target: str | None) -> Direction | None:
    """The direction two language codes ask for; ``None`` if neither is given. Raises ``UsageError``."""
    for option, code in (("--from", source), ("--to", target)):
        if code is not None and code not in _LANGUAGES:
            raise UsageError(f"{option} {code}: unknown language", "languages: en (English), pt (Portuguese)")
    if source is None and target is None:
        return None
    if source == target:
        raise UsageError(f"--from and --to are both {source}", "one is en, the other pt")
    return "en-pt" if source == "en" or target == "pt" else "pt-en"


def translate(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts to translate; none reads standard input, line by line.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="en|pt", help="Language of the text; detected if not given.")
    ] = None,
    target: Annotated[str | None, typer.Option("--to", metavar="en|pt", help="Language to translate into.")] = None,
    model: Annotated[
        str, typer.Option(help="Name of a shipped model, or a model folder.", envvar="TRANSLATOR_MODEL")
    ] = DEFAULT_MODEL,
    input: Annotated[Path | None, typer.Option("--input", "-i", help="Translate this file, line by line.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of to the screen.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file if it exists.")] = False,
    beam: Annotated[int, typer.Option(help="Hypotheses kept while searching; 1 is greedy.")] = SearchConfig.beam,
    length_penalty: Annotated[
        float, typer.Option(help="GNMT length penalty; higher favours longer translations.")
    ] = SearchConfig.length_penalty,
    n_best: Annotated[int, typer.Option("--n-best", "-n", help="Translations shown for each text, best first.")] = 1,
    engine: Annotated[
        str, typer.Option(metavar="auto|ctranslate2|torch", help="What computes: the fast engine, or the reference.")
    ] = "auto",
    attention: Annotated[
        bool, typer.Option("--attention", "-a", help="Show under each translation where the decoder looked.")
    ] = False,
    layer: Annotated[
        int | None, typer.Option(help="Decoder layer of the picture, from 1; the last if not given.")
    ] = None,
    head: Annotated[int | None, typer.Option(help="Head of the picture, from 1; the mean of all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a text, with pieces and scores.")] = False,
) -> None:
    """Translate text. N lines in are N lines out.

    The direction is detected for each text unless --from or --to says it.

    Example: translator translate "I am happy." --attention
    """
    direction = direction_from(source, target)
    if beam > 0:
        beam = max(beam, n_best)  # as many hypotheses are kept as are asked for
    config = SearchConfig(beam=beam, length_penalty=length_penalty, n_best=n_best)
    if texts and input:
        raise UsageError("texts and --input are both given", "give one of them")
    if texts is not None and any(not text.strip() for text in texts):
        raise UsageError(
            "there is no text to translate: it is empty", 'for example: translator translate "Good morning."'
        )
    if attention and (as_json or n_best > 1 or output):
        raise UsageError("--attention draws on the screen: it goes without --json, --n-best and --output")
    load = partial(_load, model, engine_named(engine))
    if not texts and not input and sys.stdin.isatty():
        if sys.stdout.isatty() and not output and not as_json:
            model_folder(model)  # a wrong name is told before there is a prompt
            from translator.cli.session import State

            _prompt(load, State(direction, replace(config, n_best=1), n_best, attention, layer, head))
            return
        stderr().print("Type text, one line at a time; Ctrl-D ends.", style="dim")
    translator = load()
    writer = _Writer(translator, n_best, as_json, attention, layer, head)
    with open_output(output, force=force) as file:
        lines = iter(texts) if texts else read_lines(input)
        interactive = not texts and not input and sys.stdin.isatty()
        for number, translation in _translations(translator, lines, direction, config, 1 if interactive else None):
            writer.write(translation, file)
            for warning in translation.warnings:
                warn(warning if texts else f"line {number}: {warning}")
        file.flush()


def _load(model: str, engine: EngineName) -> Translator:
    from translator.translation import Translator

    return Translator.load(model, engine)


def _prompt(load: Callable[[], Translator], state: State) -> None:
    """Let the user type; what is typed is shown by the same writer."""
    from translator.cli.repl import run_repl

    def show(translator: Translator, translation: Translation, state: State) -> None:
        writer = _Writer(translator, state.n_best, False, state.attention, state.layer, state.head)
        writer.write(translation, sys.stdout)

    run_repl(load, show, state)


def _translations(
    translator: Translator,
    lines: Iterable[str],
    direction: Direction | None,
    config: SearchConfig,
    at_once: int | None,
) -> Iterator[tuple[int, Translation]]:
    """Numbered translations, a chunk of lines at a time."""
    lines = iter(lines)
    number = 0
    while chunk := list(itertools.islice(lines, at_once or _LINES_AT_ONCE)):
        for translation in translator.translate_batch(chunk, direction, config):
            number += 1
            yield number, translation


class _Writer:
    """Prints a translation the way that was asked for."""

    def __init__(
        self, translator: Translator, n_best: int, as_json: bool, attention: bool, layer: int | None, head: int | None
    ) -> None:
        self.translator = translator
        self.n_best = n_best
        self.as_json = as_json
        self.attention = attention
        self.layer = self._index("layer", layer, translator.folder.shape.decoder_layers)
        self.head = self._index("head", head, translator.folder.shape.heads)

    @staticmethod
    def _index(name: str, value: int | None, count: int) -> int | None:
        if value is not None and not 1 <= value <= count:
            raise UsageError(f"--{name} {value}: this model has {name}s 1 to {count}")
        return None if value is None else value - 1

    def write(self, translation: Translation, file: TextIO) -> None:
        if self.as_json:
            file.write(json.dumps(_plain(self.translator, translation), ensure_ascii=False) + "\n")
        elif self.n_best > 1:
            for rank, text in enumerate(translation.alternatives or [translation.target], start=1):
                file.write(f"{rank}\t{text}\n")
        else:
            file.write(translation.target + "\n")
        if self.attention:
            file.flush()
            self._draw(translation)

    def _draw(self, translation: Translation) -> None:
        from translator.views.heatmap import Heatmap, heatmap

        console = stdout()
        layers, heads = (
            self.translator.folder.shape.decoder_layers,
            self.translator.folder.shape.heads,
        )
        layer = layers - 1 if self.layer is None else self.layer
        which = f"mean of {heads} heads" if self.head is None else f"head {self.head + 1}/{heads}"
        arrow = translation.direction.upper().replace("-", "→")
        title = f"{arrow}  cross-attention  layer {layer + 1}/{layers}  {which}  rows = predicted word"
        for segment in translation.segments:
            attention = self.translator.attention(segment)
            picture = Heatmap(
                title,
                [word.text for word in attention.target_words],
                [word.text for word in attention.source_words],
                attention.words(layer, self.head),
            )
            console.print()
            console.print(heatmap(picture, console.width), no_wrap=True, crop=False)


def _plain(translator: Translator, translation: Translation) -> dict[str, Any]:
    """A translation as plain data."""
    subwords = translator.subwords
    return {
        "source": translation.source,
        "target": translation.target,
        "direction": translation.direction,
        "score": round(translation.score, 6),
        "n_best": translation.alternatives,
        "warnings": translation.warnings,
        "sentences": [
            {
                "source": segment.source,
                "target": segment.target,
                "source_pieces": [subwords.piece(i) for i in segment.source_ids],
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
            for segment in translation.segments
        ],
    }
