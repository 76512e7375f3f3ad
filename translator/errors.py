"""Everything the translator can say went wrong, each kind with its exit code.

    TranslatorError            1   a run failed
    ├── UsageError             2   the request itself cannot be met: an option, a language, a length
    ├── InputError             2   a file or text given by the user is missing, malformed or unreadable
    ├── CheckpointError        2   a model folder is missing, damaged or foreign
    └── OutputError            1   a result could not be written

Messages are one sentence that says what and where, followed by what to do next. Only ``commands`` prints them.
"""

from __future__ import annotations

from collections.abc import Iterable


class TranslatorError(Exception):
    """A failed run. ``hint`` says what to do next, by the kind where nothing nearer is known; ``exit_code`` is what the
    process returns."""

    exit_code = 1
    next_step = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint or self.next_step


class UsageError(TranslatorError):
    """The request cannot be met as asked."""

    exit_code = 2


class InputError(TranslatorError):
    """A file or a text of the user's is missing, malformed or unreadable."""

    exit_code = 2
    next_step = "check the file's name, what is in it, and that you may read it"


class CheckpointError(TranslatorError):
    """A model folder is missing, damaged or not one of ours."""

    exit_code = 2
    next_step = "get the model's folder again, or name another: translator help checkpoints"


class OutputError(TranslatorError):
    """A result could not be written; what stood there before still does."""

    next_step = "free some space, or name a file in a folder that you may write to"


def did_you_mean(word: str, known: Iterable[str], sign: str = "") -> str:
    """The nearest of ``known``, after ``sign``, as a hint begins; nothing where none is near."""
    from difflib import get_close_matches

    return "".join(f"did you mean {sign}{near}? " for near in get_close_matches(word, list(known), n=1))
