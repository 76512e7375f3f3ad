"""``translator translate``: arguments, standard input or a file; text, JSON or a picture out."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from translator.commands.console import engine_named, line_end, open_output, read_lines, stderr, warn
from translator.commands.progress import count_lines, translating
from translator.commands.requests import Request, direction_from, read_requests, shard_of
from translator.commands.translate.documents import kind_of, read_document, translate_document
from translator.commands.translate.writers import Output, Writer
from translator.config import SearchConfig
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    # Only annotations name it, and Typer alone reads those: commands/app.py gives this module the name then. A plain
    # translation (commands/main.py) does without it, and without the third of its time that importing it takes.
    import typer

    from translator.commands.prompt.session import State
    from translator.text.glossary import Glossary
    from translator.translation import EngineName, TranslateOptions, Translation, Translator

__all__ = ["direction_from", "translate"]

_LINES_AT_ONCE = 256  # lines read, translated and written together, unless they are wanted one by one
_LINES_OF_A_FILE = 1024  # where nobody waits for the first: a twentieth faster, as the threads end together less often
_SEARCH, _WORDS, _FILES, _SHOW = "Search", "Words", "Input and output", "What is shown"


def translate(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts to translate; none reads standard input, line by line.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", "-f", metavar="en|pt", help="Language of the text; detected if not given.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to", "-t", metavar="en|pt", help="Language to translate into.")
    ] = None,
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
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="auto|txt|md|srt",
            help="What the file is: lines of text, Markdown, subtitles; auto goes by its name.",
            rich_help_panel=_FILES,
        ),
    ] = "auto",
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="K/N",
            help="Of --input, only the K-th of N parts; the outputs of all N, put together, are the whole.",
            rich_help_panel=_FILES,
        ),
    ] = None,
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
    kind = "txt" if jsonl else kind_of(form, input)
    if kind != "txt" and (input is None or as_json or n_best > 1 or confidence or attention or alternatives):
        raise UsageError(
            f"a document ({kind}) is translated whole, from --input",
            "leave out --json, --n-best, --confidence, --attention, --alternatives; or say --format txt for its lines",
        )
    if shard and (input is None or kind != "txt"):
        raise UsageError("--shard is of the lines of --input", "name a file of lines, or say --format txt")
    if shard and input and input.is_fifo():
        raise UsageError(f"--shard counts lines first, and {input} is a pipe", "save its lines to a file")
    if texts and input:
        raise UsageError("texts and --input are both given", "give one of them")
    texts = _texts(texts)
    if attention and (as_json or n_best > 1 or output):
        raise UsageError("--attention draws on the screen: it goes without --json, --n-best and --output")
    from translator.translation import TranslateOptions

    options = TranslateOptions(
        prefix=prefix,
        keep=tuple(keep or ()),
        glossary=_glossary(glossary),
        protect=protect,
        guard=guard,
        confidence=confidence or as_json,
    )
    load = partial(_load, model, engine_named(engine))
    if not texts and not input and sys.stdin.isatty():
        if sys.stdout.isatty() and not output and not as_json:
            model_folder(model)  # a wrong name is told before there is a prompt
            from translator.commands.prompt.session import State

            shown = replace(config, n_best=1)
            _prompt(load, State(direction, shown, n_best, attention, layer, head, confidence, options))
            return
        stderr().print("Type text, one line at a time; Ctrl-D ends.", style="dim")
    translator = load()
    writer = Writer(translator, shown_as(n_best, as_json, confidence, alternatives, attention, layer, head), config)
    ends = "" if kind != "txt" else "\n" if as_json else line_end(input)
    with (
        translating(output, "lines" if kind == "txt" else "passages") as begun,
        open_output(output, force=force, newline=ends) as file,
    ):
        if input and kind != "txt":
            text = read_document(input)
            translate_document(translator, text, kind, direction, config, options, file, begun)
            file.flush()
            return
        counted = count_lines(input) if input and not input.is_fifo() else 0  # a pipe can be read once only
        part = shard_of(shard, counted) if shard else range(counted)
        advance = begun(len(part) if counted else None) if input else lambda _: None
        lines = iter(texts) if texts else read_lines(input)
        if shard:
            lines = itertools.islice(lines, part.start, part.stop)
        one_by_one = stream or (not texts and not input and sys.stdin.isatty())
        requests = read_requests(lines, direction, jsonl, first=part.start + 1)
        at_once = 1 if one_by_one else _LINES_OF_A_FILE if input and input.is_file() else _LINES_AT_ONCE
        for number, (request, translation) in enumerate(
            _translations(translator, requests, config, options, at_once), start=part.start + 1
        ):
            writer.write(translation, file, request.extra)
            advance(1)
            if one_by_one:
                file.flush()
            for warning in translation.warnings:
                warn(warning if texts else f"line {number}: {warning}")
        file.flush()


def _texts(texts: list[str] | None) -> list[str] | None:
    """What was typed as arguments: ``-`` is standard input, words without quotation marks are one text."""
    if not texts or texts == ["-"]:
        return None
    words = len(texts) > 1 and all(text and not any(map(str.isspace, text)) for text in texts)
    return [" ".join(texts)] if words else texts


def shown_as(
    n_best: int,
    as_json: bool,
    confidence: bool,
    alternatives: str | None,
    attention: bool,
    layer: int | None,
    head: int | None,
) -> Output:
    """What is printed; layer and head are given from 1."""
    from_zero = None if layer is None else layer - 1, None if head is None else head - 1
    return Output(n_best, as_json, confidence, alternatives, attention, *from_zero)


def _load(model: str, engine: EngineName) -> Translator:
    from translator.translation import Translator

    return Translator.load(model, engine)


def _prompt(load: Callable[[], Translator], state: State) -> None:
    """Let the user type; what is typed is shown by the same writer."""
    from translator.commands.prompt.repl import run_repl

    def show(translator: Translator, translation: Translation, state: State) -> None:
        output = shown_as(state.n_best, False, state.confidence, None, state.attention, state.layer, state.head)
        Writer(translator, output, state.config).write(translation, sys.stdout)

    run_repl(load, show, state)


def _translations(
    translator: Translator,
    requests: Iterable[Request],
    config: SearchConfig,
    options: TranslateOptions,
    at_once: int,
) -> Iterator[tuple[Request, Translation]]:
    """Each request with its translation, a chunk at a time; neighbours that ask for the same go together."""
    requests = iter(requests)
    while chunk := list(itertools.islice(requests, at_once)):
        for (direction, prefix), group in itertools.groupby(chunk, key=lambda r: (r.direction, r.prefix)):
            alike = list(group)
            own = options if prefix is None else replace(options, prefix=prefix)
            texts = [request.text for request in alike]
            yield from zip(alike, translator.translate_batch(texts, direction, config, own), strict=True)


def _glossary(path: Path | None) -> Glossary | None:
    if path is None:
        return None
    from translator.text.glossary import read_glossary

    return read_glossary(read_lines(path), path)
