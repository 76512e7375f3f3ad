"""``translator translate``: arguments, standard input or a file; text, JSON or a picture out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from translator.commands import loaded
from translator.commands.console import engine_named, read_lines, stderr
from translator.commands.requests import direction_from
from translator.commands.translate.asked import Asked
from translator.commands.translate.bilingual import check_bilingual
from translator.commands.translate.documents import kind_of, translate_document
from translator.commands.translate.lines import translate_lines
from translator.commands.translate.task import Task
from translator.commands.translate.writers import Output, Writer
from translator.draw.language import say
from translator.files import model_folder

if TYPE_CHECKING:
    from translator.commands.translate.files import FileJob
    from translator.config import Direction, Numbers, SearchConfig
    from translator.translation import TranslateOptions, Translation, Translator

__all__ = ["direction_from", "translate"]


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
    load = partial(loaded.load, asked.model, engine_named(asked.engine))
    layer, head = (None if number is None else number - 1 for number in (asked.layer, asked.head))  # asked from 1
    shown = Output(asked.n_best, as_json, asked.confidence, asked.alternatives, asked.attention, layer, head)
    if not texts and not asked.input and sys.stdin.isatty():
        if sys.stdout.isatty() and not asked.output and not as_json:
            model_folder(asked.model)  # a wrong name is told before there is a prompt
            _prompt(load, asked, direction, config, options)
            return
        stderr().print(say("Type text, one line at a time; Ctrl-D ends."), style="dim")
    task = Task(asked, load(), direction, config, options)
    if jobs:
        from translator.commands.translate.files import translate_files

        def translate_file(job: FileJob) -> None:
            translate_document(task, job.source, kind_of(asked.form, job.source), job.target, bilingual)

        translate_files(jobs, translate_file, force=asked.force)
    elif asked.input and (kind != "txt" or bilingual):
        translate_document(task, asked.input, kind, asked.output, bilingual)
    else:
        translate_lines(task, texts, shown)


def _options(asked: Asked, as_json: bool) -> TranslateOptions:
    from translator.text.glossary import read_glossary
    from translator.translation import TranslateOptions

    return TranslateOptions(
        prefix=asked.prefix,
        keep=tuple(asked.keep or ()),
        glossary=read_glossary(read_lines(asked.glossary), asked.glossary) if asked.glossary else None,
        protect=asked.protect,
        numbers=cast("Numbers", asked.numbers),
        retry=asked.retry,
        confidence=asked.confidence or as_json,
        scores=as_json,
    )


def _texts(texts: list[str] | None) -> list[str] | None:
    """What was typed as arguments: ``-`` is standard input, words without quotation marks are one text."""
    if not texts or texts == ["-"]:
        return None
    words = len(texts) > 1 and all(text and not any(map(str.isspace, text)) for text in texts)
    return [" ".join(texts)] if words else texts


def _prompt(
    load: Callable[[], Translator],
    asked: Asked,
    direction: Direction | None,
    config: SearchConfig,
    options: TranslateOptions,
) -> None:
    """Let the user type; what is typed is shown by the same writer."""
    from translator.commands.prompt.repl import run_repl
    from translator.commands.prompt.session import State

    def show(translator: Translator, translation: Translation, state: State) -> None:
        layer, head = (None if number is None else number - 1 for number in (state.layer, state.head))
        output = Output(state.n_best, False, state.confidence, None, state.attention, layer, head)
        Writer(translator, output, state.config).write(translation, sys.stdout)

    picture = asked.attention, asked.layer, asked.head
    run_repl(load, show, State(direction, replace(config, n_best=1), asked.n_best, *picture, asked.confidence, options))
