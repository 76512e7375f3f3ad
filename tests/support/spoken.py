"""What the program says in English, found in its code: sentences of the help, and patterns of the messages.

PYTHONPATH=. python tests/support/spoken.py    prints those without Portuguese, for draw/portuguese.tsv
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any

import translator
from translator.commands.app import program
from translator.commands.index import COMMANDS
from translator.commands.prompt.session_commands import COMMANDS as PROMPT
from translator.commands.prompt.session_commands import NOTES
from translator.commands.settings import SETTINGS
from translator.commands.usage import BEGIN, paragraphs, plain_help
from translator.config import TrainConfig
from translator.draw.language import PARTS, speak

__all__ = ["help_sentences", "left_in_english", "message_patterns"]

_ERRORS = {"UsageError", "InputError", "CheckpointError", "OutputError", "TranslatorError", "warn", "say", "told"}


_ALIKE = """
    aer bfloat bits bleu bootstrap brown byte bytes chrf church clip corpora corpus ctrl dev embed embedding embeddings
    emoji estar eubookshop europarl feed fffd final float forward gale ids inf int item latex lens log logit max memory
    min mult nats normal nrefs odds opensubtitles paracrawl pro raw residual rollout scielo ser sha small softmax
    spearman tatoeba ted ter test tiny token tokens torch total train unembedding unicode unk utf web
""".split()  # noqa: SIM905
"""Names, and words that both languages have."""
_NO_PROSE = re.compile(r"d_head|--[a-z-]+|\S+\.[a-z]+\S*|/\S+/\S*|`.*?`|translator [a-z]+|^ +→.*$", re.MULTILINE)
"""Options, files, commands, and what an untrained model writes."""


def left_in_english(show: Callable[[str], str], own: str = "") -> str:
    """The words that ``show`` says in either language, but for those, and parts of those, of a user's ``own``."""
    said = []
    for language in ("en", "pt"):
        speak(language)
        text = _NO_PROSE.sub("", show(language).casefold())
        words = re.findall(r"[^\W\d_]{3,}", text)
        said.append({word for word in words if not word.startswith("zu") and word not in own})
    speak(None)
    assert said[0]
    return " ".join(sorted((said[0] & said[1]).difference(_ALIKE)))


def help_sentences() -> set[str]:
    """Every sentence that some ``--help``, or the prompt's ``:help``, shows."""
    found = {what for _, what in BEGIN} | set(NOTES)
    found |= {text for entry in COMMANDS.values() for text in (entry.section, entry.summary)}
    found |= {command.help for command in PROMPT.values()} | {setting.help for setting in SETTINGS.values()}
    found |= {field.metadata["help"] for field in fields(TrainConfig)}
    found |= set(_of_command(program(whole=True)))
    return found - {""}


def _of_command(command: Any) -> Iterator[str]:
    yield from (text for text in paragraphs(command.help) if not text.startswith("Example: "))
    for parameter in command.params:
        yield from (plain_help(parameter), getattr(parameter, "rich_help_panel", None) or "")
    for inner in getattr(command, "commands", {}).values():
        yield from _of_command(inner)


def message_patterns() -> dict[str, str]:
    """Patterns of errors, hints and warnings, each with the place it is made at; ``{}`` is what differs."""
    package = Path(translator.__file__).parent
    found = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in _ERRORS | {"Problem"}:
                arguments = node.args[1:] if _name(node) == "Problem" else node.args
                whole = [pattern for argument in arguments for pattern in _patterns(argument)]
                for pattern in chain.from_iterable(map(PARTS.split, whole)) if _name(node) == "told" else whole:
                    if sum(map(str.isalpha, pattern)) >= 4:  # the rest is punctuation around values
                        found[pattern] = f"{path.relative_to(package)}:{node.lineno}"
    return found


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _patterns(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_patterns(node.body), *_patterns(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (pattern for value in node.values for pattern in _patterns(value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


if __name__ == "__main__":
    from translator.draw.language import known

    for text in sorted({*help_sentences(), *message_patterns()}):
        if not known(text):
            print(f"{text}\t")
