"""``translator translate``: arguments, standard input or a file; text, JSON or a picture out."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.console import engine_named, open_output, read_lines, stderr, warn
from translator.cli.progress import translating
from translator.cli.writers import Output, Writer
from translator.config import Direction, SearchConfig
from translator.errors import InputError, UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.translation import TranslateOptions, Translation, Translator

__all__ = ["direction_from", "translate"]

_LANGUAGES = {"en": "English", "pt": "Portuguese"}
_LINES_AT_ONCE = 256  # lines read, translated and written together, unless they are wanted one by one
_SEARCH, _WORDS, _FILES, _SHOW = "Search", "Words", "Input and output", "What is shown"


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
    engine: Annotated[
        str, typer.Option(metavar="auto|ctranslate2|torch", help="What computes: the fast engine, or the reference.")
    ] = "auto",
    input: Annotated[
        Path | None, typer.Option("--input", "-i", help="Translate this file.", rich_help_panel=_FILES)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.", rich_help_panel=_FILES)
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the output file if it exists.", rich_help_panel=_FILES)
    ] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Answer each line as soon as it comes.", rich_help_panel=_FILES)
    ] = False,
    jsonl: Annotated[
        bool,
        typer.Option(
            "--jsonl",
            help='Read a JSON object a line, {"text": …} with "id", "from", "to" and "prefix" if wanted; write JSON.',
            rich_help_panel=_FILES,
        ),
    ] = False,
    beam: Annotated[
        int, typer.Option(help="Hypotheses kept while searching; 1 is greedy.", rich_help_panel=_SEARCH)
    ] = SearchConfig.beam,
    length_penalty: Annotated[
        float,
        typer.Option(help="GNMT length penalty; higher favours longer translations.", rich_help_panel=_SEARCH),
    ] = SearchConfig.length_penalty,
    sample: Annotated[
        bool, typer.Option("--sample", help="Draw at random instead of searching.", rich_help_panel=_SEARCH)
    ] = False,
    temperature: Annotated[
        float, typer.Option(help="Of sampling: below 1 safer, above 1 wilder.", rich_help_panel=_SEARCH)
    ] = SearchConfig.temperature,
    top_k: Annotated[
        int, typer.Option(help="Pieces sampling chooses among; 0 = all.", rich_help_panel=_SEARCH)
    ] = SearchConfig.top_k,
    seed: Annotated[
        int, typer.Option(help="Of sampling: the same seed draws the same.", rich_help_panel=_SEARCH)
    ] = SearchConfig.seed,
    prefix: Annotated[str, typer.Option(help="What the translation must begin with.", rich_help_panel=_WORDS)] = "",
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A word or name never to translate; may be repeated.", rich_help_panel=_WORDS),
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(help="A file of your terms: term, tab, translation.", rich_help_panel=_WORDS),
    ] = None,
    protect: Annotated[
        bool,
        typer.Option(help="Carry links, addresses, file names, code and emoji over unchanged.", rich_help_panel=_WORDS),
    ] = True,
    guard: Annotated[
        bool,
        typer.Option(help="Search again where a translation is plainly wrong, and warn.", rich_help_panel=_SEARCH),
    ] = True,
    n_best: Annotated[
        int,
        typer.Option("--n-best", "-n", help="Translations of each text, best first.", rich_help_panel=_SHOW),
    ] = 1,
    confidence: Annotated[
        bool, typer.Option("--confidence", "-c", help="Mark doubtful words.", rich_help_panel=_SHOW)
    ] = False,
    alternatives: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="Show what else could stand for a word.", rich_help_panel=_SHOW),
    ] = None,
    attention: Annotated[
        bool,
        typer.Option("--attention", "-a", help="Show under each translation where it looked.", rich_help_panel=_SHOW),
    ] = False,
    layer: Annotated[
        int | None, typer.Option(help="Decoder layer of the picture, from 1; else the last.", rich_help_panel=_SHOW)
    ] = None,
    head: Annotated[
        int | None, typer.Option(help="Head of the picture, from 1; else the mean of all.", rich_help_panel=_SHOW)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a text, with all there is.", rich_help_panel=_SHOW)
    ] = False,
) -> None:
    """Translate text. N lines in are N lines out.

    The direction is detected for each text unless --from or --to says it.

    Example: translator translate "I am happy." --attention
    """
    direction = direction_from(source, target)
    if beam > 0 and not sample:
        beam = max(beam, n_best)  # as many hypotheses are kept as are asked for
    config = SearchConfig(
        beam=beam if not sample else max(beam, n_best),
        length_penalty=length_penalty,
        n_best=n_best,
        sample=sample,
        temperature=temperature,
        top_k=top_k,
        seed=seed,
    )
    as_json = as_json or jsonl
    if texts and input:
        raise UsageError("texts and --input are both given", "give one of them")
    if texts is not None and any(not text.strip() for text in texts):
        raise UsageError(
            "there is no text to translate: it is empty", 'for example: translator translate "Good morning."'
        )
    if attention and (as_json or n_best > 1 or output):
        raise UsageError("--attention draws on the screen: it goes without --json, --n-best and --output")
    if not texts and not input and sys.stdin.isatty():
        stderr().print("Type text, one line at a time; Ctrl-D ends.", style="dim")
    from translator.translation import TranslateOptions, Translator

    options = TranslateOptions(
        prefix=prefix,
        keep=tuple(keep or ()),
        glossary=_glossary(glossary),
        protect=protect,
        guard=guard,
        confidence=confidence or as_json,
    )
    translator = Translator.load(model, engine_named(engine))
    from_one = None if layer is None else layer - 1, None if head is None else head - 1
    writer = Writer(translator, Output(n_best, as_json, confidence, alternatives, attention, *from_one), config)
    with translating(input, output) as advance, open_output(output, force=force) as file:
        lines = iter(texts) if texts else read_lines(input)
        one_by_one = stream or (not texts and not input and sys.stdin.isatty())
        requests = _requests(lines, direction, jsonl)
        for number, (request, translation) in enumerate(
            _translations(translator, requests, config, options, 1 if one_by_one else _LINES_AT_ONCE), start=1
        ):
            writer.write(translation, file, request.extra)
            advance(1)
            if one_by_one:
                file.flush()
            for warning in translation.warnings:
                warn(warning if texts else f"line {number}: {warning}")
        file.flush()


@dataclass(frozen=True)
class _Request:
    """A text to translate, with what its line alone asks for."""

    text: str
    direction: Direction | None
    prefix: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def _requests(lines: Iterable[str], direction: Direction | None, jsonl: bool) -> Iterator[_Request]:
    for number, line in enumerate(lines, start=1):
        yield _parsed(line, number, direction) if jsonl else _Request(line, direction)


_KEYS = {"id": object, "text": str, "from": str, "to": str, "prefix": str}


def _parsed(line: str, number: int, direction: Direction | None) -> _Request:
    """One line of JSONL. Raises ``InputError`` naming the line."""
    example = 'a line is an object like {"text": "Good morning.", "id": 7}'
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number} is not JSON: {error}", example) from error
    if not isinstance(record, dict) or "text" not in record:
        raise InputError(f'line {number} is not an object with "text"', example)
    for key, value in record.items():
        if key not in _KEYS:
            raise InputError(f"line {number}: unknown key {key!r}", f"known keys: {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise InputError(f"line {number}: {key} is {value!r}; it takes a text", example)
    try:
        own = direction_from(record.get("from"), record.get("to"))
    except UsageError as error:
        raise InputError(f"line {number}: {error.message}", error.hint) from error
    extra = {"id": record["id"]} if "id" in record else {}
    return _Request(record["text"], own or direction, record.get("prefix"), extra)


def _translations(
    translator: Translator,
    requests: Iterable[_Request],
    config: SearchConfig,
    options: TranslateOptions,
    at_once: int,
) -> Iterator[tuple[_Request, Translation]]:
    """Each request with its translation, a chunk at a time; neighbours that ask for the same go together."""
    requests = iter(requests)
    while chunk := list(itertools.islice(requests, at_once)):
        for (direction, prefix), group in itertools.groupby(chunk, key=lambda r: (r.direction, r.prefix)):
            alike = list(group)
            own = options if prefix is None else replace(options, prefix=prefix)
            texts = [request.text for request in alike]
            yield from zip(alike, translator.translate_batch(texts, direction, config, own), strict=True)


def _glossary(path: Path | None) -> Any:
    if path is None:
        return None
    from translator.text.glossary import read_glossary

    return read_glossary(read_lines(path), path)
