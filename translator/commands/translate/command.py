"""``translator translate``: arguments, standard input or a file; text, JSON or a picture out."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from translator.commands.console import engine_named, line_end, open_output, read_lines, stderr, warn
from translator.commands.language import say
from translator.commands.progress import Begun, count_lines, translating
from translator.commands.requests import Request, direction_from, read_requests, shard_of
from translator.commands.translate.asked import Asked
from translator.commands.translate.bilingual import check_bilingual
from translator.commands.translate.documents import kind_of, read_document, refused, translated_file
from translator.commands.translate.writers import Output, Writer
from translator.files import model_folder

if TYPE_CHECKING:
    from translator.commands.translate.files import FileJob
    from translator.config import Direction, Numbers, SearchConfig
    from translator.documents import DocumentKind
    from translator.text.glossary import Glossary
    from translator.translation import EngineName, TranslateOptions, Translation, Translator

__all__ = ["direction_from", "translate"]

_LINES_AT_ONCE = 256  # lines read, translated and written together, unless they are wanted one by one
_LINES_OF_A_FILE = 1024  # where nobody waits for the first: a twentieth faster, as the threads end together less often


def translate(texts: list[str] | None = None, **given: Any) -> None:
    """Translate text. N lines in are N lines out.

    The direction is detected for each text unless --from or --to says it.

    Example: translator translate "I am happy." --attention
    """
    # Typer reads the options off ``Asked`` (commands/app.py). A plain translation does without it, and without the
    # third of its time that importing it takes.
    asked = Asked(**given)
    direction = direction_from(asked.source, asked.target)
    config = asked.search()
    kind = "txt" if asked.jsonl else kind_of(asked.form, asked.input)
    asked.check(kind, texts)
    bilingual = check_bilingual(asked.bilingual)
    suffix = f".{bilingual}" if bilingual else ""
    jobs: Sequence[FileJob] = ()
    if asked.to_dir:
        from translator.commands.translate.files import file_jobs

        jobs = file_jobs(texts or [], asked.to_dir, suffix)
    texts = _texts(texts)
    as_json = asked.as_json or asked.jsonl
    options = _options(asked, as_json)
    load = partial(_load, asked.model, engine_named(asked.engine))
    shown = _shown(asked, as_json)
    if not texts and not asked.input and sys.stdin.isatty():
        if sys.stdout.isatty() and not asked.output and not as_json:
            model_folder(asked.model)  # a wrong name is told before there is a prompt
            _prompt(load, direction, config, shown, options)
            return
        stderr().print(say("Type text, one line at a time; Ctrl-D ends."), style="dim")
    translator = load()

    def translated(path: Path, kind: DocumentKind, begun: Begun) -> bytes:
        refuse, document = asked.other_language == "refuse", read_document(path, kind)
        return translated_file(translator, document, direction, config, options, begun, bilingual, refuse=refuse)

    if jobs:
        from translator.commands.translate.files import translate_files

        translate_files(jobs, asked.form, translated, force=asked.force)
        return
    ends = "" if kind != "txt" else "\n" if as_json else line_end(asked.input)
    with (
        translating(asked.output, "lines" if kind == "txt" else "passages") as begun,
        open_output(asked.output, force=asked.force, newline=ends) as file,
    ):
        if asked.input and (kind != "txt" or bilingual):
            content = translated(asked.input, kind, begun)
            file.flush()
            file.buffer.write(content)
        else:
            _translate_lines(
                translator, texts, asked, direction, config, options, Writer(translator, shown, config), file, begun
            )
        file.flush()


def _translate_lines(
    translator: Translator,
    texts: list[str] | None,
    asked: Asked,
    direction: Direction | None,
    config: SearchConfig,
    options: TranslateOptions,
    writer: Writer,
    file: TextIO,
    begun: Begun,
) -> None:
    """Translate texts, or the lines of a file or of standard input, and write each as it is done."""
    input = asked.input
    counted = count_lines(input) if input and not input.is_fifo() else 0  # a pipe can be read once only
    part = shard_of(asked.shard, counted) if asked.shard else range(counted)
    advance = begun(len(part) if counted else None) if input else lambda _: None
    lines = iter(texts) if texts else read_lines(input)
    if asked.shard:
        lines = itertools.islice(lines, part.start, part.stop)
    one_by_one = asked.stream or (not texts and not input and sys.stdin.isatty())
    requests = read_requests(lines, direction, asked.jsonl, first=part.start + 1)
    of_a_file = input is not None and input.is_file() and not one_by_one
    at_once = 1 if one_by_one else _LINES_OF_A_FILE if of_a_file else _LINES_AT_ONCE
    for number, (request, translation) in enumerate(
        _translations(translator, requests, config, options, at_once, ahead=of_a_file), start=part.start + 1
    ):
        if translation.note and asked.other_language == "refuse":
            raise refused(translation.note, "" if texts else f"line {number}: ")
        writer.write(translation, file, request.extra)
        advance(1)
        if one_by_one:
            file.flush()
        for warning in translation.warnings:
            warn(warning if texts else f"line {number}: {warning}")


def _options(asked: Asked, as_json: bool) -> TranslateOptions:
    from translator.translation import TranslateOptions

    return TranslateOptions(
        prefix=asked.prefix,
        keep=tuple(asked.keep or ()),
        glossary=_glossary(asked.glossary),
        protect=asked.protect,
        numbers=cast("Numbers", asked.numbers),
        guard=asked.guard,
        confidence=asked.confidence or as_json,
        scores=as_json,
    )


def _texts(texts: list[str] | None) -> list[str] | None:
    """What was typed as arguments: ``-`` is standard input, words without quotation marks are one text."""
    if not texts or texts == ["-"]:
        return None
    words = len(texts) > 1 and all(text and not any(map(str.isspace, text)) for text in texts)
    return [" ".join(texts)] if words else texts


def _shown(asked: Asked, as_json: bool) -> Output:
    """What is printed; layer and head are asked for from 1."""
    layer, head = (None if number is None else number - 1 for number in (asked.layer, asked.head))
    return Output(asked.n_best, as_json, asked.confidence, asked.alternatives, asked.attention, layer, head)


def _load(model: str, engine: EngineName) -> Translator:
    from translator.translation import Translator

    return Translator.load(model, engine)


def _prompt(
    load: Callable[[], Translator],
    direction: Direction | None,
    config: SearchConfig,
    shown: Output,
    options: TranslateOptions,
) -> None:
    """Let the user type; what is typed is shown by the same writer."""
    from translator.commands.prompt.repl import run_repl
    from translator.commands.prompt.session import State

    def show(translator: Translator, translation: Translation, state: State) -> None:
        layer, head = (None if number is None else number - 1 for number in (state.layer, state.head))
        output = Output(state.n_best, False, state.confidence, None, state.attention, layer, head)
        Writer(translator, output, state.config).write(translation, sys.stdout)

    layer, head = (None if number is None else number + 1 for number in (shown.layer, shown.head))
    begun = replace(config, n_best=1)
    state = State(direction, begun, shown.n_best, shown.attention, layer, head, shown.confidence, options)
    run_repl(load, show, state)


def _translations(
    translator: Translator,
    requests: Iterable[Request],
    config: SearchConfig,
    options: TranslateOptions,
    at_once: int,
    *,
    ahead: bool,
) -> Iterator[tuple[Request, Translation]]:
    """Each request with its translation, a chunk at a time; neighbours that ask for the same go together. ``ahead``
    reads and begins the next chunk meanwhile."""
    calls = _calls(translator, iter(requests), config, options, at_once)
    if ahead:
        from translator.translation.ahead import one_ahead

        return itertools.chain.from_iterable(one_ahead(calls))
    return itertools.chain.from_iterable(call() for call in calls)


def _calls(
    translator: Translator, requests: Iterator[Request], config: SearchConfig, options: TranslateOptions, at_once: int
) -> Iterator[Callable[[], Sequence[tuple[Request, Translation]]]]:
    def translated(
        alike: list[Request], direction: Direction | None, own: TranslateOptions
    ) -> Sequence[tuple[Request, Translation]]:
        texts = [request.text for request in alike]
        return list(zip(alike, translator.translate_batch(texts, direction, config, own), strict=True))

    while chunk := list(itertools.islice(requests, at_once)):
        for (direction, prefix), group in itertools.groupby(chunk, key=lambda r: (r.direction, r.prefix)):
            own = options if prefix is None else replace(options, prefix=prefix)
            yield partial(translated, list(group), direction, own)


def _glossary(path: Path | None) -> Glossary | None:
    if path is None:
        return None
    from translator.text.glossary import read_glossary

    return read_glossary(read_lines(path), path)
