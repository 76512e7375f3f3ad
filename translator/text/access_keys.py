"""Access keys: the mark before the letter of a label that a key stands for, as in ``&File`` and ``_Open``."""

from __future__ import annotations

import re

from translator.text.late import late

_LABEL = 6  # words, at most: a text with more is no label
_KEY = late(r"(?<![&\w])&(?=\w)|(?<=[A-Z])&(?=[a-z])|(?<=[a-z])&(?=[a-z])|(?:^|(?<= ))_(?=[A-Z][a-z]*(?:\W|$))")


_ADDRESS = late(r"[?=/]\S*&|&\S*=")  # ?a=1&b=2
_AFTER = late(r"\s?\(&[A-Z0-9]\)(?=\s*(?:\.{3}|…|:)?\s*$)")  # Cut (&X)


def without_key(text: str) -> tuple[str, str]:
    """The mark of an access key in a label, "" if it has none, and the label without it."""
    if "&" not in text and not text.startswith("_"):  # as in most
        return "", text
    if mark := _AFTER.search(text):
        return mark.group(), text[: mark.start()] + text[mark.end() :]
    found = _KEY.findall(text)
    if (
        _ADDRESS.search(text)
        or len(found) != 1
        or "&&" in text
        or "&lt;" in text
        or len(text.split()) > _LABEL
        or re.search(r"&\w+;", text)
    ):
        return "", text
    return found[0], _KEY.sub("", text, count=1)


def with_key(mark: str, text: str) -> str:
    """``text`` with ``mark`` before its first letter, or at its end if it stands for itself."""
    if mark.endswith(")"):
        body = text.rstrip(".…: ")
        return body + mark + text[len(body) :]
    return re.sub(r"(?=[^\W\d_])", mark, text, count=1) if mark else text
