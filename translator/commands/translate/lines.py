"""Texts and lines: each is translated and shown as it is done; N lines in are N lines out."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING

from translator.commands.console import line_end, read_lines, warn
from translator.commands.progress import count_lines, translating
from translator.commands.requests import Request, read_requests, shard_of
from translator.commands.translate.task import Straight, Task, refused, result
from translator.commands.translate.writers import Output, Writer

if TYPE_CHECKING:
    from translator.translation import Translation

    _Block = tuple[list[tuple[Request, Translation]], int, str]
    """Requests with their translations, how many lines are read with them, and the digest of all those."""

_AT_ONCE = 256  # lines read, translated and written together, unless they are wanted one by one
_OF_A_FILE = 1024  # where nobody waits for the first: a twentieth faster, as the threads end together less often


def translate_lines(task: Task, texts: list[str] | None, shown: Output) -> None:
    """Translate texts, or the lines of a file or of standard input, and write each as it is done."""
    from translator.translation.ahead import one_ahead

    asked, path = task.asked, task.asked.input
    writer = Writer(task.translator, shown, task.config)
    counted = count_lines(path) if path and not path.is_fifo() else 0  # a pipe can be read once only
    part = shard_of(asked.shard, counted) if asked.shard else range(counted)
    lines = iter(texts) if texts else read_lines(path)
    if asked.shard:
        lines = islice(lines, part.start, part.stop)
    one_by_one = asked.stream or (not texts and not path and sys.stdin.isatty())
    of_a_file = path is not None and path.is_file() and not one_by_one
    at_once = 1 if one_by_one else _OF_A_FILE if of_a_file else _AT_ONCE
    ends = "\n" if shown.as_json else line_end(path)
    with translating(asked.output, "lines") as begun, result(task, path, asked.output, newline=ends) as to:
        advance = begun(len(part) if counted else None) if path else lambda _: None
        done, number = to.progress.get("lines", 0), to.progress.get("texts", part.start)

        def blocks() -> Iterator[Callable[[], _Block]]:
            """What is still to do, ready to be translated."""
            digest, read = hashlib.sha256(), 0
            while block := list(islice(lines, at_once)):
                digest.update("\n".join([*block, ""]).encode(errors="surrogatepass"))
                first, read = part.start + read + 1, read + len(block)
                if first - part.start > done:
                    yield partial(_translated, task, block, first, read, digest.hexdigest())
                    continue
                advance(len(block))
                if read >= done:
                    to.check(digest.hexdigest())
            if read < done:
                to.check("")

        for found, read, digest in one_ahead(blocks()) if of_a_file else (call() for call in blocks()):
            file = to.text if isinstance(to, Straight) else io.StringIO(newline=ends)
            for request, translation in found:
                number += 1
                where = "" if texts else f"line {number}: "
                if translation.note and asked.other_language == "refuse":
                    raise refused(translation.note, where)
                writer.write(translation, file, request.extra)
                advance(1)
                if one_by_one:
                    file.flush()
                for warning in translation.warnings:
                    warn(where + warning)
            if isinstance(file, io.StringIO):
                to.append(file.getvalue().encode(), digest, lines=read, texts=number)
        to.finish()


def _translated(task: Task, lines: list[str], first: int, read: int, digest: str) -> _Block:
    """A block, whose first line has the number ``first``; neighbours that ask for the same go together."""
    requests = read_requests(lines, task.direction, task.asked.jsonl, first=first)
    found: list[tuple[Request, Translation]] = []
    for (direction, prefix), group in groupby(requests, key=lambda r: (r.direction, r.prefix)):
        alike = list(group)
        own = task.options if prefix is None else replace(task.options, prefix=prefix)
        texts = [request.text for request in alike]
        found += zip(alike, task.translator.translate_batch(texts, direction, task.config, own), strict=True)
    return found, read, digest
